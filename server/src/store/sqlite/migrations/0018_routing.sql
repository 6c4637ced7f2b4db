-- The team and the priority that the merchant chose for tickets, and the account's teams, as JSON. NULL means that the
-- helpdesk's own rules decide, as before.
ALTER TABLE connection ADD COLUMN routing TEXT;
