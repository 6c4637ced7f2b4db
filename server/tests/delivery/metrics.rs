//! The metrics that operators read over HTTP.

use crate::support::{HELPDESK, KEY, OWNER, TestApp};
use app::{backend::Backend, model::DeliveryState};
use convi_server::http::metrics;
use gorgias_emulator::{Fault, FaultKind};
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

/// Reads a server's metrics as Prometheus does.
pub struct Scraper {
    url: String,
    stop: CancellationToken,
}

impl Scraper {
    pub async fn of(it: &TestApp) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}/metrics", listener.local_addr().unwrap());
        let stop = CancellationToken::new();
        tokio::spawn(metrics::serve(listener, it.app.exporter.clone(), stop.clone()));
        Self { url, stop }
    }

    pub async fn text(&self) -> String {
        let answer = reqwest::get(&self.url).await.unwrap();
        assert_eq!(answer.status(), 200);
        let kind = answer.headers()["content-type"].to_str().unwrap().to_owned();
        assert!(kind.starts_with("application/openmetrics-text; version=1.0.0"), "{kind}");
        answer.text().await.unwrap()
    }

    /// Returns a sample's value, or `None` if the sample does not exist.
    async fn value(&self, sample: &str) -> Option<f64> {
        let text = self.text().await;
        let line = text.lines().find_map(|line| line.strip_prefix(sample)?.strip_prefix(' '));
        line.map(|value| value.parse().unwrap())
    }
}

impl Drop for Scraper {
    fn drop(&mut self) {
        self.stop.cancel();
    }
}

/// On PostgreSQL, counts may be this old, in seconds.
const FRESH: u64 = 10;
const QUEUED: &str = r#"convi_deliveries{destination="gorgias",state="queued"}"#;
const HELD: &str = r#"convi_deliveries{destination="gorgias",state="held"}"#;

fn attempts(kind: &str, outcome: &str) -> String {
    format!(r#"convi_attempts_total{{destination="gorgias",kind="{kind}",outcome="{outcome}"}}"#)
}

#[tokio::test]
async fn handover_is_counted_as_queued_and_then_delivered() {
    let it = TestApp::connected().await;
    let metrics = Scraper::of(&it).await;
    it.app.services.save_notifications(&it.owner, Some("team@acme.test".into())).await.unwrap();
    it.hands_over("c1").await;
    it.moves(7);
    it.hands_over("c2").await;
    assert_eq!(metrics.value(QUEUED).await, Some(2.0));
    let age = r#"convi_oldest_delivery_age_seconds{destination="gorgias",state="queued"}"#;
    assert_eq!(metrics.value(age).await, Some(7.0));
    it.settles().await;
    it.passes(3).await;
    it.moves(FRESH);
    assert_eq!(metrics.value(QUEUED).await, Some(0.0), "nothing is left");
    assert_eq!(metrics.value(&attempts("create", "made")).await, Some(2.0));
    assert_eq!(metrics.value("convi_acceptance_to_ticket_seconds_count").await, Some(2.0));
    let quick = r#"convi_acceptance_to_ticket_seconds_bucket{le="5.0"}"#;
    let whole = r#"convi_acceptance_to_ticket_seconds_bucket{le="15.0"}"#;
    assert_eq!((metrics.value(quick).await, metrics.value(whole).await), (Some(1.0), Some(2.0)));
    let mails = r#"convi_mails_total{kind="handover",outcome="sent"}"#;
    assert_eq!(metrics.value(mails).await, Some(2.0));
    assert_eq!(metrics.value("convi_budget_accounts").await, Some(1.0));
    assert!(metrics.value("convi_budget_least_left").await.unwrap() > 0.0);
}

#[tokio::test]
async fn broken_and_repaired_connection_is_counted() {
    let it = TestApp::connected().await;
    let metrics = Scraper::of(&it).await;
    let broken = r#"convi_connections{state="needs_attention"}"#;
    assert_eq!(metrics.value(broken).await, Some(0.0));
    it.shop.revoke_key(OWNER);
    it.hands_over("c1").await;
    it.passes(2).await;
    it.moves(FRESH);
    assert_eq!((metrics.value(broken).await, metrics.value(HELD).await), (Some(1.0), Some(1.0)));
    assert_eq!(metrics.value(&attempts("create", "held")).await, Some(1.0));
    it.shop.restore_key(OWNER);
    it.connects(KEY).await;
    it.passes(2).await;
    it.moves(FRESH);
    assert_eq!((metrics.value(broken).await, metrics.value(HELD).await), (Some(0.0), Some(0.0)));
}

#[tokio::test]
async fn unsure_delivery_and_its_duplicate_are_counted() {
    let it = TestApp::connected().await;
    let metrics = Scraper::of(&it).await;
    it.shop.fault(Fault::late_commit(300.0).on_create().once());
    let id = it.hands_over("c1").await;
    it.passes(2).await;
    assert_eq!(it.state_of(&id).await, DeliveryState::Unsure);
    assert_eq!(metrics.value(&attempts("create", "unsure")).await, Some(1.0));
    for seconds in [17, 10, 30, 60] {
        it.passes(seconds).await;
    }
    assert_eq!(metrics.value(&attempts("look_up", "not_there")).await, Some(1.0));
    it.passes(3_700).await;
    assert_eq!(it.tickets(&id), 2, "a late ticket is a duplicate");
    assert_eq!(metrics.value("convi_doubles_repaired_total").await, Some(1.0));
    assert_eq!(metrics.value(&attempts("check", "checked")).await, None);
    // Check again, because there may be more than one.
    it.passes(3_700).await;
    assert_eq!(metrics.value(&attempts("check", "checked")).await, Some(1.0));
}

#[tokio::test]
async fn delivery_that_needs_an_answer_is_counted_until_answered() {
    let it = TestApp::connected().await;
    let metrics = Scraper::of(&it).await;
    it.shop.fault(Fault::new(FaultKind::DropBeforeCommit).on_create().once());
    let id = it.hands_over("c1").await;
    it.passes(2).await;
    it.app.services.disconnect(&it.owner, HELPDESK).await.unwrap();
    it.settles().await;
    assert_eq!(it.state_of(&id).await, DeliveryState::Unsure);
    assert_eq!(metrics.value("convi_deliveries_asking").await, Some(1.0));
}

#[tokio::test]
async fn metrics_contain_no_personal_data() {
    let it = TestApp::connected().await;
    let metrics = Scraper::of(&it).await;
    it.app.services.save_notifications(&it.owner, Some("team@acme.test".into())).await.unwrap();
    it.hands_over("c1").await;
    it.settles().await;
    let text = metrics.text().await;
    assert!(text.ends_with("# EOF\n"), "{text}");
    for private in ["m1", "acme", "@", "c1", "Jane"] {
        assert!(!text.contains(private), "{private}: {text}");
    }
    // Every metric has a description, and every documented name has our prefix.
    let named = |line: &str| line.split(' ').nth(2).map(str::to_owned);
    let helps: Vec<_> = text.lines().filter(|line| line.starts_with("# HELP")).filter_map(named).collect();
    assert!(helps.len() >= 10 && helps.iter().all(|name| name.starts_with("convi_")), "{helps:?}");
    let document =
        std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/operating.md")).unwrap();
    for name in helps {
        assert!(document.contains(&format!("`{name}")), "docs/operating.md does not explain {name}");
    }
}
