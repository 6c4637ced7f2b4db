//! What belongs to a connected row: the account, what nobody got, and who changed what.

use super::board::IntegrationsBoard;
use super::recent;
use super::verify::Verify;
use crate::api;
use crate::components::button::Weight;
use crate::components::{Button, Glyph, Icon, Moment, Post, Press, leads_out, shows, when};
use crate::forms::IntegrationsIntent;
use crate::model::{CallError, ConnectionChange, ConnectionState, Integration};
use crate::routes::INTEGRATIONS;
use crate::text::t;
use crate::words;
use leptos::prelude::*;

/// The account behind a connection, what nobody got, and who changed what.
#[component]
pub(super) fn Account(board: IntegrationsBoard, row: Memo<Integration>) -> impl IntoView {
    view! {
        {shows(move || row.with(account))}
        <Backlog row />
        <Unsent board row />
        {when(
            move || row.with(|row| row.state != ConnectionState::NotConnected),
            move || view! { <Verify board row /> }.into_any(),
        )}
        {when(
            move || row.with(|row| !row.changes.is_empty()),
            move || view! {
                <details class="history">
                    <summary>{t("History of changes")}</summary>
                    <ul>{shows(move || Some(row.with(changes)))}</ul>
                </details>
            }
            .into_any(),
        )}
    }
}

/// The account, linked where its address is one.
fn account(row: &Integration) -> Option<AnyView> {
    let subdomain = row.subdomain.clone()?;
    let host = format!("{subdomain}.{}", row.helpdesk.domain());
    let link = match row.account_url.as_deref().and_then(words::web_address).map(str::to_owned) {
        Some(url) => leads_out(url, host),
        None => host.into_any(),
    };
    let user = row.username.clone().map(|user| {
        view! {
            <div>
                <dt>{t("User")}</dt>
                <dd>{user}</dd>
            </div>
        }
        .into_any()
    });
    Some(
        view! {
            <dl class="facts">
                <div>
                    <dt>{t("Account")}</dt>
                    <dd>{link}</dd>
                </div>
                {user}
            </dl>
        }
        .into_any(),
    )
}

/// Who changed what, when.
fn changes(row: &Integration) -> AnyView {
    let line = |change: &ConnectionChange| {
        view! {
            <li>
                <span><bdi>{words::change(change)}</bdi></span>
                <Moment at=change.at.clone() />
            </li>
        }
        .into_any()
    };
    row.changes.iter().map(line).collect_view().into_any()
}

/// How many wait for their turn, after an outage say, while the connection works. What a broken one holds stands in its
/// own note.
#[component]
fn Backlog(row: Memo<Integration>) -> impl IntoView {
    let text = Memo::new(move |_| {
        row.with(|row| words::backlog(row.waiting).filter(|_| row.state == ConnectionState::Connected))
    });
    shows(move || {
        let text = text.get()?;
        let backlog = view! {
            <p class="backlog">
                <Icon glyph=Glyph::CLOCK />
                {text}
            </p>
        };
        Some(backlog.into_any())
    })
}

/// Handovers that no helpdesk got are sent when somebody says so, never by themselves.
#[component]
fn Unsent(board: IntegrationsBoard, row: Memo<Integration>) -> impl IntoView {
    let press = Press::idle();
    let offered = Signal::derive(move || {
        row.with(|row| if row.state == ConnectionState::Connected { row.unsent } else { 0 })
    });
    let told = move |answer: Result<u64, CallError>| {
        match answer {
            Ok(n) => {
                board.toasts.good(words::sent(n));
                // The button goes with what it offered.
                board.place.focus(recent::TITLE);
            }
            Err(error) => board.toasts.bad(words::error(&error)),
        }
        board.look();
    };
    when(
        move || offered.get().ne(&0),
        move || {
            view! {
                <div class="unsent">
                    <p>{t("Some handovers reached no helpdesk.")}</p>
                    <Post
                        to=INTEGRATIONS
                        fields=vec![("intent", IntegrationsIntent::SendUnsent.name().to_owned())]
                        on_post=Callback::new(move |()| press.ask(api::handovers::send_unsent(), told))
                    >
                        <Button
                            label=Signal::derive(move || words::send_unsent(offered.get()))
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
