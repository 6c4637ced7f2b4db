-- Finds a working connection to an account, whichever merchant it belongs to.
CREATE INDEX connection_account ON connection (helpdesk, subdomain);
