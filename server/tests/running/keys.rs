//! The master key is changed while the server runs, and tickets go on being made.

use crate::program::Place;
use rustix::process::Signal;
use std::fs;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_master_key_is_rotated_and_dispatch_goes_on() {
    let place = Place::new().await;
    let server = place.serves();
    let token = place.token();
    server.connects(&token).await;
    let file = place.path("data/master.key");
    let old = fs::read_to_string(&file).unwrap().trim().to_owned();
    let new = place.runs(&["keys", "generate"]).1.trim().to_owned();
    let id = |key: &str| key.split(':').next().unwrap().to_owned();
    let mut tickets = 0;
    let mut makes_a_ticket = async || {
        tickets += 1;
        server.accepts(&format!("c{tickets}")).await;
        assert_eq!(place.shop.wait_for_tickets(tickets).await.unwrap().len(), tickets);
    };
    makes_a_ticket().await;

    // Too early: the server would not open what is put under a key that it does not have.
    fs::write(&file, format!("{new},{old}\n")).unwrap();
    let (code, said) = place.runs(&["keys", "rewrap"]);
    assert_eq!(code, Some(2), "{said}");
    assert!(said.contains("does not have key") && said.contains("SIGHUP"), "{said}");

    server.gets(Signal::HUP);
    server.logs(&["keys.reloaded", &id(&new), &id(&old)]);
    makes_a_ticket().await;
    let (code, said) = place.runs(&["keys", "rewrap"]);
    assert_eq!(
        (code, said.as_str()),
        (Some(0), format!("1 credential sealed with key {}\n", id(&new)).as_str())
    );
    makes_a_ticket().await;
    let (_, said) = place.runs(&["keys", "list"]);
    assert_eq!(said, format!("{}: 1 credential\n{}: 0 credentials\n", id(&new), id(&old)));

    // Keys that do not open everything are not taken.
    fs::write(&file, format!("{old}\n")).unwrap();
    server.gets(Signal::HUP);
    server.logs(&["keys.not_reloaded", "add it after the first"]);
    makes_a_ticket().await;

    fs::write(&file, format!("{new}\n")).unwrap();
    server.gets(Signal::HUP);
    server.logs(&["keys.reloaded", &id(&new)]);
    makes_a_ticket().await;
    // A new key of the merchant's is sealed and opened, too.
    server.connects(&token).await;
    makes_a_ticket().await;
    assert!(!server.heard().contains("cannot open a saved key"), "{}", server.heard());
    let row = server.reads(&token, "/v1/integrations").await;
    assert_eq!(row["integrations"][0]["state"], "connected", "{row}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn another_key_under_the_same_id_is_refused_at_the_start_and_while_running() {
    let place = Place::new().await;
    let server = place.serves();
    server.connects(&place.token()).await;
    let file = place.path("data/master.key");
    let right = fs::read_to_string(&file).unwrap();
    let (id, _) = right.trim().split_once(':').unwrap();
    let other = place.runs(&["keys", "generate"]).1;
    let (_, other) = other.trim().split_once(':').unwrap();
    fs::write(&file, format!("{id}:{other}\n")).unwrap();
    server.gets(Signal::HUP);
    server.logs(&["keys.not_reloaded", "another key with the same id"]);
    drop(server);
    let (code, said) = place.runs(&["serve"]);
    assert_eq!(code, Some(2), "{said}");
    assert!(said.contains("CONVI_MASTER_KEYS") && said.contains("another key with the same id"), "{said}");
}
