//! Section 3: who gets an email. A client that must not email shoppers uses only what sends nothing.

use serde_json::json;

use super::client::{Shop, ticket};

fn triggers(shop: &Shop) -> Vec<String> {
    shop.acme.sent_to_shoppers().into_iter().map(|mail| mail.trigger).collect()
}

#[tokio::test]
async fn d_a_public_first_comment_is_emailed_to_the_shopper_and_a_private_one_is_not() {
    let shop = Shop::open().await;
    shop.acme.behave(|behaviour| behaviour.welcome_new_users = false);
    shop.post("/tickets", &ticket()).await;
    assert_eq!(triggers(&shop), [""; 0]);
    let mut public = ticket();
    public["ticket"]["comment"].as_object_mut().unwrap().remove("public");
    let answer = shop.post("/tickets", &public).await.json();
    assert_eq!(triggers(&shop), ["Notify requester of new proactive ticket"]);
    let events = answer["audit"]["events"].as_array().unwrap().clone();
    let requester = &answer["ticket"]["requester_id"];
    let told = |event: &serde_json::Value| {
        event["type"] == "Notification" && event["recipients"].as_array().unwrap().contains(requester)
    };
    assert!(events.iter().any(told), "the answer says so: {events:?}");
}

#[tokio::test]
async fn d_a_public_update_is_emailed_whoever_wrote_it() {
    let shop = Shop::open().await;
    shop.acme.behave(|behaviour| behaviour.welcome_new_users = false);
    let answer = shop.post("/tickets", &ticket()).await;
    let (id, jane) = (answer.ticket_id(), answer.json()["ticket"]["requester_id"].clone());
    for public in [false, true] {
        let comment = json!({"body": "Hello?", "public": public, "author_id": jane});
        shop.put(&format!("/tickets/{id}"), &json!({"ticket": {"comment": comment}})).await;
    }
    assert_eq!(triggers(&shop), ["Notify requester and CCs of comment update"]);
}

#[tokio::test]
async fn r_a_new_requester_is_welcomed_unless_created_without_an_email() {
    let shop = Shop::open().await;
    shop.post("/tickets", &ticket()).await;
    assert_eq!(triggers(&shop), ["Welcome"]);
    let shop = Shop::open().await;
    let user = json!({"user": {"name": "Jane Doe", "email": "Jane@example.com", "skip_verify_email": true}});
    assert_eq!(shop.post("/users", &user).await.status, 201);
    shop.post("/tickets", &ticket()).await;
    assert_eq!(triggers(&shop), [""; 0]);
    assert_eq!(shop.post("/users", &user).await.details()["email"][0]["error"], "DuplicateValue");
}

#[tokio::test]
async fn i_merchants_own_trigger_may_email_although_the_comment_is_private() {
    let shop = Shop::open().await;
    shop.acme.behave(|behaviour| (behaviour.welcome_new_users, behaviour.own_trigger) = (false, true));
    shop.post("/tickets", &ticket()).await;
    assert_eq!(triggers(&shop), ["We got your question"]);
}

#[tokio::test]
async fn d_agents_are_emailed_about_every_new_ticket() {
    let shop = Shop::open().await;
    shop.ticket("h1").await;
    let agents = shop.acme.mails().into_iter().filter(|mail| !mail.to_shopper).count();
    assert_eq!(agents, 2);
}

#[tokio::test]
async fn d_the_triggers_can_be_listed() {
    let shop = Shop::open().await;
    let triggers = shop.get("/triggers?active=true").await.json();
    assert_eq!(triggers["triggers"][0]["title"], "Notify requester of new proactive ticket");
}
