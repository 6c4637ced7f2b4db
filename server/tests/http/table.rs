//! Every route, and who can call it.

use crate::support::{TestApp, problem};
use app::model::Role;
use convi_server::http::router::{TABLE, Who};
use reqwest::{Method, RequestBuilder};
use serde_json::json;

/// Returns a request that its route accepts from an authorized caller.
fn request(app: &TestApp, method: &Method, path: &str) -> RequestBuilder {
    let form = json!({"subdomain": "shop", "username": "jane@shop.example", "api_key": "good"});
    let path = path.replace("{id}", "h1").replace("{helpdesk}", "gorgias");
    let request = app.request(method.clone(), &path);
    match (method.as_str(), path.as_str()) {
        ("POST", "/v1/integrations/gorgias/test") | ("PUT", "/v1/integrations/gorgias") => {
            request.json(&form)
        }
        ("POST", "/v1/handovers/h1/resolve") => {
            request.json(&json!({"destination": "gorgias", "made": true}))
        }
        ("POST", "/v1/handovers/retry") => request.json(&json!({"state": "failed"})),
        ("PUT", "/v1/notifications") => request.json(&json!({"email": null})),
        ("POST", "/embed/v1/panel") => request.form(&[("intent", "send_unsent")]),
        _ => request,
    }
}

#[tokio::test]
async fn routes_require_authentication() {
    let app = TestApp::start().await;
    for route in TABLE {
        let response = request(&app, &route.method, route.path).send().await.unwrap();
        let name = format!("{} {}", route.method, route.path);
        match route.who {
            Who::Anyone => assert_eq!(response.status(), 200, "{name}"),
            Who::LinkHolder => {
                problem(response, 404).await;
            }
            Who::Visitor if route.method == Method::DELETE => assert_eq!(response.status(), 204, "{name}"),
            Who::Viewer | Who::Changer | Who::Visitor | Who::Signer => {
                println!("{name}");
                problem(response, 401).await;
            }
        }
    }
    assert_eq!(app.calls(), [] as [&str; 0]);
}

#[tokio::test]
async fn bad_token_is_rejected_even_with_a_valid_cookie() {
    let app = TestApp::start().await;
    let cookie = app.session(&app.owner()).await;
    for route in
        TABLE.iter().filter(|route| !matches!(route.who, Who::Anyone | Who::Signer | Who::LinkHolder))
    {
        let request = request(&app, &route.method, route.path).header("cookie", &cookie);
        problem(request.bearer_auth("bad").send().await.unwrap(), 401).await;
    }
}

#[tokio::test]
async fn members_can_read_and_owners_and_admins_can_change() {
    let app = TestApp::start().await;
    for route in TABLE {
        for role in [Role::Member, Role::Admin, Role::Owner] {
            let token = app.token("m1", role);
            let by_token = request(&app, &route.method, route.path).bearer_auth(&token).send().await.unwrap();
            let cookie = app.session(&token).await;
            let by_cookie =
                request(&app, &route.method, route.path).header("cookie", cookie).send().await.unwrap();
            for response in [by_token, by_cookie] {
                println!("{} {} as {role:?}", route.method, route.path);
                match (route.who, role) {
                    (Who::Changer, Role::Member) => {
                        problem(response, 403).await;
                    }
                    (Who::Viewer | Who::Changer, _) => {
                        assert!(response.status().is_success(), "{}", response.status())
                    }
                    // A session can neither sign a handover nor renew itself.
                    _ => {}
                }
            }
        }
    }
}

#[tokio::test]
async fn other_merchants_data_is_not_found() {
    let app = TestApp::start().await;
    let stranger = app.token("m2", Role::Owner);
    for route in TABLE.iter().filter(|route| route.path.contains("{id}")) {
        let response = request(&app, &route.method, route.path).bearer_auth(&stranger).send().await.unwrap();
        problem(response, 404).await;
    }
    for route in TABLE.iter().filter(|route| matches!(route.who, Who::Viewer | Who::Changer)) {
        let named = request(&app, &route.method, &format!("{}?merchant_id=m1", route.path));
        problem(named.bearer_auth(&stranger).send().await.unwrap(), 403).await;
        let own = request(&app, &route.method, &format!("{}?merchant_id=m2", route.path));
        assert_ne!(own.bearer_auth(&stranger).send().await.unwrap().status(), 403, "{}", route.path);
    }
}

#[tokio::test]
async fn other_sites_cannot_change_anything_with_a_cookie() {
    let app = TestApp::start().await;
    for route in TABLE.iter().filter(|route| route.method != Method::GET && route.who != Who::Signer) {
        let cookie = app.session(&app.owner()).await;
        let before = app.calls();
        for (header, value) in [
            ("sec-fetch-site", "cross-site"),
            ("sec-fetch-site", "same-site"),
            ("origin", "https://evil.example"),
            ("origin", "null"),
        ] {
            let request =
                request(&app, &route.method, route.path).header("cookie", &cookie).header(header, value);
            problem(request.send().await.unwrap(), 403).await;
        }
        assert_eq!(app.calls(), before);
        let own = request(&app, &route.method, route.path).header("cookie", &cookie);
        let own = own.header("origin", &app.address).header("sec-fetch-site", "same-origin");
        assert_ne!(own.send().await.unwrap().status(), 403);
        // Browsers never send a bearer token by themselves.
        let bearer = request(&app, &route.method, route.path).bearer_auth(app.owner());
        assert_ne!(bearer.header("origin", "https://host.example").send().await.unwrap().status(), 403);
    }
}

#[tokio::test]
async fn document_describes_exactly_the_routes() {
    let app = TestApp::start().await;
    let document: serde_json::Value = app.get("/openapi.json").send().await.unwrap().json().await.unwrap();
    let mut described = Vec::new();
    for (path, methods) in document["paths"].as_object().unwrap() {
        described.extend(
            methods.as_object().unwrap().keys().map(|method| format!("{} {path}", method.to_uppercase())),
        );
    }
    let mut served: Vec<_> = TABLE.iter().map(|route| format!("{} {}", route.method, route.path)).collect();
    described.sort();
    served.sort();
    assert_eq!(described, served);
}
