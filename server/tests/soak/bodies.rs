//! Bodies of megabytes: unsigned, wrongly signed, signed but invalid, signed and valid, too large, too slow, and in the
//! chat.

use crate::board::{Promise, Scene, Who};
use bytes::Bytes;
use jiff::Timestamp;
use serde_json::json;
use std::time::Duration;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};

const MIB: usize = 1024 * 1024;
/// Size limit of a posted handover.
const MOST: usize = 8 * MIB;

/// Attackers post up to nine megabytes, one request after the other.
pub async fn strangers(scene: Scene) {
    let large = Bytes::from(handover("m0", "large", "", MOST - 1_000));
    while scene.goes_on() {
        let ten = scene.chance.below(MOST);
        let (what, request) = match scene.chance.below(5) {
            0 => ("unsigned bodies", scene.request("POST", "/v1/handovers").body(large.clone())),
            1 => {
                let wrong = "v1,AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=";
                let request = scene.request("POST", "/v1/handovers").header("webhook-id", "msg-x");
                let request = request.header("webhook-timestamp", Timestamp::now().as_second());
                ("wrongly signed bodies", request.header("webhook-signature", wrong).body(large.clone()))
            }
            2 => ("bodies in the chat", scene.request("POST", "/chat/v1/visitors").body(large.slice(..ten))),
            3 => ("bodies for the screen", scene.request("POST", "/v1/session").body(large.slice(..ten))),
            _ => ("bodies that are too large", {
                let announced = vec![b' '; 9 * MIB];
                scene.request("POST", "/v1/handovers").body(announced)
            }),
        };
        let answer = scene.asks(Who::Stranger, what, request).await;
        let refused = answer.status.is_none_or(|it| (400..500).contains(&it) || it == 503);
        scene.board.expect(refused, || format!("{what} got the response {:?}", answer.status));
        scene.rests(scene.chance.between(1.0, 3.0)).await;
    }
}

/// Posts large signed bodies: most cannot be parsed to the end, the others become tickets.
pub async fn platform(scene: Scene, shop: String) {
    let mut n = 0;
    // The error is behind megabytes of valid data.
    let wrong = Bytes::from(handover("no merchant at all!", "wrong", "", MOST - 1_000));
    while scene.goes_on() {
        n += 1;
        let id = format!("bulk-{n}");
        if n % 4 != 0 {
            let what = "signed bodies with a mistake";
            let answer = scene.asks(Who::Bulky, what, scene.signed(&id, wrong.clone())).await;
            let refused = answer.status.is_none_or(|it| it == 400 || it == 503);
            scene.board.expect(refused, || format!("{what} got the response {:?}", answer.status));
        } else {
            let (mark, size) = (scene.board.mark(), scene.chance.below(MOST - MIB));
            let body = Bytes::from(handover(&shop, &id, &mark, size));
            // The same bytes again, until they are accepted.
            loop {
                let answer = scene.asks(Who::Bulky, "signed bodies", scene.signed(&id, body.clone())).await;
                match answer.status {
                    Some(202) => {
                        let shop = shop.clone();
                        scene.board.promise(Promise { who: Who::Bulky, shop, mark, handed_over: None });
                        break;
                    }
                    None | Some(503) if scene.goes_on() => {
                        scene.rests(answer.retry_after.unwrap_or(1) as f64).await;
                    }
                    None | Some(503) => break,
                    other => {
                        scene.board.expect(false, || format!("a signed body got the response {other:?}"));
                        break;
                    }
                }
            }
        }
        scene.rests(scene.chance.between(4.0, 8.0)).await;
    }
}

/// Sends eight megabytes at 64 KiB per second.
pub async fn slow(scene: Scene) {
    while scene.goes_on() {
        let status = tokio::select! {
            status = drip(&scene) => status,
            () = tokio::time::sleep_until(scene.ends.into()) => Some("sending at the end".to_owned()),
        };
        let ended = status.as_deref() != Some("200") && status.as_deref() != Some("202");
        scene.board.expect(ended, || format!("slow bodies got the response {status:?}"));
        scene.board.note(Who::Stranger, "slow bodies", status.as_deref().unwrap_or("no response"));
        scene.rests(scene.chance.between(1.0, 3.0)).await;
    }
}

async fn drip(scene: &Scene) -> Option<String> {
    let mut line = TcpStream::connect(scene.address).await.ok()?;
    let now = Timestamp::now().as_second();
    let head = format!(
        "POST /v1/handovers HTTP/1.1\r\nhost: x\r\ncontent-length: {MOST}\r\nwebhook-id: slow\r\n\
         webhook-timestamp: {now}\r\nwebhook-signature: v1,AAAA\r\n\r\n"
    );
    line.write_all(head.as_bytes()).await.ok()?;
    let (mut reads, mut writes) = line.split();
    let mut answer = [0; 4096];
    let sends = async {
        loop {
            tokio::time::sleep(Duration::from_secs(1)).await;
            if writes.write_all(&[b' '; 64 * 1024]).await.is_err() {
                // Only the response is left to wait for.
                std::future::pending::<()>().await;
            }
        }
    };
    let read = tokio::select! {
        read = reads.read(&mut answer) => read.ok()?,
        () = sends => return None,
    };
    let answer = String::from_utf8_lossy(&answer[..read]).into_owned();
    answer.split(' ').nth(1).map(str::to_owned)
}

/// Returns a handover of about this many bytes, with the mark in its first message.
fn handover(shop: &str, conversation: &str, mark: &str, size: usize) -> String {
    let mut messages = vec![json!({"id": "1", "author": "shopper", "text": format!("A long story. {mark}")})];
    let turns = size.div_ceil(MIB).max(1);
    let text = "It was a dark night. ".repeat(size / turns / 21);
    messages.extend((0..turns).map(|n| json!({"id": format!("t{n}"), "author": "shopper", "text": text})));
    // Keys are sorted by name, so the merchant comes after the messages.
    let body = json!({
        "merchant_id": shop, "trigger": {"kind": "manual"},
        "conversation": {"id": conversation, "messages": messages},
    });
    body.to_string()
}
