//! SIGTERM: work in flight is finished, accepted handovers are kept, and the next process continues.

use crate::program::Place;
use gorgias_emulator::{Fault, FaultKind};
use rustix::process::Signal;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn request_in_flight_is_settled_and_no_accepted_handover_is_lost() {
    let place = Place::new().await;
    let token = place.token();
    let mut server = place.serves();
    server.connects(&token).await;
    // Slow enough to be in flight when the signal arrives.
    place.shop.fault(Fault::new(FaultKind::Delay { seconds: 1.0 }).on_create().once());
    let mut accepted = vec![server.accepts("c0").await];
    place.shop.wait_for_requests(1, "POST", "/api/tickets").await.unwrap();
    accepted.push(server.accepts("c1").await);
    server.gets(Signal::TERM);
    // Posts until the server accepts no more.
    for n in 2.. {
        let Ok(answer) = server.posts(&format!("c{n}")).await else { break };
        if answer.status() != 202 {
            break;
        }
        let answer: serde_json::Value = answer.json().await.unwrap();
        accepted.push(answer["handover_id"].as_str().unwrap().to_owned());
    }
    assert_eq!(server.ends().code(), Some(0), "{}", server.heard());
    let log = server.heard();
    assert!(log.contains("serve.stopped") && !log.contains("_cut"), "{log}");
    assert_eq!(place.shop.tickets_with_external_id(&accepted[0]).len(), 1);
    let settled =
        log.lines().any(|line| line.contains(&accepted[0]) && line.contains("\"to\":\"delivered\""));
    assert!(settled, "the request in flight was not settled: {log}");

    let again = place.serves();
    let tickets = place.shop.wait_for_tickets(accepted.len()).await.unwrap();
    assert_eq!(tickets.len(), accepted.len());
    for id in &accepted {
        assert_eq!(place.shop.tickets_with_external_id(id).len(), 1, "{id}");
    }
    let first = again.reads(&token, &format!("/v1/handovers/{}", accepted[0])).await;
    assert_eq!(first["deliveries"][0]["attempts"], 1, "{first}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn metrics_are_served_on_a_separate_address() {
    let place = Place::new().await.with("CONVI_METRICS_LISTEN", "127.0.0.1:0");
    let server = place.serves();
    let url = server.says("metrics on ");
    let text = reqwest::get(&url).await.unwrap().text().await.unwrap();
    assert!(text.contains("convi_connections{state=\"connected\"} 0"), "{text}");
    assert!(text.contains("convi_processes{role=\"all\"} 1"), "{text}");
    let here = reqwest::get(format!("{}/metrics", server.address)).await.unwrap();
    assert_eq!(here.status(), 404, "not on the public address");
}
