//! Every frequent statement finds its rows through an index: at 200,000 handovers, its plan names the index and scans no
//! large table.
//!
//! The statements are run as the server runs them, and PostgreSQL's `auto_explain` logs their plans. Each runs often
//! enough that PostgreSQL may switch to a generic plan, which does not know the values.

use crate::{postgres::opened, support::*};
use app::model::{AttemptKind, DeliveryState, Destination, Progress};
use convi_server::store::{
    ConnectionStore, HandoverStore, HistoryStore, LaneStore, NoticeStore, OperationsStore, OutboxStore,
    handovers::{Filter, Search},
    outbox::{Begun, Due, Ended},
};
use domain::{
    account::Account,
    delivery::{Event, Rules},
};
use postgres_cluster::{Cluster, Commits};
use std::{collections::BTreeSet, path::PathBuf};
use tokio_postgres::NoTls;

/// From the sixth run on, PostgreSQL may use a generic plan.
const RUNS: i64 = 8;
/// The tables that grow with the number of handovers or merchants.
const LARGE: [&str; 8] =
    ["attempt", "connection", "delivery", "handover", "ingest", "lane", "notice", "unsent"];

/// 100,000 merchants and accounts, and 200,000 handovers of 2,000 of the merchants on 1,000 accounts. Most are delivered,
/// and thousands are waiting. Every tenth account has nothing new to send.
const FILL: &str = "
    INSERT INTO connection (merchant, helpdesk, subdomain, username, key_id, sealed_key, state, receives, version, recheck_at)
    SELECT 'm' || n, 'gorgias', 'a' || n % 1000, 'owner@shop.test', 'k1', '', 'connected', true, 1,
        CASE WHEN n % 1000 = 0 THEN 1800000000000 END
    FROM generate_series(1, 100000) AS n;
    INSERT INTO lane (account, owner, until) SELECT 'gorgias:a' || n, 'another', 0 FROM generate_series(0, 99999) AS n;
    INSERT INTO handover (id, merchant, conversation, accepted_at, subject, summary, body)
    SELECT 'h' || n, 'm' || n % 2000 + 1, 'c' || n, 1790000000000 + n * 1000, 'Where is it?',
        '{\"conversation_url\":null,\"shopper_name\":null,\"shopper_email\":null,\"trigger\":\"manual\",\"reason\":null,\"by\":null,\"occurred_at\":0}', '{}'
    FROM generate_series(1, 200000) AS n;
    INSERT INTO unsent (merchant, handover) SELECT 'm' || n % 2000 + 1, 'h' || n FROM generate_series(1, 5000) AS n;
    INSERT INTO ingest (webhook_id, body_hash, handover, answer, received_at)
    SELECT 'w' || n, '', 'h' || n, '{}', 1790000000000 FROM generate_series(1, 200000) AS n;
    INSERT INTO notice (id, merchant, body, created_at) SELECT 'n' || n, 'm' || n % 2000 + 1, '{}', 0
    FROM generate_series(1, 5000) AS n;
    INSERT INTO delivery (id, seq, handover, merchant, destination, part, blocked, account, state, next_at, lease_until,
        give_up_at, late_at, ticket)
    SELECT 'd' || n, n, 'h' || n, 'm' || n % 2000 + 1, 'gorgias', 0, false, 'gorgias:a' || (n % 2000 + 1) % 1000, state,
        CASE WHEN state IN ('waiting', 'unsure') THEN 1799999990000 + n % 20000
             WHEN state <> 'delivered' THEN NULL
             -- Checked now, or tomorrow.
             WHEN n % 1000 = 1 THEN 1799999990000 + n % 20000 ELSE 1800050000000 + n END,
        CASE WHEN state = 'sending' THEN CASE WHEN n <= 3 THEN 1799999990000 ELSE 1800000050000 END END, 1900000000000,
        CASE WHEN state <> 'delivered' AND n % 7 = 0 THEN 1800000000000 + n END,
        CASE state WHEN 'delivered' THEN n END
    FROM (SELECT n, CASE WHEN n <= 500 THEN 'sending' WHEN n / 2000 IN (1, 2) AND n % 10 <> 9 THEN 'queued'
                         WHEN n / 2000 = 3 THEN 'waiting' WHEN n / 2000 = 4 AND n % 5 = 0 THEN 'unsure'
                         WHEN n / 2000 = 5 THEN 'held' WHEN n / 2000 = 6 AND n % 5 = 0 THEN 'failed'
                         ELSE 'delivered' END AS state
          FROM generate_series(1, 200000) AS n) AS states;
    INSERT INTO delivery (id, seq, handover, merchant, destination, part, blocked, account, state, give_up_at)
    SELECT 'e' || n, n, 'h' || n, 'm' || n % 2000 + 1, 'email', 0, false, 'email',
        CASE WHEN n % 40 = 0 THEN 'queued' ELSE 'delivered' END, 1900000000000
    FROM generate_series(1, 200000) AS n;
    INSERT INTO attempt (delivery, fence, kind, number, account, began_at)
    SELECT 'd' || n, 0, 'create', 1, 'gorgias:a1', 0 FROM generate_series(1, 200000) AS n;
    VACUUM ANALYZE;";

/// The server's log, from where it was read last.
struct Plans {
    log: PathBuf,
    read: usize,
    wrong: Vec<String>,
}

impl Plans {
    /// Checks the plans since the last call: they name these indexes and scan no large table.
    fn name(&mut self, what: &str, indexes: &[&str]) {
        let text = String::from_utf8(std::fs::read(&self.log).unwrap()).unwrap();
        let new = &text[self.read..];
        self.read = text.len();
        let words: Vec<_> = new.split_whitespace().collect();
        let (mut used, mut scanned) = (BTreeSet::new(), BTreeSet::new());
        for (place, pair) in words.windows(2).enumerate() {
            match pair {
                ["using", index] => drop(used.insert(*index)),
                ["Scan", "on"] => {
                    let (kind, name) = (words[place.saturating_sub(1)], *words.get(place + 2).unwrap_or(&""));
                    match kind {
                        "Index" => drop(used.insert(name)),
                        "Seq" if LARGE.contains(&name) => drop(scanned.insert(name)),
                        _ => {}
                    }
                }
                _ => {}
            }
        }
        let missing: Vec<_> = indexes.iter().filter(|index| !used.contains(**index)).collect();
        if !missing.is_empty() || !scanned.is_empty() {
            let plan = new.split("LOG:  duration").last().unwrap_or_default();
            let why = format!("does not use {missing:?}, but {used:?}, and reads all of {scanned:?}");
            self.wrong.push(format!("{what} {why}. The last plan:\n{plan}"));
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn frequent_statements_use_their_indexes_at_200_000_handovers() {
    let cluster = Cluster::start(Commits::Fast).unwrap();
    let explained = "session_preload_libraries%3Dauto_explain%20-c%20auto_explain.log_min_duration%3D0";
    let store = opened(&format!("{}?options=-c%20{explained}", cluster.url())).await;
    let (client, connection) = tokio_postgres::connect(&cluster.url(), NoTls).await.unwrap();
    tokio::spawn(connection);
    for statement in FILL.split(';') {
        client.batch_execute(statement).await.unwrap();
    }
    let mut plans = Plans { log: cluster.log(), read: 0, wrong: Vec::new() };
    plans.name("the start", &[]);

    // The dispatcher's reads.
    for run in 0..RUNS {
        let page = store.due_lanes(T0 + run, None, 256).await.unwrap();
        assert_eq!(page.len(), 256);
    }
    plans.name("due_lanes", &["delivery_turn", "delivery_wake"]);
    for run in 0..RUNS {
        store.next_due_at(T0 + run).await.unwrap();
    }
    let due = ["delivery_wake", "delivery_leased", "delivery_late", "connection_recheck"];
    plans.name("next_due_at", &due);
    for run in 0..RUNS {
        store.expired_leases(T0 + run).await.unwrap();
    }
    plans.name("expired_leases", &["delivery_leased"]);
    for run in 0..RUNS {
        let mail = store.first_mail(&format!("m{run}"), T0).await.unwrap();
        assert!(mail.is_some());
    }
    plans.name("first_mail", &["delivery_mail"]);
    for run in 0..RUNS {
        let account: Account = format!("gorgias:a{}", 10 * run + 505).parse().unwrap();
        assert!(store.first_to_send(&account, T0).await.unwrap().is_some());
        for due in [Due::LookUp, Due::Check] {
            store.first_due(&account, due, T0).await.unwrap();
        }
    }
    plans.name("first_to_send", &["delivery_turn", "delivery_due", "connection_pkey", "handover_pkey"]);
    for run in 0..RUNS {
        let account: Account = format!("gorgias:a{}", 10 * run).parse().unwrap();
        store.first_to_send(&account, T0).await.unwrap();
    }
    plans.name("first_to_send of an account with retries only", &["delivery_again"]);

    // The dispatcher's writes.
    let accounts: Vec<Account> = (0..256).map(|n| format!("gorgias:a{n}").parse().unwrap()).collect();
    for run in 0..RUNS {
        let now = T0 + run;
        assert_eq!(store.own(&accounts, now, now + 30_000).await.unwrap().len(), accounts.len());
    }
    plans.name("own", &["lane_pkey"]);
    for run in 0..RUNS {
        let account: Account = format!("gorgias:a{}", 10 * run + 505).parse().unwrap();
        let (delivery, _) = store.first_to_send(&account, T0).await.unwrap().unwrap();
        let leased = delivery.after(Event::Leased, at(T0), Rules::default()).unwrap();
        let begun = Begun { kind: AttemptKind::Create, at: T0 };
        assert!(store.save(&leased, Some(&begun), None, T0).await.unwrap());
        let made = leased.after(Event::Made(Some(7)), at(T0), Rules::default()).unwrap();
        let ended = Ended { fence: leased.fence, at: T0, outcome: "delivered".into() };
        assert!(store.save(&made, None, Some(&ended), T0).await.unwrap());
    }
    plans.name("save", &["delivery_pkey", "attempt_pkey", "lane_pkey", "delivery_part"]);
    for run in 0..RUNS {
        store.tell_late(T0 + run).await.unwrap();
        store.lease_notice(T0 + run, T0 + 60_000).await.unwrap();
        store.claim_rechecks(T0 + run, T0 + 60_000).await.unwrap();
    }
    plans.name("what is due by the clock", &["delivery_late", "notice_due", "connection_recheck"]);

    // Posted handovers, and pages.
    for run in 0..RUNS {
        let conversation = format!("new{run}");
        store.accept(new_handover(&conversation, &body("m7", &conversation), T0)).await.unwrap();
    }
    plans.name("accept", &["ingest_pkey", "handover_merchant_conversation_key"]);
    let newest = Filter { limit: 25, ..Filter::default() };
    for run in 0..RUNS {
        assert_eq!(store.handovers(&format!("m{}", 100 + run), &newest).await.unwrap().len(), 25);
    }
    plans.name("the newest handovers", &["handover_newest", "delivery_part"]);
    for run in 0..RUNS {
        let failed = Filter { state: Some(DeliveryState::Failed), ..newest.clone() };
        store.handovers(&format!("m{}", 100 + run), &failed).await.unwrap();
    }
    plans.name("failed handovers", &["delivery_stopped"]);
    for run in 0..RUNS {
        for progress in Progress::ALL {
            let this_far = Filter { progress: Some(progress), ..newest.clone() };
            store.handovers(&format!("m{}", 100 + run), &this_far).await.unwrap();
        }
        store.progress(&format!("m{}", 100 + run)).await.unwrap();
    }
    plans.name("handovers by progress", &["delivery_stopped", "delivery_part"]);
    for run in 0..RUNS {
        let ticket = Filter { search: Some(Search::Ticket(1_000 + run)), ..newest.clone() };
        store.handovers(&format!("m{}", 100 + run), &ticket).await.unwrap();
    }
    plans.name("search by ticket", &["delivery_ticket"]);
    for run in 0..RUNS {
        store.delivery("m2", &format!("h{}", run + 1), Destination::Email).await.unwrap();
        store.counts(&format!("m{}", 100 + run), GORGIAS).await.unwrap();
    }
    plans.name("one delivery, and counts of a connection", &["delivery_part", "delivery_stopped"]);
    for _ in 0..RUNS {
        store.queues().await.unwrap();
    }
    plans.name("queues", &["delivery_unfinished"]);
    assert!(plans.wrong.is_empty(), "{}", plans.wrong.join("\n"));
}
