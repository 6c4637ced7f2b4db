//! What the screen can do without until somebody can connect a helpdesk.
//!
//! The page has all of it at once. A panel loads it as a second piece of its module as soon as the first is shown: what
//! comes before the dialog can be used is what a host's visitors wait for.

use super::Board;
use super::account::Account;
use super::disconnect::DisconnectDialog;
use super::readiness::Checklist;
use super::recent::Recent;
use super::warnings::{WarningList, Warnings};
use crate::components::ToastRegion;
use crate::model::{CallError, HandoverPage, Helpdesk, Integration, Readiness, Warning};
use leptos::prelude::*;

/// One of these parts, with what it needs.
pub(crate) enum Part {
    /// In a panel: where messages are shown.
    #[cfg_attr(not(feature = "csr"), expect(dead_code, reason = "a page has them around all of it"))]
    Toasts,
    /// In a row: what the last save found worth knowing.
    Warnings(Board),
    /// In a dialog: what a test found worth knowing.
    WarningList(Vec<Warning>),
    /// In a row: the account behind it, and who changed what.
    Account(Board, Memo<Integration>),
    /// The question before a helpdesk is disconnected.
    Disconnect(Board, Helpdesk),
    /// Under the rows: the checklist and the latest handovers, which are asked for if they are not known.
    Below(Board, Option<(Result<HandoverPage, CallError>, Vec<Readiness>)>),
}

impl Part {
    fn view(self) -> AnyView {
        match self {
            Self::Toasts => view! { <ToastRegion /> }.into_any(),
            Self::Warnings(board) => view! { <Warnings board /> }.into_any(),
            Self::WarningList(warnings) => view! { <WarningList warnings /> }.into_any(),
            Self::Account(board, row) => view! { <Account board row /> }.into_any(),
            Self::Disconnect(board, helpdesk) => view! { <DisconnectDialog board helpdesk /> }.into_any(),
            Self::Below(board, Some((recent, readiness))) => {
                board.readiness.set(readiness);
                view! {
                    <Checklist board />
                    <Recent board first=recent />
                }
                .into_any()
            }
            Self::Below(board, None) => panel::below(board),
        }
    }
}

#[cfg(not(feature = "csr"))]
pub(crate) use page::Later;
#[cfg(feature = "csr")]
pub(crate) use panel::Later;

#[cfg(not(feature = "csr"))]
mod page {
    use super::Part;
    use leptos::prelude::*;

    /// The part, at once.
    #[component]
    pub(crate) fn Later(part: Part) -> impl IntoView {
        part.view()
    }
}

/// In a panel.
mod panel {
    use super::{Board, Part};
    use crate::api;
    use leptos::prelude::*;
    use leptos::reactive::spawn_local_scoped;

    /// Asks for what stands under the rows, and shows it when it is there.
    pub(super) fn below(board: Board) -> AnyView {
        let first = RwSignal::new(None);
        spawn_local_scoped(async move {
            let (recent, readiness) = futures::join!(api::handovers::recent(), api::readiness::list());
            first.try_set(Some((recent, readiness.unwrap_or_default())));
        });
        (move || match first.get() {
            Some(known) => Part::Below(board, Some(known)).view(),
            None => super::skeleton(),
        })
        .into_any()
    }

    /// The part, as soon as its module has come.
    #[cfg(feature = "csr")]
    #[component]
    pub(crate) fn Later(part: Part) -> impl IntoView {
        let waits = matches!(part, Part::Below(..));
        let view = StoredValue::new_local(None);
        let state = RwSignal::new(State::Coming);
        spawn_local_scoped(async move {
            let come = split::view(part).await;
            let now = if come.is_ok() { State::There } else { State::Missing };
            if view.try_set_value(come.ok()).is_none() {
                state.try_set(now);
            }
        });
        move || match state.get() {
            State::There => view.try_update_value(Option::take).flatten().unwrap_or_else(|| ().into_any()),
            State::Coming if waits => super::skeleton(),
            // Asked again when the panel is shown again: what is missing stands beside what can be used.
            State::Missing if waits => view! {
                <p class="note" role="status">
                    "The list of handovers could not be loaded. Check your network and reload the page."
                </p>
            }
            .into_any(),
            _ => ().into_any(),
        }
    }

    #[cfg(feature = "csr")]
    #[derive(Clone, Copy)]
    enum State {
        Coming,
        There,
        Missing,
    }

    #[cfg(feature = "csr")]
    mod split {
        use super::Part;
        use leptos::prelude::AnyView;
        use leptos::wasm_split::{SplitLoaderError, wasm_split};

        #[wasm_split(later, wasm_split_path = leptos::wasm_split, fallible)]
        pub(super) fn view(part: Part) -> Result<AnyView, SplitLoaderError> {
            Ok(part.view())
        }
    }
}

/// The shape of what comes.
fn skeleton() -> AnyView {
    view! {
        <div class="card skeleton" role="status">
            <span class="hidden">"Loading…"</span>
        </div>
    }
    .into_any()
}
