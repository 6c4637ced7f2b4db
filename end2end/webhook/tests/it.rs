//! The receiver from outside, over HTTP.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::disallowed_methods, reason = "tests")]

use std::{net::SocketAddr, path::PathBuf};

use reqwest::{Client, StatusCode};
use standardwebhooks::Webhook;
use tokio::sync::oneshot;

const SECRET: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
const OTHER: &str = "whsec_c2VjcmV0LXNlY3JldC1zZWNyZXQtc2VjcmV0";

struct Place {
    client: Client,
    origin: String,
}

impl Place {
    async fn start(file: Option<PathBuf>) -> Self {
        let _ = rustls::crypto::ring::default_provider().install_default();
        let (tell, told) = oneshot::channel();
        let any = SocketAddr::from(([127, 0, 0, 1], 0));
        let started = |address| tell.send(address).unwrap();
        tokio::spawn(
            async move { webhook_emulator::serve(any, file, started, std::future::pending()).await },
        );
        let address = told.await.unwrap();
        Self { client: Client::new(), origin: format!("http://{address}") }
    }

    /// Sends an event signed with this secret.
    async fn event(&self, id: &str, secret: &str, body: &str) -> StatusCode {
        let at = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap();
        let at = i64::try_from(at.as_secs()).unwrap();
        let signature = Webhook::new(secret).unwrap().sign(id, at, body.as_bytes()).unwrap();
        let request = self.client.post(format!("{}/convi", self.origin)).body(body.to_owned());
        let headers = [("webhook-id", id), ("webhook-signature", &signature)];
        let request = headers.into_iter().fold(request, |request, (name, value)| request.header(name, value));
        request.header("webhook-timestamp", at).send().await.unwrap().status()
    }

    async fn set(&self, secret: &str, answer: u16) -> StatusCode {
        let form = format!("secret={secret}&answer={answer}");
        let request = self.client.post(format!("{}/_control/form/settings", self.origin)).body(form);
        let request = request.header("content-type", "application/x-www-form-urlencoded");
        request.send().await.unwrap().status()
    }

    async fn page(&self) -> String {
        self.client.get(&self.origin).send().await.unwrap().text().await.unwrap()
    }
}

#[tokio::test]
async fn events_are_verified_once_a_secret_is_entered() {
    let place = Place::start(None).await;
    assert!(place.page().await.contains("No events yet."));
    assert_eq!(place.event("e1", OTHER, r#"{"type":"convi.test"}"#).await, 204);
    assert!(place.page().await.contains("signature not checked"));
    assert_eq!(place.set("nonsense", 204).await, 400);
    assert_eq!(place.set(SECRET, 204).await, 200);
    assert_eq!(place.event("e2", OTHER, r#"{"type":"convi.test"}"#).await, 401);
    assert_eq!(place.event("e3", SECRET, r#"{"type":"handover.created"}"#).await, 204);
    let page = place.page().await;
    assert!(page.contains("signature verified") && page.contains("handover.created"), "{page}");
    assert!(
        page.contains("without a valid signature, answered with 401: 1<") && !page.contains("e2"),
        "{page}"
    );
}

#[tokio::test]
async fn answers_follow_the_page_and_repeated_events_are_counted() {
    let place = Place::start(None).await;
    assert_eq!(place.set(SECRET, 299).await, 400, "not one of the choices");
    assert_eq!(place.set(SECRET, 500).await, 200);
    assert_eq!(place.event("e1", SECRET, r#"{"type":"handover.created"}"#).await, 500);
    assert_eq!(place.set(SECRET, 204).await, 200);
    assert_eq!(place.event("e1", SECRET, r#"{"type":"handover.created"}"#).await, 204);
    assert!(place.page().await.contains("answered with 204, received 2 times"));
}

#[tokio::test]
async fn hostile_text_is_escaped_and_foreign_pages_change_nothing() {
    let place = Place::start(None).await;
    assert_eq!(place.event("e1", SECRET, r#"{"type":"<script>alert(1)</script>"}"#).await, 204);
    let page = place.page().await;
    assert!(!page.contains("<script") && page.contains("&lt;script&gt;"), "{page}");
    let url = format!("{}/_control/form/settings", place.origin);
    let foreign = place.client.post(url).header("origin", "https://evil.test").body("secret=&answer=410");
    let foreign = foreign.header("content-type", "application/x-www-form-urlencoded");
    assert_eq!(foreign.send().await.unwrap().status(), 403);
}

#[tokio::test]
async fn everything_survives_a_restart() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("webhook.json");
    let place = Place::start(Some(file.clone())).await;
    place.set(SECRET, 204).await;
    place.event("e1", SECRET, r#"{"type":"handover.created"}"#).await;
    let page = Place::start(Some(file)).await.page().await;
    assert!(page.contains("handover.created") && page.contains(SECRET), "{page}");
}
