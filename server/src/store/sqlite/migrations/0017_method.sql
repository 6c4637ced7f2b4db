-- The access method of a connection. NULL means the first that its helpdesk accepts, which was the only one before.
ALTER TABLE connection ADD COLUMN method TEXT;
