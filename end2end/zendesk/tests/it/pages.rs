//! What an agent and an admin see, and that what a shopper wrote cannot harm them.

use serde_json::json;

use super::client::{Answer, Shop, ticket};

const HOSTILE: &str = "<script>alert(1)</script><img src=x onerror=alert(2)>\"'><svg onload=alert(3)>";

async fn page(shop: &Shop, path: &str) -> String {
    let answer = Answer::of(shop.http.get(shop.url(path)).send().await.unwrap()).await;
    assert_eq!(answer.status, 200, "{path}");
    assert!(answer.header("content-security-policy").starts_with("default-src 'none'"));
    answer.text
}

#[tokio::test]
async fn an_agent_sees_tickets_notes_and_who_was_emailed() {
    let shop = Shop::open().await;
    assert!(page(&shop, "/agent").await.contains("No tickets yet"));
    let id = shop.ticket("h1").await;
    let list = page(&shop, "/agent").await;
    assert!(list.contains("Billing question") && list.contains("Jane Doe") && list.contains("1 unsolved"));
    let shown = page(&shop, &format!("/agent/tickets/{id}")).await;
    for part in [
        "<p>I need a human.</p>",
        "Internal note",
        "convi-handover",
        "jane@example.com",
        "Notify all agents of received request",
    ] {
        assert!(shown.contains(part), "{part}");
    }
}

#[tokio::test]
async fn hostile_text_never_runs() {
    let shop = Shop::open().await;
    let mut body = ticket();
    body["ticket"]["subject"] = json!(HOSTILE);
    body["ticket"]["external_id"] = json!(HOSTILE);
    body["ticket"]["requester"]["name"] = json!(HOSTILE);
    body["ticket"]["comment"]["html_body"] = json!(HOSTILE);
    let id = shop.post("/tickets", &body).await.ticket_id();
    let update = json!({"ticket": {"comment": {"body": HOSTILE, "public": false}}});
    shop.put(&format!("/tickets/{id}"), &update).await;
    for path in ["/agent".to_owned(), format!("/agent/tickets/{id}")] {
        let text = page(&shop, &path).await;
        for active in ["<script", "<img", "<svg", "onerror=alert(2)>\"'>"] {
            assert!(!text.contains(active), "{active} in {path}");
        }
    }
}

#[tokio::test]
async fn an_admin_finds_what_convi_asks_for() {
    let shop = Shop::open().await;
    shop.acme.api_token("owner@acme.test", "token-1");
    let shown = page(&shop, "/admin").await;
    for part in ["Identifier", "convi", "secret-1", "read tickets:write users:write", "token-1"] {
        assert!(shown.contains(part), "{part}");
    }
}

#[tokio::test]
async fn a_test_in_another_language_creates_accounts_and_reads_emails() {
    let shop = Shop::open().await;
    let control = format!("{}/_control/accounts", shop.zendesk.origin());
    let new = json!({"subdomain": "new", "users": [{
        "email": "o@new.test", "client": {"identifier": "convi", "secret": "s"},
    }]});
    assert_eq!(shop.http.post(&control).json(&new).send().await.unwrap().status(), 201);
    let mails = shop.http.get(format!("{control}/new/mails")).send().await.unwrap();
    assert_eq!(Answer::of(mails).await.json(), json!({"mails": []}));
    let form = format!("{}/_control/form/new/clients/remove", shop.zendesk.origin());
    let request = shop.http.post(form).header("content-type", "application/x-www-form-urlencoded");
    assert_eq!(request.body("identifier=convi").send().await.unwrap().status(), 303);
    assert!(shop.zendesk.account("new").snapshot().clients.is_empty());
}
