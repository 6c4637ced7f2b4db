-- The master keys that were ever used: no other key may come under the same id. The fingerprint says nothing else.
CREATE TABLE master_key (
    id          text COLLATE "C" PRIMARY KEY,
    fingerprint bytea NOT NULL
);
