//! The baseline for sending: posts tickets directly to the helpdesk without storing anything.

use anyhow::{Result, ensure};
use convi_server::handover::reading::parse_handover;
use domain::ticket;
use gorgias_emulator::{Emulator, Role};
use serde_json::json;

const USER: &str = "owner@bare.test";
const KEY: &str = "key-1";

/// Posts tickets of the same size as dispatched ones, over persistent connections.
#[derive(Clone)]
pub struct Straight {
    http: reqwest::Client,
    origin: String,
    /// The serialized ticket, with a placeholder for its id.
    ticket: String,
}

impl Straight {
    pub fn new(gorgias: &Emulator) -> Result<Self> {
        let body = crate::sender::body("bare", "c-0");
        let handover = parse_handover(body.as_bytes(), jiff::Timestamp::now())
            .map_err(|_| anyhow::anyhow!("the handover cannot be read"))?;
        let written = ticket::ticket("{id}", &handover, &[], None, 900_000);
        let customer = json!({"email": "jane@mail.test", "name": "Jane Doe"});
        let messages: Vec<_> = written
            .transcript
            .iter()
            .map(|text| (text, "api", true))
            .chain([(&written.note, "internal-note", false)])
            .map(|(text, channel, public)| {
                let sender = if public { customer.clone() } else { json!({"email": USER}) };
                json!({"channel": channel, "via": "api", "from_agent": !public, "public": public, "sender": sender,
                    "body_text": text.plain, "body_html": text.html})
            })
            .collect();
        let tags: Vec<_> = written.tags.iter().map(|name| json!({"name": name})).collect();
        let ticket = json!({
            "channel": "api", "via": "api", "from_agent": false, "status": "open", "external_id": "{id}",
            "subject": written.subject, "customer": customer, "tags": tags, "messages": messages,
        });
        let http = reqwest::Client::builder().no_proxy().build()?;
        Ok(Self { http, origin: gorgias.origin(), ticket: ticket.to_string() })
    }

    /// Creates an account that accepts tickets.
    pub fn opens(gorgias: &Emulator, account: &str) -> gorgias_emulator::AccountHandle {
        gorgias.account(account).user(USER, KEY, Role::Admin)
    }

    /// Creates one ticket; returns when the response has arrived.
    pub async fn posts(&self, account: &str, id: &str) -> Result<()> {
        let request = self
            .http
            .post(format!("{}/{account}/api/tickets", self.origin))
            .basic_auth(USER, Some(KEY))
            .header("content-type", "application/json")
            .body(self.ticket.replace("{id}", id));
        let answer = request.send().await?;
        let status = answer.status();
        let text = answer.text().await?;
        ensure!(status == 201, "a ticket got a {status}: {text}");
        Ok(())
    }
}
