use crate::support::{INGEST_SECRET, TestApp, problem};
use app::model::Role;
use convi_server::http::ingest::MAX_BYTES;
use domain::clock::Clock;
use reqwest::{Body, Method, RequestBuilder, header::HeaderValue};
use serde_json::{Value, json};
use standardwebhooks::Webhook;
use std::time::Duration;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
    task::JoinSet,
};

const BODY: &str = r#"{"merchant_id":"m1"}"#;

/// Returns a handover request, signed as Convi's platform does it.
fn signed(app: &TestApp, id: &str, body: impl Into<Vec<u8>>) -> RequestBuilder {
    signed_with(app, INGEST_SECRET, id, body)
}

fn signed_with(app: &TestApp, secret: &str, id: &str, body: impl Into<Vec<u8>>) -> RequestBuilder {
    let body = body.into();
    let now = app.clock.now().as_second();
    let signature = Webhook::new(secret).unwrap().sign(id, now, &body).unwrap();
    app.post("/v1/handovers")
        .header("webhook-id", id)
        .header("webhook-timestamp", now)
        .header("webhook-signature", signature)
        .header("content-type", "application/json")
        .body(body)
}

/// Returns the body, padded to this length.
fn padded(size: usize) -> String {
    format!("{BODY}{}", " ".repeat(size - BODY.len()))
}

#[tokio::test]
async fn signed_handover_is_accepted_and_a_repeat_gets_the_same_response() {
    let app = TestApp::start().await;
    let first = signed(&app, "msg_1", BODY).send().await.unwrap();
    assert_eq!(first.status(), 202);
    assert_eq!(first.headers()["content-type"], "application/json");
    let first = first.text().await.unwrap();
    app.clock.advance(Duration::from_secs(100));
    assert_eq!(signed(&app, "msg_1", BODY).send().await.unwrap().text().await.unwrap(), first);
    let other = signed(&app, "msg_1", r#"{"merchant_id":"m2"}"#).send().await.unwrap();
    problem(other, 409).await;
}

#[tokio::test]
async fn handover_without_a_valid_signature_is_rejected() {
    let app = TestApp::start().await;
    problem(app.post("/v1/handovers").body(BODY).send().await.unwrap(), 401).await;
    problem(app.post("/v1/handovers").bearer_auth(app.owner()).body(BODY).send().await.unwrap(), 401).await;
    let foreign = signed_with(&app, "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "msg_1", BODY);
    problem(foreign.send().await.unwrap(), 401).await;
    problem(signed(&app, "msg_1", BODY).body(format!("{BODY} ")).send().await.unwrap(), 401).await;
    let late = signed(&app, "msg_1", BODY);
    app.clock.advance(Duration::from_secs(301));
    let late = problem(late.send().await.unwrap(), 401).await;
    assert!(late["detail"].as_str().unwrap().contains("webhook-timestamp"), "{late}");
    assert!(app.fakes.accepted.lock().unwrap().is_empty());
}

#[tokio::test]
async fn ambiguous_id_or_timestamp_is_rejected() {
    let app = TestApp::start().await;
    let dotted = problem(signed(&app, "msg.1", BODY).send().await.unwrap(), 401).await;
    assert!(dotted["detail"].as_str().unwrap().contains("without a dot"), "{dotted}");
    let now = app.clock.now().as_second();
    let signature = Webhook::new(INGEST_SECRET).unwrap().sign("msg_1", now, BODY.as_bytes()).unwrap();
    for time in [format!("+{now}"), format!("0{now}"), format!("{now}.0"), format!("-{now}")] {
        let post = app.post("/v1/handovers").header("webhook-id", "msg_1").header("webhook-timestamp", time);
        let post = post.header("webhook-signature", &signature).body(BODY);
        let odd = problem(post.send().await.unwrap(), 401).await;
        assert!(odd["detail"].as_str().unwrap().contains("webhook-timestamp"), "{odd}");
    }
    assert!(app.fakes.accepted.lock().unwrap().is_empty());
}

#[tokio::test]
async fn old_and_new_secrets_are_valid_during_rotation() {
    let new = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
    let app = TestApp::start_with(&[("CONVI_INGEST_SECRET", &format!("{new}, {INGEST_SECRET}"))]).await;
    assert_eq!(signed(&app, "msg_1", BODY).send().await.unwrap().status(), 202);
    assert_eq!(signed_with(&app, new, "msg_2", BODY).send().await.unwrap().status(), 202);
}

#[tokio::test]
async fn bad_headers_are_rejected_before_the_body_is_read() {
    let app = TestApp::start().await;
    // The body never ends, so a response can only come without waiting for it.
    let endless = || Body::wrap_stream(futures::stream::pending::<Result<Vec<u8>, std::io::Error>>());
    let unsigned = app.post("/v1/handovers").body(endless());
    problem(unsigned.send().await.unwrap(), 401).await;
    let old = signed(&app, "msg_1", BODY).body(endless());
    app.clock.advance(Duration::from_secs(301));
    problem(old.send().await.unwrap(), 401).await;
}

#[tokio::test]
async fn body_is_limited_to_8_mib() {
    let app = TestApp::start().await;
    assert_eq!(signed(&app, "msg_1", padded(MAX_BYTES)).send().await.unwrap().status(), 202);
    let announced = signed(&app, "msg_2", padded(MAX_BYTES + 1)).send().await.unwrap();
    assert!(problem(announced, 413).await["detail"].as_str().unwrap().contains("8388608"));
    // Without a content-length, the bytes are counted as they arrive.
    let chunks =
        padded(MAX_BYTES + 1).into_bytes().chunks(65_536).map(|c| Ok(c.to_vec())).collect::<Vec<_>>();
    let streamed = signed(&app, "msg_3", padded(MAX_BYTES + 1)).body(Body::wrap_stream(
        futures::stream::iter(chunks.into_iter().map(|c: Result<_, std::io::Error>| c)),
    ));
    problem(streamed.send().await.unwrap(), 413).await;
    assert_eq!(app.fakes.accepted.lock().unwrap().len(), 1);
}

/// Sends twelve bodies of 8 MiB that never end, 96 MiB in total. Until its end, a body cannot be known to be wrongly
/// signed. `named` is an additional header line.
fn unending(app: &TestApp, named: &str) -> JoinSet<String> {
    let host = app.address.trim_start_matches("http://").to_owned();
    let now = app.clock.now().as_second();
    let head = format!(
        "POST /v1/handovers HTTP/1.1\r\nhost: {host}\r\nwebhook-id: m\r\nwebhook-timestamp: {now}\r\n\
         webhook-signature: v1,AAAA\r\n{named}content-length: {MAX_BYTES}\r\n\r\n"
    );
    let mut senders = JoinSet::new();
    for _ in 0..12 {
        let (host, head) = (host.clone(), head.clone());
        senders.spawn(async move {
            let mut stream = TcpStream::connect(host).await.unwrap();
            stream.write_all(head.as_bytes()).await.unwrap();
            stream.write_all(&vec![b' '; MAX_BYTES - 1]).await.unwrap();
            let mut answer = vec![0; 1_024];
            let read = stream.read(&mut answer).await.unwrap();
            String::from_utf8_lossy(&answer[..read]).to_ascii_lowercase()
        });
    }
    senders
}

async fn get_503_with_retry_after(senders: &mut JoinSet<String>, n: usize) {
    for _ in 0..n {
        let answer = senders.join_next().await.unwrap().unwrap();
        assert!(answer.starts_with("http/1.1 503") && answer.contains("\r\nretry-after: 2\r\n"), "{answer}");
    }
}

#[tokio::test]
async fn large_bodies_share_a_memory_limit_and_small_ones_do_not() {
    let app = TestApp::start().await;
    let mut senders = unending(&app, "");
    // 64 MiB fit.
    get_503_with_retry_after(&mut senders, 4).await;
    for n in 0..100 {
        assert_eq!(signed(&app, &format!("msg_{n}"), BODY).send().await.unwrap().status(), 202);
    }
}

#[tokio::test]
async fn large_bodies_of_one_client_leave_memory_for_others() {
    let app = TestApp::start().await;
    let mut senders = unending(&app, "x-forwarded-for: 192.0.2.7\r\n");
    get_503_with_retry_after(&mut senders, 8).await;
    let large = || signed(&app, "msg_1", padded(MAX_BYTES));
    problem(large().header("x-forwarded-for", "192.0.2.7").send().await.unwrap(), 503).await;
    let taken = large().header("x-forwarded-for", "192.0.2.8").send().await.unwrap();
    assert_eq!(taken.status(), 202);
}

/// An array with the fields' values in order is not accepted as the object.
#[tokio::test]
async fn array_is_rejected_in_place_of_an_object() {
    let app = TestApp::start().await;
    for (method, path, list) in [
        (Method::PUT, "/v1/notifications", json!(["team@shop.example", 5])),
        (Method::PUT, "/v1/integrations/gorgias", json!(["shop", "u@shop.example", "good"])),
        (Method::POST, "/v1/integrations/gorgias/test", json!(["shop", "u@shop.example", "good"])),
        (Method::POST, "/v1/handovers/retry", json!(["failed"])),
        (Method::POST, "/v1/handovers/h1/retry", json!(["gorgias"])),
        (Method::POST, "/v1/handovers/h1/resolve", json!(["gorgias", true, 7])),
    ] {
        let answer = app.request(method, path).bearer_auth(app.owner()).json(&list).send().await.unwrap();
        let refused = problem(answer, 400).await;
        let object = json!({"message": "an object", "code": "json.object", "args": {}});
        let expected = json!([{"field": "body", "message": "This must be an object.", "code": "json.must_be",
            "args": {"wanted": object}}]);
        assert_eq!(refused["errors"], expected, "{path}");
    }
    assert!(app.calls().is_empty(), "{:?}", app.calls());
}

#[tokio::test]
async fn errors_in_a_body_are_named() {
    let app = TestApp::start().await;
    let fields = problem(signed(&app, "msg_1", "{}").send().await.unwrap(), 400).await;
    assert_eq!(
        fields["errors"],
        json!([{"field": "merchant_id", "message": "This field is required.",
        "code": "test.required", "args": {}}])
    );
    let syntax = problem(signed(&app, "msg_2", "{").send().await.unwrap(), 400).await;
    assert!(syntax["errors"].is_null());
}

#[tokio::test]
async fn without_a_secret_no_handover_is_accepted() {
    let app = TestApp::start_with(&[("CONVI_INGEST_SECRET", "")]).await;
    let closed = problem(signed(&app, "msg_1", BODY).send().await.unwrap(), 503).await;
    assert!(closed["detail"].as_str().unwrap().contains("CONVI_INGEST_SECRET"));
}

#[tokio::test]
async fn unchanged_list_is_a_304() {
    let app = TestApp::start().await;
    for path in ["/v1/handovers", "/v1/handovers/h1"] {
        let first = app.get(path).bearer_auth(app.owner()).send().await.unwrap();
        assert_eq!(first.status(), 200);
        assert_eq!(first.headers()["cache-control"], "private, no-cache");
        let etag = first.headers()["etag"].clone();
        let again =
            app.get(path).bearer_auth(app.owner()).header("if-none-match", &etag).send().await.unwrap();
        assert_eq!(again.status(), 304);
        assert_eq!(again.headers()["etag"], etag);
        assert_eq!(again.text().await.unwrap(), "");
    }
}

#[tokio::test]
async fn poll_without_changes_does_not_read_the_list() {
    let app = TestApp::start().await;
    let first = app.get("/v1/handovers?limit=5").bearer_auth(app.owner()).send().await.unwrap();
    let etag = first.headers()["etag"].clone();
    // Asserts the status and returns whether the poll read the list.
    let lists = async |path: &str, etag: &HeaderValue, status: u16| {
        app.fakes.calls.lock().unwrap().clear();
        let answer =
            app.get(path).bearer_auth(app.owner()).header("if-none-match", etag).send().await.unwrap();
        assert_eq!(answer.status(), status);
        assert_eq!(answer.headers()["cache-control"], "private, no-cache");
        !app.fakes.calls.lock().unwrap().is_empty()
    };
    let same = "/v1/handovers?limit=5";
    assert!(!lists(same, &etag, 304).await);
    assert!(lists("/v1/handovers?limit=6", &etag, 304).await, "another list");
    assert!(lists(same, &HeaderValue::from_static("W/\"other\""), 200).await, "an older response");
    let later = app.clock.now_ms() + 60_000;
    *app.fakes.listed.lock().unwrap() = (1, Some(later));
    assert!(lists(same, &etag, 304).await, "data was written");
    assert!(!lists(same, &etag, 304).await);
    app.clock.advance(Duration::from_millis(59_999));
    assert!(!lists(same, &etag, 304).await);
    app.clock.advance(Duration::from_millis(1));
    assert!(lists(same, &etag, 304).await, "a change over time");
}

/// Cached versions belong to one merchant.
#[tokio::test]
async fn poll_never_returns_another_merchants_list() {
    let app = TestApp::start().await;
    let first = app.get("/v1/handovers").bearer_auth(app.owner()).send().await.unwrap();
    let theirs = app.token("m2", Role::Owner);
    let poll = app.get("/v1/handovers").bearer_auth(theirs).header("if-none-match", &first.headers()["etag"]);
    assert_eq!(poll.send().await.unwrap().status(), 200);
}

#[tokio::test]
async fn page_matches_the_contract() {
    let app = TestApp::start().await;
    let path = "/v1/handovers?conversation_id=c-42&state=failed&limit=5&cursor=x";
    let page: Value = app.get(path).bearer_auth(app.owner()).send().await.unwrap().json().await.unwrap();
    assert_eq!(page["next_cursor"], Value::Null);
    assert_eq!(page["handovers"][0]["deliveries"][0]["destination"], "gorgias");
    let asked = app.calls().pop().unwrap();
    assert!(asked.contains("c-42") && asked.contains("Failed") && asked.contains("Some(5)"), "{asked}");
    let wrong = app.get("/v1/handovers?limit=0&color=red").bearer_auth(app.owner()).send().await.unwrap();
    let wrong = problem(wrong, 400).await;
    assert_eq!(wrong["errors"][0]["field"], "limit");
    assert_eq!(wrong["errors"][1]["field"], "color");
    problem(app.get("/v1/handovers/h2").bearer_auth(app.owner()).send().await.unwrap(), 404).await;
}

#[tokio::test]
async fn unreadable_id_is_not_found() {
    let app = TestApp::start().await;
    problem(app.get("/v1/handovers/%ff").bearer_auth(app.owner()).send().await.unwrap(), 404).await;
}

#[tokio::test]
async fn retry_accepts_an_optional_destination() {
    let app = TestApp::start().await;
    let retry = || app.post("/v1/handovers/h1/retry").bearer_auth(app.owner());
    assert_eq!(retry().send().await.unwrap().status(), 202);
    assert_eq!(retry().json(&json!({})).send().await.unwrap().status(), 202);
    assert_eq!(retry().json(&json!({"destination": "gorgias"})).send().await.unwrap().status(), 202);
    let conflict = problem(retry().json(&json!({"destination": "email"})).send().await.unwrap(), 409).await;
    assert_eq!(conflict["detail"], "It was sent already.");
    let unknown = problem(retry().json(&json!({"destination": "fax"})).send().await.unwrap(), 400).await;
    assert_eq!(unknown["errors"][0]["field"], "destination");
    let extra = problem(retry().json(&json!({"to": "gorgias"})).send().await.unwrap(), 400).await;
    assert_eq!(extra["errors"][0]["field"], "to");
    problem(retry().body("x=1").header("content-type", "text/plain").send().await.unwrap(), 415).await;
    problem(retry().body(vec![b' '; 65_537]).send().await.unwrap(), 413).await;
}

#[tokio::test]
async fn list_parameters_are_parsed_or_named_as_invalid() {
    let app = TestApp::start().await;
    let path = "/v1/handovers?search=%23123&from=2027-01-01&to=2027-01-15&merchant_id=m1";
    assert_eq!(app.get(path).bearer_auth(app.owner()).send().await.unwrap().status(), 200);
    let asked = app.calls().pop().unwrap();
    for part in ["#123", "2027-01-01", "2027-01-15"] {
        assert!(asked.contains(part), "{asked}");
    }
    for list in ["/v1/handovers", "/v1/handovers.csv"] {
        let wrong = format!("{list}?search={}&from=yesterday&to=2027-02-30", "x".repeat(201));
        let wrong = problem(app.get(&wrong).bearer_auth(app.owner()).send().await.unwrap(), 400).await;
        let fields: Vec<_> = wrong["errors"].as_array().unwrap().iter().map(|it| &it["field"]).collect();
        assert_eq!(fields, ["search", "from", "to"], "{list}");
    }
}

#[tokio::test]
async fn download_is_an_uncached_file() {
    let app = TestApp::start().await;
    let cookie = app.session(&app.token("m1", Role::Member)).await;
    let file = app.get("/v1/handovers.csv?state=failed").header("cookie", cookie).send().await.unwrap();
    assert_eq!(file.status(), 200);
    for (name, value) in [
        ("content-type", "text/csv; charset=utf-8"),
        ("content-disposition", "attachment; filename=\"handovers.csv\""),
        ("cache-control", "no-store"),
    ] {
        assert_eq!(file.headers()[name], value);
    }
    let text = file.text().await.unwrap();
    let lines: Vec<_> = text.lines().collect();
    assert!(
        lines[0].starts_with("\u{feff}\"handover id\",\"conversation id\",\"handed over at\","),
        "{text}"
    );
    assert_eq!(
        lines[1],
        r#""h1","c-42","2027-01-15T08:00:00Z","automatic","","","Billing","gorgias","failed","1","","","","""#
    );
    assert!(app.calls().pop().unwrap().contains("Failed"));
}

#[tokio::test]
async fn download_is_paged_and_aborts_on_an_error() {
    let app = TestApp::start().await;
    let get = async |conversation: &str| {
        let path = format!("/v1/handovers.csv?conversation_id={conversation}");
        let answer = app.get(&path).bearer_auth(app.owner()).send().await;
        match answer {
            Ok(answer) => answer.text().await,
            Err(error) => Err(error),
        }
    };
    assert_eq!(get("long").await.unwrap().lines().count(), 1 + 3);
    assert_eq!(app.calls().len(), 3);
    // A truncated file must not look complete.
    assert!(get("broken").await.is_err());
}

#[tokio::test]
async fn bulk_retry_only_accepts_failed_handovers() {
    let app = TestApp::start().await;
    let retry = || app.post("/v1/handovers/retry").bearer_auth(app.owner());
    let done = retry().json(&json!({"state": "failed"})).send().await.unwrap();
    assert_eq!(done.status(), 202);
    assert_eq!(done.json::<Value>().await.unwrap(), json!({"retried": 3}));
    let other = problem(retry().json(&json!({"state": "delivered"})).send().await.unwrap(), 400).await;
    assert_eq!(other["errors"][0]["field"], "state");
    let extra = problem(retry().json(&json!({"state": "failed", "x": 1})).send().await.unwrap(), 400).await;
    assert_eq!(extra["errors"][0]["field"], "x");
    problem(retry().send().await.unwrap(), 400).await;
    let member = app.post("/v1/handovers/retry").bearer_auth(app.token("m1", Role::Member));
    problem(member.json(&json!({"state": "failed"})).send().await.unwrap(), 403).await;
    assert_eq!(app.calls(), ["retry what failed of m1"]);
}

#[tokio::test]
async fn resolution_of_an_unsure_handover_needs_all_fields() {
    let app = TestApp::start().await;
    let resolve = || app.post("/v1/handovers/h1/resolve").bearer_auth(app.owner());
    let answer = json!({"destination": "gorgias", "made": true, "ticket_id": 7});
    assert_eq!(resolve().json(&answer).send().await.unwrap().status(), 202);
    let lacking =
        problem(resolve().json(&json!({"destination": "gorgias"})).send().await.unwrap(), 400).await;
    assert_eq!(lacking["errors"][0]["field"], "made");
    problem(resolve().send().await.unwrap(), 400).await;
}
