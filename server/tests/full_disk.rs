//! A full disk: the server accepts nothing that it cannot store, and recovers once there is space again.

#![allow(clippy::unwrap_used, reason = "a test that cannot continue has failed")]
#![allow(clippy::disallowed_methods, reason = "a real process, in real time")]

#[path = "faults/program.rs"]
#[allow(dead_code, reason = "shared with the driver of faults, which uses all of it")]
mod program;
#[path = "faults/skew.rs"]
#[allow(dead_code, reason = "shared with the driver of faults, which uses all of it")]
mod skew;

use program::{INGEST_SECRET, Program};
use serde_json::json;
use standardwebhooks::Webhook;

/// Posts a handover and returns the status.
async fn post(program: &Program, conversation: &str) -> u16 {
    let _ = rustls::crypto::ring::default_provider().install_default();
    let body = json!({
        "merchant_id": "m1",
        "trigger": {"kind": "manual"},
        "conversation": {"id": conversation, "messages": [{"author": "shopper", "text": "x".repeat(200_000)}]},
    });
    let (id, body, now) =
        (format!("msg-{conversation}"), body.to_string(), jiff::Timestamp::now().as_second());
    let signature = Webhook::new(INGEST_SECRET).unwrap().sign(&id, now, body.as_bytes()).unwrap();
    let address = (*program.address().borrow()).unwrap();
    let http = reqwest::Client::builder().no_proxy().build().unwrap();
    let request = http
        .post(format!("http://{address}/v1/handovers"))
        .header("webhook-id", id)
        .header("webhook-timestamp", now)
        .header("webhook-signature", signature)
        .body(body);
    request.send().await.unwrap().status().as_u16()
}

/// Writes a message in the storefront's chat and returns the status.
async fn say(program: &Program, id: &str) -> u16 {
    let address = (*program.address().borrow()).unwrap();
    let http = reqwest::Client::builder().no_proxy().build().unwrap();
    let visitors = http.post(format!("http://{address}/chat/v1/visitors")).json(&json!({"merchant": "m1"}));
    let visitor: serde_json::Value = visitors.send().await.unwrap().json().await.unwrap();
    let message = json!({"id": id, "text": "x".repeat(2_000), "context": {}});
    let messages = http.post(format!("http://{address}/chat/v1/messages")).json(&message);
    messages.bearer_auth(visitor["token"].as_str().unwrap()).send().await.unwrap().status().as_u16()
}

/// Returns the status of `/health/ready`.
async fn ready(program: &Program) -> u16 {
    let address = (*program.address().borrow()).unwrap();
    let http = reqwest::Client::builder().no_proxy().build().unwrap();
    http.get(format!("http://{address}/health/ready")).send().await.unwrap().status().as_u16()
}

#[tokio::test]
async fn handovers_are_accepted_again_after_a_full_disk() {
    let folder = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).unwrap();
    let skew = skew::Skew::new(folder.path());
    let nowhere = |name| (name, "http://127.0.0.1:9/{subdomain}".to_owned());
    let helpdesks = ["CONVI_GORGIAS_URL", "CONVI_ZENDESK_URL"].map(nowhere);
    let mut program = Program::new(folder.path(), helpdesks, skew);
    program.start().await;
    assert_eq!(post(&program, "before").await, 202);
    assert_eq!(say(&program, "before").await, 200);
    assert_eq!(ready(&program).await, 200);
    program.disk_is_full(true);
    for n in 0..3 {
        assert_eq!(
            post(&program, &format!("full-{n}")).await,
            503,
            "no 202 for a handover that was not stored"
        );
        assert_eq!(
            say(&program, &format!("full-{n}")).await,
            503,
            "no 200 for a message that was not stored"
        );
        assert_eq!(ready(&program).await, 503, "handovers go to another server, or wait");
    }
    program.disk_is_full(false);
    assert_eq!(ready(&program).await, 200, "ready without having to risk a handover");
    for n in 0..3 {
        assert_eq!(post(&program, &format!("full-{n}")).await, 202, "the sender retries");
    }
    assert_eq!(say(&program, "after").await, 200);
    assert_eq!(post(&program, "before").await, 202);
    program.kill().await;
}
