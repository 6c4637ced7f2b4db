//! What a dispatcher is built from.

use super::super::{bell::Bell, ends::Ends, mail::TeamMail};
use crate::{
    helpdesk::{Helpdesks, budget::Budgets},
    mail::Mailer,
    metrics::Metrics,
    store::Store,
    vault::Vault,
};
use domain::{clock::World, delivery::Rules};
use std::sync::Arc;

/// The parts that a dispatcher shares with the rest of the server. Each collaborator takes those that it needs.
#[derive(Clone)]
pub struct Parts {
    /// The outbox.
    pub store: Arc<dyn Store>,
    /// The helpdesks' clients.
    pub helpdesks: Helpdesks,
    /// Opens keys.
    pub vault: Arc<Vault>,
    /// The accounts' budgets, shared with tests of connections.
    pub budgets: Arc<Budgets>,
    /// Sends mails.
    pub mailer: Arc<dyn Mailer>,
    /// Writes them.
    pub team_mail: TeamMail,
    /// Time and chance.
    pub world: World,
    /// W.
    pub rules: Rules,
    /// Rung when something new is due.
    pub bell: Arc<Bell>,
    /// When the requests end that may have made a ticket.
    pub ends: Arc<Ends>,
    /// Counts what happens.
    pub metrics: Arc<Metrics>,
}
