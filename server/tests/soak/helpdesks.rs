//! Attacks by way of helpdesks: wrong keys with *Test connection*, and responses of megabytes.

use crate::{
    Merchant,
    board::{Scene, Who},
    shop,
};
use gorgias_emulator::{Fault, FaultKind};
use jiff::Timestamp;
use serde_json::{Value, json};
use std::time::Instant;

const WRONG_KEYS: &str = "wrong keys";
/// Limit of tests per minute and account, across all merchants.
const PER_ACCOUNT: usize = 60;

/// Other merchants guess a shop's key, twice a second.
pub async fn wrong_keys(scene: Scene, shop: usize) {
    let mut n = 0;
    while scene.goes_on() {
        n += 1;
        let it = &scene.shops[shop];
        let form = json!({"subdomain": it.account.subdomain(), "username": it.username, "api_key": format!("guess-{n}")});
        let token = shop::token(&format!("stranger{}", n % 7), Timestamp::now().as_second());
        let request = scene.request("POST", "/v1/integrations/gorgias/test").bearer_auth(token).json(&form);
        let answer = scene.asks(Who::Stranger, WRONG_KEYS, request).await;
        scene.board.expect(answer.json["ok"] != true, || "a wrong key was accepted".to_owned());
        scene.rests(scene.chance.between(0.3, 0.7)).await;
    }
}

/// Checks that the account was not tested more often than allowed.
pub fn judge(scene: &Scene, began: Instant) {
    let most = PER_ACCOUNT * (began.elapsed().as_secs() / 60 + 1) as usize;
    scene
        .board
        .expect(scene.board.count(WRONG_KEYS, "429") > 0, || "wrong keys were never rate-limited".to_owned());
    let asked = scene.board.count(WRONG_KEYS, "200");
    scene.board.expect(asked <= most, || format!("{asked} wrong keys were tried, more than {most}"));
}

/// A merchant whose helpdesk responds to each ticket with a body of more than a megabyte.
pub async fn talkative(scene: Scene, merchant: Merchant) {
    let bodies = bodies();
    let mut n = 0;
    while scene.goes_on() {
        let (status, body) = &bodies[n % bodies.len()];
        n += 1;
        merchant.account.clear_faults();
        let fault = FaultKind::Body { status: *status, body: body.clone() };
        merchant.account.fault(Fault::new(fault).on("POST", "/api/*"));
        let body = json!({
            "merchant_id": merchant.name, "trigger": {"kind": "manual"},
            "conversation": {"id": format!("talk-{n}"), "messages": [{"author": "shopper", "text": "Hello"}]},
        });
        let post = scene.signed(&format!("talk-{n}"), body.to_string());
        scene.asks(Who::Honest, "posts of a shop with a talkative helpdesk", post).await;
        scene.rests(scene.chance.between(5.0, 10.0)).await;
    }
    merchant.account.clear_faults();
}

/// Returns bodies of about 1.25 MB each: wide, deep, long, and HTML.
fn bodies() -> Vec<(u16, String)> {
    let error = |data: Value| json!({"error": {"msg": "Invalid.", "data": data}}).to_string();
    let wide: Value = (0..40_000).map(|n| (format!("field {n}"), json!(["is not valid"]))).collect();
    let deep = |depth| (0..depth).fold(json!("bad"), |inner, _| json!({"inner": [inner]}));
    let deeps: Value = (0..1_000).map(|_| deep(50)).collect();
    let long = json!({"error": {"msg": "Authorization: Basic \u{1b}[31m".repeat(45_000)}}).to_string();
    let page = format!("<html>{}</html>", "<p>Something went wrong</p>".repeat(45_000));
    vec![(400, error(wide)), (422, error(deeps)), (400, long.clone()), (500, page), (409, long)]
}
