//! Removal of old transcripts, and erasure of a merchant.

use crate::support::{HELPDESK, OWNER, TestApp, body, viewer};
use app::{
    backend::Backend,
    chat_backend::ChatBackend,
    model::{ConnectionForm, ConversationQuery, DeliveryState, Role},
    words,
};
use convi_server::{
    client_address::{Client, ClientNetwork},
    conversation::visitor::Posted,
    store::answers::NewAnswer,
};
use domain::account::Account;
use gorgias_emulator::Fault;
use rusqlite::{Connection, Row, types::Value};
use serde_json::json;
use std::{collections::BTreeMap, net::Ipv4Addr};
use tokio_util::sync::CancellationToken;

const DAY: u64 = 86_400;
const SAID: &str = "My parcel to Elm Street never came";

async fn kept_for_30_days() -> TestApp {
    let it = TestApp::start_with(&[("CONVI_RETENTION_DAYS", "30")]).await;
    it.connects(crate::support::KEY).await;
    it.app.services.save_notifications(&it.owner, Some("team@acme.test".into())).await.unwrap();
    it
}

async fn sweeps(it: &TestApp) -> (u64, u64) {
    let removed = it.app.retention.clone().sweep(&CancellationToken::new()).await.unwrap();
    (removed.handovers, removed.conversations)
}

/// Posts a handover that contains [`SAID`] and returns its id.
async fn hands_over(it: &TestApp, conversation: &str) -> String {
    let mut body = body("m1", conversation);
    body["conversation"]["summary"] = json!(SAID);
    body["conversation"]["messages"][0]["text"] = json!(SAID);
    let answer = it.posts(&format!("msg-{conversation}"), &body).await;
    answer["handover_id"].as_str().unwrap().to_owned()
}

/// Returns every value of every table, by table.
fn rows(it: &TestApp) -> BTreeMap<String, Vec<String>> {
    let connection = Connection::open(it.database.path()).unwrap();
    let all = |statement: &str, read: fn(&Row<'_>) -> String| -> Vec<String> {
        let mut statement = connection.prepare(statement).unwrap();
        statement.query_map([], |row| Ok(read(row))).unwrap().map(Result::unwrap).collect()
    };
    let tables = all(
        "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'search\\_%' ESCAPE '\\'
                              OR name IN ('search_merchant', 'search_entry')",
        |row| row.get(0).unwrap(),
    );
    let mut found = BTreeMap::new();
    for table in tables {
        // The search index contains no text, so only the ids of its entries can be read.
        let what = if table == "search" { "rowid" } else { "*" };
        let rows = all(&format!("SELECT {what} FROM {table} ORDER BY 1"), text);
        found.insert(table, rows);
    }
    found
}

/// Returns every value of a row, with its column name.
fn text(row: &Row<'_>) -> String {
    let columns = row.as_ref().column_names().into_iter().map(|column| {
        let value = match row.get(column).unwrap() {
            Value::Null => "null".to_owned(),
            Value::Integer(number) => number.to_string(),
            Value::Real(number) => number.to_string(),
            Value::Text(text) => text,
            Value::Blob(bytes) => format!("{bytes:?}"),
        };
        format!("{column}={value}")
    });
    columns.collect::<Vec<_>>().join(" ")
}

async fn assert_nowhere(it: &TestApp, what: &str) {
    for (table, rows) in rows(it) {
        let found = rows.iter().find(|row| row.to_lowercase().contains(&what.to_lowercase()));
        assert_eq!(found, None, "{what} is in {table}");
    }
    assert!(!it.mails().iter().any(|mail| mail.contains(what)), "{what} is in a mail");
}

#[tokio::test]
async fn delivered_handover_loses_its_transcript_and_keeps_its_ticket() {
    let it = kept_for_30_days().await;
    let id = hands_over(&it, "c1").await;
    it.settles().await;
    // The duplicate checks come first.
    for hours in [1, 23] {
        it.passes(hours * 3_600).await;
    }
    let before = it.ticket_of(&id).await;
    it.moves(29 * DAY - 1);
    assert_eq!(sweeps(&it).await, (0, 0), "one second before 30 days");
    it.moves(1);
    assert_eq!(sweeps(&it).await, (1, 0));
    assert_eq!(sweeps(&it).await, (0, 0), "once");
    let view = it.view(&id).await;
    assert!(view.transcript_removed);
    assert_eq!(words::subject(&view), "Transcript removed");
    assert_eq!((view.shopper_name.clone(), view.shopper_email.clone()), (None, None));
    assert_eq!(it.ticket_of(&id).await, before, "its ticket and link stay");
    assert!(before.ticket_url.is_some());
    for private in [SAID, "jane@example.com", "Jane Doe", "#1042"] {
        assert_nowhere(&it, private).await;
    }
    assert_eq!(it.mails(), [] as [&str; 0], "the email files were removed too");
}

#[tokio::test]
async fn undelivered_handover_keeps_its_transcript() {
    let it = kept_for_30_days().await;
    it.shop.fault(Fault::reject("tags").on_create().once());
    let failed = hands_over(&it, "failed").await;
    it.settles().await;
    it.shop.revoke_key(OWNER);
    let held = hands_over(&it, "held").await;
    it.passes(40 * DAY).await;
    assert_eq!(
        (it.state_of(&failed).await, it.state_of(&held).await),
        (DeliveryState::Failed, DeliveryState::Held)
    );
    it.app.services.disconnect(&it.owner, HELPDESK).await.unwrap();
    it.app.services.save_notifications(&it.owner, None).await.unwrap();
    let nobody = hands_over(&it, "nobody").await;
    it.passes(40 * DAY).await;
    assert_eq!(sweeps(&it).await, (0, 0));
    for id in [failed, held, nobody] {
        assert!(!it.view(&id).await.transcript_removed);
    }
    // They can still be delivered.
    it.shop.restore_key(OWNER);
    it.connects(crate::support::KEY).await;
    it.app.services.send_unsent(&it.owner).await.unwrap();
    it.settles().await;
    it.passes(60).await;
    let tickets = it.shop.tickets();
    assert_eq!(tickets.len(), 2, "held and unsent");
    assert!(tickets.iter().all(|ticket| serde_json::to_string(ticket).unwrap().contains(SAID)));
}

#[tokio::test]
async fn conversation_that_continues_after_removal_repeats_nothing() {
    let it = kept_for_30_days().await;
    let id = hands_over(&it, "c1").await;
    it.settles().await;
    it.passes(2 * 3_600).await;
    it.passes(40 * DAY).await;
    assert_eq!(sweeps(&it).await, (1, 0));
    let mut again = body("m1", "c1");
    again["conversation"]["messages"][0]["text"] = json!(SAID);
    let more = json!({"id": "2", "author": "shopper", "text": "Is anybody there?"});
    again["conversation"]["messages"].as_array_mut().unwrap().push(more);
    let answer = it.posts("msg-again", &again).await;
    assert_eq!((answer["handover_id"].as_str(), &answer["continued"]), (Some(id.as_str()), &json!(true)));
    it.passes(180).await;
    let ticket = serde_json::to_string(&it.shop.tickets_with_external_id(&id)[0]).unwrap();
    assert!(ticket.contains("Is anybody there?"));
    assert_eq!(ticket.matches(SAID).count(), 3, "subject, text and HTML of the first transcript");
    // The addition is removed in turn.
    it.passes(40 * DAY).await;
    assert_eq!(sweeps(&it).await, (1, 0));
    assert_nowhere(&it, "Is anybody there?").await;
}

#[tokio::test]
async fn chat_conversations_and_their_search_entries_are_removed() {
    let it = kept_for_30_days().await;
    let chat = &it.app.chat;
    says(&it, "m1", SAID).await;
    it.settles().await;
    it.passes(2 * DAY).await;
    let search = async |text: &str| {
        let query = ConversationQuery { search: Some(text.to_owned()), ..ConversationQuery::default() };
        chat.conversations(&it.owner, query).await.unwrap().conversations.len()
    };
    assert_eq!(search("Elm Street").await, 1);
    it.passes(40 * DAY).await;
    assert_eq!(sweeps(&it).await, (0, 1));
    assert_eq!(search("Elm Street").await, 0);
    assert_nowhere(&it, "Elm Street").await;
    // The index stores terms and positions, from which a text could be reconstructed. Rows up to 10 are its bookkeeping.
    assert_eq!(it.database.texts("SELECT hex(block) FROM search_data WHERE id > 10").await, [] as [&str; 0]);
    let query = ConversationQuery::default();
    let row = chat.conversations(&it.owner, query).await.unwrap().conversations.remove(0);
    assert_eq!(row.preview, words::TRANSCRIPT_REMOVED);
}

/// A visitor of the merchant's shop writes to the chat.
async fn says(it: &TestApp, merchant: &str, text: &str) {
    let client = Client::From(ClientNetwork::of(Ipv4Addr::new(203, 0, 113, 7).into()));
    let token = it.app.chat.new_visitor(merchant, client).await.unwrap();
    let mut visitor = it.app.chat.visitor(&token).await.unwrap();
    let posted = Posted { id: "k1".into(), text: text.into(), page_url: None, context: None, locale: None };
    it.app.chat.say(&mut visitor, &posted, client).await.unwrap();
}

/// Creates data for this merchant in every table.
async fn fills(it: &TestApp, merchant: &str, account: &str, key: &str) {
    let owner = viewer(merchant, Role::Owner);
    let said = format!("{merchant}-said");
    let posts = async |number: u32, conversation: &str, text: &str| {
        let mut body = body(merchant, &format!("{merchant}-{conversation}"));
        body["conversation"]["messages"][0] = json!({"id": text, "author": "shopper", "text": text});
        let answer = it.posts(&format!("msg-{merchant}-{number}"), &body).await;
        answer["handover_id"].as_str().unwrap().to_owned()
    };
    posts(1, "nobody", &said).await;
    let form = ConnectionForm {
        subdomain: account.into(),
        method: None,
        username: OWNER.into(),
        api_key: Some(key.into()),
        ..ConnectionForm::default()
    };
    it.app.services.save_connection(&owner, HELPDESK, form).await.unwrap();
    it.app.services.save_notifications(&owner, Some(format!("team@{merchant}.test"))).await.unwrap();
    let handover = posts(2, "c1", &said).await;
    it.settles().await;
    let place: Account = format!("gorgias:{account}").parse().unwrap();
    let answer = NewAnswer {
        handover: handover.clone(),
        message: 1,
        ticket: 1,
        author: Some(said.clone()),
        text: said.clone(),
        at: 0,
        emailed: false,
    };
    it.app.store.keep_answers(&place, &[answer], 0).await.unwrap();
    it.app.store.keep_place(&place, 1, &handover).await.unwrap();
    posts(3, "c1", &format!("{said} more")).await;
    it.settles().await;
    says(it, merchant, &said).await;
    it.app.chat.save_faqs(&owner, Vec::new()).await.unwrap();
    it.database
        .sql(&format!(
            "INSERT INTO session (id, merchant, subject, name, role, created_at, seen_at)
         VALUES (x'{}', '{merchant}', 'u', 'Olive', 'owner', 0, 0)",
            merchant.bytes().map(|byte| format!("{byte:02x}")).collect::<String>()
        ))
        .await;
    it.database
        .sql(&format!(
            "INSERT INTO shopper_mail (id, merchant, conversation, asked_to, created_at)
             SELECT id || '.mail', merchant, id, 1, 0 FROM conversation WHERE merchant = '{merchant}'"
        ))
        .await;
    let shop = it.gorgias.account(account);
    shop.revoke_key(OWNER);
    posts(4, "held", &said).await;
    it.settles().await;
    shop.restore_key(OWNER);
}

#[tokio::test]
async fn merchant_is_erased_from_every_table_and_others_are_not() {
    let it = TestApp::start().await;
    it.gorgias.account("neighbour").user(OWNER, "key-2", gorgias_emulator::Role::Admin);
    fills(&it, "m2", "neighbour", "key-2").await;
    let neighbour = rows(&it);
    let neighbours_mails = it.mails();
    fills(&it, "m1", "acme", crate::support::KEY).await;
    let both = rows(&it);
    for (table, rows) in &both {
        if ["master_key", "schema_version", "visitor_key"].contains(&table.as_str())
            || table.starts_with("sqlite_")
        {
            continue;
        }
        assert!(!neighbour[table].is_empty(), "{table} is not filled");
        assert!(rows.len() > neighbour[table].len(), "{table} holds nothing of m1");
    }
    assert!(it.mails().len() > neighbours_mails.len());

    let erased = it.app.store.erase_merchant("m1").await.unwrap();
    for id in &erased.mails {
        it.app.mailer.forget(id).await.unwrap();
    }
    let left = rows(&it);
    for (table, rows) in &left {
        assert_eq!(rows, &neighbour[table], "{table}");
    }
    assert_eq!(it.mails(), neighbours_mails);
    assert_nowhere(&it, "m1-said").await;
    // Not even in pages that SQLite has freed, or in its log.
    for end in ["", "-wal"] {
        let bytes = std::fs::read(it.database.path().with_extension(format!("db{end}"))).unwrap_or_default();
        let found = bytes.windows(7).any(|window| window == b"m1-said");
        assert!(!found, "convi.db{end} still holds what was said");
    }
    assert_eq!(it.app.store.connection("m1", HELPDESK).await.unwrap(), None);
    assert!(it.app.store.erase_merchant("m1").await.unwrap().rows.iter().all(|(_, rows)| *rows == 0));
    // The merchant can come back like any new one.
    fills(&it, "m1", "acme", crate::support::KEY).await;
}
