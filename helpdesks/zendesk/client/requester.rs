//! Finds or creates a ticket's requester. A shopper who is new to the account is created before the ticket, without an email:
//! if Zendesk created them with the ticket, it would send them a welcome email.

use super::{
    Zendesk,
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

/// The scope for creating users.
pub(super) const USERS_WRITE: &str = "users:write";

impl Zendesk {
    /// Returns the requester of a ticket. A failure here has created no ticket.
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
            // Without an address only the new user's id works, because a name alone makes no requester.
            200..=299 if email.is_none() => {
                let json = made.json().unwrap_or_default();
                let id = json.pointer("/user/id").and_then(positive);
                id.map(|requester_id| Requester::Id { requester_id })
                    .ok_or_else(unreadable)
                    .map_err(made_nothing)
            }
            200..=299 => named(person),
            // The user exists, or rejecting the ticket will give the better message.
            422 if made.says_duplicate() || email.is_some() => named(person),
            // The role can create tickets but no users.
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
}
