-- Which kind of credentials a connection has; none: the first that its helpdesk takes, which was all there was.
ALTER TABLE connection ADD COLUMN method TEXT;
