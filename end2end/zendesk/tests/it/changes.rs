//! Section 5: what happens to a ticket later.

use serde_json::json;

use super::client::{Shop, ticket};

#[tokio::test]
async fn d_tags_of_an_update_replace_and_those_of_their_own_path_add() {
    let shop = Shop::open().await;
    let id = shop.ticket("h1").await;
    let added = shop.put(&format!("/tickets/{id}/tags"), &json!({"tags": ["vip"]})).await;
    assert_eq!(added.json()["tags"], json!(["convi-handover", "vip"]));
    shop.put(&format!("/tickets/{id}"), &json!({"ticket": {"tags": ["other"]}})).await;
    assert_eq!(shop.acme.ticket(id).unwrap().tags, ["other"]);
}

#[tokio::test]
async fn d_a_safe_update_is_rejected_if_the_ticket_has_changed_since() {
    let shop = Shop::open().await;
    let id = shop.ticket("h1").await;
    let stamp = shop.get(&format!("/tickets/{id}")).await.json()["ticket"]["updated_at"].clone();
    let update = json!({"ticket": {
        "comment": {"body": "More", "public": false}, "safe_update": true, "updated_stamp": stamp,
    }});
    assert_eq!(shop.put(&format!("/tickets/{id}"), &update).await.status, 200);
    assert_eq!(shop.put(&format!("/tickets/{id}"), &update).await.status, 409, "a repeat changes nothing");
    assert_eq!(shop.acme.ticket(id).unwrap().comments.len(), 2);
}

#[tokio::test]
async fn d_a_comment_without_public_is_like_the_first_one() {
    let shop = Shop::open().await;
    let id = shop.ticket("h1").await;
    shop.put(&format!("/tickets/{id}"), &json!({"ticket": {"comment": {"body": "More"}}})).await;
    assert!(!shop.acme.ticket(id).unwrap().comments[1].public);
}

#[tokio::test]
async fn r_closed_is_final_and_d_a_follow_up_inherits_the_tags() {
    let shop = Shop::open().await;
    let id = shop.ticket("h1").await;
    let mut follow_up = ticket();
    follow_up["ticket"]["via_followup_source_id"] = json!(id);
    assert!(shop.post("/tickets", &follow_up).await.details().get("via_followup_source_id").is_some());
    let closed = json!({"ticket": {"status": "closed"}});
    assert_eq!(shop.put(&format!("/tickets/{id}"), &closed).await.status, 200);
    let refused = shop.put(&format!("/tickets/{id}"), &closed).await.details();
    assert_eq!(refused["status"][0]["description"], "Status: closed prevents ticket update");
    follow_up["ticket"].as_object_mut().unwrap().remove("tags");
    let followed = shop.post("/tickets", &follow_up).await.ticket_id();
    assert_eq!(shop.acme.ticket(followed).unwrap().tags, ["convi-handover"]);
    let parent = shop.get(&format!("/tickets/{id}")).await.json();
    assert_eq!(parent["ticket"]["followup_ids"], json!([followed]));
}

#[tokio::test]
async fn d_solving_needs_an_assignee() {
    let shop = Shop::open().await;
    let id = shop.ticket("h1").await;
    let solved = json!({"ticket": {"status": "solved"}});
    assert!(shop.put(&format!("/tickets/{id}"), &solved).await.details().get("base").is_some());
}

#[tokio::test]
async fn d_a_merged_ticket_is_closed_with_a_tag_and_keeps_its_external_id() {
    let shop = Shop::open().await;
    let (from, into) = (shop.ticket("h1").await, shop.ticket("h2").await);
    let merge = json!({"ids": [from], "target_comment_is_public": false, "source_comment_is_public": false});
    let job = shop.post(&format!("/tickets/{into}/merge"), &merge).await.json();
    let job = job["job_status"]["id"].as_str().unwrap().to_owned();
    let done = shop.get(&format!("/job_statuses/{job}")).await.json();
    assert_eq!(done["job_status"]["status"], "completed");
    let merged = shop.acme.ticket(from).unwrap();
    assert!(merged.status == "closed" && merged.has_tag("closed_by_merge"));
    assert_eq!(merged.external_id.as_deref(), Some("h1"));
    let target = shop.acme.ticket(into).unwrap();
    assert_eq!(target.text().matches("I need a human").count(), 1, "only a public comment is carried over");
    assert!(shop.acme.sent_to_shoppers().iter().all(|mail| mail.trigger == "Welcome"));
}

#[tokio::test]
async fn i_the_audits_of_a_merge_name_the_survivor_or_only_the_text_does() {
    for named in [true, false] {
        let shop = Shop::open().await;
        shop.acme.behave(|behaviour| behaviour.merge_names_survivor = named);
        let (from, into) = (shop.ticket("h1").await, shop.ticket("h2").await);
        assert!(shop.acme.merge(from, into));
        let audits = shop.get(&format!("/tickets/{from}/audits?page[size]=100")).await.json();
        let last = audits["audits"].as_array().unwrap().last().unwrap().clone();
        assert_eq!(last["via"]["source"]["rel"], "merge");
        assert_eq!(last["via"]["source"]["to"]["ticket_id"] == json!(into), named);
        assert!(last["events"][0]["plain_body"].as_str().unwrap().contains(&format!("#{into}")));
    }
}
