use crate::support::{TestApp, problem};
use reqwest::Method;

#[tokio::test]
async fn hashed_files_are_cached_forever_and_sent_compressed() {
    let app = TestApp::start().await;
    let path = "/pkg/app-1.css";
    let plain = app.get(path).send().await.unwrap();
    assert_eq!(plain.status(), 200);
    assert_eq!(plain.headers()["cache-control"], "public, max-age=31536000, immutable");
    assert_eq!(plain.headers()["content-type"], "text/css");
    assert_eq!(plain.headers()["x-content-type-options"], "nosniff");
    assert!(plain.headers()["vary"].to_str().unwrap().contains("accept-encoding"));
    let modified = plain.headers()["last-modified"].clone();
    for (accepted, encoding) in [("gzip, br", "br"), ("gzip", "gzip")] {
        let response = app.get(path).header("accept-encoding", accepted).send().await.unwrap();
        assert_eq!(response.headers()["content-encoding"], encoding);
        assert_eq!(response.headers()["content-type"], "text/css");
    }
    let again = app.get(path).header("if-modified-since", modified).send().await.unwrap();
    assert_eq!(again.status(), 304);
    assert_eq!(again.headers()["cache-control"], "public, max-age=31536000, immutable");
}

#[tokio::test]
async fn files_with_fixed_names_are_revalidated() {
    let app = TestApp::start().await;
    let icon = app.get("/favicon.svg").send().await.unwrap();
    assert_eq!(icon.headers()["content-type"], "image/svg+xml");
    assert_eq!(icon.headers()["cache-control"], "public, no-cache");
    assert_eq!(app.request(Method::HEAD, "/favicon.svg").send().await.unwrap().status(), 200);
}

#[tokio::test]
async fn shop_files_can_be_loaded_by_any_site_and_are_cached_briefly() {
    let app = TestApp::start().await;
    let path = "/storefront/convi-chat.js";
    let plain = app.get(path).header("origin", "https://shop.example").send().await.unwrap();
    assert_eq!(plain.headers()["content-type"], "text/javascript");
    assert_eq!(plain.headers()["access-control-allow-origin"], "*");
    assert_eq!(plain.headers()["cross-origin-resource-policy"], "cross-origin");
    assert_eq!(plain.headers()["cache-control"], "public, max-age=300, stale-while-revalidate=86400");
    let etag = plain.headers()["etag"].clone();
    let again = app.get(path).header("if-none-match", etag).send().await.unwrap();
    assert_eq!(again.status(), 304);
    assert_eq!(again.headers()["access-control-allow-origin"], "*");
    let packed = app.get(path).header("accept-encoding", "br").send().await.unwrap();
    assert_eq!(packed.headers()["content-encoding"], "br");
    let icon = app.get("/favicon.svg").send().await.unwrap();
    assert_eq!(icon.headers()["cross-origin-resource-policy"], "same-origin");
}

/// The system reports a name that is too long for a file as an error; it is a missing file all the same.
#[tokio::test]
async fn path_that_is_too_long_for_a_file_is_missing() {
    let app = TestApp::start().await;
    for start in ["/", "/pkg/", "/embed/v1/", "/storefront/"] {
        for rest in ["a".repeat(256), "a".repeat(5_000), "a/".repeat(3_000)] {
            let response = app.get(&format!("{start}{rest}")).send().await.unwrap();
            problem(response, 404).await;
        }
    }
}

#[tokio::test]
async fn missing_file_is_an_uncached_problem() {
    let app = TestApp::start().await;
    for path in [
        "/pkg/app-2.css",
        "/pkg/",
        "/pkg",
        "/nothing",
        "/../Cargo.toml",
        "/%2e%2e/%2e%2e/etc/passwd",
        "/pkg/..%2f..%2fx",
    ] {
        let response = app.get(path).send().await.unwrap();
        assert_eq!(response.headers()["cache-control"], "no-store", "{path}");
        problem(response, 404).await;
    }
    problem(app.post("/favicon.svg").send().await.unwrap(), 404).await;
}
