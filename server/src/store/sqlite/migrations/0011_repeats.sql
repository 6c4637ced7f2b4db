-- Tickets into which a further ticket of the same handover was merged before we could close it. A JSON list of ids.
ALTER TABLE delivery ADD COLUMN repeated_in TEXT NOT NULL DEFAULT '[]';
