//! Where new handovers go, on the row of a connected helpdesk that does not receive them, and the button that changes it.

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
    let receiver = Memo::new(move |_| {
        let other = row.with(|row| row.state != ConnectionState::NotConnected && !row.receives_handovers);
        board
            .rows
            .with(|rows| rows.iter().find(|row| other && row.receives_handovers).map(|row| row.helpdesk))
    });
    let told = move |answer: Result<Vec<Integration>, CallError>| match answer {
        Ok(rows) => {
            board.put_all(rows);
            board.toasts.good(Notice::Receives(helpdesk).sentence());
            // The button is gone with the line.
            board.place.focus(&open_button_id(helpdesk));
        }
        Err(error) => board.toasts.bad(words::error(&error)),
    };
    let line = move || {
        let receiver = receiver.get()?;
        Some(tf("New handovers go to {helpdesk}.", &[("helpdesk", receiver.name())]).into_any())
    };
    when(
        move || receiver.get().is_some(),
        move || {
            view! {
                <div class="offer">
                    <p>{shows(line)}</p>
                    <Post
                        to=INTEGRATIONS
                        fields=vec![
                            ("intent", IntegrationsIntent::Receive.name().to_owned()),
                            ("helpdesk", helpdesk.slug().to_owned()),
                        ]
                        on_post=Callback::new(move |()| press.ask(api::integrations::receive(helpdesk), told))
                    >
                        <Button
                            label=t("Send them here")
                            weight=Weight::Plain
                            busy=press
                            disabled=!board.may_change
                            described_by=board.why_not()
                        />
                    </Post>
                </div>
            }
            .into_any()
        },
    )
}
