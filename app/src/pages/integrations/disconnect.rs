//! The dialog that asks before a helpdesk is disconnected.

use super::board::{IntegrationsBoard, Open, disconnect_button_id, not_connected};
use crate::api;
use crate::components::attributes::hidden;
use crate::components::button::{Weight, closes};
use crate::components::host::HostEvent;
use crate::components::{Button, Dialog, DialogHandle, Host, Place, Press, Trouble, named, shows};
use crate::forms::IntegrationsIntent;
use crate::model::{CallError, ConnectionState, Helpdesk, Integration, next_receiver};
use crate::notice::Notice;
use crate::routes::INTEGRATIONS;
use crate::text::{t, tf};
use crate::words;
use leptos::ev::SubmitEvent;
use leptos::prelude::*;

#[component]
pub(super) fn DisconnectDialog(board: IntegrationsBoard, helpdesk: Helpdesk) -> impl IntoView {
    let closed = move |()| {
        if board.open.get_untracked() == Some(Open::Disconnect(helpdesk)) {
            board.open.set(None);
        }
        // If the button is gone because the helpdesk was disconnected, the focus moves to the button that connects it.
        if Place::focus_is_lost() && !board.place.focus(&disconnect_button_id(helpdesk)) {
            board.back_to_row(helpdesk);
        }
    };
    view! {
        <Dialog
            id="disconnect-title"
            title=tf("Disconnect {helpdesk}", &[("helpdesk", helpdesk.name())])
            described_by="disconnect-question"
            on_close=Callback::new(closed)
        >
            <Question board helpdesk />
        </Dialog>
    }
}

#[component]
fn Question(board: IntegrationsBoard, helpdesk: Helpdesk) -> impl IntoView {
    let dialog = DialogHandle::current();
    let row = board.row(helpdesk);
    let press = Press::idle();
    let trouble = RwSignal::new(None::<CallError>);
    let told = move |answer: Result<u64, CallError>| match answer {
        Ok(_) => {
            // Runs even if the screen has been removed, because the helpdesk is disconnected either way.
            let (look, credentials_page) = row
                .try_with_untracked(|row| (row.look.clone(), row.credentials_page.clone()))
                .unwrap_or_default();
            board.put(not_connected(helpdesk, look, credentials_page));
            board.warnings.try_set((None, Vec::new()));
            board.toasts.good(Notice::Disconnected(helpdesk).sentence());
            board.host.tell(HostEvent::Disconnected(helpdesk));
            board.look();
            dialog.close();
        }
        Err(error) => {
            trouble.try_set(Some(error));
        }
    };
    let submit = move |event: SubmitEvent| {
        if closes(&event) {
            return;
        }
        event.prevent_default();
        if !press.is_busy() {
            trouble.set(None);
            press.ask(api::integrations::disconnect(helpdesk), told);
        }
    };
    // The helpdesk that takes over, if this one receives the handovers and another one is connected.
    let heir = move || {
        row.with(|row| row.receives_handovers).then_some(())?;
        let others = |row: &Integration| {
            (row.state != ConnectionState::NotConnected && row.helpdesk != helpdesk).then_some(row.helpdesk)
        };
        let heir = board.rows.with(|rows| next_receiver(rows.iter().filter_map(others)))?;
        Some(tf("New handovers will go to {helpdesk} instead.", &[("helpdesk", heir.name())]))
    };
    let cancel = named([
        ("type", "submit".into()),
        ("formmethod", "dialog".into()),
        ("formnovalidate", true.into()),
        ("autofocus", (!Host::current().is_there()).into()),
        ("data-first", true.into()),
    ]);
    view! {
        <form class="form" {..named([("method", "post".into()), ("action", INTEGRATIONS.into())])} on:submit=submit>
            <input {..hidden("helpdesk", helpdesk.slug())} />
            <div class="dialog-body" {..named([("id", "disconnect-question".into())])}>
                <p>
                    {tf(
                        "Are you sure you want to disconnect {helpdesk}? Ticket creation for handovers will stop working.",
                        &[("helpdesk", helpdesk.name())],
                    )}
                </p>
                {shows(move || heir().map(|heir| view! { <p>{heir}</p> }.into_any()))}
                {shows(move || row.with(|row| words::lost_by_disconnecting(row.waiting))
                    .map(|lost| view! { <p class="strong">{lost}</p> }.into_any()))}
                <div {..named([("role", "status".into())])}>{shows(move || trouble.get().map(|error| view! { <Trouble error /> }.into_any()))}</div>
            </div>
            <footer class="dialog-foot">
                <Button label=t("Disconnect") weight=Weight::Danger intent=IntegrationsIntent::Disconnect.name() busy=press />
                <button class="button button-quiet" {..cancel}>
                    {t("Cancel")}
                </button>
            </footer>
        </form>
    }
}
