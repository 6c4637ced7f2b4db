//! The state of a delivery, with its ticket.

use super::moment::Precision;
use super::{Badge, Moment, leads_out};
use crate::model::{DeliveryState, DeliveryView};
use crate::text::tf;
use crate::words;
use leptos::prelude::*;

/// The badge of a delivery, and a link to its ticket.
#[component]
pub fn DeliveryBadge(
    /// The delivery.
    delivery: DeliveryView,
) -> impl IntoView {
    let (tone, text) = words::delivery(&delivery);
    let end = words::next_time(&delivery)
        .map(|at| view! { <Moment at=at.to_owned() precision=Precision::Time /> }.into_any());
    let url = delivery.ticket_url.as_deref().and_then(words::web_address).map(str::to_owned);
    let made = delivery.state == DeliveryState::Delivered;
    let ticket = made.then_some(delivery.ticket_id).flatten().map(|id| {
        let name = tf("Ticket #{id}", &[("id", &id.to_string())]);
        match url {
            Some(url) => leads_out(url, name),
            None => view! { <span>{name}</span> }.into_any(),
        }
    });
    view! {
        <Badge tone text end />
        {ticket}
    }
}
