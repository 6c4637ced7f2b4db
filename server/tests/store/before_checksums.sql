-- A database as the program of 29 November 2026 left it, before migrations had checksums: `sqlite3 convi.db .dump`.
PRAGMA foreign_keys=OFF;
BEGIN TRANSACTION;
CREATE TABLE schema_version (version INTEGER PRIMARY KEY);
INSERT INTO schema_version VALUES(1);
INSERT INTO schema_version VALUES(2);
INSERT INTO schema_version VALUES(3);
INSERT INTO schema_version VALUES(4);
INSERT INTO schema_version VALUES(5);
INSERT INTO schema_version VALUES(6);
INSERT INTO schema_version VALUES(7);
INSERT INTO schema_version VALUES(8);
INSERT INTO schema_version VALUES(9);
INSERT INTO schema_version VALUES(10);
INSERT INTO schema_version VALUES(11);
INSERT INTO schema_version VALUES(12);
INSERT INTO schema_version VALUES(13);
INSERT INTO schema_version VALUES(14);
CREATE TABLE connection (
    merchant     TEXT NOT NULL,
    helpdesk     TEXT NOT NULL,
    subdomain    TEXT NOT NULL,
    username     TEXT NOT NULL,
    -- The sealed API key and the master key that opens it (vault.rs).
    key_id       TEXT NOT NULL,
    sealed_key   BLOB NOT NULL,
    -- connected | needs_attention
    state        TEXT NOT NULL,
    problem      TEXT,
    reason       TEXT,
    receives     INTEGER NOT NULL,
    -- Raised with every change of the credentials: what an older version met says nothing about a newer one.
    version      INTEGER NOT NULL,
    -- When a connection that needs attention is tested again.
    recheck_at   INTEGER,
    rechecks     INTEGER NOT NULL DEFAULT 0,
    -- The held delivery that goes first when the connection works again; the others follow when it has.
    probe        TEXT,
    PRIMARY KEY (merchant, helpdesk)
) WITHOUT ROWID;
INSERT INTO connection VALUES('m1','gorgias','demo-shop','owner@demo-shop.test','k1',X'01856d24080414e489e401d364feaa1434f0f7568e33ec61c4c2446fc012fe499aefa0c7cd02427ebb54689c0820e0be790f46f29dfde22f41be8e8826a38dfce51a70c7a7078dcd322df7893c09bba75b9dfbe4804617f149e64e5af28f9edc71050c2c59b916b7f2cc893609b3da931f86c064eae984d1a67345b42a1e','connected',NULL,NULL,1,1795971666718,NULL,0,NULL);
INSERT INTO connection VALUES('m2','gorgias','merging-shop','owner@merging-shop.test','k1',X'018dff5a5b8799fa532dd752ac7318b54931bf0466e43c64e80f3e4044e9ecb80781632babe406effc645b4e1774add137abb9f0f6cc07f1b8f5c7fdb23b8dd2799eb75bc605ad91194be19e2a83d04ba92cf937cb4a08c08f9aebdea4abe62d9f77b1da8525d6c46097fcda9ce9eddefe8339e598c6d26fa9862f56a9adad94a2','needs_attention','bad_credentials','Gorgias does not accept the saved e-mail and API key any more. Create a new key under Settings → REST API there and enter it under Configure.',1,1795971674388,1795971688412,0,NULL);
CREATE TABLE connection_change (
    id         INTEGER PRIMARY KEY,
    merchant   TEXT NOT NULL,
    helpdesk   TEXT NOT NULL,
    -- connected | changed | disconnected | broke | recovered
    action     TEXT NOT NULL,
    by_subject TEXT,
    by_name    TEXT,
    at         INTEGER NOT NULL
);
INSERT INTO connection_change VALUES(1,'m1','gorgias','connected','u1','Olive',1795971666718);
INSERT INTO connection_change VALUES(2,'m4','gorgias','connected','u1','Olive',1795971672968);
INSERT INTO connection_change VALUES(3,'m4','gorgias','disconnected','u1','Olive',1795971674210);
INSERT INTO connection_change VALUES(4,'m2','gorgias','connected','u1','Olive',1795971674388);
INSERT INTO connection_change VALUES(5,'m2','gorgias','broke',NULL,NULL,1795971674641);
CREATE TABLE handover (
    id              TEXT PRIMARY KEY,
    merchant        TEXT NOT NULL,
    conversation    TEXT NOT NULL,
    accepted_at     INTEGER NOT NULL,
    -- What the lists show, so that they need not read whole transcripts.
    subject         TEXT NOT NULL,
    summary         TEXT NOT NULL,
    -- The parsed handover as JSON (handover/body.rs).
    body            TEXT NOT NULL, kept INTEGER NOT NULL DEFAULT 1, removed_at INTEGER,
    UNIQUE (merchant, conversation)
) WITHOUT ROWID;
INSERT INTO handover VALUES('01a22840-d21b-7be4-b403-c6752bfd4095','m3','nobody',1795971666459,'About nobody','{"conversation_url":null,"shopper_name":"Uma","shopper_email":"uma@shop.example","trigger":"manual","reason":null,"by":null,"occurred_at":1795971666459}','{"merchant":"m3","occurred_at":"2026-11-29T17:01:06.459104421Z","trigger":{"kind":"manual","reason":null,"by":null},"conversation":{"id":"nobody","url":null,"locale":null,"summary":"About nobody","shopper":{"email":"uma@shop.example","email_as_text":null,"name":"Uma","phone":null},"context":{"page_url":null,"order_number":null,"cart":[],"custom":[]},"messages":[{"id":"1","author":"shopper","text":"Hello from nobody","sent_at":null,"attachments":[]}]}}',1,NULL);
INSERT INTO handover VALUES('01a22840-d367-7519-88e4-83e9b9a69daa','m1','delivered',1795971666791,'About delivered','{"conversation_url":null,"shopper_name":"Renée Dupont","shopper_email":"renee@shop.example","trigger":"manual","reason":null,"by":null,"occurred_at":1795971666790}','{"merchant":"m1","occurred_at":"2026-11-29T17:01:06.790987151Z","trigger":{"kind":"manual","reason":null,"by":null},"conversation":{"id":"delivered","url":null,"locale":null,"summary":"About delivered","shopper":{"email":"renee@shop.example","email_as_text":null,"name":"Renée Dupont","phone":null},"context":{"page_url":null,"order_number":null,"cart":[],"custom":[]},"messages":[{"id":"1","author":"shopper","text":"Hello from delivered","sent_at":null,"attachments":[]}]}}',1,NULL);
INSERT INTO handover VALUES('01a22840-e363-7a0d-a808-3507dc3c76a7','m1','failed',1795971670883,'About failed','{"conversation_url":null,"shopper_name":"Fay","shopper_email":"fay@shop.example","trigger":"manual","reason":null,"by":null,"occurred_at":1795971670882}','{"merchant":"m1","occurred_at":"2026-11-29T17:01:10.882757053Z","trigger":{"kind":"manual","reason":null,"by":null},"conversation":{"id":"failed","url":null,"locale":null,"summary":"About failed","shopper":{"email":"fay@shop.example","email_as_text":null,"name":"Fay","phone":null},"context":{"page_url":null,"order_number":null,"cart":[],"custom":[]},"messages":[{"id":"1","author":"shopper","text":"Hello from failed","sent_at":null,"attachments":[]}]}}',1,NULL);
INSERT INTO handover VALUES('01a22840-eb96-7085-863a-6c3c4c640dc5','m4','cancelled',1795971672982,'About cancelled','{"conversation_url":null,"shopper_name":"Cat","shopper_email":"cat@shop.example","trigger":"manual","reason":null,"by":null,"occurred_at":1795971672982}','{"merchant":"m4","occurred_at":"2026-11-29T17:01:12.982262958Z","trigger":{"kind":"manual","reason":null,"by":null},"conversation":{"id":"cancelled","url":null,"locale":null,"summary":"About cancelled","shopper":{"email":"cat@shop.example","email_as_text":null,"name":"Cat","phone":null},"context":{"page_url":null,"order_number":null,"cart":[],"custom":[]},"messages":[{"id":"1","author":"shopper","text":"Hello from cancelled","sent_at":null,"attachments":[]}]}}',1,NULL);
INSERT INTO handover VALUES('01a22840-f1bd-77ce-a39d-e44aefa175af','m2','held',1795971674557,'About held','{"conversation_url":null,"shopper_name":"Hal","shopper_email":"hal@shop.example","trigger":"manual","reason":null,"by":null,"occurred_at":1795971674557}','{"merchant":"m2","occurred_at":"2026-11-29T17:01:14.557512374Z","trigger":{"kind":"manual","reason":null,"by":null},"conversation":{"id":"held","url":null,"locale":null,"summary":"About held","shopper":{"email":"hal@shop.example","email_as_text":null,"name":"Hal","phone":null},"context":{"page_url":null,"order_number":null,"cart":[],"custom":[]},"messages":[{"id":"1","author":"shopper","text":"Hello from held","sent_at":null,"attachments":[]}]}}',1,NULL);
INSERT INTO handover VALUES('01a22840-f632-74c2-be79-7dea4eaafe00','m1','01a22840-f5c4-7423-8712-79bbb708f22b',1795971675698,'Where is my blue mug?','{"conversation_url":"http://127.0.0.1:45145/conversations/01a22840-f5c4-7423-8712-79bbb708f22b","shopper_name":null,"shopper_email":"jane@shop.example","trigger":"automatic","reason":"asked_for_human","by":null,"occurred_at":1795971675698}','{"merchant":"m1","occurred_at":"2026-11-29T17:01:15.698548704Z","trigger":{"kind":"automatic","reason":"asked_for_human","by":null},"conversation":{"id":"01a22840-f5c4-7423-8712-79bbb708f22b","url":"http://127.0.0.1:45145/conversations/01a22840-f5c4-7423-8712-79bbb708f22b","locale":null,"summary":null,"shopper":{"email":null,"email_as_text":null,"name":null,"phone":null},"context":{"page_url":null,"order_number":"#1042","cart":[{"title":"Everyday mug","quantity":"2","price":"24.00 EUR"}],"custom":[]},"messages":[{"id":"k1","author":"shopper","text":"Where is my blue mug?","sent_at":"2026-11-29T17:01:15.661Z","attachments":[]},{"id":null,"author":"assistant","text":"I am sorry, I have no answer to that. If you like, ask for a person.","sent_at":"2026-11-29T17:01:15.661Z","attachments":[]},{"id":"k2","author":"shopper","text":"Can I talk to a human?","sent_at":"2026-11-29T17:01:15.695Z","attachments":[]},{"id":null,"author":"system","text":"Our team has your conversation.","sent_at":"2026-11-29T17:01:15.695Z","attachments":[]},{"id":null,"author":"system","text":"Please leave your e-mail address here so that they can answer you.","sent_at":"2026-11-29T17:01:15.695Z","attachments":[]}]}}',1,NULL);
INSERT INTO handover VALUES('01a22841-02b7-7758-874a-fdab008a309c','m1','unsure',1795971678903,'About unsure','{"conversation_url":null,"shopper_name":"Ulf","shopper_email":"ulf@shop.example","trigger":"manual","reason":null,"by":null,"occurred_at":1795971678903}','{"merchant":"m1","occurred_at":"2026-11-29T17:01:18.903326563Z","trigger":{"kind":"manual","reason":null,"by":null},"conversation":{"id":"unsure","url":null,"locale":null,"summary":"About unsure","shopper":{"email":"ulf@shop.example","email_as_text":null,"name":"Ulf","phone":null},"context":{"page_url":null,"order_number":null,"cart":[],"custom":[]},"messages":[{"id":"1","author":"shopper","text":"Hello from unsure","sent_at":null,"attachments":[]}]}}',1,NULL);
CREATE TABLE handover_addition (
    handover    TEXT NOT NULL REFERENCES handover (id),
    -- 1, 2, …: the part of each delivery that carries it.
    part        INTEGER NOT NULL,
    received_at INTEGER NOT NULL,
    -- The parsed addition as JSON (handover/addition.rs).
    body        TEXT NOT NULL,
    PRIMARY KEY (handover, part)
) WITHOUT ROWID;
INSERT INTO handover_addition VALUES('01a22840-d367-7519-88e4-83e9b9a69daa',1,1795971668842,'{"messages":[{"id":"2","author":"shopper","text":"One more thing","sent_at":null,"attachments":[]}]}');
INSERT INTO handover_addition VALUES('01a22840-f632-74c2-be79-7dea4eaafe00',1,1795971675758,'{"address":"jane@shop.example"}');
INSERT INTO handover_addition VALUES('01a22840-f632-74c2-be79-7dea4eaafe00',2,1795971675758,'{"messages":[{"id":"email-01a22840-f66d-7fa6-a46b-ef385903bf75","author":"shopper","text":"jane@shop.example","sent_at":"2026-11-29T17:01:15.758Z","attachments":[]}]}');
CREATE TABLE ingest (
    webhook_id  TEXT PRIMARY KEY,
    body_hash   BLOB NOT NULL,
    handover    TEXT NOT NULL,
    answer      TEXT NOT NULL,
    received_at INTEGER NOT NULL
) WITHOUT ROWID;
INSERT INTO ingest VALUES('msg-cancelled',X'970971557a8c422f36854e6144f44ef43d948e3aa2b0477d35b2db199b1396ab','01a22840-eb96-7085-863a-6c3c4c640dc5','{"deliveries":[{"destination":"gorgias","state":"queued"},{"destination":"email","state":"queued"}],"handover_id":"01a22840-eb96-7085-863a-6c3c4c640dc5"}',1795971672982);
INSERT INTO ingest VALUES('msg-delivered',X'72195b7265ef37c9b7a75e85a4774f6a3533e2646cab49482a35fa16104888dd','01a22840-d367-7519-88e4-83e9b9a69daa','{"deliveries":[{"destination":"gorgias","state":"queued"},{"destination":"email","state":"queued"}],"handover_id":"01a22840-d367-7519-88e4-83e9b9a69daa"}',1795971666791);
INSERT INTO ingest VALUES('msg-failed',X'f2726261af2ca5f04d7d60144e2f57f01cca1f86911769580e1617642ae6c346','01a22840-e363-7a0d-a808-3507dc3c76a7','{"deliveries":[{"destination":"gorgias","state":"queued"},{"destination":"email","state":"queued"}],"handover_id":"01a22840-e363-7a0d-a808-3507dc3c76a7"}',1795971670883);
INSERT INTO ingest VALUES('msg-held',X'2093be8395551ceac19fe12c04504a9d8195268245ecfd94ef19181c953b8793','01a22840-f1bd-77ce-a39d-e44aefa175af','{"deliveries":[{"destination":"gorgias","state":"queued"}],"handover_id":"01a22840-f1bd-77ce-a39d-e44aefa175af"}',1795971674557);
INSERT INTO ingest VALUES('msg-more',X'394840124c6a298457ae85be440613cb7cf46e4b44d5bf07aab2c11972eba38e','01a22840-d367-7519-88e4-83e9b9a69daa','{"continued":true,"deliveries":[{"destination":"gorgias","state":"delivered"},{"destination":"email","state":"delivered"}],"handover_id":"01a22840-d367-7519-88e4-83e9b9a69daa"}',1795971668842);
INSERT INTO ingest VALUES('msg-nobody',X'569e6d0549e1e90c7a2140ce8a668d584d0c6f46a5deb63292851372cf483a8a','01a22840-d21b-7be4-b403-c6752bfd4095','{"deliveries":[],"handover_id":"01a22840-d21b-7be4-b403-c6752bfd4095"}',1795971666459);
INSERT INTO ingest VALUES('msg-unsure',X'8d39bf18f3fae4c2f852b2fbcefab15df7cd8b80184ef250d4ac7e92cf72f003','01a22841-02b7-7758-874a-fdab008a309c','{"deliveries":[{"destination":"gorgias","state":"queued"},{"destination":"email","state":"queued"}],"handover_id":"01a22841-02b7-7758-874a-fdab008a309c"}',1795971678903);
CREATE TABLE delivery (
    seq             INTEGER PRIMARY KEY,
    id              TEXT NOT NULL UNIQUE,
    handover        TEXT NOT NULL REFERENCES handover (id),
    merchant        TEXT NOT NULL,
    destination     TEXT NOT NULL,
    -- 0: the ticket itself; 1, 2, …: what came later, in order.
    part            INTEGER NOT NULL,
    -- The part before it is not settled yet.
    blocked         INTEGER NOT NULL,
    account         TEXT NOT NULL,
    state           TEXT NOT NULL,
    attempts        INTEGER NOT NULL,
    unsure_attempts INTEGER NOT NULL,
    waits           INTEGER NOT NULL,
    fence           INTEGER NOT NULL,
    not_after       INTEGER,
    lease_until     INTEGER,
    next_at         INTEGER,
    look_ups        INTEGER NOT NULL,
    give_up_at      INTEGER NOT NULL,
    needs_answer    INTEGER NOT NULL,
    without         TEXT NOT NULL,
    ticket          INTEGER,
    duplicates      TEXT NOT NULL,
    checks          INTEGER NOT NULL,
    last_error      TEXT, said INTEGER NOT NULL DEFAULT 0, late_at INTEGER, delivered_at INTEGER, repeated_in TEXT NOT NULL DEFAULT '[]',
    UNIQUE (handover, destination, part)
);
INSERT INTO delivery VALUES(1,'01a22840-d367-7848-9872-81325e82fedf','01a22840-d367-7519-88e4-83e9b9a69daa','m1','gorgias',0,0,'gorgias:demo-shop','delivered',1,0,0,2,1795971681846,NULL,1795975266895,0,1796576466791,0,'[]',10000007,'[]',0,NULL,0,1795972566791,1795971666895,'[]');
INSERT INTO delivery VALUES(2,'01a22840-d367-72d2-9872-a18fcae7eacf','01a22840-d367-7519-88e4-83e9b9a69daa','m1','email',0,0,'email','delivered',1,0,0,2,1795971681833,NULL,NULL,0,1796576466791,0,'[]',NULL,'[]',0,NULL,0,NULL,1795971666904,'[]');
INSERT INTO delivery VALUES(3,'01a22840-d367-7519-88e4-83e9b9a69daa.gorgias.1','01a22840-d367-7519-88e4-83e9b9a69daa','m1','gorgias',1,0,'gorgias:demo-shop','delivered',1,0,0,2,1795971683905,NULL,NULL,0,1796576468842,0,'[]',10000010,'[]',0,NULL,0,NULL,1795971668957,'[]');
INSERT INTO delivery VALUES(4,'01a22840-d367-7519-88e4-83e9b9a69daa.email.1','01a22840-d367-7519-88e4-83e9b9a69daa','m1','email',1,0,'email','delivered',1,0,0,2,1795971683878,NULL,NULL,0,1796576468842,0,'[]',NULL,'[]',0,NULL,0,NULL,1795971668959,'[]');
INSERT INTO delivery VALUES(5,'01a22840-e363-77ab-ab2e-4e8195c6c6b4','01a22840-e363-7a0d-a808-3507dc3c76a7','m1','gorgias',0,0,'gorgias:demo-shop','failed',1,0,0,2,1795971685943,NULL,NULL,0,1796576470883,0,'[]',NULL,'[]',0,'Gorgias refused the ticket: Unprocessable Entity',0,1795972570883,NULL,'[]');
INSERT INTO delivery VALUES(6,'01a22840-e363-7872-8dd8-48d2233756d5','01a22840-e363-7a0d-a808-3507dc3c76a7','m1','email',0,0,'email','delivered',1,0,0,2,1795971685945,NULL,NULL,0,1796576470883,0,'[]',NULL,'[]',0,NULL,0,NULL,1795971671041,'[]');
INSERT INTO delivery VALUES(7,'01a22840-eb96-74d1-a5b5-5be8684958e1','01a22840-eb96-7085-863a-6c3c4c640dc5','m4','gorgias',0,0,'gorgias:merging-shop','unsure',1,1,0,3,1795971687990,NULL,NULL,0,1796576472982,1,'[]',NULL,'[]',0,'Gorgias answered 503.',0,1795972572982,NULL,'[]');
INSERT INTO delivery VALUES(8,'01a22840-eb96-79e8-ad44-e72a676d0758','01a22840-eb96-7085-863a-6c3c4c640dc5','m4','email',0,0,'email','delivered',1,0,0,2,1795971687987,NULL,NULL,0,1796576472982,0,'[]',NULL,'[]',0,NULL,0,NULL,1795971672999,'[]');
INSERT INTO delivery VALUES(9,'01a22840-f1bd-79f3-9133-74a886e8202e','01a22840-f1bd-77ce-a39d-e44aefa175af','m2','gorgias',0,0,'gorgias:merging-shop','held',1,0,0,2,1795971689582,NULL,NULL,0,1796576474557,0,'[]',NULL,'[]',0,'Gorgias does not accept the saved e-mail and API key any more. Create a new key under Settings → REST API there and enter it under Configure.',0,1795972574557,NULL,'[]');
INSERT INTO delivery VALUES(10,'01a22840-f632-799d-8cde-c2e4b287a57c','01a22840-f632-74c2-be79-7dea4eaafe00','m1','gorgias',0,0,'gorgias:demo-shop','delivered',1,0,0,2,1795971690755,NULL,1795975275772,0,1796576475698,0,'[]',10000013,'[]',0,NULL,0,1795972575698,1795971675772,'[]');
INSERT INTO delivery VALUES(11,'01a22840-f632-714a-b8fa-ac804e429ae8','01a22840-f632-74c2-be79-7dea4eaafe00','m1','email',0,0,'email','delivered',1,0,0,2,1795971690759,NULL,NULL,0,1796576475698,0,'[]',NULL,'[]',0,NULL,0,NULL,1795971675848,'[]');
INSERT INTO delivery VALUES(12,'01a22840-f632-74c2-be79-7dea4eaafe00.gorgias.1','01a22840-f632-74c2-be79-7dea4eaafe00','m1','gorgias',1,0,'gorgias:demo-shop','delivered',1,0,0,2,1795971690867,NULL,NULL,0,1796576475758,0,'[]',10000017,'[]',0,NULL,0,NULL,1795971675934,'[]');
INSERT INTO delivery VALUES(13,'01a22840-f632-74c2-be79-7dea4eaafe00.email.1','01a22840-f632-74c2-be79-7dea4eaafe00','m1','email',1,0,'email','delivered',1,0,0,2,1795971690914,NULL,NULL,0,1796576475758,0,'[]',NULL,'[]',0,NULL,0,NULL,1795971675964,'[]');
INSERT INTO delivery VALUES(14,'01a22840-f632-74c2-be79-7dea4eaafe00.gorgias.2','01a22840-f632-74c2-be79-7dea4eaafe00','m1','gorgias',2,0,'gorgias:demo-shop','delivered',1,0,0,2,1795971690950,NULL,NULL,0,1796576475758,0,'[]',10000018,'[]',0,NULL,0,NULL,1795971675979,'[]');
INSERT INTO delivery VALUES(15,'01a22840-f632-74c2-be79-7dea4eaafe00.email.2','01a22840-f632-74c2-be79-7dea4eaafe00','m1','email',2,0,'email','delivered',1,0,0,2,1795971690942,NULL,NULL,0,1796576475758,0,'[]',NULL,'[]',0,NULL,0,NULL,1795971675974,'[]');
INSERT INTO delivery VALUES(16,'01a22841-02b7-7270-b10e-707a6a20fae5','01a22841-02b7-7758-874a-fdab008a309c','m1','gorgias',0,0,'gorgias:demo-shop','unsure',1,1,0,2,1795971693913,NULL,1795971695913,0,1796576478903,0,'[]',NULL,'[]',0,'Gorgias did not confirm the ticket: the connection broke off.',0,1795972578903,NULL,'[]');
INSERT INTO delivery VALUES(17,'01a22841-02b7-799d-97fb-b4a7a1be667d','01a22841-02b7-7758-874a-fdab008a309c','m1','email',0,0,'email','delivered',1,0,0,2,1795971693915,NULL,NULL,0,1796576478903,0,'[]',NULL,'[]',0,NULL,0,NULL,1795971678929,'[]');
CREATE TABLE attempt (
    id        INTEGER PRIMARY KEY,
    delivery  TEXT NOT NULL,
    -- The fence it runs under.
    fence     INTEGER NOT NULL,
    -- create | mail | look_up | check
    kind      TEXT NOT NULL,
    number    INTEGER NOT NULL,
    account   TEXT NOT NULL,
    began_at  INTEGER NOT NULL,
    not_after INTEGER,
    ended_at  INTEGER,
    -- In words, without secrets and chat text.
    outcome   TEXT,
    UNIQUE (delivery, fence)
);
INSERT INTO attempt VALUES(1,'01a22840-d367-72d2-9872-a18fcae7eacf',1,'mail',1,'email',1795971666833,1795971681833,1795971666904,'delivered');
INSERT INTO attempt VALUES(2,'01a22840-d367-7848-9872-81325e82fedf',1,'create',1,'gorgias:demo-shop',1795971666846,1795971681846,1795971666895,'delivered');
INSERT INTO attempt VALUES(3,'01a22840-d367-7519-88e4-83e9b9a69daa.email.1',1,'mail',1,'email',1795971668878,1795971683878,1795971668959,'delivered');
INSERT INTO attempt VALUES(4,'01a22840-d367-7519-88e4-83e9b9a69daa.gorgias.1',1,'append',1,'gorgias:demo-shop',1795971668905,1795971683905,1795971668957,'delivered');
INSERT INTO attempt VALUES(5,'01a22840-e363-77ab-ab2e-4e8195c6c6b4',1,'create',1,'gorgias:demo-shop',1795971670943,1795971685943,1795971671006,'Gorgias refused the ticket: Unprocessable Entity');
INSERT INTO attempt VALUES(6,'01a22840-e363-7872-8dd8-48d2233756d5',1,'mail',1,'email',1795971670945,1795971685945,1795971671041,'delivered');
INSERT INTO attempt VALUES(7,'01a22840-eb96-79e8-ad44-e72a676d0758',1,'mail',1,'email',1795971672987,1795971687987,1795971672999,'delivered');
INSERT INTO attempt VALUES(8,'01a22840-eb96-74d1-a5b5-5be8684958e1',1,'create',1,'gorgias:merging-shop',1795971672990,1795971687990,1795971673001,'Gorgias answered 503.');
INSERT INTO attempt VALUES(9,'01a22840-f1bd-79f3-9133-74a886e8202e',1,'create',1,'gorgias:merging-shop',1795971674582,1795971689582,1795971674669,'Gorgias does not accept the saved e-mail and API key any more. Create a new key under Settings → REST API there and enter it under Configure.');
INSERT INTO attempt VALUES(10,'01a22840-f632-799d-8cde-c2e4b287a57c',1,'create',1,'gorgias:demo-shop',1795971675755,1795971690755,1795971675772,'delivered');
INSERT INTO attempt VALUES(11,'01a22840-f632-714a-b8fa-ac804e429ae8',1,'mail',1,'email',1795971675759,1795971690759,1795971675848,'delivered');
INSERT INTO attempt VALUES(12,'01a22840-f632-74c2-be79-7dea4eaafe00.gorgias.1',1,'append',1,'gorgias:demo-shop',1795971675867,1795971690867,1795971675934,'delivered');
INSERT INTO attempt VALUES(13,'01a22840-f632-74c2-be79-7dea4eaafe00.email.1',1,'mail',1,'email',1795971675914,1795971690914,1795971675964,'delivered');
INSERT INTO attempt VALUES(14,'01a22840-f632-74c2-be79-7dea4eaafe00.email.2',1,'mail',1,'email',1795971675942,1795971690942,1795971675974,'delivered');
INSERT INTO attempt VALUES(15,'01a22840-f632-74c2-be79-7dea4eaafe00.gorgias.2',1,'append',1,'gorgias:demo-shop',1795971675950,1795971690950,1795971675979,'delivered');
INSERT INTO attempt VALUES(16,'01a22841-02b7-7270-b10e-707a6a20fae5',1,'create',1,'gorgias:demo-shop',1795971678913,1795971693913,1795971678921,'Gorgias did not confirm the ticket: the connection broke off.');
INSERT INTO attempt VALUES(17,'01a22841-02b7-799d-97fb-b4a7a1be667d',1,'mail',1,'email',1795971678915,1795971693915,1795971678929,'delivered');
CREATE TABLE team (
    merchant TEXT PRIMARY KEY,
    email    TEXT
, no_ticket_after INTEGER DEFAULT 15) WITHOUT ROWID;
INSERT INTO team VALUES('m1','team@acme.test',15);
INSERT INTO team VALUES('m4','team@fourth.test',15);
CREATE TABLE notice (
    id         TEXT PRIMARY KEY,
    merchant   TEXT NOT NULL,
    -- JSON (store/notices.rs).
    body       TEXT NOT NULL,
    fence      INTEGER NOT NULL DEFAULT 0,
    attempts   INTEGER NOT NULL DEFAULT 0,
    next_at    INTEGER,
    created_at INTEGER NOT NULL
, sent_at INTEGER) WITHOUT ROWID;
CREATE TABLE session (
    id         BLOB PRIMARY KEY,
    merchant   TEXT NOT NULL,
    subject    TEXT NOT NULL,
    name       TEXT NOT NULL,
    role       TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    seen_at    INTEGER NOT NULL
) WITHOUT ROWID;
INSERT INTO session VALUES(X'452cccc1bc6ec5966a4ed8274af7b47439f87c88f90b6f49ce7897490505923a','m1','u1','Olive','owner',1795971675786,1795971675786);
CREATE TABLE conversation (
    id            TEXT PRIMARY KEY,
    merchant      TEXT NOT NULL,
    -- open | handed_over | resolved
    state         TEXT NOT NULL,
    shopper_name  TEXT,
    shopper_email TEXT,
    -- Where asking for an address stands, as JSON (ability/email_capture.rs).
    capture       TEXT NOT NULL,
    page_url      TEXT,
    order_number  TEXT,
    -- The last message on one line.
    preview       TEXT NOT NULL,
    -- What is searched, in lower case: name and address.
    folded        TEXT NOT NULL,
    -- The last message's number.
    messages      INTEGER NOT NULL,
    -- The last message that went into the handover or a part of it.
    handed_up_to  INTEGER NOT NULL,
    created_at    INTEGER NOT NULL,
    active_at     INTEGER NOT NULL
, cart TEXT, custom TEXT) WITHOUT ROWID;
INSERT INTO conversation VALUES('01a22840-f5c4-7423-8712-79bbb708f22b','m1','handed_over',NULL,'jane@shop.example','{"known":"jane@shop.example"}',NULL,'#1042','jane@shop.example',' jane@shop.example',7,7,1795971675661,1795971675758,'[{"title":"Everyday mug","quantity":"2","price":"24.00 EUR"}]','[]');
CREATE TABLE message (
    conversation TEXT NOT NULL REFERENCES conversation (id),
    -- Counts up from 1.
    number       INTEGER NOT NULL,
    author       TEXT NOT NULL,
    name         TEXT,
    -- The sender's own id, which makes a repeated message one.
    key          TEXT,
    text         TEXT NOT NULL,
    -- The same in lower case, for the search.
    folded       TEXT NOT NULL,
    sent_at      INTEGER NOT NULL,
    PRIMARY KEY (conversation, number),
    UNIQUE (conversation, key)
) WITHOUT ROWID;
INSERT INTO message VALUES('01a22840-f5c4-7423-8712-79bbb708f22b',1,'shopper',NULL,'k1','Where is my blue mug?','where is my blue mug?',1795971675661);
INSERT INTO message VALUES('01a22840-f5c4-7423-8712-79bbb708f22b',2,'assistant',NULL,NULL,'I am sorry, I have no answer to that. If you like, ask for a person.','i am sorry, i have no answer to that. if you like, ask for a person.',1795971675661);
INSERT INTO message VALUES('01a22840-f5c4-7423-8712-79bbb708f22b',3,'shopper',NULL,'k2','Can I talk to a human?','can i talk to a human?',1795971675695);
INSERT INTO message VALUES('01a22840-f5c4-7423-8712-79bbb708f22b',4,'system',NULL,NULL,'Our team has your conversation.','our team has your conversation.',1795971675695);
INSERT INTO message VALUES('01a22840-f5c4-7423-8712-79bbb708f22b',5,'system',NULL,NULL,'Please leave your e-mail address here so that they can answer you.','please leave your e-mail address here so that they can answer you.',1795971675695);
INSERT INTO message VALUES('01a22840-f5c4-7423-8712-79bbb708f22b',6,'shopper',NULL,'email-01a22840-f66d-7fa6-a46b-ef385903bf75','jane@shop.example','jane@shop.example',1795971675758);
INSERT INTO message VALUES('01a22840-f5c4-7423-8712-79bbb708f22b',7,'system',NULL,NULL,'Thank you. Our team will answer by e-mail to jane@shop.example.','thank you. our team will answer by e-mail to jane@shop.example.',1795971675758);
CREATE TABLE visitor (
    token        BLOB PRIMARY KEY,
    merchant     TEXT NOT NULL,
    conversation TEXT,
    created_at   INTEGER NOT NULL,
    seen_at      INTEGER NOT NULL
) WITHOUT ROWID;
INSERT INTO visitor VALUES(X'4c52731296869ce324c55fdf934729fbb23ce4b5b4478c9e04d14fbbc5bcbe12','m1','01a22840-f5c4-7423-8712-79bbb708f22b',1795971675588,1795971675588);
CREATE TABLE ability (
    merchant      TEXT PRIMARY KEY,
    -- JSON (app/src/model/ability.rs).
    handover      TEXT,
    email_capture TEXT,
    faqs          TEXT,
    handover_uses INTEGER NOT NULL DEFAULT 0,
    email_uses    INTEGER NOT NULL DEFAULT 0
) WITHOUT ROWID;
INSERT INTO ability VALUES('m1',NULL,NULL,NULL,1,1);
CREATE TABLE search_merchant (
    merchant TEXT PRIMARY KEY,
    number   INTEGER NOT NULL UNIQUE
) WITHOUT ROWID;
INSERT INTO search_merchant VALUES('m1',1);
CREATE TABLE search_entry (
    -- The merchant's number, shifted by 32 bits, and a count.
    id           INTEGER PRIMARY KEY,
    conversation TEXT NOT NULL,
    -- The message's; 0: name and address.
    number       INTEGER NOT NULL
);
INSERT INTO search_entry VALUES(4294967297,'01a22840-f5c4-7423-8712-79bbb708f22b',0);
INSERT INTO search_entry VALUES(4294967298,'01a22840-f5c4-7423-8712-79bbb708f22b',1);
INSERT INTO search_entry VALUES(4294967299,'01a22840-f5c4-7423-8712-79bbb708f22b',2);
INSERT INTO search_entry VALUES(4294967300,'01a22840-f5c4-7423-8712-79bbb708f22b',3);
INSERT INTO search_entry VALUES(4294967301,'01a22840-f5c4-7423-8712-79bbb708f22b',4);
INSERT INTO search_entry VALUES(4294967302,'01a22840-f5c4-7423-8712-79bbb708f22b',5);
INSERT INTO search_entry VALUES(4294967303,'01a22840-f5c4-7423-8712-79bbb708f22b',6);
INSERT INTO search_entry VALUES(4294967304,'01a22840-f5c4-7423-8712-79bbb708f22b',7);
PRAGMA writable_schema=ON;
INSERT INTO sqlite_schema(type,name,tbl_name,rootpage,sql)VALUES('table','search','search',0,'CREATE VIRTUAL TABLE search USING fts5 (
    folded, content = '''', contentless_delete = 1, tokenize = ''trigram case_sensitive 1''
)');
CREATE TABLE IF NOT EXISTS 'search_data'(id INTEGER PRIMARY KEY, block BLOB);
INSERT INTO search_data VALUES(1,X'098222');
INSERT INTO search_data VALUES(10,X'00000000ff000001010809000801010101010101020201010202000001030101030300000104010104040000010501010505000001060101060600000107010107070000010801010808000001');
INSERT INTO search_data VALUES(137438953473,X'000000df043020626c9080808002020d020269739080808002020702026d75908080800202120301799080808002020a0103626c759080808002020e01036520699080808002020603016d90808080020211020272659080808002020401036865729080808002020301036973209080808002020801036c75659080808002020f01036d756790808080020213020279209080808002020b010372652090808080020205010373206d908080800202090103756520908080800202100202673f9080808002021401037768659080808002020201037920629080808002020c040c0b0b0a0c0c0a0b0c0c0c0c0b0c0c0c0b0c');
INSERT INTO search_data VALUES(274877906945,X'000002e204302061209080808003023c03016d9080808003020303016e90808080030217030173908080800302340202666f90808080030238020268619080808003020f020269209080808003020d0301669080808003022702026c699080808003022e02026e6f90808080030214020270659080808003023e0202736f90808080030206020274689080808003022103016f9080808003021e0202796f9080808003022a01032c2061908080800302330301699080808003020c01032e20699080808003022601036120709080808003023d02026d209080808003020402026e73908080800302180202736b908080800302350202742e908080800302240202766590808080030211010365206e9080808003021302022c2090808080030232020272209080808003021c0301739080808003024001036620799080808003022902026f7290808080030239010368617490808080030223030176908080800302100103692061908080800302020301689080808003020e020266209080808003022802026b659080808003023001036b2066908080800302370202652c9080808003023101036c696b9080808003022f01036d20739080808003020501036e6f2090808080030215020273779080808003021901036f2061908080800302160301749080808003022002026e2e90808080030243020272209080808003023a03017290808080030208020275209080808003022c01037065729080808003023f01037220619080808003023b0301749080808003021d02027279908080800302090202736f908080800302410202792c9080808003020a0103736b209080808003023602026f6e9080808003024203017290808080030207020277659080808003021a0103742e2090808080030225020268619080808003022202026f209080808003021f010375206c9080808003022d01037665209080808003021201037765729080808003021b0103792c209080808003020b02026f759080808003022b040c0a0a0a0b0b0b0a0b0b0b0b0b0a0b0c0a0c0c0b0b0b0b0b0c0b0b0a0c0b0c0a0c0a0b0b0c0b0c0c0c0b0c0a0b0b0a0b0c0c0a0b0b0b0c0b0a0b0c0b0b0c0c0c0c');
INSERT INTO search_data VALUES(412316860417,X'000000ea04302061209080808004020f02026875908080800402110202692090808080040205020274619080808004020703016f9080808004020c01036120689080808004021002026c6b9080808004020902026e209080808004020303013f90808080040215010363616e90808080040202010368756d9080808004021201036920749080808004020601036b20749080808004020b01036c6b209080808004020a01036d616e9080808004021401036e20699080808004020401036f20619080808004020e010374616c9080808004020802026f209080808004020d0103756d6190808080040213040c0b0b0b0a0c0b0b0a0c0c0c0c0c0c0c0c0c0b');
INSERT INTO search_data VALUES(549755813889,X'0000013c043020636f90808080050213020268619080808005020a02027465908080800502050202796f9080808005020e0103616d2090808080050208020273209080808005020c020274699080808005021b0103636f6e90808080050214010365616d90808080050207020272739080808005021801036861739080808005020b0103696f6e9080808005021d01036d20689080808005020901036e76659080808005021601036f6e2e9080808005021e0301769080808005021502027572908080800504021001037220639080808005021203017490808080050204020273619080808005021901037320799080808005020d020261749080808005021a0103746561908080800502060202696f9080808005021c010375722090808080050403100103766572908080800502170103796f759080808005020f040c0b0b0b0c0b0b0c0c0b0c0c0c0c0c0a0c0c0a0b0c0b0c0b0d0c');
INSERT INTO search_data VALUES(687194767361,X'000002a504302061649080808006021a03016e9080808006023802026361908080800602340202652d90808080060213020268659080808006022202026c65908080800602080202736f90808080060227020274689080808006042a070202796f9080808006040e3301032d6d619080808006021501036164649080808006021b0202696c9080808006021702026e2090808080060236030173908080800602390202736590808080060205020274209080808006022d020276659080808006020b010363616e9080808006023501036464729080808006021c020272659080808006021d010365206c90808080060207030173908080800602260301799080808006020d02022d6d9080808006021402026173908080800602040301769080808006020a020272209080808006023d03016590808080060224020273739080808006021f020279209080808006023201036861749080808006022c0202657290808080060223030179908080800602310103696c209080808006021801036c20619080808006021902026561908080800604030801036d61699080808006021601036e206190808080060237020273779080808006023a01036f2074908080800602290202752e90808080060241030172908080800602100103706c65908080800602020103722065908080800602120301799080808006023e02026520908080800602250301739080808006021e010373206890808080060221020265209080808006020602026f20908080800602280202732090808080060220020277659080808006023b01037420749080808006022e020268619080808006022b0301659080808006023001037572209080808006021101037665209080808006020c01037765729080808006023c01037920639080808006023302026f759080808006040f33040c0a0b0b0b0b0b0c0c0c0c0b0b0a0b0b0b0c0c0b0c0a0a0b0b0a0b0a0b0b0c0b0a0c0c0c0c0c0b0c0b0a0c0c0a0b0a0c0b0b0b0b0c0b0a0c0c0c0c');
INSERT INTO search_data VALUES(824633720833,X'000000c10430206a619080808001020201032e65789080808001020c0103407368908080800102070103616d709080808001020f02026e6590808080010204010365407390808080010206020278619080808001020d0103686f709080808001020901036a616e9080808001020301036d706c9080808001021001036e65409080808001020501036f702e9080808001020a0103702e659080808001020b02026c6590808080010211010373686f90808080010208010378616d9080808001020e040c0c0c0c0b0c0b0c0c0c0c0c0c0b0c');
INSERT INTO search_data VALUES(962072674305,X'000000b504302e65789080808007020b0103407368908080800702060103616d709080808007020e02026e6590808080070203010365407390808080070205020278619080808007020c0103686f709080808007020801036a616e9080808007020201036d706c9080808007020f01036e65409080808007020401036f702e908080800702090103702e659080808007020a02026c6590808080070210010373686f90808080070207010378616d9080808007020d040c0c0c0b0c0b0c0c0c0c0c0c0b0c');
INSERT INTO search_data VALUES(1099511627777,X'000002b2043020616e9080808008021a02026279908080800802210202652d9080808008022402026a619080808008022e02026f759080808008020c020274659080808008021003016f9080808008022b02027769908080800802150202796f9080808008020701032d6d619080808008022601032e206f9080808008020b0202657890808080080238010340736890808080080233010361696c9080808008022802026d20908080800802130301709080808008023b02026e659080808008023003016b908080800802040301739080808008021b0103627920908080800802220103652d6d9080808008022502024073908080800802320202616d90808080080212020272209080808008021f0202786190808080080239010368616e9080808008020302026f70908080800802350103696c209080808008022903016c9080808008021701036a616e9080808008022f01036b20799080808008020601036c2061908080800802190301749080808008022a0202652e9080808008023e02026c209080808008021801036d20779080808008021402026169908080800802270202706c9080808008023c01036e65409080808008023102026b2090808080080205020273779080808008021c01036f206a9080808008022d0202702e908080800802360202752e908080800802090301729080808008020d0103702e659080808008023702026c659080808008023d0103722062908080800802200301749080808008020f010373686f90808080080234020277659080808008021d010374656190808080080211020268619080808008020202026f209080808008022c0103752e209080808008020a020272209080808008020e01037765729080808008021e0202696c90808080080216010378616d9080808008023a01037920659080808008022302026f7590808080080208040c0b0b0b0b0b0a0b0b0c0c0b0c0c0b0a0b0a0a0c0c0b0b0b0b0c0b0c0a0c0c0c0a0b0b0c0b0b0c0b0b0c0b0b0a0c0b0c0a0c0b0c0b0b0c0b0c0b0c0c');
INSERT INTO search_data VALUES(9007336693694464,X'080000000000000100000000000000000000000100000001000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000');
CREATE TABLE IF NOT EXISTS 'search_idx'(segid, term, pgno, PRIMARY KEY(segid, term)) WITHOUT ROWID;
INSERT INTO search_idx VALUES(1,X'',2);
INSERT INTO search_idx VALUES(2,X'',2);
INSERT INTO search_idx VALUES(3,X'',2);
INSERT INTO search_idx VALUES(4,X'',2);
INSERT INTO search_idx VALUES(5,X'',2);
INSERT INTO search_idx VALUES(6,X'',2);
INSERT INTO search_idx VALUES(7,X'',2);
INSERT INTO search_idx VALUES(8,X'',2);
CREATE TABLE IF NOT EXISTS 'search_docsize'(id INTEGER PRIMARY KEY, sz BLOB, origin INTEGER);
INSERT INTO search_docsize VALUES(4294967297,X'10',6);
INSERT INTO search_docsize VALUES(4294967298,X'13',1);
INSERT INTO search_docsize VALUES(4294967299,X'42',2);
INSERT INTO search_docsize VALUES(4294967300,X'14',3);
INSERT INTO search_docsize VALUES(4294967301,X'1d',4);
INSERT INTO search_docsize VALUES(4294967302,X'40',5);
INSERT INTO search_docsize VALUES(4294967303,X'0f',7);
INSERT INTO search_docsize VALUES(4294967304,X'3d',8);
CREATE TABLE IF NOT EXISTS 'search_config'(k PRIMARY KEY, v) WITHOUT ROWID;
INSERT INTO search_config VALUES('version',4);
CREATE TABLE unsent (
    merchant TEXT NOT NULL,
    handover TEXT NOT NULL,
    PRIMARY KEY (merchant, handover)
) WITHOUT ROWID;
INSERT INTO unsent VALUES('m3','01a22840-d21b-7be4-b403-c6752bfd4095');
CREATE TABLE handover_shopper (
    merchant    TEXT NOT NULL,
    accepted_at INTEGER NOT NULL,
    handover    TEXT NOT NULL,
    shopper     TEXT NOT NULL,
    PRIMARY KEY (merchant, accepted_at, handover)
) WITHOUT ROWID;
INSERT INTO handover_shopper VALUES('m1',1795971666791,'01a22840-d367-7519-88e4-83e9b9a69daa',replace('Renée Dupont\nrenee@shop.example','\n',char(10)));
INSERT INTO handover_shopper VALUES('m1',1795971670883,'01a22840-e363-7a0d-a808-3507dc3c76a7',replace('Fay\nfay@shop.example','\n',char(10)));
INSERT INTO handover_shopper VALUES('m1',1795971675698,'01a22840-f632-74c2-be79-7dea4eaafe00',replace('\njane@shop.example','\n',char(10)));
INSERT INTO handover_shopper VALUES('m1',1795971678903,'01a22841-02b7-7758-874a-fdab008a309c',replace('Ulf\nulf@shop.example','\n',char(10)));
INSERT INTO handover_shopper VALUES('m2',1795971674557,'01a22840-f1bd-77ce-a39d-e44aefa175af',replace('Hal\nhal@shop.example','\n',char(10)));
INSERT INTO handover_shopper VALUES('m3',1795971666459,'01a22840-d21b-7be4-b403-c6752bfd4095',replace('Uma\numa@shop.example','\n',char(10)));
INSERT INTO handover_shopper VALUES('m4',1795971672982,'01a22840-eb96-7085-863a-6c3c4c640dc5',replace('Cat\ncat@shop.example','\n',char(10)));
CREATE TABLE visitor_key (key BLOB NOT NULL);
INSERT INTO visitor_key VALUES(X'a597303942293bd520a096dd366ed348c53b7b9937c51f89ae52568817def87c');
CREATE INDEX connection_recheck ON connection (recheck_at) WHERE recheck_at IS NOT NULL;
CREATE INDEX connection_change_newest ON connection_change (merchant, helpdesk, id);
CREATE INDEX handover_newest ON handover (merchant, accepted_at DESC, id DESC);
CREATE INDEX delivery_due ON delivery (account, state, next_at) WHERE next_at IS NOT NULL AND blocked = 0;
CREATE INDEX delivery_wake ON delivery (next_at, account) WHERE next_at IS NOT NULL AND blocked = 0;
CREATE INDEX delivery_leased ON delivery (lease_until) WHERE state = 'sending';
CREATE INDEX notice_due ON notice (next_at) WHERE next_at IS NOT NULL;
CREATE INDEX session_created ON session (created_at);
CREATE INDEX session_seen ON session (seen_at);
CREATE INDEX delivery_open ON delivery (merchant, destination, state, seq);
CREATE INDEX conversation_active ON conversation (merchant, active_at DESC, id DESC);
CREATE INDEX conversation_state ON conversation (merchant, state, active_at DESC, id DESC);
CREATE UNIQUE INDEX search_entry_contact ON search_entry (conversation) WHERE number = 0;
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
CREATE TRIGGER unsent_new AFTER INSERT ON handover BEGIN
    INSERT INTO unsent (merchant, handover) VALUES (new.merchant, new.id);
END;
CREATE TRIGGER unsent_gone AFTER DELETE ON handover BEGIN
    DELETE FROM unsent WHERE merchant = old.merchant AND handover = old.id;
END;
CREATE TRIGGER unsent_delivery AFTER INSERT ON delivery
WHEN new.destination <> 'email' AND new.part = 0 AND new.state <> 'cancelled' BEGIN
    DELETE FROM unsent WHERE merchant = new.merchant AND handover = new.handover;
END;
CREATE TRIGGER unsent_state AFTER UPDATE OF state ON delivery
WHEN new.destination <> 'email' AND new.part = 0 AND (new.state = 'cancelled') <> (old.state = 'cancelled') BEGIN
    DELETE FROM unsent WHERE merchant = new.merchant AND handover = new.handover;
    INSERT INTO unsent (merchant, handover)
    SELECT new.merchant, new.handover
    WHERE NOT EXISTS (
        SELECT 1 FROM delivery
        WHERE handover = new.handover AND destination <> 'email' AND part = 0 AND state <> 'cancelled');
END;
CREATE INDEX delivery_unfinished ON delivery (state, destination, needs_answer, seq)
    WHERE state IN ('queued', 'sending', 'waiting', 'unsure', 'held');
CREATE INDEX delivery_late ON delivery (late_at) WHERE late_at IS NOT NULL AND state NOT IN ('delivered', 'cancelled');
CREATE INDEX handover_kept ON handover (accepted_at) WHERE kept = 1;
CREATE INDEX conversation_silent ON conversation (active_at);
CREATE INDEX search_entry_conversation ON search_entry (conversation);
CREATE TRIGGER handover_shopper_new AFTER INSERT ON handover BEGIN
    INSERT INTO handover_shopper (merchant, accepted_at, handover, shopper)
    VALUES (new.merchant, new.accepted_at, new.id,
        coalesce(new.summary ->> '$.shopper_name', '') || char(10) || coalesce(new.summary ->> '$.shopper_email', ''));
END;
CREATE TRIGGER handover_shopper_changed AFTER UPDATE OF summary ON handover BEGIN
    UPDATE handover_shopper
    SET shopper = coalesce(new.summary ->> '$.shopper_name', '') || char(10)
        || coalesce(new.summary ->> '$.shopper_email', '')
    WHERE merchant = new.merchant AND accepted_at = new.accepted_at AND handover = new.id;
END;
CREATE TRIGGER handover_shopper_gone AFTER DELETE ON handover BEGIN
    DELETE FROM handover_shopper
    WHERE merchant = old.merchant AND accepted_at = old.accepted_at AND handover = old.id;
END;
CREATE INDEX delivery_ticket ON delivery (merchant, ticket) WHERE ticket IS NOT NULL;
CREATE INDEX delivery_turn ON delivery (account, (part > 0), seq) WHERE state = 'queued' AND blocked = 0;
CREATE INDEX delivery_again ON delivery (account, next_at, seq)
    WHERE state = 'waiting' AND part = 0 AND next_at IS NOT NULL;
CREATE INDEX delivery_mail ON delivery (merchant, (part > 0), seq)
    WHERE destination = 'email' AND state = 'queued' AND blocked = 0;
CREATE INDEX visitor_seen ON visitor (seen_at);
PRAGMA writable_schema=OFF;
COMMIT;
