//! Section 4: finding a ticket again.

use serde_json::{Value, json};
use zendesk_emulator::Fault;

use super::client::{Shop, ticket};

async fn found(shop: &Shop, external_id: &str) -> Vec<u64> {
    let answer = shop.get(&format!("/tickets?external_id={external_id}&page[size]=100")).await;
    assert_eq!(answer.json()["meta"]["has_more"], false);
    let tickets = answer.json()["tickets"].as_array().unwrap().clone();
    tickets.iter().map(|ticket| ticket["id"].as_u64().unwrap()).collect()
}

#[tokio::test]
async fn d_an_external_id_is_not_unique_and_a_deleted_or_archived_ticket_is_not_listed() {
    let shop = Shop::open().await;
    let (one, two, three) = (shop.ticket("h1").await, shop.ticket("h1").await, shop.ticket("h1").await);
    shop.ticket("h2").await;
    assert_eq!(found(&shop, "h1").await, [one, two, three]);
    shop.acme.delete(two);
    shop.acme
        .with(|account, _| account.tickets.iter_mut().find(|it| it.id == three).unwrap().archived = true);
    assert_eq!(found(&shop, "h1").await, [one]);
    assert_eq!(shop.get(&format!("/tickets/{two}")).await.json()["error"], "RecordNotFound");
    assert_eq!(shop.get(&format!("/tickets/{three}")).await.status, 200);
}

#[tokio::test]
async fn i_a_new_ticket_may_be_listed_late() {
    let shop = Shop::open().await;
    shop.acme.fault(Fault::late_visibility(30.0).once());
    let id = shop.ticket("h1").await;
    assert_eq!(found(&shop, "h1").await, [0_u64; 0]);
    shop.pass(30);
    assert_eq!(found(&shop, "h1").await, [id]);
}

#[tokio::test]
async fn d_a_list_has_pages() {
    let shop = Shop::open().await;
    let ids = [shop.ticket("h1").await, shop.ticket("h1").await, shop.ticket("h1").await];
    let mut seen: Vec<u64> = Vec::new();
    let mut after = String::new();
    loop {
        let page = shop.get(&format!("/tickets?external_id=h1&page[size]=2{after}")).await.json();
        seen.extend(page["tickets"].as_array().unwrap().iter().filter_map(|it| it["id"].as_u64()));
        if page["meta"]["has_more"] == false {
            break;
        }
        after = format!("&page[after]={}", page["meta"]["after_cursor"].as_str().unwrap());
    }
    assert_eq!(seen, ids);
    assert_eq!(shop.get("/tickets?page[size]=101").await.status, 400);
    assert_eq!(shop.get("/tickets?limit=1").await.status, 400, "stricter than the real one");
}

#[tokio::test]
async fn d_groups_are_listed_with_deleted_ones_marked() {
    let shop = Shop::open().await;
    let gone = shop.acme.add_group("Gone");
    shop.acme.remove_group(gone);
    let groups = shop.get("/groups?page[size]=100").await.json();
    assert_eq!(groups["meta"]["has_more"], false);
    let seen: Vec<_> =
        groups["groups"].as_array().unwrap().iter().map(|it| (&it["name"], &it["deleted"])).collect();
    assert_eq!(seen, [(&json!("Support"), &json!(false)), (&json!("Gone"), &json!(true))]);
    assert_eq!(shop.get("/groups?colour=red").await.status, 400, "stricter than the real one");
}

#[tokio::test]
async fn d_i_a_callers_own_data_is_in_the_audit() {
    let shop = Shop::open().await;
    let mut body = ticket();
    body["ticket"]["metadata"] = json!({"convi": "h1:later-1"});
    let id = shop.post("/tickets", &body).await.ticket_id();
    let custom = |list: &Value| list[0]["metadata"]["custom"]["convi"].clone();
    let audits = shop.get(&format!("/tickets/{id}/audits?page[size]=100")).await.json();
    assert_eq!(custom(&audits["audits"]), "h1:later-1");
    let path = format!("/tickets/{id}/comments?page[size]=100");
    assert_eq!(custom(&shop.get(&path).await.json()["comments"]), "h1:later-1");
    shop.acme.behave(|behaviour| behaviour.comments_have_metadata = false);
    assert_eq!(custom(&shop.get(&path).await.json()["comments"]), Value::Null);
}

#[tokio::test]
async fn d_a_shoppers_tickets_are_found_through_them() {
    let shop = Shop::open().await;
    let id = shop.ticket("h1").await;
    let users = shop.get("/users/search?query=email:jane@example.com").await.json();
    let jane = users["users"][0]["id"].as_u64().unwrap();
    let theirs = shop.get(&format!("/users/{jane}/tickets/requested?page[size]=100")).await.json();
    assert_eq!(theirs["tickets"][0]["id"], id);
}
