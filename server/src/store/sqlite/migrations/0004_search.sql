-- What conversations are searched by: every three letters in a row of what was said, and of the shopper's name and
-- address. Kept by triggers, so that an older program on this database is searched too.

-- A merchant's entries lie side by side: a search reads no neighbour's.
CREATE TABLE search_merchant (
    merchant TEXT PRIMARY KEY,
    number   INTEGER NOT NULL UNIQUE
) WITHOUT ROWID;

CREATE TABLE search_entry (
    -- The merchant's number, shifted by 32 bits, and a count.
    id           INTEGER PRIMARY KEY,
    conversation TEXT NOT NULL,
    -- The message's; 0: name and address.
    number       INTEGER NOT NULL
);

CREATE UNIQUE INDEX search_entry_contact ON search_entry (conversation) WHERE number = 0;

-- Without the text itself, which stands in the tables already. Its rowid is the entry's id.
CREATE VIRTUAL TABLE search USING fts5 (
    folded, content = '', contentless_delete = 1, tokenize = 'trigram case_sensitive 1'
);

INSERT INTO search_merchant (merchant, number)
SELECT merchant, row_number() OVER (ORDER BY merchant) FROM (SELECT DISTINCT merchant FROM conversation);

INSERT INTO search_entry (id, conversation, number)
SELECT (search_merchant.number << 32) + row_number() OVER (PARTITION BY merchant ORDER BY conversation, said.number),
       conversation, said.number
FROM (SELECT id AS conversation, 0 AS number FROM conversation
      UNION ALL SELECT conversation, number FROM message) AS said
JOIN conversation ON conversation.id = said.conversation
JOIN search_merchant USING (merchant);

INSERT INTO search (rowid, folded)
SELECT search_entry.id, coalesce(message.folded, conversation.folded)
FROM search_entry
JOIN conversation ON conversation.id = search_entry.conversation
LEFT JOIN message
    ON message.conversation = search_entry.conversation AND message.number = search_entry.number
ORDER BY search_entry.id;

CREATE TRIGGER search_conversation AFTER INSERT ON conversation BEGIN
    INSERT INTO search_merchant (merchant, number)
    SELECT new.merchant, (SELECT coalesce(max(number), 0) + 1 FROM search_merchant)
    WHERE NOT EXISTS (SELECT 1 FROM search_merchant WHERE merchant = new.merchant);
    INSERT INTO search_entry (id, conversation, number)
    SELECT 1 + max(search_merchant.number << 32,
                   coalesce((SELECT max(id) FROM search_entry WHERE id < (search_merchant.number + 1) << 32), 0)),
           new.id, 0
    FROM search_merchant WHERE merchant = new.merchant;
    INSERT INTO search (rowid, folded) VALUES (last_insert_rowid(), new.folded);
END;

CREATE TRIGGER search_contact AFTER UPDATE OF folded ON conversation WHEN old.folded <> new.folded BEGIN
    DELETE FROM search
    WHERE rowid = (SELECT id FROM search_entry WHERE conversation = new.id AND number = 0);
    INSERT INTO search (rowid, folded)
    SELECT id, new.folded FROM search_entry WHERE conversation = new.id AND number = 0;
END;

CREATE TRIGGER search_message AFTER INSERT ON message BEGIN
    INSERT INTO search_entry (id, conversation, number)
    SELECT 1 + max(search_merchant.number << 32,
                   coalesce((SELECT max(id) FROM search_entry WHERE id < (search_merchant.number + 1) << 32), 0)),
           new.conversation, new.number
    FROM conversation JOIN search_merchant USING (merchant)
    WHERE conversation.id = new.conversation;
    INSERT INTO search (rowid, folded) VALUES (last_insert_rowid(), new.folded);
END;
