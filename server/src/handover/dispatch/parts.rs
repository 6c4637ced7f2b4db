//! The parts a dispatcher is built from.

use super::super::{bell::Bell, ends::Ends, links::Links, mail::TeamMail};
use crate::{
    helpdesk::{Helpdesks, budget::Budgets},
    mail::Mailer,
    metrics::Metrics,
    store::Store,
    vault::Vault,
};
use domain::{clock::World, delivery::Rules};
use std::sync::Arc;

/// The parts that the dispatcher shares with the rest of the server. Each collaborator takes what it needs.
#[derive(Clone)]
pub struct Parts {
    /// The outbox.
    pub store: Arc<dyn Store>,
    /// The helpdesks' clients.
    pub helpdesks: Helpdesks,
    /// Opens sealed API keys.
    pub vault: Arc<Vault>,
    /// The accounts' request budgets, shared with connection tests.
    pub budgets: Arc<Budgets>,
    /// Sends emails.
    pub mailer: Arc<dyn Mailer>,
    /// Writes emails.
    pub team_mail: TeamMail,
    /// Signs links to whole handovers.
    pub links: Links,
    /// The clock and the source of randomness.
    pub world: World,
    /// The delivery rules, with W.
    pub rules: Rules,
    /// Wakes the dispatcher.
    pub bell: Arc<Bell>,
    /// When the requests that may have created a ticket end.
    pub ends: Arc<Ends>,
    /// Counts what happens.
    pub metrics: Arc<Metrics>,
}
