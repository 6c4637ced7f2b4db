use crate::support::{TestApp, problem};
use app::model::Role;
use serde_json::{Value, json};

#[tokio::test]
async fn answers_are_paged_by_the_last_cursor() {
    let app = TestApp::start().await;
    let path = "/v1/conversations/h1/answers";
    let read =
        async |path: &str| app.get(path).bearer_auth(app.token("m1", Role::Member)).send().await.unwrap();
    let first = read(path).await;
    assert_eq!(first.status(), 200);
    let etag = first.headers()["etag"].clone();
    assert_eq!(first.json::<Value>().await.unwrap(), json!({"answers": [], "next_cursor": "0"}));
    let again = app.get(path).bearer_auth(app.owner()).header("if-none-match", etag);
    assert_eq!(again.send().await.unwrap().status(), 304);
    let next: Value = read(&format!("{path}?after=7&merchant_id=m1")).await.json().await.unwrap();
    assert_eq!(next["next_cursor"], "7");
    let wrong = problem(read(&format!("{path}?before=7")).await, 400).await;
    assert_eq!(wrong["errors"][0]["field"], "before");
    problem(read("/v1/conversations/h2/answers").await, 404).await;
}
