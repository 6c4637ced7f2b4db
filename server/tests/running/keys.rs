//! The master key is rotated while the server runs, and tickets are still created.

use crate::program::Place;
use rustix::process::Signal;
use std::fs;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn master_key_rotation_does_not_interrupt_dispatch() {
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

    // Too early: the server could not open credentials sealed with a key that it does not have.
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

    // A key list that cannot open every credential is rejected.
    fs::write(&file, format!("{old}\n")).unwrap();
    server.gets(Signal::HUP);
    server.logs(&["keys.not_reloaded", "add it after the first"]);
    makes_a_ticket().await;

    fs::write(&file, format!("{new}\n")).unwrap();
    server.gets(Signal::HUP);
    server.logs(&["keys.reloaded", &id(&new)]);
    makes_a_ticket().await;
    // A newly saved API key is sealed and opened, too.
    server.connects(&token).await;
    makes_a_ticket().await;
    assert!(!server.heard().contains("cannot open a saved key"), "{}", server.heard());
    let row = server.reads(&token, "/v1/integrations").await;
    assert_eq!(row["integrations"][0]["state"], "connected", "{row}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn different_key_with_the_same_id_is_rejected_at_startup_and_while_running() {
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
    server.logs(&["keys.not_reloaded", "a different key with the same id"]);
    drop(server);
    let (code, said) = place.runs(&["serve"]);
    assert_eq!(code, Some(2), "{said}");
    assert!(
        said.contains("CONVI_MASTER_KEYS") && said.contains("a different key with the same id"),
        "{said}"
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn different_key_with_the_same_id_is_rejected_before_anything_is_sealed() {
    let place = Place::new().await;
    drop(place.serves());
    let file = place.path("data/master.key");
    let right = fs::read_to_string(&file).unwrap();
    let (id, _) = right.trim().split_once(':').unwrap();
    let other = place.runs(&["keys", "generate"]).1;
    let (_, other) = other.trim().split_once(':').unwrap();
    fs::write(&file, format!("{id}:{other}\n")).unwrap();
    let (code, said) = place.runs(&["serve"]);
    assert_eq!(code, Some(2), "{said}");
    assert!(said.contains("a different key with the same id"), "{said}");
    fs::write(&file, right).unwrap();
    drop(place.serves());
}
