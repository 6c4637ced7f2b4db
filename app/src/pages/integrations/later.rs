//! What the screen can do without until somebody can connect a helpdesk.
//!
//! The page has all of it at once. A panel loads it as a second piece of its module as soon as the first is shown: what
//! comes before the dialog can be used is what a host's visitors wait for.

use super::Board;
use super::account::Account;
use super::attention::Attention;
use super::connect::Form;
#[cfg(feature = "csr")]
use super::credentials_page;
use super::credentials_page::CredentialsPage;
use super::disconnect::DisconnectDialog;
use super::readiness::Checklist;
use super::recent::Recent;
#[cfg(feature = "csr")]
use super::submit::Task;
use super::submit::{Outcome, Told};
use super::warnings::Warnings;
#[cfg(feature = "csr")]
use crate::components::Place;
use crate::components::ToastRegion;
#[cfg(feature = "csr")]
use crate::model::ConnectionState;
use crate::model::{CallError, HandoverPage, Helpdesk, Integration, Readiness};
use crate::text::t;
use leptos::prelude::*;

/// One of these parts, with what it needs.
pub(crate) enum Part {
    /// In a panel: where messages are shown.
    Toasts,
    /// In a row: what the last save found worth knowing.
    Warnings(Board),
    /// In the dialog: where the credentials stand.
    CredentialsPage(Form),
    /// What came of a test or a save.
    Told(Told),
    /// In a row: what is wrong with the connection.
    Attention(Memo<Integration>),
    /// In a row: the account behind it, and who changed what.
    Account(Board, Memo<Integration>),
    /// The question before a helpdesk is disconnected.
    Disconnect(Board, Helpdesk),
    /// Under the rows: the checklist and the latest handovers, which are asked for if they are not known.
    Below(Board, Option<(Result<HandoverPage, CallError>, Vec<Readiness>)>),
}

/// What these parts look like, in a panel.
#[cfg(feature = "csr")]
const STYLES: [&str; 4] = [
    include_str!("../../../../style/61-checklist.css"),
    include_str!("../../../../style/61-handovers.css"),
    include_str!("../../../../style/61-verify.css"),
    include_str!("../../../../style/70-toasts.css"),
];

impl Part {
    /// The view of a part in a panel, which has not yet the styles for it.
    #[cfg(feature = "csr")]
    fn styled_view(self, place: Place) -> AnyView {
        place.adopt(&STYLES);
        self.view()
    }

    fn view(self) -> AnyView {
        match self {
            Self::Toasts => view! { <ToastRegion /> }.into_any(),
            Self::Warnings(board) => view! { <Warnings board /> }.into_any(),
            Self::CredentialsPage(form) => view! { <CredentialsPage form /> }.into_any(),
            Self::Told(told) => view! { <Outcome told /> }.into_any(),
            Self::Attention(row) => view! { <Attention row /> }.into_any(),
            Self::Account(board, row) => view! { <Account board row /> }.into_any(),
            Self::Disconnect(board, helpdesk) => view! { <DisconnectDialog board helpdesk /> }.into_any(),
            Self::Below(board, Some((recent, readiness))) => {
                board.readiness.update(|lines| *lines = readiness);
                view! {
                    <Checklist board />
                    <Recent board first=recent />
                }
                .into_any()
            }
            Self::Below(board, None) => panel::below(board),
        }
    }

    /// Whether it is wanted at once: by somebody who has a connection and comes to see how it stands, or in a dialog.
    /// Who has none comes to make one.
    #[cfg(feature = "csr")]
    fn is_due(&self) -> bool {
        match self {
            Self::Below(board, _) | Self::Account(board, _) | Self::Warnings(board) => board.has_connection(),
            Self::Attention(row) => row.with_untracked(|row| row.state == ConnectionState::NeedsAttention),
            Self::Toasts => false,
            Self::CredentialsPage(_) | Self::Told(_) | Self::Disconnect(..) => true,
        }
    }

    /// What stands there until it has come, or for good if it does not come.
    #[cfg(feature = "csr")]
    fn meanwhile(&self) -> Meanwhile {
        match self {
            // Beside a connection more comes, into the row above: nothing may stand here that it would push down.
            Self::Below(board, _) => Meanwhile::Skeleton { shown: !board.has_connection() },
            // As high as the line that comes.
            Self::Account(_, row) if row.with_untracked(|row| !row.changes.is_empty()) => {
                Meanwhile::Text(t("History of changes"))
            }
            Self::CredentialsPage(form) => Meanwhile::Text(credentials_page::way(form.helpdesk)),
            _ => Meanwhile::Nothing,
        }
    }
}

#[cfg(not(feature = "csr"))]
pub(super) use super::submit::run;
#[cfg(not(feature = "csr"))]
pub(crate) use page::Later;
#[cfg(feature = "csr")]
pub(super) use panel::run;
#[cfg(feature = "csr")]
pub(crate) use panel::{Later, pause};

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
    #[cfg(feature = "csr")]
    use super::{Form, Place, Task};
    use crate::api;
    #[cfg(feature = "csr")]
    use crate::model::FieldError;
    #[cfg(feature = "csr")]
    use crate::text::t;
    use leptos::prelude::*;
    use leptos::reactive::spawn_local_scoped;
    #[cfg(feature = "csr")]
    use leptos::reactive::traits::IsDisposed;

    /// How long what is not due waits, in milliseconds: a dialog that is opened meanwhile has the network for itself.
    #[cfg(feature = "csr")]
    const WAITS: i32 = 1_000;
    /// How long after a failure it is tried again, in milliseconds.
    #[cfg(feature = "csr")]
    const AGAIN: i32 = 5_000;

    /// Waits so many milliseconds.
    #[cfg(feature = "csr")]
    pub(crate) async fn pause(milliseconds: i32) {
        let mut begin = |resolve: js_sys::Function, _: js_sys::Function| {
            let _ = window().set_timeout_with_callback_and_timeout_and_arguments_0(&resolve, milliseconds);
        };
        let _ = wasm_bindgen_futures::JsFuture::from(js_sys::Promise::new(&mut begin)).await;
    }

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
        let (meanwhile, place) = (part.meanwhile(), Place::current());
        let view = StoredValue::new_local(None);
        let state = RwSignal::new(State::Coming);
        spawn_local_scoped(async move {
            if !part.is_due() {
                pause(WAITS).await;
            }
            // Whoever takes the panel away meanwhile ends this: a part of it would ask the server for what nobody sees.
            while !state.is_disposed() && split::come().await.is_err() {
                state.try_set(State::Missing);
                pause(AGAIN).await;
            }
            if state.is_disposed() {
                return;
            }
            if view.try_set_value(split::view(part, place).await.ok()).is_none() {
                state.try_set(State::There);
            }
        });
        move || match state.get() {
            State::There => view.try_update_value(Option::take).flatten().unwrap_or_else(|| ().into_any()),
            state => meanwhile.view(matches!(state, State::Missing)),
        }
    }

    /// Does what a button of the dialog says, when the module that can has come.
    #[cfg(feature = "csr")]
    pub(in super::super) fn run(form: Form, task: Task) {
        spawn_local_scoped(async move {
            if split::run(form, task).await.is_err() && matches!(task, Task::CarryOut(_)) {
                form.errors.try_update(|errors| {
                    errors.push(FieldError::new(
                        "api_key",
                        t("The rest of this page could not be loaded. Check your network and press again."),
                    ));
                });
                form.busy.try_set(None);
            }
        });
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
        use super::super::{Form, Place, Task};
        use super::Part;
        use leptos::prelude::AnyView;
        use leptos::reactive::traits::IsDisposed;
        use leptos::wasm_split::{SplitLoaderError, wasm_split};

        #[wasm_split(later, wasm_split_path = leptos::wasm_split, fallible, preload(come))]
        pub(super) fn view(part: Part, place: Place) -> Result<AnyView, SplitLoaderError> {
            Ok(part.styled_view(place))
        }

        #[wasm_split(later, wasm_split_path = leptos::wasm_split, fallible)]
        pub(super) fn run(form: Form, task: Task) -> Result<(), SplitLoaderError> {
            // Taken away meanwhile, with all that was typed.
            if !form.told.is_disposed() {
                crate::pages::integrations::submit::run(form, task);
            }
            Ok(())
        }
    }
}

/// What stands in the place of a part.
#[cfg(feature = "csr")]
#[derive(Clone)]
enum Meanwhile {
    Nothing,
    Text(String),
    Skeleton { shown: bool },
}

#[cfg(feature = "csr")]
impl Meanwhile {
    /// `missing`: the part did not come.
    fn view(&self, missing: bool) -> AnyView {
        match self {
            Self::Nothing => ().into_any(),
            Self::Skeleton { shown: false } if !missing => ().into_any(),
            Self::Text(text) => view! { <span>{text.clone()}</span> }.into_any(),
            Self::Skeleton { .. } if missing => view! {
                <p class="note">
                    {t("The list of handovers could not be loaded. Check your network: it is tried again.")}
                </p>
            }
            .into_any(),
            Self::Skeleton { .. } => skeleton(),
        }
    }
}

/// The shape of what comes.
pub(super) fn skeleton() -> AnyView {
    view! {
        <div class="card skeleton" role="status">
            <span class="hidden">{t("Loading…")}</span>
        </div>
    }
    .into_any()
}
