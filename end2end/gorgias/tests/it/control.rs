//! The control API, as a test in another language uses it.

use reqwest::Method;
use serde_json::{Value, json};

use super::client::{Answer, Shop, ticket};

async fn control(shop: &Shop, method: Method, path: &str, body: Value) -> Answer {
    let url = format!("{}/_control{path}", shop.gorgias.origin());
    let mut request = shop.http.request(method, url);
    if !body.is_null() {
        request = request.json(&body);
    }
    Answer::of(request.send().await.unwrap()).await
}

async fn get(shop: &Shop, path: &str) -> Value {
    control(shop, Method::GET, path, Value::Null).await.json()
}

#[tokio::test]
async fn an_account_is_created_with_users_and_behaviour() {
    let shop = Shop::open().await;
    let new = json!({"subdomain": "fresh", "users": [{"email": "O@fresh.test", "key": "k", "role": "agent"}],
                     "behaviour": {"auto_merge_days": 7}});
    let made = control(&shop, Method::POST, "/accounts", new.clone()).await;
    assert_eq!(made.status, 201);
    assert_eq!(made.json()["behaviour"]["auto_merge_days"], 7);
    assert_eq!(control(&shop, Method::POST, "/accounts", new).await.status, 409);
    let bad = json!({"subdomain": "not a label"});
    assert_eq!(control(&shop, Method::POST, "/accounts", bad).await.status, 400);
    let url = shop.url("/api/users/0").replace("/acme/", "/fresh/");
    let me = Answer::of(shop.http.get(url).basic_auth("o@fresh.test", Some("k")).send().await.unwrap()).await;
    assert_eq!(me.json()["role"]["name"], "agent");
    assert_eq!(get(&shop, "/accounts").await["accounts"].as_array().unwrap().len(), 2);
}

#[tokio::test]
async fn an_account_is_changed_emptied_and_removed() {
    let shop = Shop::open().await;
    shop.ticket("h-1").await;
    let change = json!({"deactivated": true, "behaviour": {"rate": {"limit": 80, "window_seconds": 20.0}}});
    let changed = control(&shop, Method::PATCH, "/accounts/acme", change).await.json();
    assert_eq!(changed["behaviour"]["rate"]["limit"], 80);
    assert_eq!(changed["behaviour"]["require_via"], true, "the rest stays");
    assert!(changed["deactivated"].is_string());
    let wrong = control(&shop, Method::PATCH, "/accounts/acme", json!({"behaviour": {"shiny": 1}})).await;
    assert_eq!(wrong.status, 400);
    assert_eq!(control(&shop, Method::POST, "/accounts/acme/reset", Value::Null).await.status, 204);
    assert_eq!(get(&shop, "/accounts/acme").await["tickets"], 0);
    assert_eq!(control(&shop, Method::DELETE, "/accounts/acme", Value::Null).await.status, 204);
    assert_eq!(control(&shop, Method::GET, "/accounts/acme", Value::Null).await.status, 404);
}

#[tokio::test]
async fn teams_are_added_and_removed_and_a_ticket_of_a_removed_one_is_refused() {
    let shop = Shop::open().await;
    let made = control(&shop, Method::POST, "/accounts/acme/teams", json!({"name": "Billing"})).await;
    assert_eq!(made.status, 201);
    let id = made.json()["id"].clone();
    let mut body = ticket();
    body["assignee_team"] = json!({"id": id});
    let created = shop.post("/api/tickets", &body).await;
    assert_eq!(created.json()["assignee_team"]["name"], "Billing");
    let path = format!("/accounts/acme/teams/{id}");
    assert_eq!(control(&shop, Method::DELETE, &path, Value::Null).await.status, 204);
    let names = shop.get("/api/teams").await.json();
    assert_eq!(names["data"].as_array().unwrap().len(), 1);
    let refused = shop.post("/api/tickets", &body).await;
    assert_eq!(refused.status, 400);
    assert!(!refused.invalid()["assignee_team"].is_null());
}

#[tokio::test]
async fn users_get_keys_and_roles_and_lose_them() {
    let shop = Shop::open().await;
    let new = json!({"email": "new@acme.test", "key": "k-1", "role": "lite-agent"});
    assert_eq!(control(&shop, Method::POST, "/accounts/acme/users", new).await.status, 201);
    let path = "/accounts/acme/users/new@acme.test";
    let changed =
        control(&shop, Method::PATCH, path, json!({"revoked": true, "role": "observer-agent"})).await.json();
    assert_eq!((&changed["revoked"], &changed["role"]), (&json!(true), &json!("observer-agent")));
    let shop = shop.signed_in_as("new@acme.test", "k-1");
    assert_eq!(shop.get("/api/account").await.status, 401);
    control(&shop, Method::PATCH, path, json!({"revoked": false})).await;
    assert_eq!(shop.get("/api/account").await.status, 200);
    let nobody = control(&shop, Method::PATCH, "/accounts/acme/users/x@acme.test", json!({})).await;
    assert_eq!(nobody.status, 404);
}

#[tokio::test]
async fn faults_are_switched_on_and_off() {
    let shop = Shop::open().await;
    let fault =
        json!({"kind": "status", "status": 503, "method": "POST", "path": "/api/tickets", "times": 1});
    let made = control(&shop, Method::POST, "/accounts/acme/faults", fault).await;
    assert_eq!(made.status, 201);
    assert_eq!(shop.post("/api/tickets", &ticket()).await.status, 503);
    assert_eq!(get(&shop, "/accounts/acme/faults").await["faults"], json!([]));
    let late = json!({"kind": "late_commit", "seconds": 30, "answer": {"status": 504}});
    let id = control(&shop, Method::POST, "/accounts/acme/faults", late).await.id();
    let path = format!("/accounts/acme/faults/{id}");
    assert_eq!(control(&shop, Method::DELETE, &path, Value::Null).await.status, 204);
    assert_eq!(control(&shop, Method::DELETE, &path, Value::Null).await.status, 404);
    control(&shop, Method::POST, "/accounts/acme/faults", json!({"kind": "hang"})).await;
    assert_eq!(control(&shop, Method::DELETE, "/accounts/acme/faults", Value::Null).await.status, 204);
    assert_eq!(shop.get("/api/account").await.status, 200);
    let unknown = control(&shop, Method::POST, "/accounts/acme/faults", json!({"kind": "shiny"})).await;
    assert!((400..500).contains(&unknown.status));
}

#[tokio::test]
async fn tickets_are_listed_with_messages_and_merged_and_trashed() {
    let shop = Shop::open().await;
    let (lost, kept) = (shop.ticket("h-1").await, shop.ticket("h-2").await);
    let found = get(&shop, "/accounts/acme/tickets?external_id=h-1").await;
    assert_eq!(found["tickets"][0]["messages"][0]["body_text"], "I need a human.");
    let merge = json!({"from": lost, "into": kept});
    assert_eq!(control(&shop, Method::POST, "/accounts/acme/merges", merge.clone()).await.status, 204);
    assert_eq!(control(&shop, Method::POST, "/accounts/acme/merges", merge).await.status, 409);
    assert_eq!(get(&shop, "/accounts/acme/tickets").await["tickets"].as_array().unwrap().len(), 1);
    assert_eq!(
        get(&shop, "/accounts/acme/tickets?merged=true").await["tickets"].as_array().unwrap().len(),
        2
    );
    assert_eq!(get(&shop, &format!("/accounts/acme/tickets/{lost}")).await["merged_into"], kept);
    let trash = format!("/accounts/acme/tickets/{kept}/trash");
    assert_eq!(control(&shop, Method::POST, &trash, Value::Null).await.status, 204);
    assert!(shop.acme.ticket(kept).unwrap().trashed.is_some());
    assert_eq!(get(&shop, "/accounts/acme/sent-to-shoppers").await["sent"], json!([]));
}

#[tokio::test]
async fn requests_are_listed_filtered_and_forgotten() {
    let shop = Shop::open().await;
    shop.ticket("h-1").await;
    shop.get("/api/account").await;
    let all = get(&shop, "/accounts/acme/requests").await;
    assert_eq!((all["requests"].as_array().unwrap().len(), &all["bucket_refusals"]), (2, &json!(0)));
    let some = get(&shop, "/accounts/acme/requests?method=POST&path=/api/tickets").await;
    assert_eq!(some["requests"][0]["status"], 201);
    assert_eq!(some["requests"].as_array().unwrap().len(), 1);
    control(&shop, Method::DELETE, "/accounts/acme/requests", Value::Null).await;
    assert_eq!(get(&shop, "/accounts/acme/requests").await["requests"], json!([]));
    control(&shop, Method::POST, "/accounts/acme/other-tool", json!({"requests": 40})).await;
    assert_eq!(shop.get("/api/account").await.status, 429);
}

#[tokio::test]
async fn the_clock_is_advanced() {
    let shop = Shop::open().await;
    assert_eq!(get(&shop, "/clock").await["now"], "2026-11-22T10:00:00Z");
    let moved = control(&shop, Method::POST, "/clock", json!({"advance_seconds": 90})).await;
    assert_eq!(moved.json()["now"], "2026-11-22T10:01:30Z");
    assert_eq!(control(&shop, Method::POST, "/clock", json!({"advance_seconds": -1})).await.status, 400);
}

#[tokio::test]
async fn pages_of_other_sites_are_rejected() {
    let shop = Shop::open().await;
    let url = format!("{}/_control/accounts/acme", shop.gorgias.origin());
    let answer = shop.http.delete(url).header("origin", "https://evil.test").send().await.unwrap();
    assert_eq!(answer.status(), 403);
    assert_eq!(shop.get("/api/account").await.status, 200);
}
