//! Sample deliveries for the tests of the sentences.

use crate::model::{DeliveryState, DeliveryView, Destination, Helpdesk};
use domain::Args;

/// Returns a delivery to Gorgias with nothing but its state.
pub(super) fn gorgias(state: DeliveryState) -> DeliveryView {
    DeliveryView {
        destination: Destination::Helpdesk(Helpdesk::GORGIAS),
        state,
        attempts: 0,
        ticket_id: None,
        ticket_url: None,
        last_error: None,
        code: None,
        args: Args::default(),
        next_attempt_at: None,
        needs_answer: false,
        duplicates: vec![],
        repeated_in: vec![],
        delivered_at: None,
        team_mailed_at: None,
        nobody_to_mail: false,
    }
}
