use crate::support::{TestApp, cookie, problem};
use app::model::Role;
use std::time::Duration;

const MINUTE: Duration = Duration::from_secs(60);

async fn status(app: &TestApp, cookie: &str) -> u16 {
    app.get("/v1/integrations").header("cookie", cookie).send().await.unwrap().status().as_u16()
}

#[tokio::test]
async fn token_becomes_a_session_of_the_same_viewer() {
    let app = TestApp::start().await;
    let response = app.post("/v1/session").bearer_auth(app.token("m7", Role::Member)).send().await.unwrap();
    assert_eq!(response.status(), 204);
    let set = response.headers()["set-cookie"].to_str().unwrap().to_owned();
    assert!(set.starts_with("convi_session="), "{set}");
    assert!(set.ends_with("; Path=/; HttpOnly; SameSite=Lax; Max-Age=28800"), "{set}");
    assert_eq!(status(&app, &cookie(&response)).await, 200);
    assert_eq!(app.calls(), ["integrations of m7"]);
    let value = cookie(&response).split_once('=').unwrap().1.to_owned();
    let kept = format!("{:?}", app.fakes.sessions.lock().unwrap());
    assert!(!kept.contains(&value), "the store contains only a hash");
}

#[tokio::test]
async fn https_cookie_is_bound_to_the_host() {
    let app = TestApp::start_with(&[("CONVI_PUBLIC_URL", "https://app.example")]).await;
    let response = app.post("/v1/session").bearer_auth(app.owner()).send().await.unwrap();
    let set = response.headers()["set-cookie"].to_str().unwrap();
    assert!(set.starts_with("__Host-convi_session=") && set.ends_with("; Secure"), "{set}");
    let session = cookie(&response);
    assert_eq!(status(&app, &session).await, 200);
    assert_eq!(status(&app, &session.replace("__Host-", "")).await, 401);
}

#[tokio::test]
async fn sign_in_always_creates_a_new_session() {
    let app = TestApp::start().await;
    // An attacker planted a session in the victim's browser; signing in must not adopt it.
    let planted = app.session(&app.token("m2", Role::Owner)).await;
    let signed_in =
        app.post("/v1/session").header("cookie", &planted).bearer_auth(app.owner()).send().await.unwrap();
    assert_ne!(cookie(&signed_in), planted);
    let made_up = app.post("/v1/session").header("cookie", "convi_session=x").bearer_auth(app.owner());
    assert_ne!(cookie(&made_up.send().await.unwrap()), "convi_session=x");
    assert_eq!(status(&app, "convi_session=x").await, 401);
}

#[tokio::test]
async fn session_cannot_renew_itself() {
    let app = TestApp::start().await;
    let session = app.session(&app.owner()).await;
    problem(app.post("/v1/session").header("cookie", session).send().await.unwrap(), 401).await;
}

#[tokio::test]
async fn session_ends_on_sign_out() {
    let app = TestApp::start().await;
    let (session, other) = (app.session(&app.owner()).await, app.session(&app.owner()).await);
    let ended = app.delete("/v1/session").header("cookie", &session).send().await.unwrap();
    assert_eq!(ended.status(), 204);
    assert!(ended.headers()["set-cookie"].to_str().unwrap().contains("Max-Age=0"));
    assert_eq!(status(&app, &session).await, 401);
    // A bearer call ignores cookies, so it cannot end a session.
    let by_bearer =
        app.delete("/v1/session").header("cookie", &other).bearer_auth(app.owner()).send().await.unwrap();
    assert_eq!(by_bearer.status(), 204);
    assert_eq!(status(&app, &other).await, 200);
}

#[tokio::test]
async fn session_expires_after_an_idle_hour() {
    let app = TestApp::start().await;
    let session = app.session(&app.owner()).await;
    for _ in 0..3 {
        app.clock.advance(59 * MINUTE);
        assert_eq!(status(&app, &session).await, 200, "used in time");
    }
    app.clock.advance(60 * MINUTE);
    assert_eq!(status(&app, &session).await, 401);
    assert!(app.fakes.sessions.lock().unwrap().is_empty(), "deleted immediately");
}

#[tokio::test]
async fn session_expires_after_eight_hours_even_if_active() {
    let app = TestApp::start().await;
    let session = app.session(&app.owner()).await;
    for _ in 0..15 {
        app.clock.advance(30 * MINUTE);
        assert_eq!(status(&app, &session).await, 200);
    }
    app.clock.advance(30 * MINUTE);
    assert_eq!(status(&app, &session).await, 401);
}

#[tokio::test]
async fn token_is_valid_for_fifteen_minutes_plus_leeway() {
    let app = TestApp::start().await;
    let token = app.owner();
    let ask = async || app.get("/v1/integrations").bearer_auth(&token).send().await.unwrap();
    app.clock.advance(15 * MINUTE + Duration::from_secs(29));
    assert_eq!(ask().await.status(), 200);
    app.clock.advance(Duration::from_secs(1));
    let refused = ask().await;
    assert_eq!(refused.headers()["www-authenticate"], "Bearer");
    let refused = problem(refused, 401).await;
    assert!(refused["detail"].as_str().unwrap().contains("expired"), "{refused}");
    assert_eq!(refused["kind"], "signed_out");
}

#[tokio::test]
async fn other_schemes_and_duplicate_headers_are_rejected() {
    let app = TestApp::start().await;
    let session = app.session(&app.owner()).await;
    let basic = app.get("/v1/integrations").header("cookie", &session).basic_auth("proxy", Some("x"));
    assert_eq!(basic.send().await.unwrap().status(), 200);
    let twice = app.get("/v1/integrations").bearer_auth(app.owner()).header("authorization", "Bearer x");
    problem(twice.send().await.unwrap(), 401).await;
    let lower = app.get("/v1/integrations").header("authorization", format!("bearer {}", app.owner()));
    assert_eq!(lower.send().await.unwrap().status(), 200);
}
