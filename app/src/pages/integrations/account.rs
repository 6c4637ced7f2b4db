//! The details of a connected row: the account, undelivered handovers, and the history of changes.

use super::board::IntegrationsBoard;
use super::recent;
use super::routing;
use super::signing_secret::SigningSecret;
use super::verify::Verify;
use crate::api;
use crate::components::button::Weight;
use crate::components::{Button, Glyph, Icon, Moment, Post, Press, leads_out, shows, when};
use crate::forms::IntegrationsIntent;
use crate::model::{CallError, ConnectionChange, ConnectionState, Integration, Takes};
use crate::routes::INTEGRATIONS;
use crate::text::t;
use crate::words;
use leptos::prelude::*;

/// The account, undelivered handovers, and the history of changes.
#[component]
pub(super) fn Account(board: IntegrationsBoard, row: Memo<Integration>) -> impl IntoView {
    view! {
        {shows(move || row.with(account))}
        <Backlog row />
        <Unsent board row />
        {when(
            // A test event is what Test connection sends.
            move || {
                row.with(|row| {
                    row.state != ConnectionState::NotConnected && row.helpdesk.takes() == Takes::Tickets
                })
            },
            move || view! { <Verify board row /> }.into_any(),
        )}
        {when(
            move || row.with(|row| row.url.is_some()),
            move || view! { <SigningSecret board row /> }.into_any(),
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

/// The account, as a link if it has an address.
fn account(row: &Integration) -> Option<AnyView> {
    if let Some(url) = row.url.clone() {
        return Some(
            view! {
                <dl class="facts">
                    <div>
                        <dt>{t(row.look.account()[0])}</dt>
                        <dd>{url}</dd>
                    </div>
                </dl>
            }
            .into_any(),
        );
    }
    let subdomain = row.subdomain.clone()?;
    let host = format!("{subdomain}.{}", row.helpdesk.domain());
    let link = match row.account_url.as_deref().and_then(words::web_address).map(str::to_owned) {
        Some(url) => leads_out(url, host),
        None => host.into_any(),
    };
    let user = row.username.clone().map(|user| (t("User"), user));
    let fact = |(label, value): (String, String)| {
        view! {
            <div>
                <dt>{label}</dt>
                <dd>{value}</dd>
            </div>
        }
        .into_any()
    };
    let facts = user.into_iter().chain(routing::chosen(row).into_iter().flatten());
    Some(
        view! {
            <dl class="facts">
                <div>
                    <dt>{t("Account")}</dt>
                    <dd>{link}</dd>
                </div>
                {facts.map(fact).collect_view()}
            </dl>
        }
        .into_any(),
    )
}

/// The history of changes.
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

/// How many handovers are waiting their turn, such as after an outage, while the connection works. Those that a broken
/// connection holds are in its own note.
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

/// Undelivered handovers are never sent automatically, only by this button.
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
                // The button disappears once there is nothing left to send.
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
                <div class="offer">
                    <p>{t("Some handovers did not reach a helpdesk.")}</p>
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
