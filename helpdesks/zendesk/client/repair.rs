//! Notes, tags and closes a duplicate ticket. It is never deleted, because an agent may have written in it.

use super::{
    Zendesk,
    body::{CommentBody, Update},
    chain::TicketView,
    http::READ_ENDS_AFTER,
};
use crate::helpdesk::{Access, DUPLICATE_TAG, Failure, HelpdeskClient, Meter};
use domain::{text::escape, ticket::RichText};

impl Zendesk {
    pub(super) async fn close_as_duplicate(
        &self,
        access: &Access,
        duplicate: i64,
        original: i64,
        meter: &dyn Meter,
    ) -> Result<(), Failure> {
        let ticket = self.ticket(access, duplicate, meter).await?;
        // Closed is final: by a merge, by an agent, or by us before.
        if ticket.is_closed() {
            return Ok(());
        }
        let what = "This ticket repeats the handover of";
        let mut update = self.leads_to(access, &ticket, original, what, "continue there");
        let mut tags = ticket.tags.clone();
        tags.push(DUPLICATE_TAG.to_owned());
        // One update, so that everything or nothing is changed.
        (update.tags, update.status) = (Some(tags), Some("closed"));
        self.change(access, duplicate, &update, meter).await
    }

    pub(super) async fn say_it_repeats(
        &self,
        access: &Access,
        holder: i64,
        original: i64,
        meter: &dyn Meter,
    ) -> Result<(), Failure> {
        let ticket = self.ticket(access, holder, meter).await?;
        let what = "A duplicate was merged into this ticket. It repeats the handover of";
        let update = self.leads_to(access, &ticket, original, what, "answer it there");
        self.change(access, holder, &update, meter).await
    }

    async fn change(
        &self,
        access: &Access,
        ticket: i64,
        update: &Update,
        meter: &dyn Meter,
    ) -> Result<(), Failure> {
        let ends_at = self.clock.since_boot() + READ_ENDS_AFTER;
        self.update(access, ticket, update, ends_at, meter).await.map(drop)
    }

    /// Builds a private comment with a link to another ticket. `what` and `how` are ours and need no escaping.
    fn leads_to(&self, access: &Access, from: &TicketView, to: i64, what: &str, how: &str) -> Update {
        let url = self.ticket_url(&access.subdomain, to);
        let text = RichText {
            plain: format!("{what} ticket {to}: {url}\nPlease {how}."),
            html: format!(r#"<p>{what} <a href="{}">ticket {to}</a>. Please {how}.</p>"#, escape(&url)),
        };
        Update {
            comment: Some(CommentBody::private(&text)),
            safe_update: true,
            updated_stamp: from.updated.clone(),
            ..Update::default()
        }
    }
}
