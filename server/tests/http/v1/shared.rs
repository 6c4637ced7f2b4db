//! `GET /v1/shared/handovers/{id}`: the signed link in an event.

use crate::support::{TestApp, logged, problem};
use domain::clock::Clock;
use reqwest::Url;
use std::time::Duration;

/// 30 days and a second.
const LATER: Duration = Duration::from_secs(30 * 24 * 3_600 + 1);

/// Returns the path and query of a link to a handover accepted now.
fn link(app: &TestApp, merchant: &str, id: &str) -> String {
    app.fakes.links.link(merchant, id, app.clock.now_ms())
}

/// Returns the link with another value of this parameter, or without it.
fn altered(link: &str, name: &str, value: Option<&str>) -> String {
    let mut url = Url::parse("http://convi.test").unwrap().join(link).unwrap();
    let kept: Vec<(String, String)> =
        url.query_pairs().filter(|(key, _)| key != name).map(|(key, it)| (key.into(), it.into())).collect();
    url.query_pairs_mut().clear().extend_pairs(kept).extend_pairs(value.map(|value| (name, value)));
    format!("{}?{}", url.path(), url.query().unwrap())
}

#[tokio::test]
async fn link_shows_its_handover_to_anyone_who_has_it() {
    let app = TestApp::start().await;
    let link = link(&app, "m1", "h1");
    let session = app.session(&app.token("m2", app::model::Role::Member)).await;
    for request in
        [app.get(&link), app.get(&link).header("cookie", session), app.get(&link).bearer_auth("no")]
    {
        let response = request.send().await.unwrap();
        assert_eq!(response.status(), 200);
        assert_eq!(response.headers()["content-type"], "application/json");
        assert_eq!(response.headers()["cache-control"], "no-store");
        assert_eq!(response.headers()["referrer-policy"], "same-origin");
        assert_eq!(response.text().await.unwrap(), r#"{"handover_id":"h1"}"#);
    }
    problem(app.post(&link).send().await.unwrap(), 405).await;
    let signature = Url::parse(&format!("http://convi.test{link}")).unwrap();
    let (_, signature) = signature.query_pairs().find(|(name, _)| name == "signature").unwrap();
    assert!(logged().contains("/v1/shared/handovers") && !logged().contains(&*signature));
}

#[tokio::test]
async fn altered_link_is_not_found() {
    let app = TestApp::start().await;
    let link = link(&app, "m1", "h1");
    let of_another = self::link(&app, "m1", "h2").replace("/h2?", "/h1?");
    let expires = (app.clock.now_ms() + 40 * 24 * 3_600_000).to_string();
    for wrong in [
        "/v1/shared/handovers/h1".to_owned(),
        link.replace("/h1?", "/h2?"),
        of_another,
        altered(&link, "merchant", Some("m2")),
        altered(&link, "merchant", None),
        altered(&link, "expires", Some(&expires)),
        altered(&link, "expires", Some("tomorrow")),
        altered(&link, "key", Some("other")),
        altered(&link, "signature", Some("")),
        altered(&link, "signature", Some("AAAA")),
        altered(&link, "signature", Some("not base64!")),
        altered(&link, "signature", None),
    ] {
        problem(app.get(&wrong).send().await.unwrap(), 404).await;
        // A token does not open it either.
        problem(app.get(&wrong).bearer_auth(app.owner()).send().await.unwrap(), 404).await;
    }
}

#[tokio::test]
async fn link_to_a_removed_handover_is_not_found() {
    let app = TestApp::start().await;
    problem(app.get(&link(&app, "m1", "removed")).send().await.unwrap(), 404).await;
}

#[tokio::test]
async fn expired_link_is_gone_but_only_if_it_was_valid() {
    let app = TestApp::start().await;
    let link = link(&app, "m1", "h1");
    app.clock.advance(LATER);
    let gone = problem(app.get(&link).send().await.unwrap(), 410).await;
    assert_eq!(gone["code"], "http.link_expired");
    problem(app.get(&altered(&link, "merchant", Some("m2"))).send().await.unwrap(), 404).await;
}
