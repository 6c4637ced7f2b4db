//! What merchants do: close a receiver and reopen it, and after the faults re-enter a key, press Retry, resolve unsure
//! handovers.

use crate::{
    desk::{self, Merchant},
    receiver::Receiver,
    shop::Caller,
    skew::Skew,
};
use serde_json::{Value, json};
use std::{
    collections::BTreeMap,
    time::{Duration, Instant},
};
use tokio::sync::watch;

/// The states of unfinished handovers.
const OPEN: [&str; 7] = ["queued", "sending", "waiting", "unsure", "held", "failed", "cancelled"];

/// The time within which a broken connection is tested again, in seconds.
const RETESTED_AFTER: i64 = 20;

/// What merchants had to do, with counts.
pub type Deeds = BTreeMap<&'static str, usize>;

/// Acts until every handover is finished. Returns what merchants did, or the unfinished handovers when time runs out.
pub async fn bring_to_an_end(
    caller: &mut Caller,
    merchants: &[Merchant],
    skew: &Skew,
    patience: Duration,
) -> Result<Deeds, Vec<Value>> {
    let mut deeds = Deeds::new();
    let began = Instant::now();
    // Retry from time to time, not every second.
    let mut last_retry = began;
    let mut last_wait = began;
    loop {
        let mut open = Vec::new();
        let press_retry = last_retry.elapsed() > Duration::from_secs(5);
        for merchant in merchants {
            let mut held = false;
            for state in OPEN {
                let Some(handovers) = caller.handovers(&merchant.name, Some(state)).await else {
                    open.push(json!(format!("{} got no response", merchant.name)));
                    continue;
                };
                held |= state == "held" && !handovers.is_empty();
                if press_retry && ["waiting", "failed", "cancelled"].contains(&state) {
                    for handover in &handovers {
                        *deeds.entry("pressed Retry").or_default() += 1;
                        let path = format!("/v1/handovers/{}/retry", id(handover));
                        caller.call(&merchant.name, "POST", &path, Some(json!({}))).await;
                    }
                }
                if state == "unsure" {
                    for handover in handovers.iter().filter(|it| it["deliveries"][0]["needs_answer"] == true)
                    {
                        *deeds.entry("answered").or_default() += 1;
                        answers(caller, merchant, handover).await;
                    }
                }
                open.extend(handovers);
            }
            if held && began.elapsed() > Duration::from_secs(3) && needs_attention(caller, merchant).await {
                *deeds.entry("re-entered a key").or_default() += 1;
                desk::connects(caller, merchant).await;
            }
        }
        if open.is_empty() {
            return Ok(deeds);
        }
        if press_retry {
            last_retry = Instant::now();
        }
        // A look-up that met only faults waits up to 15 minutes before the next one. The wait that it needs in any case
        // is measured by a clock that does not jump.
        if skew.can_jump() && last_wait.elapsed() > Duration::from_secs(30) {
            skew.jump(900);
            *deeds.entry("waited 15 minutes").or_default() += 1;
            last_wait = Instant::now();
        }
        if began.elapsed() > patience {
            return Err(open);
        }
        tokio::time::sleep(Duration::from_secs(1)).await;
    }
}

fn id(handover: &Value) -> &str {
    handover["handover_id"].as_str().unwrap()
}

/// Closes a merchant's receiver and waits until the server has switched the connection off. Then it must send nothing for
/// some seconds: not when the connection is tested by hand, nor when a broken one would be tested again. Finally, the
/// merchant saves it. Returns whether it was switched off: once the faults are over, there may be no event to reject.
pub async fn closes_and_reopens(
    mut caller: Caller,
    merchant: &Merchant,
    receiver: &Receiver,
    skew: &Skew,
    seconds: f64,
    over: watch::Receiver<bool>,
) -> bool {
    receiver.closes(&merchant.username);
    let mut switched_off = false;
    let mut patience = Duration::from_secs(10);
    while !switched_off && !patience.is_zero() {
        let pause = Duration::from_millis(200);
        tokio::time::sleep(pause).await;
        if *over.borrow() {
            patience = patience.saturating_sub(pause);
        }
        let rows = rows(&mut caller, merchant).await;
        switched_off = rows.iter().any(|row| row["code"] == "helpdesk.switched_off");
    }
    if switched_off {
        receiver.is_switched_off(&merchant.username);
        if skew.can_jump() {
            skew.jump(RETESTED_AFTER);
        }
        desk::tests(&mut caller, merchant).await;
        tokio::time::sleep(Duration::from_secs_f64(seconds)).await;
    }
    receiver.reopens(&merchant.username);
    desk::connects(&mut caller, merchant).await;
    switched_off
}

async fn needs_attention(caller: &mut Caller, merchant: &Merchant) -> bool {
    rows(caller, merchant).await.iter().any(|row| row["state"] == "needs_attention")
}

/// Returns the rows of Settings → Integrations, or none if there is no answer.
async fn rows(caller: &mut Caller, merchant: &Merchant) -> Vec<Value> {
    match caller.call(&merchant.name, "GET", "/v1/integrations", None).await {
        Some((200, answer)) => answer["integrations"].as_array().cloned().unwrap_or_default(),
        _ => Vec::new(),
    }
}

/// Answers as a merchant does, after looking in the helpdesk: a ticket that they see exists.
async fn answers(caller: &mut Caller, merchant: &Merchant, handover: &Value) {
    let message = format!("{}:1", id(handover));
    let tickets = merchant.account.tickets();
    let ticket = tickets.iter().find(|ticket| ticket.messages.contains(&message));
    let answer = json!({
        "destination": merchant.account.slug(), "made": ticket.is_some(), "ticket_id": ticket.map(|ticket| ticket.id),
    });
    let path = format!("/v1/handovers/{}/resolve", id(handover));
    caller.call(&merchant.name, "POST", &path, Some(answer)).await;
}
