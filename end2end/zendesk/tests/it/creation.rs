//! Section 2: creating a ticket.

use serde_json::{Value, json};
use zendesk_emulator::Role;

use super::client::{Shop, ticket};

#[tokio::test]
async fn r_a_created_ticket_is_returned_with_its_audit() {
    let shop = Shop::open().await;
    let answer = shop.post("/tickets", &ticket()).await;
    assert_eq!(answer.status, 201);
    let id = answer.ticket_id();
    assert!(answer.header("location").ends_with(&format!("/api/v2/tickets/{id}.json")));
    let json = answer.json();
    assert_eq!(json["ticket"]["status"], "new");
    assert_eq!(json["ticket"]["is_public"], false);
    assert_eq!(json["audit"]["events"][0]["type"], "Comment");
    assert_eq!(json["audit"]["events"][0]["plain_body"], "I need a human.\n");
    assert_eq!(json["ticket"]["updated_at"], "2026-11-22T10:00:00Z");
}

async fn refused(shop: &Shop, change: impl FnOnce(&mut Value)) -> Value {
    let mut body = ticket();
    change(&mut body["ticket"]);
    let details = shop.post("/tickets", &body).await.details();
    assert!(shop.acme.tickets().is_empty());
    details
}

#[tokio::test]
async fn r_a_422_names_the_fields_with_codes() {
    let shop = Shop::open().await;
    let blank = refused(&shop, |ticket| ticket["comment"]["html_body"] = json!(" ")).await;
    assert_eq!(blank["comment"][0]["error"], "BlankValue");
    let nameless = refused(&shop, |ticket| ticket["requester"]["name"] = json!("")).await;
    assert_eq!(
        nameless["requester"][0]["description"],
        "Requester: Name: is too short (minimum is 1 character)"
    );
    let address = refused(&shop, |ticket| ticket["requester"]["email"] = json!("jane at example")).await;
    assert!(address["requester"][0]["description"].as_str().unwrap().contains("is invalid"));
    let tag = refused(&shop, |ticket| ticket["tags"] = json!(["Two Words"])).await;
    assert!(tag.get("tags").is_some());
    let unknown = refused(&shop, |ticket| ticket["colour"] = json!("red")).await;
    assert!(unknown.get("colour").is_some());
    shop.acme.behave(|behaviour| behaviour.reasons_in_portuguese = true);
    let foreign = refused(&shop, |ticket| ticket["comment"]["html_body"] = json!(" ")).await;
    assert_eq!(foreign["comment"][0]["error"], "BlankValue", "codes stay as they are");
    assert_ne!(foreign["comment"][0]["description"], blank["comment"][0]["description"]);
}

#[tokio::test]
async fn d_a_ticket_has_a_group_and_a_priority_and_i_a_deleted_group_is_refused() {
    let shop = Shop::open().await;
    let billing = shop.acme.add_group("Billing");
    let gone = shop.acme.add_group("Gone");
    shop.acme.remove_group(gone);
    for group in [gone, 999] {
        let details = refused(&shop, |ticket| ticket["group_id"] = json!(group)).await;
        assert_eq!(details["group"][0]["error"], "InvalidValue");
    }
    let critical = refused(&shop, |ticket| ticket["priority"] = json!("critical")).await;
    assert!(critical.get("priority").is_some(), "which is Gorgias's word");
    let mut body = ticket();
    body["ticket"]["group_id"] = json!(billing);
    body["ticket"]["priority"] = json!("urgent");
    let made = shop.post("/tickets", &body).await.json();
    assert_eq!(
        (&made["ticket"]["group_id"], &made["ticket"]["priority"]),
        (&json!(billing), &json!("urgent"))
    );
}

#[tokio::test]
async fn r_a_suspended_shopper_cannot_be_the_requester() {
    let shop = Shop::open().await;
    shop.acme.user("jane@example.com", Role::EndUser);
    shop.acme.change_user("jane@example.com", |user| user.suspended = true);
    let details = refused(&shop, |_| {}).await;
    assert!(details["requester"][0]["description"].as_str().unwrap().ends_with("is suspended."));
}

#[tokio::test]
async fn r_a_missing_required_field_is_named_in_base() {
    let shop = Shop::open().await;
    shop.acme.behave(|behaviour| behaviour.required_field = Some(77));
    let details = refused(&shop, |_| {}).await;
    assert_eq!(details["base"][0]["ticket_field_id"], 77);
    let mut body = ticket();
    body["ticket"]["custom_fields"] = json!([{"id": 77, "value": "returns"}]);
    assert_eq!(shop.post("/tickets", &body).await.status, 201);
}

#[tokio::test]
async fn r_a_name_alone_is_not_a_requester_unless_the_account_accepts_it() {
    let shop = Shop::open().await;
    let details = refused(&shop, |ticket| ticket["requester"] = json!({"name": "Anonymous visitor"})).await;
    assert_eq!(details["requester"][0]["error"], "BlankValue");
    shop.acme.behave(|behaviour| behaviour.name_only_requester = true);
    let mut body = ticket();
    body["ticket"]["requester"] = json!({"name": "Anonymous visitor"});
    assert_eq!(shop.post("/tickets", &body).await.status, 201);
}

#[tokio::test]
async fn d_a_name_alone_creates_a_user_whose_id_can_be_the_requester() {
    let shop = Shop::open().await;
    let user = shop.post("/users", &json!({"user": {"name": "Anonymous visitor"}})).await;
    assert_eq!(user.status, 201);
    let mut body = ticket();
    body["ticket"].as_object_mut().unwrap().remove("requester");
    body["ticket"]["requester_id"] = user.json()["user"]["id"].clone();
    assert_eq!(shop.post("/tickets", &body).await.status, 201);
    assert_eq!(shop.acme.tickets()[0].requester, user.json()["user"]["id"].as_u64().unwrap());
}

#[tokio::test]
async fn r_without_a_requester_the_ticket_is_the_callers_own() {
    let shop = Shop::open().await;
    let mut body = ticket();
    body["ticket"].as_object_mut().unwrap().remove("requester");
    shop.post("/tickets", &body).await;
    let owner = shop.acme.users().into_iter().find(|user| user.role == Role::Admin).unwrap();
    assert_eq!(shop.acme.tickets()[0].requester, owner.id);
}

#[tokio::test]
async fn i_a_long_comment_is_silently_cut_or_rejected() {
    let shop = Shop::open().await;
    let mut body = ticket();
    body["ticket"]["comment"] = json!({"body": "x".repeat(70_000), "public": false});
    assert_eq!(shop.post("/tickets", &body).await.status, 201);
    assert_eq!(shop.acme.tickets()[0].comments[0].plain.len(), 65_535);
    shop.acme.behave(|behaviour| behaviour.refuse_long_comments = true);
    assert!(shop.post("/tickets", &body).await.details().get("comment").is_some());
}

#[tokio::test]
async fn d_placeholders_in_an_agents_comment_are_expanded() {
    let shop = Shop::open().await;
    let mut body = ticket();
    let text = "a {{ticket.requester.email}} b {% if x %} c {{ticket.id}} d { {ticket.id}}";
    body["ticket"]["comment"] = json!({"body": text, "public": false});
    shop.post("/tickets", &body).await;
    let plain = &shop.acme.tickets()[0].comments[0].plain;
    assert_eq!(plain, "a jane@example.com b  c  d { {ticket.id}}");
}

#[tokio::test]
async fn d_the_comments_of_a_light_agent_are_private() {
    let shop = Shop::open().await;
    shop.acme.change_user("owner@acme.test", |user| user.role = Role::LightAgent);
    let mut body = ticket();
    body["ticket"]["comment"]["public"] = json!(true);
    shop.post("/tickets", &body).await;
    assert!(!shop.acme.tickets()[0].is_public());
    assert_eq!(shop.get("/users/me").await.json()["user"]["only_private_comments"], true);
}

#[tokio::test]
async fn d_malformed_json_is_a_400() {
    let shop = Shop::open().await;
    let request = shop.request(reqwest::Method::POST, "/tickets").header("content-type", "application/json");
    assert_eq!(request.body("{").send().await.unwrap().status(), 400);
}
