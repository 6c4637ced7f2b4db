//! `GET` and `PUT /api/tickets/{id}`: reads and closes a ticket (docs/gorgias.md section 7).

use super::{Gorgias, create::transcript_id, sentences::ANSWER_UNREADABLE};
use crate::helpdesk::{Access, Failure, Meter, Shown};
use http::Method;
use serde_json::{Value, json};

impl Gorgias {
    pub(super) async fn read_ticket(
        &self,
        access: &Access,
        ticket: i64,
        handover_id: &str,
        meter: &dyn Meter,
    ) -> Result<Shown, Failure> {
        let answer = self.get(access, &format!("/tickets/{ticket}"), meter).await?;
        let json = answer
            .json()
            .filter(Value::is_object)
            .ok_or_else(|| Failure::Ambiguous { why: ANSWER_UNREADABLE.into() })?;
        let text = |value: &Value, name| value.get(name).and_then(Value::as_str).map(str::to_owned);
        let items = |name| json.get(name).and_then(Value::as_array).into_iter().flatten();
        Ok(Shown {
            customer: json.get("customer").and_then(|customer| text(customer, "email")),
            tags: items("tags").filter_map(|tag| text(tag, "name")).collect(),
            transcript: (1..)
                .map_while(|part| {
                    let id = transcript_id(handover_id, part);
                    let ours =
                        |message: &&Value| message.get("external_id").and_then(Value::as_str) == Some(&id);
                    items("messages").find(ours).map(|message| text(message, "body_text").unwrap_or_default())
                })
                .collect(),
        })
    }

    pub(super) async fn close_ticket(
        &self,
        access: &Access,
        ticket: i64,
        meter: &dyn Meter,
    ) -> Result<(), Failure> {
        let path = format!("/tickets/{ticket}");
        self.change(access, Method::PUT, &path, &json!({"status": "closed"}), meter).await?;
        Ok(())
    }
}
