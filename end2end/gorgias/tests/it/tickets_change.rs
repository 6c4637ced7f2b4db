//! Section 7: reading, changing, tagging and deleting a ticket.

use serde_json::json;

use super::client::Shop;

#[tokio::test]
async fn d_an_unknown_id_is_404_with_the_envelope() {
    let shop = Shop::open().await;
    for id in ["1", "abc"] {
        let answer = shop.get(&format!("/api/tickets/{id}")).await;
        assert_eq!(answer.status, 404);
        assert_eq!(answer.json(), json!({"error": {"msg": "Resource not found."}}));
    }
}

#[tokio::test]
async fn s_a_put_is_partial_and_202_or_200() {
    let shop = Shop::open().await;
    let id = shop.ticket("h-1").await;
    let answer = shop.put(&format!("/api/tickets/{id}"), &json!({"status": "closed"})).await;
    assert_eq!(answer.status, 202);
    assert_eq!(answer.json()["status"], "closed");
    assert!(answer.json()["closed_datetime"].is_string());
    assert_eq!(answer.json()["subject"], "Billing question");
    shop.acme.behave(|acme| acme.updated_status = 200);
    let answer =
        shop.put(&format!("/api/tickets/{id}"), &json!({"customer": {"email": "joe@example.com"}})).await;
    assert_eq!((answer.status, answer.json()["customer"]["email"].clone()), (200, json!("joe@example.com")));
    let refused = shop.put(&format!("/api/tickets/{id}"), &json!({"state": "closed"})).await;
    assert_eq!(refused.invalid(), json!({"state": ["Unknown field."]}));
}

#[tokio::test]
async fn d_tags_of_a_put_replace_the_set() {
    let shop = Shop::open().await;
    let id = shop.ticket("h-1").await;
    shop.post(&format!("/api/tickets/{id}/tags"), &json!({"names": ["one", "two"]})).await;
    shop.put(&format!("/api/tickets/{id}"), &json!({"tags": [{"name": "three"}]})).await;
    assert_eq!(shop.acme.ticket(id).unwrap().tags, ["three"]);
}

#[tokio::test]
async fn s_posting_tags_adds_them_and_returns_an_empty_201() {
    let shop = Shop::open().await;
    let id = shop.ticket("h-1").await;
    for names in [json!(["one"]), json!(["two", "one"])] {
        let answer = shop.post(&format!("/api/tickets/{id}/tags"), &json!({"names": names})).await;
        assert_eq!((answer.status, answer.text.as_str()), (201, ""));
    }
    assert_eq!(shop.acme.ticket(id).unwrap().tags, ["one", "two"]);
    assert!(!shop.post(&format!("/api/tickets/{id}/tags"), &json!({})).await.invalid()["names"].is_null());
}

#[tokio::test]
async fn s_a_ticket_goes_to_the_trash_and_back_by_put() {
    let shop = Shop::open().await;
    let id = shop.ticket("h-1").await;
    let path = format!("/api/tickets/{id}");
    shop.put(&path, &json!({"trashed_datetime": "2026-11-22T10:00:00Z"})).await;
    assert!(shop.acme.ticket(id).unwrap().trashed.is_some());
    shop.put(&path, &json!({"trashed_datetime": null})).await;
    assert!(shop.acme.ticket(id).unwrap().trashed.is_none());
}

#[tokio::test]
async fn s_a_deleted_ticket_is_gone() {
    let shop = Shop::open().await;
    let id = shop.ticket("h-1").await;
    assert_eq!(shop.delete(&format!("/api/tickets/{id}")).await.status, 204);
    assert_eq!(shop.get(&format!("/api/tickets/{id}")).await.status, 404);
}
