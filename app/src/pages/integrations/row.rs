//! A helpdesk's row: what it is, its state and its actions.

use super::account::Account;
use super::attention::Attention;
use super::board::{IntegrationsBoard, Open, disconnect_button_id, open_button_id};
use super::receives::Receives;
use super::warnings::Warnings;
use crate::components::attributes::hidden;
use crate::components::button::Weight;
use crate::components::{Badge, Button, HelpdeskMark, follows, named, says, shows, when};
use crate::model::{ConnectionState, Helpdesk};
use crate::routes::INTEGRATIONS;
use crate::text::t;
use crate::words::Tone;
use leptos::ev::SubmitEvent;
use leptos::prelude::*;

#[component]
pub(super) fn HelpdeskRow(board: IntegrationsBoard, helpdesk: Helpdesk) -> impl IntoView {
    let row = board.row(helpdesk);
    let look = row.with_untracked(|row| row.look.clone());
    let state = move || row.with(|row| row.state);
    let connected = move || state() != ConnectionState::NotConnected;
    let badge = move || {
        let state = state();
        let tone = match state {
            ConnectionState::NotConnected => Tone::Quiet,
            ConnectionState::Connected => Tone::Good,
            ConnectionState::NeedsAttention => Tone::Attention,
        };
        view! { <Badge tone text=t(state.label()) /> }.into_any()
    };
    let goes_here = move || match state() {
        ConnectionState::NeedsAttention => t("Handovers wait here"),
        _ => t("Handovers go here"),
    };
    let heading = format!("{}-name", helpdesk.slug());
    let labelled_by = heading.clone();
    let disabled = !board.may_change;
    let why_not = board.why_not();
    let open_by = move |open: Open| {
        move |event: SubmitEvent| {
            event.prevent_default();
            board.open.set(Some(open));
        }
    };

    let get = || named([("method", "get".into()), ("action", INTEGRATIONS.into())]);
    let not_now = why_not.clone();
    let disconnect = move || {
        view! {
            <form {..get()} on:submit=open_by(Open::Disconnect(helpdesk))>
                <input {..hidden("disconnect", helpdesk.slug())} />
                <Button
                    id=disconnect_button_id(helpdesk)
                    label=t("Disconnect")
                    weight=Weight::Quiet
                    disabled
                    described_by=not_now.clone()
                />
            </form>
        }
        .into_any()
    };

    view! {
        <section class="card row" {..named([("aria-labelledby", labelled_by.into())])}>
            <div class="row-head">
                <HelpdeskMark drawing=look.mark().to_owned() />
                <div class="row-name">
                    <h2 {..named([("id", heading.into())])}>{helpdesk.name()}</h2>
                    {shows(move || Some(badge()))}
                    {when(
                        move || row.with(|row| row.receives_handovers),
                        move || view! { <span class="tag">{says(goes_here)}</span> }.into_any(),
                    )}
                </div>
                <p class="row-about">{t(look.about())}</p>
                <div class="row-actions">
                    <form {..get()} on:submit=open_by(Open::Connect(helpdesk))>
                        <input {..hidden("connect", helpdesk.slug())} />
                        // One button for both labels, so that it keeps the focus when the row changes.
                        <Button
                            id=open_button_id(helpdesk)
                            label=follows(move || {
                            Some(if connected() { t("Configure") } else { t("Connect") })
                        })
                            weight=follows(move || {
                                let weight = match state() {
                                    ConnectionState::Connected => Weight::Plain,
                                    _ => Weight::Primary,
                                };
                                Some(weight.class().to_owned())
                            })
                            disabled
                            described_by=why_not
                        />
                    </form>
                    {when(connected, disconnect)}
                </div>
            </div>
            <Attention row />
            <Warnings board row />
            <Receives board row />
            <Account board row />
        </section>
    }
}
