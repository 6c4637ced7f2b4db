//! Appends later messages as one private comment, marked in its audit. Updates have no idempotency key, so an update carries
//! the ticket's last-change stamp: if it arrives twice or late, Zendesk rejects it.

use super::{
    Zendesk,
    body::{self, CommentBody, NewTicket, Requester, Update},
    chain::{Place, TicketView, unreadable},
    create::too_slow,
    find::positive,
    http::Call,
    token::made_nothing,
};
use crate::helpdesk::{Access, DUPLICATE_TAG, Failure, Meter};
use domain::ticket::{Append, RichText};
use http::Method;
use serde_json::Value;
use std::time::Duration;

impl Zendesk {
    pub(super) async fn append_comment(
        &self,
        access: &Access,
        ticket: i64,
        append: &Append,
        ends_at: Duration,
        meter: &dyn Meter,
    ) -> Result<i64, Failure> {
        // Nothing before the comment's own request can create it, so a failure here is "made nothing".
        let left = ends_at.saturating_sub(self.clock.since_boot());
        let (place, requester) = tokio::select! {
            prepared = self.prepare_append(access, ticket, append, meter) => prepared.map_err(made_nothing)?,
            () = self.clock.sleep(left) => return Err(too_slow()),
        };
        match place {
            Place::Open(ticket) => self.comment(access, &ticket, append, requester, ends_at, meter).await,
            Place::Closed(ticket) => self.follow_up(access, &ticket, append, requester, ends_at, meter).await,
        }
    }

    /// Finds the ticket that receives the comment, and its new requester if that changes.
    async fn prepare_append(
        &self,
        access: &Access,
        ticket: i64,
        append: &Append,
        meter: &dyn Meter,
    ) -> Result<(Place, Option<Requester>), Failure> {
        let place = self.place(access, ticket, meter).await?;
        let requester = match &append.email {
            Some(email) => {
                Some(self.requester(access, Some(email.as_str()), append.name.as_deref(), meter).await?)
            }
            None => None,
        };
        Ok((place, requester))
    }

    async fn comment(
        &self,
        access: &Access,
        ticket: &TicketView,
        append: &Append,
        requester: Option<Requester>,
        ends_at: Duration,
        meter: &dyn Meter,
    ) -> Result<i64, Failure> {
        let mut update = Update {
            comment: Some(CommentBody::private(&text_of(append))),
            requester,
            metadata: Some(body::metadata(&append.mark)),
            safe_update: true,
            updated_stamp: ticket.updated.clone(),
            ..Update::default()
        };
        self.may_update(access, ticket.id)?;
        let path = format!("/api/v2/tickets/{}", ticket.id);
        let call = |update: &Update| Call {
            method: Method::PUT,
            path: &path,
            body: Some(body::bytes("ticket", update)),
            ends_at,
            key: None,
        };
        let mut answer = self.send(access, call(&update), meter).await?;
        if answer.names_requester() && update.requester.is_some() {
            // The address is in the comment, so an agent can still use it.
            update.requester = None;
            answer = self.send(access, call(&update), meter).await?;
        }
        if answer.status.as_u16() == 409 {
            // The ticket changed in the meantime: by an agent, or by an earlier attempt at this comment.
            let marked = self.find_marked(access, ticket.id, &append.mark, meter).await;
            if let Ok([first, ..]) = marked.as_deref() {
                return Ok(*first);
            }
        }
        if answer.says_closed() {
            return self.follow_up(access, ticket, append, update.requester, ends_at, meter).await;
        }
        let json = answer.success()?.json().unwrap_or_default();
        self.note_mails(access, &json);
        audit_id(&json)
    }

    /// Creates a follow-up ticket, because a closed ticket accepts no changes. The idempotency key keeps it to one, however
    /// often it is sent.
    async fn follow_up(
        &self,
        access: &Access,
        parent: &TicketView,
        append: &Append,
        requester: Option<Requester>,
        ends_at: Duration,
        meter: &dyn Meter,
    ) -> Result<i64, Failure> {
        let of_parent = parent.requester.map(|requester_id| Requester::Id { requester_id });
        let Some(requester) = requester.or(of_parent) else { return Err(made_nothing(unreadable())) };
        let own = [super::MERGED, super::UNFINISHED, DUPLICATE_TAG];
        let new = NewTicket {
            external_id: &append.mark,
            subject: parent.subject.as_deref().map(body::unexpanded),
            tags: parent.tags.iter().filter(|tag| !own.contains(&tag.as_str())).cloned().collect(),
            requester,
            comment: CommentBody::private(&text_of(append)),
            metadata: body::metadata(&append.mark),
            group_id: None,
            priority: None,
            via_followup_source_id: Some(parent.id),
        };
        let call = Call {
            method: Method::POST,
            path: "/api/v2/tickets",
            body: Some(body::bytes("ticket", &new)),
            ends_at,
            key: Some(append.mark.clone()),
        };
        let json = self.send(access, call, meter).await?.success()?.json().unwrap_or_default();
        self.note_mails(access, &json);
        audit_id(&json)
    }
}

/// Returns an addition's text. Additions are built to fit. Only separating braces can make one grow, and then it loses its
/// bold type.
fn text_of(append: &Append) -> RichText {
    let mut pieces = body::fitted(&append.text).into_iter();
    let mut text = pieces.next().unwrap_or_default();
    for piece in pieces {
        text.plain.push_str(&piece.plain);
        text.html.push_str(&piece.html);
    }
    text
}

/// Returns the audit's id, by which the change is found again.
fn audit_id(json: &Value) -> Result<i64, Failure> {
    json.pointer("/audit/id").and_then(positive).ok_or_else(unreadable)
}
