//! Who gets an email: the standard triggers, and the welcome email to new users (D).

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// An email that Zendesk would really have sent.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Mail {
    /// The ticket. `None`: a welcome email.
    pub ticket: Option<u64>,
    /// The trigger, or `Welcome`.
    pub trigger: String,
    /// The user who gets it.
    pub user: u64,
    /// Their address.
    pub to: Option<String>,
    /// Whether they are a shopper.
    pub to_shopper: bool,
    /// The text.
    pub text: String,
    /// When it was sent.
    pub at: Timestamp,
}

/// What happened to a ticket, as far as it matters to triggers.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Happened {
    /// It was created, not updated.
    pub(crate) created: bool,
    /// This change added a public comment.
    pub(crate) public: bool,
    /// A team member made the change. The author of a comment may be someone else (D).
    pub(crate) by_team: bool,
    /// The merchant has their own trigger for new tickets ([`Behaviour::own_trigger`](super::Behaviour)).
    pub(crate) own_trigger: bool,
    /// The standard trigger for comments is on ([`Behaviour::mails_replies`](super::Behaviour)).
    pub(crate) mails_replies: bool,
}

/// Returns the trigger that emails the requester, if one does (D: the conditions of the standard triggers).
pub(crate) fn mails_requester(it: Happened) -> Option<&'static str> {
    match it {
        Happened { created: true, own_trigger: true, .. } => Some("We got your question"),
        // Emails to requesters are suppressed for internal notes.
        Happened { public: false, .. } => None,
        Happened { created: true, by_team: true, .. } => Some("Notify requester of new proactive ticket"),
        Happened { created: true, by_team: false, .. } => {
            Some("Notify requester and CCs of received request")
        }
        Happened { created: false, mails_replies: false, .. } => None,
        Happened { created: false, .. } => Some("Notify requester and CCs of comment update"),
    }
}

/// Returns the trigger that emails the agents, if one does (D).
pub(crate) fn mails_agents(it: Happened) -> Option<&'static str> {
    it.created.then_some("Notify all agents of received request")
}

/// The titles of the standard triggers that can email a requester.
pub(crate) const TRIGGERS: [&str; 3] = [
    "Notify requester of new proactive ticket",
    "Notify requester and CCs of received request",
    "Notify requester and CCs of comment update",
];
