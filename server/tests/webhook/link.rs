//! A handover that is larger than an event, and the link to all of it.

use crate::support::{TestApp, body};
use convi_server::handover::links::{BadLink, LinkQuery};
use convi_server::http::handovers::HandoverReader;
use serde_json::json;
use std::time::Duration;

fn query(link: &str) -> (String, LinkQuery) {
    let url = reqwest::Url::parse(link).unwrap();
    let of = |name: &str| url.query_pairs().find(|(key, _)| key == name).unwrap().1.into_owned();
    let id = url.path_segments().unwrap().next_back().unwrap().to_owned();
    let query = LinkQuery {
        merchant: of("merchant"),
        expires: of("expires").parse().unwrap(),
        key: of("key"),
        signature: of("signature"),
    };
    (id, query)
}

#[tokio::test]
async fn large_handover_has_a_link_that_shows_all_of_it() {
    let (it, secret) = TestApp::connected().await;
    let mut large = body("c1");
    let turns =
        (0..50).map(|n| json!({"id": n.to_string(), "author": "shopper", "text": "x".repeat(20_000)}));
    large["conversation"]["messages"] = turns.collect();
    let id = it.posts("msg-large", &large).await;
    it.settles().await;
    let event = it.receiver.events().remove(0);
    assert!(event.is_signed_with(&secret) && event.body.len() <= 256_000, "{}", event.body.len());
    let data = &event.json["data"];
    let kept = data["conversation"]["messages"].as_array().unwrap();
    assert_eq!((data["truncated"].as_bool(), &kept.last().unwrap()["id"]), (Some(true), &json!("49")));
    let link = data["full_url"].as_str().unwrap();
    assert!(link.starts_with("https://convi.example/v1/shared/handovers/"), "{link}");
    it.says("c1", 1, "More").await;
    let (named, good) = query(link);
    assert_eq!(named, id);
    let shared = async |id: &str, link: &LinkQuery| HandoverReader::shared(&it.app.services, id, link).await;
    let whole = shared(&id, &good).await.unwrap().unwrap();
    let all = whole["conversation"]["messages"].as_array().unwrap();
    assert_eq!((all.len(), &all[50]["text"]), (51, &json!("More")));

    let other = it.hands_over("c2").await;
    assert_eq!(shared(&other, &good).await.unwrap(), Err(BadLink::Signature), "another handover");
    let stranger = LinkQuery { merchant: "m2".into(), ..good.clone() };
    assert_eq!(shared(&id, &stranger).await.unwrap(), Err(BadLink::Signature), "another merchant");
    it.clock.advance(Duration::from_secs(30 * 24 * 3_600));
    assert_eq!(shared(&id, &good).await.unwrap(), Err(BadLink::Expired));
}
