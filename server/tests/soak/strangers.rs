//! Attackers in the chat: some write without pause, others come from more addresses than there are shoppers.

use crate::board::{Chatter, Promise, Scene, Visitor, Who};
use std::time::{Duration, Instant};

/// Each of these two counts as one network, which gets a limited number of tokens per minute.
pub const ONE_NETWORK: &str = "one IPv6 network";
pub const MADE_UP: &str = "made-up addresses";
const PER_NETWORK: usize = 20;

/// Attackers who take this seat one after the other: each is handed over immediately and then writes 20 messages a
/// minute.
pub async fn chatter(scene: Scene, shop: String, seat: usize) {
    let mut generation = 0;
    while scene.goes_on() {
        // All seats of a shop share an address, like an office. They change it before it reaches its limit of
        // handovers.
        let from = format!("198.{}.{}.9", 18 + seat % 2, generation % 250);
        generation += 1;
        let who = Who::Stranger;
        let Some(mut visitor) = Visitor::comes(&scene, who, "chatter", &shop, from).await else {
            scene.rests(5.0).await;
            continue;
        };
        let (began, lives) = (Instant::now(), scene.chance.between(60.0, 150.0));
        let (mut taken, mut handed_over, mut lasted) = (Vec::new(), false, Duration::ZERO);
        while scene.goes_on() && began.elapsed().as_secs_f64() < lives {
            let mark = scene.board.mark();
            let text = match taken.is_empty() {
                true => format!("I want to talk to a human right now. {mark}"),
                false => format!("Is anybody there? Answer me. {mark}"),
            };
            if let Some(state) = visitor.says(text).await {
                handed_over = state == "handed_over";
                taken.push(mark);
                lasted = began.elapsed();
            }
            scene.rests(3.0).await;
        }
        if let Some(mark) = taken.first().cloned().filter(|_| handed_over) {
            scene.board.chatters.lock().unwrap().push(Chatter { shop: shop.clone(), mark, lasted });
            for mark in taken {
                scene.board.promise(Promise { who, shop: shop.clone(), mark, handed_over: None });
            }
        }
    }
}

/// Ten attackers per second request a visitor token. Some of them write, and a few are handed over.
pub async fn many_addresses(scene: Scene, shops: Vec<String>) {
    while scene.goes_on() {
        tokio::spawn(one_of_many(scene.clone(), shops.clone()));
        scene.rests(scene.chance.between(0.05, 0.15)).await;
    }
}

async fn one_of_many(scene: Scene, shops: Vec<String>) {
    let chance = &scene.chance;
    let v4 = format!("10.{}.{}.{}", chance.below(256), chance.below(256), chance.below(256));
    let (what, from) = match chance.below(8) {
        0..2 => ("many addresses", v4),
        2..4 => {
            let site = chance.below(4);
            ("many addresses", format!("2001:db8:{site:x}:{:x}::1", chance.below(0xffff)))
        }
        4..6 => (ONE_NETWORK, format!("2001:db8:ffff:1::{:x}", chance.below(0xffff))),
        _ => (MADE_UP, format!("{v4}, 198.51.100.7")),
    };
    let shop = match chance.below(4) {
        0 => format!("nobody{}", chance.below(100_000)),
        _ => chance.pick(&shops).clone(),
    };
    let who = Who::Stranger;
    let Some(mut visitor) = Visitor::comes(&scene, who, what, &shop, from).await else { return };
    if what != "many addresses" {
        return;
    }
    let mark = scene.board.mark();
    match chance.below(40) {
        0 if shops.contains(&shop) => {
            let state = visitor.says(format!("I want to talk to a human. {mark}")).await;
            if state.is_some_and(|state| state == "handed_over") {
                scene.board.promise(Promise { who, shop, mark, handed_over: None });
            }
        }
        0..10 => drop(visitor.says("Hello?".to_owned()).await),
        _ => {}
    }
}

/// Checks that no network got more tokens than allowed.
pub fn judge(scene: &Scene, began: Instant) {
    let most = PER_NETWORK * (began.elapsed().as_secs() / 60 + 1) as usize;
    for what in [ONE_NETWORK, MADE_UP] {
        let got = scene.board.count(what, "201");
        scene.board.expect(scene.board.count(what, "429") > 0, || format!("{what} were never rate-limited"));
        scene.board.expect(got <= most, || format!("{what} got {got} tokens; the limit is {most}"));
    }
}
