//! `POST /api/v2/tickets`: one request creates the ticket, with an idempotency key that makes a resend harmless for two hours.
//! Text that does not fit into its one comment follows in updates.

use super::{
    KIND, UNFINISHED, Zendesk,
    body::{self, CommentBody, NewTicket, Requester, Update},
    chain::TicketView,
    http::Call,
    sentences::{NOT_WHOLE, SLOW, TICKET_ANSWER},
    token::made_nothing,
};
use crate::helpdesk::{Access, Failure, Meter};
use domain::{
    said,
    ticket::{RichText, Ticket},
};
use http::Method;
use serde_json::Value;
use std::time::Duration;

impl Zendesk {
    pub(super) async fn create_ticket(
        &self,
        access: &Access,
        ticket: &Ticket,
        ends_at: Duration,
        meter: &dyn Meter,
    ) -> Result<i64, Failure> {
        let comments = body::comments(ticket);
        // Nothing before the ticket's own request can create it, so a failure here is "made nothing".
        let left = ends_at.saturating_sub(self.clock.since_boot());
        let (begun, requester) = tokio::select! {
            prepared = self.prepare(access, ticket, comments.len(), meter) => prepared.map_err(made_nothing)?,
            () = self.clock.sleep(left) => return Err(too_slow()),
        };
        let made = match begun {
            Some(begun) => begun,
            None => self.post(access, ticket, &comments, requester, ends_at, meter).await?,
        };
        let id = made.id;
        if comments.len() > 1 && made.has(UNFINISHED) {
            let left = ends_at.saturating_sub(self.clock.since_boot());
            let completed = tokio::select! {
                completed = self.complete(access, &ticket.external_id, made, &comments, ends_at, meter) => completed,
                () = self.clock.sleep(left) => Err(too_slow()),
            };
            completed.map_err(|failure| not_whole(id, failure))?;
        }
        Ok(id)
    }

    /// Returns the unfinished ticket of an earlier attempt, if there is one, and the requester.
    async fn prepare(
        &self,
        access: &Access,
        ticket: &Ticket,
        comments: usize,
        meter: &dyn Meter,
    ) -> Result<(Option<TicketView>, Requester), Failure> {
        // A ticket with one comment is complete immediately.
        if comments > 1 {
            let begun = self.with_external_id(access, &ticket.external_id, meter).await?;
            let begun = begun.into_iter().filter(|it| !it.is_closed()).min_by_key(|it| it.id);
            if let Some(begun) = begun {
                let requester_id = begun.requester.unwrap_or_default();
                return Ok((Some(begun), Requester::Id { requester_id }));
            }
        }
        let email = ticket.email.as_ref().map(|email| email.as_str());
        Ok((None, self.requester(access, email, ticket.name.as_deref(), meter).await?))
    }

    /// Sends the one request that creates the ticket.
    async fn post(
        &self,
        access: &Access,
        ticket: &Ticket,
        comments: &[RichText],
        requester: Requester,
        ends_at: Duration,
        meter: &dyn Meter,
    ) -> Result<TicketView, Failure> {
        let mut tags: Vec<_> = ticket.tags.iter().map(|&tag| tag.to_owned()).collect();
        if comments.len() > 1 {
            tags.push(UNFINISHED.to_owned());
        }
        let first = comments.first().cloned().unwrap_or_default();
        let new = NewTicket {
            external_id: &ticket.external_id,
            subject: ticket.subject.as_deref().map(body::unexpanded),
            tags,
            requester,
            comment: CommentBody::private(&first),
            metadata: body::metadata(&part(&ticket.external_id, 1)),
            group_id: ticket.route.team,
            priority: ticket.route.priority,
            via_followup_source_id: None,
        };
        let call = Call {
            method: Method::POST,
            path: "/api/v2/tickets",
            body: Some(body::bytes("ticket", &new)),
            ends_at,
            key: Some(key(ticket)),
        };
        let answer = self.send(access, call, meter).await?;
        if ticket.route.says_something()
            && let Some(misrouted) = answer.misrouted()
        {
            return Err(misrouted);
        }
        let answer = answer.success()?;
        let json = answer.json().unwrap_or_default();
        self.note_mails(access, &json);
        // A 2xx without an id may still have created a ticket.
        json.get("ticket")
            .and_then(TicketView::read)
            .ok_or_else(|| Failure::Ambiguous { why: TICKET_ANSWER.into() })
    }

    /// Adds the missing comments in order, and removes the tag of unfinished tickets.
    async fn complete(
        &self,
        access: &Access,
        handover_id: &str,
        mut ticket: TicketView,
        comments: &[RichText],
        ends_at: Duration,
        meter: &dyn Meter,
    ) -> Result<(), Failure> {
        let audits = self.audits(access, ticket.id, meter).await?;
        let is_there = |mark: &str| audits.iter().any(|audit| body::mark_of(audit) == Some(mark));
        let missing: Vec<_> = (1..)
            .zip(comments)
            .map(|(number, text)| (part(handover_id, number), Some(text)))
            .filter(|(mark, _)| !is_there(mark))
            .collect();
        // An earlier attempt may have ended between the last comment and the tag.
        let missing = if missing.is_empty() { vec![(part(handover_id, 0), None)] } else { missing };
        let last = missing.len() - 1;
        for (at, (mark, text)) in missing.into_iter().enumerate() {
            let tags =
                (at == last).then(|| ticket.tags.iter().filter(|tag| *tag != UNFINISHED).cloned().collect());
            let update = Update {
                comment: text.map(CommentBody::private),
                tags,
                metadata: Some(body::metadata(&mark)),
                safe_update: true,
                updated_stamp: ticket.updated.clone(),
                ..Update::default()
            };
            let json = self.update(access, ticket.id, &update, ends_at, meter).await?;
            ticket = json
                .get("ticket")
                .and_then(TicketView::read)
                .ok_or_else(|| Failure::Ambiguous { why: TICKET_ANSWER.into() })?;
        }
        Ok(())
    }

    /// Updates a ticket, within Zendesk's limit of updates per ticket.
    pub(super) async fn update(
        &self,
        access: &Access,
        ticket: i64,
        update: &Update,
        ends_at: Duration,
        meter: &dyn Meter,
    ) -> Result<Value, Failure> {
        self.may_update(access, ticket)?;
        let path = format!("/api/v2/tickets/{ticket}");
        let body = Some(body::bytes("ticket", update));
        let call = Call { method: Method::PUT, path: &path, body, ends_at, key: None };
        let answer = self.send(access, call, meter).await?.success()?;
        Ok(answer.json().unwrap_or_default())
    }

    /// Counts an update of a ticket, or fails with the time to wait.
    pub(super) fn may_update(&self, access: &Access, ticket: i64) -> Result<(), Failure> {
        self.updates
            .take(access.subdomain.as_str(), ticket, self.clock.since_boot())
            .map_err(|after| Failure::RateLimited { helpdesk: KIND, after })
    }
}

/// Returns the mark of a comment of the ticket. The first is 1.
pub(super) fn part(handover_id: &str, number: usize) -> String {
    format!("{handover_id}:{number}")
}

/// Returns a ticket's idempotency key. A request without some optional parts has a different body, so it needs its own key.
fn key(ticket: &Ticket) -> String {
    let Ticket { email, subject, route, .. } = ticket;
    // Not the merchant's choice: if only that has changed, the key must still find the earlier ticket.
    let variant: String = [('c', email.is_some()), ('s', subject.is_some()), ('r', route.refused)]
        .into_iter()
        .filter_map(|(part, there)| there.then_some(part))
        .collect();
    format!("{}:{}", ticket.external_id, if variant.is_empty() { "-" } else { &variant })
}

pub(super) fn too_slow() -> Failure {
    Failure::NotSent { helpdesk: KIND, why: SLOW.into() }
}

/// Maps the failure of an incomplete ticket. A retry completes it and creates no second one.
fn not_whole(ticket: i64, failure: Failure) -> Failure {
    let why = match failure {
        Failure::RateLimited { helpdesk, after } => return Failure::RateLimited { helpdesk, after },
        Failure::NotSent { why, .. } | Failure::Ambiguous { why } => why,
        other => other.said(),
    };
    Failure::NotSent { helpdesk: KIND, why: said!(NOT_WHOLE, ticket = ticket, why = why) }
}
