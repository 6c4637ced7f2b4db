//! What an agent sees, and that shoppers' text cannot harm them.

use reqwest::Method;
use serde_json::json;

use super::client::{Answer, Shop, note, ticket};

const HOSTILE: &str = "<script>alert(1)</script><img src=x onerror=alert(2)>\"'><svg onload=alert(3)>";

#[tokio::test]
async fn the_list_is_sorted_newest_first() {
    let shop = Shop::open().await;
    assert!(shop.get("/app").await.text.contains("No tickets yet"));
    let (old, new) = (shop.ticket("h-1").await, shop.ticket("h-2").await);
    let page = shop.get("/app").await.text;
    let at = |id: u64| page.find(&format!("/acme/app/ticket/{id}")).unwrap();
    assert!(at(new) < at(old));
    assert!(page.contains("Billing question") && page.contains("Jane Doe") && page.contains("2 open"));
}

#[tokio::test]
async fn a_ticket_shows_transcript_note_tags_and_customer() {
    let shop = Shop::open().await;
    let mut body = ticket();
    body["tags"] = json!([{"name": "convi-handover"}]);
    body["messages"] = json!([body["messages"][0], note()]);
    let id = shop.post("/api/tickets", &body).await.id();
    let page = shop.get(&format!("/app/ticket/{id}")).await.text;
    for shown in
        ["Billing question", "<p>I need a human.</p>", "Internal note", "convi-handover", "jane@example.com"]
    {
        assert!(page.contains(shown), "{shown}");
    }
}

#[tokio::test]
async fn an_agent_answers_and_adds_a_note_in_the_page() {
    let shop = Shop::open().await;
    shop.acme.with(|account, _| {
        account.users.last_mut().unwrap().name = "Anna Smith".to_owned();
    });
    let id = shop.ticket("h-1").await;
    let form = async |text: &str, kind: &str| {
        let url = format!("{}/_control/form/acme/tickets/{id}/messages", shop.gorgias.origin());
        let request = shop.http.post(url).header("content-type", "application/x-www-form-urlencoded");
        let body = format!("author=Anna+Smith&text={text}&kind={kind}");
        Answer::of(request.body(body).send().await.unwrap()).await
    };
    let answer = form("Hello+Jane", "answer").await;
    assert_eq!(answer.status, 303, "{}", answer.text);
    assert!(answer.header("location").starts_with(&format!("/acme/app/ticket/{id}#message-")));
    form("Check+the+invoice", "note").await;
    let list = shop.get("/api/messages").await.json();
    let said: Vec<_> = ["via", "public", "body_text", "from_agent"]
        .map(|name| [&list["data"][0][name], &list["data"][1][name]].map(ToString::to_string))
        .to_vec();
    assert_eq!(said[0], ["\"helpdesk\""; 2], "I");
    assert_eq!(said[1], ["false", "true"], "newest first (D)");
    assert_eq!(said[2], ["\"Check the invoice\"", "\"Hello Jane\""]);
    assert_eq!(said[3], ["true"; 2]);
    assert!(shop.get(&format!("/app/ticket/{id}")).await.text.contains("Hello Jane"));
}

#[tokio::test]
async fn hostile_text_is_escaped() {
    let shop = Shop::open().await;
    let mut body = ticket();
    for field in ["subject", "external_id"] {
        body[field] = json!(HOSTILE);
    }
    body["customer"] = json!({"name": HOSTILE});
    body["tags"] = json!([{"name": HOSTILE}]);
    body["messages"][0]["sender"] = json!({"name": HOSTILE});
    body["messages"][0]["body_html"] = json!(HOSTILE);
    body["messages"][0]["attachments"] = json!([{"url": "https://x.test/\"><script>alert(4)</script>", "name": HOSTILE, "content_type": "a/b"}]);
    let mut plain = body["messages"][0].clone();
    plain["body_text"] = json!(HOSTILE);
    plain.as_object_mut().unwrap().remove("body_html");
    body["messages"] = json!([body["messages"][0], plain]);
    let id = shop.post("/api/tickets", &body).await.id();
    for path in ["/app".to_owned(), format!("/app/ticket/{id}")] {
        let answer = shop.get(&path).await;
        assert_eq!(answer.status, 200);
        for active in ["<script", "<img", "<svg", "onerror=alert(2)>\"'>"] {
            assert!(!answer.text.contains(active), "{active} in {path}");
        }
        let policy = answer.header("content-security-policy");
        assert!(policy.starts_with("default-src 'none'") && !policy.contains("unsafe"), "{policy}");
    }
}

#[tokio::test]
async fn d_a_merged_ticket_redirects_to_the_kept_one() {
    let shop = Shop::open().await;
    let (lost, kept) = (shop.ticket("h-1").await, shop.ticket("h-2").await);
    shop.acme.merge(lost, kept);
    let answer = shop.get(&format!("/app/ticket/{lost}")).await;
    assert_eq!(
        (answer.status, answer.header("location")),
        (303, format!("/acme/app/ticket/{kept}").as_str())
    );
}

#[tokio::test]
async fn the_rest_api_page_has_what_convi_asks_for() {
    let shop = Shop::open().await;
    let page = shop.get("/app/settings/rest-api").await.text;
    let base = shop.url("/api/");
    for shown in ["Base API URL", &base, "owner@acme.test", "key-1", "Username (Email)"] {
        assert!(page.contains(shown), "{shown}");
    }
}

#[tokio::test]
async fn unknown_pages_are_404_in_html() {
    let shop = Shop::open().await;
    for path in
        ["/nobody/app", "/nobody/app/settings/rest-api", "/acme/app/ticket/1", "/acme/app/ticket/x", "/"]
    {
        let answer = shop.http.get(format!("{}{path}", shop.gorgias.origin())).send().await.unwrap();
        assert_eq!(answer.status(), 404, "{path}");
    }
}

#[tokio::test]
async fn a_person_switches_faults_and_users_on_the_control_page() {
    let shop = Shop::open().await;
    let form = async |path: &str, fields: &[(&str, &str)]| {
        let url = format!("{}/_control/form{path}", shop.gorgias.origin());
        let body: Vec<String> = fields.iter().map(|(key, value)| format!("{key}={value}")).collect();
        let request = shop.http.post(url).header("content-type", "application/x-www-form-urlencoded");
        Answer::of(request.body(body.join("&")).send().await.unwrap()).await
    };
    let fault = [
        ("kind", "status"),
        ("on", "POST+/api/tickets"),
        ("times", "1"),
        ("seconds", "10"),
        ("status", "500"),
    ];
    let answer = form("/acme/faults", &fault).await;
    assert_eq!((answer.status, answer.header("location")), (303, "/_control#acme"));
    let page = shop.http.get(format!("{}/_control", shop.gorgias.origin())).send().await.unwrap();
    assert!(page.text().await.unwrap().contains("POST /api/tickets, 1 more, 0 so far"));
    assert_eq!(shop.post("/api/tickets", &ticket()).await.status, 500);
    form("/acme/faults", &[("kind", "hang"), ("on", "")]).await;
    form("/acme/faults/clear", &[]).await;
    assert_eq!(shop.get("/api/account").await.status, 200);
    form("/acme/key", &[("email", "owner@acme.test"), ("revoked", "true")]).await;
    assert_eq!(shop.get("/api/account").await.status, 401);
    form("/acme/users", &[("email", "owner@acme.test"), ("key", "key-1"), ("role", "observer-agent")]).await;
    assert_eq!(shop.post("/api/tickets", &ticket()).await.status, 403);
    form("/acme/account", &[("action", "deactivate")]).await;
    assert_eq!(shop.get("/api/users/0").await.status, 403);
    assert_eq!(
        form("/accounts", &[("subdomain", "New-Shop")]).await.header("location"),
        "/_control#new-shop"
    );
    assert_eq!(form("/accounts", &[("subdomain", "a.b")]).await.status, 400);
    assert_eq!(form("/nobody/account", &[("action", "reset")]).await.status, 404);
}

#[tokio::test]
async fn the_stylesheet_is_served() {
    let shop = Shop::open().await;
    let url = format!("{}/_assets/helpdesk.css", shop.gorgias.origin());
    let answer = Answer::of(shop.http.request(Method::GET, url).send().await.unwrap()).await;
    assert!(answer.header("content-type").starts_with("text/css"));
}
