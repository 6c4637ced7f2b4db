//! Handles a duplicate ticket: adds a note, tags it and closes it. It is never deleted, because an agent may have
//! written in it.

use super::{Gorgias, body::MessageBody};
use crate::helpdesk::{Access, DUPLICATE_TAG, Failure, HelpdeskClient, Meter};
use domain::{text::escape, ticket::RichText};
use http::Method;
use serde_json::json;

impl Gorgias {
    pub(super) async fn close_as_duplicate(
        &self,
        access: &Access,
        duplicate: i64,
        original: i64,
        meter: &dyn Meter,
    ) -> Result<(), Failure> {
        self.lead_to(
            access,
            duplicate,
            original,
            "This ticket repeats the handover of",
            "continue there",
            meter,
        )
        .await?;
        let path = format!("/tickets/{duplicate}");
        self.change(access, Method::POST, &format!("{path}/tags"), &json!({"names": [DUPLICATE_TAG]}), meter)
            .await?;
        self.close_ticket(access, duplicate, meter).await
    }

    pub(super) async fn say_it_repeats(
        &self,
        access: &Access,
        holder: i64,
        original: i64,
        meter: &dyn Meter,
    ) -> Result<(), Failure> {
        let what = "A duplicate was merged into this ticket. It repeats the handover of";
        self.lead_to(access, holder, original, what, "answer it there", meter).await
    }

    /// Adds a note to one ticket that links to another. `what` and `how` are our own constants and need no escaping.
    async fn lead_to(
        &self,
        access: &Access,
        from: i64,
        to: i64,
        what: &str,
        how: &str,
        meter: &dyn Meter,
    ) -> Result<(), Failure> {
        let url = self.ticket_url(&access.subdomain, to);
        let text = RichText {
            plain: format!("{what} ticket {to}: {url}\nPlease {how}."),
            html: format!(r#"<p>{what} <a href="{}">ticket {to}</a>. Please {how}.</p>"#, escape(&url)),
        };
        let note = MessageBody::note(access.username.as_str(), &text);
        self.change(access, Method::POST, &format!("/tickets/{from}/messages"), &note, meter).await?;
        Ok(())
    }
}
