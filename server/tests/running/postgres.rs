//! The program on PostgreSQL: during an outage of the database, it accepts and sends nothing; afterwards, it continues.

use crate::program::{Place, Program};
use gorgias_emulator::{Fault, FaultKind};
use postgres_cluster::{Cluster, Commits};
use reqwest::{Method, RequestBuilder};
use rustix::process::Signal;
use serde_json::{Value, json};

const KEYS: &str = "k1:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=";

async fn status(server: &Program, path: &str) -> u16 {
    reqwest::get(format!("{}{path}", server.address)).await.unwrap().status().as_u16()
}

/// The caller is told to try again, and when.
async fn gets_503(call: RequestBuilder) {
    let answer = call.send().await.unwrap();
    assert_eq!((answer.status().as_u16(), answer.url().path()), (503, answer.url().path()));
    assert_eq!(answer.headers()["retry-after"], "5", "{}", answer.url());
    let text = answer.text().await.unwrap();
    assert!(text.contains("Please try again in a minute."), "{text}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn outage_of_the_database_loses_and_duplicates_nothing() {
    let cluster = Cluster::start(Commits::Durable).unwrap();
    let place = Place::new().await.with("CONVI_DATABASE_URL", &cluster.url()).with("CONVI_MASTER_KEYS", KEYS);
    let place = place.with("CONVI_METRICS_LISTEN", "127.0.0.1:0");
    let token = place.token();
    let server = place.serves();
    let metrics = server.says("metrics on ");
    let is_up = async |up: u8| {
        let answer = reqwest::get(&metrics).await.unwrap();
        assert_eq!(answer.status(), 200);
        let text = answer.text().await.unwrap();
        assert!(text.contains(&format!("\nconvi_database_up {up}\n")), "{text}");
        assert!(text.contains("convi_connections{state=\"connected\"} 1"), "the last that is known: {text}");
    };
    server.connects(&token).await;
    is_up(1).await;
    let mut accepted = vec![server.accepts("c0").await];
    place.shop.wait_for_tickets(1).await.unwrap();
    assert_eq!(status(&server, "/health/ready").await, 200);

    let chat = |method: Method, path: &str| {
        server.client.request(method, format!("{}/chat/v1/{path}", server.address))
    };
    let visitor = chat(Method::POST, "visitors").json(&json!({"merchant": "m1"})).send().await.unwrap();
    let visitor: Value = visitor.json().await.unwrap();
    let visitor = visitor["token"].as_str().unwrap();
    let says = |id: &str| {
        let message = json!({"id": id, "text": "Hello", "context": {}});
        chat(Method::POST, "messages").bearer_auth(visitor).json(&message)
    };
    assert_eq!(says("k0").send().await.unwrap().status(), 200);

    cluster.stop().unwrap();
    let refused = server.posts("c1").await.unwrap();
    assert_eq!(refused.status(), 503);
    assert_eq!(refused.headers()["retry-after"], "5");
    let problem: Value = refused.json().await.unwrap();
    assert!(problem["detail"].is_string(), "{problem}");
    let people = |method: Method, path: &str| {
        server.client.request(method, format!("{}{path}", server.address)).bearer_auth(&token)
    };
    for call in [
        says("k1"),
        chat(Method::GET, "conversation").bearer_auth(visitor),
        people(Method::GET, "/v1/integrations"),
        people(Method::GET, "/v1/handovers"),
        people(Method::PUT, "/v1/notifications").json(&json!({"email": "team@acme.test"})),
        people(Method::POST, "/v1/session"),
        people(Method::GET, "/settings/integrations"),
    ] {
        gets_503(call).await;
    }
    assert_eq!(status(&server, "/health/ready").await, 503);
    assert_eq!(status(&server, "/health/live").await, 200);
    is_up(0).await;

    cluster.restart().unwrap();
    // The same id and bytes as before.
    for conversation in ["c1", "c2"] {
        accepted.push(server.accepts(conversation).await);
    }
    assert_eq!(says("k1").send().await.unwrap().status(), 200);
    assert_eq!(status(&server, "/health/ready").await, 200);
    is_up(1).await;
    place.shop.wait_for_tickets(3).await.unwrap();
    for id in &accepted {
        assert_eq!(place.shop.tickets_with_external_id(id).len(), 1, "{id}");
    }
    let log = server.heard();
    assert!(!log.contains("postgres@"), "a URL with its password would show too: {log}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn password_is_shown_nowhere() {
    let url = "postgres://convi:hunter2@127.0.0.1:1/convi";
    let place = Place::new().await.with("CONVI_DATABASE_URL", url).with("CONVI_MASTER_KEYS", KEYS);
    for command in ["serve", "migrate", "doctor"] {
        let (code, output) = place.runs(&[command]);
        assert_eq!(code, Some(1), "{command}: {output}");
        assert!(output.contains("the database failed"), "{command}: {output}");
        assert!(!output.contains("hunter2"), "{command}: {output}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn attempt_that_ends_while_the_database_is_away_is_settled_afterwards() {
    let cluster = Cluster::start(Commits::Durable).unwrap();
    let place = Place::new().await.with("CONVI_DATABASE_URL", &cluster.url()).with("CONVI_MASTER_KEYS", KEYS);
    let token = place.token();
    let server = place.serves();
    server.connects(&token).await;
    place.shop.fault(Fault::new(FaultKind::SlowAnswer { seconds: 3.0 }).on_create().once());
    place.shop.forget_requests();
    let first = server.accepts("c0").await;
    place.shop.wait_for_requests(1, "POST", "/api/tickets").await.unwrap();
    cluster.stop().unwrap();
    place.shop.wait_for_answers(1, "POST", "/api/tickets").await.unwrap();
    server.logs(&["stored when the database is back"]);
    cluster.restart().unwrap();
    let second = server.accepts("c1").await;
    place.shop.wait_for_tickets(2).await.unwrap();
    for id in [&first, &second] {
        assert_eq!(place.shop.tickets_with_external_id(id).len(), 1, "{id}");
    }
    // It was settled before the account's next request, and needed no look-up.
    let seen = server.reads(&token, &format!("/v1/handovers/{first}")).await;
    assert_eq!(seen["deliveries"][0]["state"], "delivered", "{seen}");
    assert_eq!(place.shop.requests_of("GET", "/api/tickets").len(), 0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn web_serves_worker_sends_and_the_doctor_knows_both() {
    let cluster = Cluster::start(Commits::Durable).unwrap();
    let place = Place::new().await.with("CONVI_DATABASE_URL", &cluster.url()).with("CONVI_MASTER_KEYS", KEYS);
    let web = place.serves_as("web");
    web.connects(&place.token()).await;
    let first = web.accepts("c0").await;
    let (code, said) = place.runs(&["doctor"]);
    assert_eq!(code, Some(1), "{said}");
    for line in [
        "ok    PostgreSQL: version ",
        "ok    PostgreSQL: commits reach the disk\n",
        "note  PostgreSQL: no synchronous standby",
        "ok    PostgreSQL: this machine's clock is in sync",
        "FAIL  processes: 1 web, version ",
        "none sends handovers, so start one with CONVI_ROLE=worker or all",
    ] {
        assert!(said.contains(line), "{line}: {said}");
    }
    assert!(place.shop.tickets().is_empty());

    let mut worker = place.serves_as("worker");
    assert_eq!(place.shop.wait_for_tickets(1).await.unwrap()[0].external_id.as_deref(), Some(first.as_str()));
    for (path, expected) in
        [("/health/ready", 200), ("/health/live", 200), ("/", 404), ("/v1/handovers", 404)]
    {
        assert_eq!(status(&worker, path).await, expected, "{path}");
    }
    let cluster_url = cluster.url();
    let (admin, connection) = tokio_postgres::connect(&cluster_url, tokio_postgres::NoTls).await.unwrap();
    tokio::spawn(connection);
    admin.batch_execute("ALTER ROLE postgres SET synchronous_commit = off").await.unwrap();
    let (code, said) = place.runs(&["doctor"]);
    assert_eq!(code, Some(0), "{said}");
    assert!(said.contains("ok    processes: 1 web, 1 worker, version "), "{said}");
    assert!(said.contains("synchronous_commit is off by default, and on for this program"), "{said}");

    worker.gets(Signal::TERM);
    assert_eq!(worker.ends().code(), Some(0), "{}", worker.heard());
    let (_, said) = place.runs(&["doctor"]);
    assert!(said.contains("FAIL  processes: 1 web"), "it said goodbye: {said}");
}
