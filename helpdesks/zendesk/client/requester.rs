//! Whose a ticket is. A shopper who is new to the account is made in silence before their ticket: as a part of it, Zendesk
//! would send them a welcome mail.

use super::{
    KIND, Zendesk,
    answer::Answer,
    body::{self, Person, Requester},
    chain::unreadable,
    find::positive,
    http::{Call, READ_ENDS_AFTER},
    token::made_nothing,
};
use crate::helpdesk::{Access, Failure, Meter};
use domain::ticket::ANONYMOUS;
use http::Method;
use serde_json::{Value, json};
use std::sync::PoisonError;

/// What a client needs to make users.
pub(super) const USERS_WRITE: &str = "users:write";

impl Zendesk {
    /// The requester of a ticket. Whatever fails here has made no ticket.
    pub(super) async fn requester(
        &self,
        access: &Access,
        email: Option<&str>,
        name: Option<&str>,
        meter: &dyn Meter,
    ) -> Result<Requester, Failure> {
        let name = body::unexpanded(name.filter(|name| !name.trim().is_empty()).unwrap_or(match email {
            Some(email) => email,
            None => ANONYMOUS,
        }));
        let person = Person { name, email: email.map(str::to_owned) };
        let named = |person| Ok(Requester::Named { requester: person });
        let may = self.bearer(access, meter).await?.is_none_or(|token| token.allows(USERS_WRITE));
        if !may {
            return named(person);
        }
        let made = self.make_user(access, &person, meter).await?;
        match made.status.as_u16() {
            // Without an address nobody else can be meant: by the name alone there is no requester.
            200..=299 if email.is_none() => {
                let json = made.json().unwrap_or_default();
                let id = json.pointer("/user/id").and_then(positive);
                id.map(|requester_id| Requester::Id { requester_id })
                    .ok_or_else(unreadable)
                    .map_err(made_nothing)
            }
            200..=299 => named(person),
            // They are known, or the ticket's own refusal will have the better words.
            422 if made.says_duplicate() || email.is_some() => named(person),
            // The role may make tickets and no users.
            403 => named(person),
            _ => Err(made.success().err().map_or_else(unreadable, made_nothing)),
        }
    }

    async fn make_user(
        &self,
        access: &Access,
        person: &Person,
        meter: &dyn Meter,
    ) -> Result<Answer, Failure> {
        let mut user = json!({"name": person.name, "skip_verify_email": true});
        if let Some(email) = &person.email {
            user["email"] = Value::from(email.as_str());
        }
        let body = Some(body::bytes("user", &user));
        let ends_at = self.clock.since_boot() + READ_ENDS_AFTER;
        let call = Call { method: Method::POST, path: "/api/v2/users", body, ends_at, key: None };
        self.send(access, call, meter).await.map_err(made_nothing)
    }

    /// Notes that a trigger mailed the shopper, which must never happen: the next test of the connection says so.
    pub(super) fn note_mails(&self, access: &Access, answer: &Value) {
        let requester = answer.pointer("/ticket/requester_id");
        let events = answer.pointer("/audit/events").and_then(Value::as_array).into_iter().flatten();
        let told = events
            .filter(|event| event.get("type").and_then(Value::as_str) == Some("Notification"))
            .find(|event| {
                let recipients = event.get("recipients").and_then(Value::as_array);
                recipients.into_iter().flatten().any(|it| Some(it) == requester)
            });
        let Some(event) = told else { return };
        let trigger = event.pointer("/via/source/from/title").and_then(Value::as_str).unwrap_or("?");
        let ticket = answer.pointer("/ticket/id").and_then(positive);
        tracing::warn!(
            helpdesk = KIND.slug(),
            ticket,
            "a trigger mailed the requester of a handover's ticket"
        );
        let mut mailed = self.mailed.lock().unwrap_or_else(PoisonError::into_inner);
        mailed.insert(access.subdomain.clone(), domain::text::shorten(&domain::text::one_line(trigger), 80));
    }
}
