//! What belongs to a connected row: the account, what nobody got, and who changed what.

use super::verify::Verify;
use super::{Board, ONLY_LOOKING, recent};
use crate::api;
use crate::components::button::Weight;
use crate::components::{Button, Glyph, Icon, Moment, Post};
use crate::forms::Intent;
use crate::model::{ConnectionState, Integration};
use crate::routes::INTEGRATIONS;
use crate::text::t;
use crate::words;
use leptos::prelude::*;
use leptos::reactive::spawn_local_scoped;

/// The account behind a connection, what nobody got, and who changed what.
#[component]
pub(super) fn Account(board: Board, row: Memo<Integration>) -> impl IntoView {
    let account = move || {
        row.with(|row| {
            let subdomain = row.subdomain.clone()?;
            let host = format!("{subdomain}.{}", row.helpdesk.domain());
            let url = row.account_url.as_deref().and_then(words::web_address).map(str::to_owned);
            let user = row.username.clone();
            let link = match url {
                Some(url) => view! {
                    <a class="link" href=url target="_blank" rel="noreferrer">
                        {host}
                        <Icon glyph=Glyph::OUT />
                    </a>
                }
                .into_any(),
                None => host.into_any(),
            };
            Some(view! {
                <dl class="facts">
                    <div>
                        <dt>{t("Account")}</dt>
                        <dd>{link}</dd>
                    </div>
                    {user.map(|user| view! {
                        <div>
                            <dt>{t("User")}</dt>
                            <dd>{user}</dd>
                        </div>
                    })}
                </dl>
            })
        })
    };
    let changes = move || {
        row.with(|row| row.changes.clone())
            .into_iter()
            .map(|change| {
                let at = change.at.clone();
                view! {
                    <li>
                        <span><bdi>{words::change(&change)}</bdi></span>
                        <Moment at />
                    </li>
                }
            })
            .collect_view()
    };
    view! {
        {account}
        <Backlog row />
        <Unsent board row />
        <Show when=move || row.with(|row| row.state != ConnectionState::NotConnected)>
            <Verify board row />
        </Show>
        <Show when=move || row.with(|row| !row.changes.is_empty())>
            <details class="history">
                <summary>{t("History of changes")}</summary>
                <ul>{changes}</ul>
            </details>
        </Show>
    }
}

/// How many wait for their turn, after an outage say, while the connection works. What a broken one holds stands in its
/// own note.
#[component]
fn Backlog(row: Memo<Integration>) -> impl IntoView {
    let text = Memo::new(move |_| {
        row.with(|row| words::backlog(row.waiting).filter(|_| row.state == ConnectionState::Connected))
    });
    move || {
        let text = text.get()?;
        Some(view! {
            <p class="backlog">
                <Icon glyph=Glyph::CLOCK />
                {text}
            </p>
        })
    }
}

/// Handovers that no helpdesk got are sent when somebody says so, never by themselves.
#[component]
fn Unsent(board: Board, row: Memo<Integration>) -> impl IntoView {
    let busy = RwSignal::new(false);
    let offered = Signal::derive(move || {
        row.with(|row| if row.state == ConnectionState::Connected { row.unsent } else { 0 })
    });
    let send = move || {
        if busy.get_untracked() {
            return;
        }
        busy.set(true);
        spawn_local_scoped(async move {
            let answer = api::handovers::send_unsent().await;
            busy.try_set(false);
            match answer {
                Ok(n) => {
                    board.toasts.good(words::sent(n));
                    // The button goes with what it offered.
                    board.place.focus(recent::TITLE);
                }
                Err(error) => board.toasts.bad(words::error(&error)),
            }
            board.look();
        });
    };
    view! {
        <Show when=move || offered.get().ne(&0)>
            <div class="unsent">
                <p>{t("Some handovers reached no helpdesk.")}</p>
                <Post
                    to=INTEGRATIONS
                    fields=vec![("intent", Intent::SendUnsent.name().to_owned())]
                    on_post=Callback::new(move |()| send())
                >
                    <Button
                        label=Signal::derive(move || words::send_unsent(offered.get()))
                        weight=Weight::Plain
                        busy
                        disabled=!board.may_change
                        described_by=(!board.may_change).then(|| ONLY_LOOKING.to_owned())
                    />
                </Post>
            </div>
        </Show>
    }
}
