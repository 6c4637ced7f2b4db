//! A helpdesk's row: what it is, how it stands, what can be done.

use super::{Board, ONLY_LOOKING, Open, recent};
use crate::api;
use crate::components::button::Weight;
use crate::components::{Badge, Button, Glyph, HelpdeskMark, Icon, Moment, Post};
use crate::forms::{INTEGRATIONS, Intent};
use crate::model::{ConnectionState, Helpdesk, Integration, Warning};
use crate::words::{self, Tone};
use leptos::ev::SubmitEvent;
use leptos::prelude::*;
use leptos::reactive::spawn_local_scoped;
use std::time::Duration;

/// The id of the button that opens the dialog of a helpdesk; the focus comes back to it.
pub(super) fn open_button_id(helpdesk: Helpdesk) -> String {
    format!("open-{}", helpdesk.slug())
}

/// The id of the button that asks whether to disconnect.
pub(super) fn disconnect_button_id(helpdesk: Helpdesk) -> String {
    format!("disconnect-{}", helpdesk.slug())
}

/// After a dialog: where it was opened from, also when it was opened by the address.
pub(super) fn back_to_row(board: Board, helpdesk: Helpdesk) {
    board.place.focus(&open_button_id(helpdesk));
}

#[component]
pub(super) fn Row(board: Board, helpdesk: Helpdesk) -> impl IntoView {
    let row = board.row(helpdesk);
    let state = Signal::derive(move || row.with(|row| row.state));
    let connected = Signal::derive(move || state.get() != ConnectionState::NotConnected);
    let tone = Signal::derive(move || match state.get() {
        ConnectionState::NotConnected => Tone::Quiet,
        ConnectionState::Connected => Tone::Good,
        ConnectionState::NeedsAttention => Tone::Attention,
    });
    let heading = format!("{}-name", helpdesk.slug());
    let labelled_by = heading.clone();
    let disabled = !board.may_change;
    let why_not = disabled.then(|| ONLY_LOOKING.to_owned());
    let open_by = move |open: Open| {
        move |event: SubmitEvent| {
            event.prevent_default();
            board.open.set(Some(open));
        }
    };

    view! {
        <section class="card row" aria-labelledby=labelled_by>
            <div class="row-head">
                <HelpdeskMark helpdesk />
                <div class="row-name">
                    <h2 id=heading>{helpdesk.name()}</h2>
                    <Badge tone text=Signal::derive(move || state.get().label().to_owned()) />
                    <Show when=move || row.with(|row| row.receives_handovers)>
                        <span class="tag">"Handovers go here"</span>
                    </Show>
                </div>
                <p class="row-about">{about(helpdesk)}</p>
                <div class="row-actions">
                    <form method="get" action=INTEGRATIONS on:submit=open_by(Open::Connect(helpdesk))>
                        <input type="hidden" name="connect" value=helpdesk.slug() />
                        // One button for both, so that the focus finds it again when the row has changed.
                        <Button
                            id=open_button_id(helpdesk)
                            label=Signal::derive(move || {
                                (if connected.get() { "Configure" } else { "Connect" }).to_owned()
                            })
                            weight=Signal::derive(move || match state.get() {
                                ConnectionState::Connected => Weight::Plain,
                                _ => Weight::Primary,
                            })
                            disabled
                            described_by=why_not.clone()
                        />
                    </form>
                    <Show when=move || connected.get()>
                        <form method="get" action=INTEGRATIONS on:submit=open_by(Open::Disconnect(helpdesk))>
                            <input type="hidden" name="disconnect" value=helpdesk.slug() />
                            <Button
                                id=disconnect_button_id(helpdesk)
                                label="Disconnect"
                                weight=Weight::Quiet
                                disabled
                                described_by=why_not.clone()
                            />
                        </form>
                    </Show>
                </div>
            </div>
            <Attention row />
            <Warnings board />
            <Show when=move || row.with(|row| row.nobody_to_mail)>
                <p class="note">{move || row.with(|row| words::nobody_to_mail(row.helpdesk.name()))}</p>
            </Show>
            <Account board row />
        </section>
    }
}

/// What a helpdesk does for the merchant, in a line.
fn about(helpdesk: Helpdesk) -> &'static str {
    match helpdesk {
        Helpdesk::Gorgias => "Every handover becomes a ticket with the whole conversation.",
    }
}

/// What is wrong, with the mend and what it costs meanwhile.
#[component]
fn Attention(row: Memo<Integration>) -> impl IntoView {
    let broken = Signal::derive(move || row.with(|row| row.state == ConnectionState::NeedsAttention));
    // There from the start, so that it is read when it comes.
    view! {
        <div role="status">
            <Show when=move || broken.get()>
                <div class="note note-attention">
                    <Icon glyph=Glyph::Warning />
                    <div>
                        <p class="note-title">
                            {move || row.with(|row| {
                                row.reason.as_deref().map(words::plain).unwrap_or_else(|| {
                                    format!("{} does not accept the saved credentials.", row.helpdesk)
                                })
                            })}
                        </p>
                        {move || row.with(|row| words::held(row.held, row.helpdesk.name()))
                            .map(|held| view! { <p>{held}</p> })}
                    </div>
                </div>
            </Show>
        </div>
    }
}

/// What the last save found worth knowing.
#[component]
fn Warnings(board: Board) -> impl IntoView {
    move || {
        board.warnings.with(|warnings| {
            (!warnings.is_empty()).then(|| view! { <WarningList warnings=warnings.clone() /> })
        })
    }
}

/// Warnings, each with what to copy into the helpdesk.
#[component]
pub(super) fn WarningList(warnings: Vec<Warning>) -> impl IntoView {
    let item = |warning: Warning| {
        view! {
            <li class="note note-attention">
                <Icon glyph=Glyph::Warning />
                <div>
                    <p>{words::plain(&warning.message)}</p>
                    {warning.remedy.map(|remedy| view! { <Remedy remedy /> })}
                </div>
            </li>
        }
    };
    view! { <ul class="warnings">{warnings.into_iter().map(item).collect_view()}</ul> }
}

/// How long a button says that it copied.
const COPIED_STAYS: Duration = Duration::from_secs(4);

/// A text to copy.
#[component]
fn Remedy(remedy: String) -> impl IntoView {
    let live = crate::components::Live::current();
    let copied = RwSignal::new(false);
    let text = remedy.clone();
    let copy = move |_| {
        // Elsewhere there is no clipboard, and the text can be selected.
        if window().is_secure_context() {
            let _ = window().navigator().clipboard().write_text(&text);
            copied.set(true);
            set_timeout(
                move || {
                    copied.try_set(false);
                },
                COPIED_STAYS,
            );
        }
    };
    view! {
        <div class="remedy">
            <code>{remedy}</code>
            <button type="button" class="button button-small" hidden=move || !live.get() on:click=copy>
                <Icon glyph=Signal::derive(move || if copied.get() { Glyph::Check } else { Glyph::Copy }) />
                <span aria-live="polite">{move || if copied.get() { "Copied" } else { "Copy" }}</span>
            </button>
        </div>
    }
}

/// The account behind a connection, what nobody got, and who changed what.
#[component]
fn Account(board: Board, row: Memo<Integration>) -> impl IntoView {
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
                        <Icon glyph=Glyph::Out />
                    </a>
                }
                .into_any(),
                None => host.into_any(),
            };
            Some(view! {
                <dl class="facts">
                    <div>
                        <dt>"Account"</dt>
                        <dd>{link}</dd>
                    </div>
                    {user.map(|user| view! {
                        <div>
                            <dt>"User"</dt>
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
        <Unsent board row />
        <Show when=move || row.with(|row| !row.changes.is_empty())>
            <details class="history">
                <summary>"History of changes"</summary>
                <ul>{changes}</ul>
            </details>
        </Show>
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
                Err(error) => board.toasts.bad(error.to_string()),
            }
            board.look();
        });
    };
    view! {
        <Show when=move || offered.get().ne(&0)>
            <div class="unsent">
                <p>"Some handovers reached no helpdesk."</p>
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
