//! Data about a page's rendering, and the endpoint where a page reports that it was rendered again in the browser.

use crate::support::{TestApp, problem};
use app::model::Role;
use convi_server::{helpdesk::budget::Survey, metrics::Snapshot};

/// Returns the counters, by cause.
fn counted(app: &TestApp) -> [String; 2] {
    let snapshot = Snapshot { database: None, budgets: Survey::default(), now: 0 };
    let text = app.metrics.render(&snapshot).unwrap();
    ["changed", "panicked"].map(|cause| {
        let sample = format!("convi_hydrations_failed_total{{cause=\"{cause}\"}} ");
        text.lines().find_map(|line| line.strip_prefix(&sample)).unwrap().to_owned()
    })
}

#[tokio::test]
async fn rerendered_page_is_counted_if_signed_in() {
    let app = TestApp::start().await;
    assert_eq!(counted(&app), ["0", "0"]);
    let session = app.session(&app.token("m1", Role::Member)).await;
    let report = |cause: &str| app.post(&format!("/hydration-failed/{cause}")).header("cookie", &session);
    assert_eq!(report("changed").send().await.unwrap().status(), 204);
    assert_eq!(report("panicked").send().await.unwrap().status(), 204);
    assert_eq!(counted(&app), ["1", "1"]);

    // Reports without a session, from another site, or with unknown text are not counted.
    let nobody = app.post("/hydration-failed/changed").send().await.unwrap();
    assert_eq!(nobody.headers()["location"], "/sign-in");
    problem(report("changed").header("sec-fetch-site", "cross-site").send().await.unwrap(), 403).await;
    for text in ["Changed", "jane@example.com", "changed%0A"] {
        problem(report(text).send().await.unwrap(), 404).await;
    }
    assert_eq!(counted(&app), ["1", "1"]);
}

#[tokio::test]
async fn reports_per_merchant_are_limited() {
    let app = TestApp::start().await;
    let [first, second] = ["m1", "m2"].map(|merchant| app.token(merchant, Role::Member));
    let report = |token: &str| app.post("/hydration-failed/changed").bearer_auth(token);
    for _ in 0..60 {
        assert_eq!(report(&first).send().await.unwrap().status(), 204);
    }
    let over = report(&first).send().await.unwrap();
    assert_eq!(over.headers()["retry-after"], "60");
    problem(over, 429).await;
    assert_eq!(report(&second).send().await.unwrap().status(), 204);
    assert_eq!(counted(&app), ["61", "0"]);
}

#[tokio::test]
async fn every_page_states_what_was_sent() {
    let app = TestApp::start().await;
    for path in [
        "/settings/integrations",
        "/settings/notifications",
        "/conversations",
        "/train/abilities",
        "/sign-in",
        "/no/such/page",
    ] {
        let page = app.get(path).header("accept", "text/html").bearer_auth(app.owner()).send().await.unwrap();
        let html = page.text().await.unwrap();
        let said =
            html.split("<meta name=\"convi-sent\" content=\"").nth(1).unwrap().split('"').next().unwrap();
        let numbers: Vec<u32> = said.split(' ').map(|it| it.parse().unwrap()).collect();
        assert!(numbers.len() == 3 && numbers[0] > 3, "{path}: {said}");
    }
}
