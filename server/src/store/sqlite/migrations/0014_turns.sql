-- New handovers go before what came later of others: whoever writes without end keeps nobody waiting.
CREATE INDEX delivery_turn ON delivery (account, (part > 0), seq) WHERE state = 'queued' AND blocked = 0;
DROP INDEX delivery_queued;
CREATE INDEX delivery_again ON delivery (account, next_at, seq)
    WHERE state = 'waiting' AND part = 0 AND next_at IS NOT NULL;

-- Mails go merchant by merchant.
CREATE INDEX delivery_mail ON delivery (merchant, (part > 0), seq)
    WHERE destination = 'email' AND state = 'queued' AND blocked = 0;
