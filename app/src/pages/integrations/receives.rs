//! Where new handovers go, on the row of a connected helpdesk that does not receive them, and the buttons that change it.
//! The row that receives them has one too, while some wait for another helpdesk.

use super::board::{IntegrationsBoard, open_button_id};
use crate::api;
use crate::components::button::Weight;
use crate::components::{Button, Post, Press, shows, when};
use crate::forms::IntegrationsIntent;
use crate::model::{CallError, ConnectionState, Integration};
use crate::notice::Notice;
use crate::routes::INTEGRATIONS;
use crate::text::{t, tf};
use crate::words;
use leptos::prelude::*;

#[component]
pub(super) fn Receives(board: IntegrationsBoard, row: Memo<Integration>) -> impl IntoView {
    let press = Press::idle();
    let helpdesk = row.with_untracked(|row| row.helpdesk);
    let connected = move || row.with(|row| row.state != ConnectionState::NotConnected);
    // The other helpdesk that receives handovers.
    let receiver = Memo::new(move |_| {
        let receives = |row: &&Integration| row.receives_handovers;
        let receiver = board.rows.with(|rows| rows.iter().find(receives).map(|row| row.helpdesk));
        receiver.filter(|it| connected() && *it != helpdesk)
    });
    // How many wait for other helpdesks.
    let waiting = Memo::new(move |_| {
        let elsewhere = |row: &&Integration| connected() && row.helpdesk != helpdesk;
        board.rows.with(|rows| rows.iter().filter(elsewhere).map(|row| row.waiting).sum::<u64>())
    });
    let told = move |notice: Notice| {
        move |answer: Result<Vec<Integration>, CallError>| match answer {
            Ok(rows) => {
                board.put_all(rows);
                board.toasts.good(notice.sentence());
                // The button is gone with the line.
                board.place.focus(&open_button_id(helpdesk));
            }
            Err(error) => board.toasts.bad(words::error(&error)),
        }
    };
    let line = move || {
        let receiver = receiver.get()?;
        Some(tf("New handovers go to {helpdesk}.", &[("helpdesk", receiver.name())]).into_any())
    };
    let button = move |all: bool| {
        let (intent, notice) = match all {
            true => (IntegrationsIntent::ReceiveAll, Notice::ReceivesAll(helpdesk)),
            false => (IntegrationsIntent::Receive, Notice::Receives(helpdesk)),
        };
        let label = move || if all { words::move_waiting(waiting.get()) } else { t("Send them here") };
        view! {
            <Post
                to=INTEGRATIONS
                fields=vec![("intent", intent.name().to_owned()), ("helpdesk", helpdesk.slug().to_owned())]
                on_post=Callback::new(move |()| press.ask(api::integrations::receive(helpdesk, all), told(notice)))
            >
                <Button
                    label=Signal::derive(label)
                    weight=Weight::Plain
                    busy=press
                    disabled=!board.may_change
                    described_by=board.why_not()
                />
            </Post>
        }
        .into_any()
    };
    when(
        move || receiver.get().is_some() || waiting.get() > 0,
        move || {
            view! {
                <div class="offer">
                    <p>{shows(line)}</p>
                    {when(move || receiver.get().is_some(), move || button(false))}
                    {when(move || waiting.get() > 0, move || button(true))}
                </div>
            }
            .into_any()
        },
    )
}
