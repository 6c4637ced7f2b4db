-- The team and the priority that the merchant chose for tickets, and the account's teams, as JSON. Null means that the
-- helpdesk's own rules decide.
ALTER TABLE connection ADD COLUMN routing text;
