use crate::support::{TestApp, problem};

#[tokio::test]
async fn readiness_reports_what_is_wrong() {
    let app = TestApp::start().await;
    assert_eq!(app.get("/health/ready").send().await.unwrap().text().await.unwrap(), r#"{"status":"ok"}"#);
    *app.fakes.ready.lock().unwrap() = Err("The database does not answer.".into());
    let wrong = problem(app.get("/health/ready").send().await.unwrap(), 503).await;
    assert_eq!(wrong["detail"], "The database does not answer.");
    assert_eq!(app.get("/health/live").send().await.unwrap().status(), 200);
}
