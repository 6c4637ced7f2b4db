//! Honest traffic: signed posts, shoppers, and a merchant who tests their own connection. None of it may be rejected.

use crate::{
    board::{Promise, Scene, Visitor, Who},
    shop,
};
use jiff::Timestamp;
use serde_json::json;

/// Convi's platform posts about one handover per second, for varying shops.
pub async fn platform(scene: Scene) {
    let mut n = 0;
    while scene.goes_on() {
        n += 1;
        tokio::spawn(posts(scene.clone(), n));
        scene.rests(scene.chance.between(0.6, 1.4)).await;
    }
}

async fn posts(scene: Scene, n: usize) {
    let (shop, mark) = (scene.chance.pick(&scene.shops).name.clone(), scene.board.mark());
    let body = json!({
        "merchant_id": shop,
        "trigger": {"kind": "automatic", "reason": "asked_for_human"},
        "conversation": {"id": format!("c-{n}"), "shopper": {"email": format!("buyer{n}@mail.test")}, "messages": [
            {"id": "1", "author": "shopper", "text": format!("Where is my parcel? {mark}")},
            {"id": "2", "author": "assistant", "text": "I will hand you over to a colleague."},
        ]},
    });
    let (id, sent) = (format!("msg-{n}"), Timestamp::now());
    let answer = scene.asks(Who::Honest, "signed posts", scene.signed(&id, body.to_string())).await;
    if answer.status == Some(202) {
        scene.board.promise(Promise { who: Who::Honest, shop, mark, handed_over: Some(sent) });
    }
}

/// About one shopper per second comes to a varying shop, each from their own address.
pub async fn shoppers(scene: Scene) {
    let mut n = 0;
    while scene.goes_on() {
        n += 1;
        tokio::spawn(shopper(scene.clone(), n));
        scene.rests(scene.chance.between(0.6, 1.4)).await;
    }
}

/// Says hello, asks for a human, and adds a message later.
async fn shopper(scene: Scene, n: usize) {
    let shop = scene.chance.pick(&scene.shops).name.clone();
    let from = match n % 3 {
        // Each from a separate network, unlike the attackers.
        0 => format!("2001:d{:02x}:{:x}:1::{n:x}", n >> 16, n & 0xffff),
        _ => format!("100.{}.{}.{}", 64 + n / 62_500, n / 250 % 250, n % 250),
    };
    let what = "shoppers";
    let Some(mut visitor) = Visitor::comes(&scene, Who::Honest, what, &shop, from).await else { return };
    let [first, asks, later] = [(); 3].map(|()| scene.board.mark());
    let promise = |mark: &str, handed_over| {
        let (shop, mark) = (shop.clone(), mark.to_owned());
        scene.board.promise(Promise { who: Who::Honest, shop, mark, handed_over });
    };
    if visitor.says(format!("Hello, my parcel has not come. {first}")).await.is_none() {
        return;
    }
    scene.rests(scene.chance.between(1.0, 4.0)).await;
    let sent = Timestamp::now();
    let text = format!("Can I talk to a human, please? I am shopper{n}@mail.test {asks}");
    let Some(state) = visitor.says(text).await else { return };
    if state != "handed_over" {
        return scene.board.expect(false, || format!("a shopper of {shop} was not handed over, but {state}"));
    }
    promise(&first, None);
    promise(&asks, Some(sent));
    scene.rests(scene.chance.between(3.0, 15.0)).await;
    if visitor.says(format!("It is a birthday present. {later}")).await.is_some() {
        promise(&later, None);
    }
}

/// A merchant tests the saved connection while others guess its key.
pub async fn tests_own_connection(scene: Scene, shop: usize) {
    while scene.goes_on() {
        let it = &scene.shops[shop];
        let form = json!({"subdomain": it.account.subdomain(), "username": it.username, "api_key": it.key});
        let token = shop::token(&it.name, Timestamp::now().as_second());
        let request = scene.request("POST", "/v1/integrations/gorgias/test").bearer_auth(token).json(&form);
        let answer = scene.asks(Who::Honest, "tests of the own connection", request).await;
        scene.board.expect(answer.status != Some(200) || answer.json["ok"] == true, || {
            format!("{}'s own test of its connection found {}", it.name, answer.json)
        });
        scene.rests(10.0).await;
    }
}
