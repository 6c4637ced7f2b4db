//! `CONVI_DEMO=1`: everyone is the owner of merchant `demo`, on this machine only.

use crate::support::{TestApp, problem};
use app::model::Role;

#[tokio::test]
async fn everyone_is_the_demos_owner() {
    let app = TestApp::start_with(&[("CONVI_DEMO", "1")]).await;
    assert_eq!(app.get("/v1/integrations").send().await.unwrap().status(), 200);
    assert_eq!(app.calls(), ["integrations of demo"]);
    assert_eq!(app.delete("/v1/integrations/gorgias").send().await.unwrap().status(), 204);
    let other = app.get("/v1/integrations").bearer_auth(app.token("m1", Role::Member));
    assert_eq!(other.send().await.unwrap().status(), 200);
    assert_eq!(app.calls().last().unwrap(), "integrations of m1");
    problem(app.get("/v1/integrations").bearer_auth("bad").send().await.unwrap(), 401).await;
}

#[tokio::test]
async fn other_sites_are_not_the_owner() {
    let app = TestApp::start_with(&[("CONVI_DEMO", "1")]).await;
    let forged = app.delete("/v1/integrations/gorgias").header("sec-fetch-site", "cross-site");
    problem(forged.send().await.unwrap(), 403).await;
    // A site that points its own domain at 127.0.0.1.
    for path in ["/v1/integrations", "/health/live", "/favicon.svg", "/nothing"] {
        problem(app.get(path).header("host", "evil.example").send().await.unwrap(), 403).await;
    }
    let port = app.address.rsplit(':').next().unwrap();
    let local = app.get("/v1/integrations").header("host", format!("localhost:{port}"));
    assert_eq!(local.send().await.unwrap().status(), 200);
}

#[tokio::test]
async fn without_demo_mode_any_host_name_works() {
    let app = TestApp::start().await;
    let named = app.get("/health/live").header("host", "integrations.example");
    assert_eq!(named.send().await.unwrap().status(), 200);
}

#[tokio::test]
async fn demo_shop_has_a_strict_policy() {
    let app = TestApp::start_with(&[("CONVI_DEMO", "1")]).await;
    let shop = app.get("/demo/store").send().await.unwrap();
    assert_eq!(shop.status(), 200);
    assert!(shop.headers()["content-type"].to_str().unwrap().starts_with("text/html"));
    let policy = shop.headers()["content-security-policy"].to_str().unwrap().to_owned();
    assert!(policy.contains("script-src 'self';") && !policy.contains("unsafe"), "{policy}");
    let page = shop.text().await.unwrap();
    assert!(
        page.contains("src=\"/storefront/convi-chat.js\"") && page.contains("<convi-chat merchant=\"demo\"")
    );
    // Outside demo mode it does not exist.
    problem(TestApp::start().await.get("/demo/store").send().await.unwrap(), 404).await;
}

#[tokio::test]
async fn page_of_processes_exists_in_the_demo_only() {
    let app = TestApp::start_with(&[("CONVI_DEMO", "1")]).await;
    let page = app.get("/demo/processes").send().await.unwrap();
    assert_eq!(page.status(), 200);
    assert!(page.text().await.unwrap().contains("This is the only process"));
    problem(TestApp::start().await.get("/demo/processes").send().await.unwrap(), 404).await;
}

#[tokio::test]
async fn component_gallery_runs_no_scripts_and_sends_no_forms() {
    let app = TestApp::start_with(&[("CONVI_DEMO", "1")]).await;
    let page = app.get("/demo/components").send().await.unwrap();
    assert_eq!(page.status(), 200);
    let policy = page.headers()["content-security-policy"].to_str().unwrap().to_owned();
    assert!(policy.contains("form-action 'none'") && !policy.contains("script-src"), "{policy}");
    let page = page.text().await.unwrap();
    assert!(page.contains("Connect Gorgias") && page.contains("Ticket created"), "{page}");
    let styles = app.get("/demo/components.css").send().await.unwrap();
    assert!(styles.headers()["content-type"].to_str().unwrap().starts_with("text/css"));
    assert!(styles.text().await.unwrap().contains(".gallery"));
    // An unknown theme falls back to the reader's own.
    let odd = app.get("/demo/components?theme=%22%3E%3Cscript%3E").send().await.unwrap();
    assert!(!odd.text().await.unwrap().contains("<script"));
    // Outside demo mode they do not exist for anyone.
    let app = TestApp::start().await;
    for path in ["/demo/components", "/demo/components.css"] {
        problem(app.get(path).send().await.unwrap(), 404).await;
        let owner = app.get(path).bearer_auth(app.token("m1", Role::Owner));
        problem(owner.send().await.unwrap(), 404).await;
    }
}

#[tokio::test]
async fn empty_list_explains_where_conversations_come_from() {
    let app = TestApp::start_with(&[("CONVI_DEMO", "1")]).await;
    let page = app.get("/conversations").send().await.unwrap().text().await.unwrap();
    assert!(page.contains("href=\"/demo/store\""));
    let app = TestApp::start().await;
    let page = app.get("/conversations").bearer_auth(app.owner()).send().await.unwrap().text().await.unwrap();
    assert!(!page.contains("/demo/store"));
    let script = format!("src=\"{}/storefront/convi-chat.js\"&gt;", app.address);
    assert!(page.contains(&script) && page.contains("&lt;convi-chat merchant=\"m1\"&gt;"), "{page}");
}
