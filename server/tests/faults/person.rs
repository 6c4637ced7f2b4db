//! What people do when the storm is over: enter a key again, press Retry, answer about unsure ones.

use crate::{
    shop::{Caller, Merchant},
    skew::Skew,
};
use serde_json::{Value, json};
use std::{
    collections::BTreeMap,
    time::{Duration, Instant},
};

/// The states in which a handover is not at its end.
const OPEN: [&str; 7] = ["queued", "sending", "waiting", "unsure", "held", "failed", "cancelled"];

/// What people had to do, and how often.
pub type Deeds = BTreeMap<&'static str, usize>;

/// Until nothing is open. Answers what people did, or what is still open at the end of their patience.
pub async fn bring_to_an_end(
    caller: &mut Caller,
    merchants: &[Merchant],
    skew: &Skew,
    patience: Duration,
) -> Result<Deeds, Vec<Value>> {
    let mut deeds = Deeds::new();
    let began = Instant::now();
    // Retry once in a while, not every second.
    let mut last_retry = began;
    let mut last_wait = began;
    loop {
        let mut open = Vec::new();
        let press_retry = last_retry.elapsed() > Duration::from_secs(5);
        for merchant in merchants {
            let mut held = false;
            for state in OPEN {
                let Some(handovers) = caller.handovers(&merchant.name, Some(state)).await else {
                    open.push(json!(format!("{} was not answered", merchant.name)));
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
                *deeds.entry("entered a key again").or_default() += 1;
                caller.connects(merchant).await;
            }
        }
        if open.is_empty() {
            return Ok(deeds);
        }
        if press_retry {
            last_retry = Instant::now();
        }
        // Look-ups that met nothing but faults wait up to a quarter of an hour for the next. What they must wait for in
        // any case is on a clock that does not jump.
        if skew.can_jump() && last_wait.elapsed() > Duration::from_secs(30) {
            skew.jump(900);
            *deeds.entry("waited a quarter of an hour").or_default() += 1;
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

async fn needs_attention(caller: &mut Caller, merchant: &Merchant) -> bool {
    match caller.call(&merchant.name, "GET", "/v1/integrations", None).await {
        Some((200, answer)) => answer["integrations"][0]["state"] == "needs_attention",
        _ => false,
    }
}

/// They look into Gorgias: a ticket that they see is there.
async fn answers(caller: &mut Caller, merchant: &Merchant, handover: &Value) {
    let message = format!("{}:1", id(handover));
    let tickets = merchant.account.tickets();
    let ticket = tickets
        .iter()
        .find(|ticket| ticket.messages.iter().any(|it| it.external_id.as_deref() == Some(message.as_str())));
    let answer = json!({
        "destination": "gorgias", "made": ticket.is_some(), "ticket_id": ticket.map(|ticket| ticket.id),
    });
    let path = format!("/v1/handovers/{}/resolve", id(handover));
    caller.call(&merchant.name, "POST", &path, Some(answer)).await;
}
