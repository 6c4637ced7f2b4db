//! In a panel, where the parts are a second piece of the module.

use super::{Part, skeleton};
use crate::components::Place;
use crate::model::{ConnectionState, FieldError};
use crate::pages::integrations::form::{ConnectForm, Task};
use crate::text::t;
use domain::Said;
use leptos::prelude::*;
use leptos::reactive::spawn_local_scoped;
use leptos::reactive::traits::IsDisposed;

/// What these parts look like, in a panel.
const STYLES: [&str; 4] = [
    include_str!("../../../../../style/61-checklist.css"),
    include_str!("../../../../../style/61-handovers.css"),
    include_str!("../../../../../style/61-verify.css"),
    include_str!("../../../../../style/70-toasts.css"),
];

impl Part {
    /// The view of a part in a panel, which has not yet the styles for it.
    fn styled_view(self, place: Place) -> AnyView {
        place.adopt(&STYLES);
        self.view()
    }

    /// Whether it is wanted at once: by somebody who has a connection and comes to see how it stands, or in a dialog.
    /// Who has none comes to make one.
    fn is_due(&self) -> bool {
        match self {
            Self::Below(board, _) | Self::Account(board, _) | Self::Warnings(board) => board.has_connection(),
            Self::Attention(row) => row.with_untracked(|row| row.state == ConnectionState::NeedsAttention),
            Self::Toasts => false,
            Self::CredentialsPage(_) | Self::Told(_) | Self::Disconnect(..) => true,
        }
    }

    /// What stands there until it has come, or for good if it does not come.
    fn meanwhile(&self) -> Meanwhile {
        match self {
            // Beside a connection more comes, into the row above: nothing may stand here that it would push down.
            Self::Below(board, _) => Meanwhile::Skeleton { shown: !board.has_connection() },
            // As high as the line that comes.
            Self::Account(_, row) if row.with_untracked(|row| !row.changes.is_empty()) => {
                Meanwhile::Text(t("History of changes"))
            }
            Self::CredentialsPage(form) => Meanwhile::Text(form.way.get_value()),
            _ => Meanwhile::Nothing,
        }
    }
}

/// How long what is not due waits, in milliseconds: a dialog that is opened meanwhile has the network for itself.
const WAITS: i32 = 1_000;
/// How long after a failure it is tried again, in milliseconds.
const AGAIN: i32 = 5_000;

/// Waits so many milliseconds.
pub(crate) async fn pause(milliseconds: i32) {
    let mut begin = |resolve: js_sys::Function, _: js_sys::Function| {
        let _ = window().set_timeout_with_callback_and_timeout_and_arguments_0(&resolve, milliseconds);
    };
    let _ = wasm_bindgen_futures::JsFuture::from(js_sys::Promise::new(&mut begin)).await;
}

/// The part, as soon as its module has come.
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
pub(crate) fn run(form: ConnectForm, task: Task) {
    spawn_local_scoped(async move {
        if split::run(form, task).await.is_err() && matches!(task, Task::CarryOut(_)) {
            form.errors.try_update(|errors| {
                errors.push(FieldError::new(
                    "api_key",
                    Said::plain(t(
                        "The rest of this page could not be loaded. Check your network and press again.",
                    )),
                ));
            });
            form.busy.try_set(None);
        }
    });
}

#[derive(Clone, Copy)]
enum State {
    Coming,
    There,
    Missing,
}

mod split {
    use super::{ConnectForm, Part, Place, Task};
    use leptos::prelude::AnyView;
    use leptos::reactive::traits::IsDisposed;
    use leptos::wasm_split::{SplitLoaderError, wasm_split};

    #[wasm_split(later, wasm_split_path = leptos::wasm_split, fallible, preload(come))]
    pub(super) fn view(part: Part, place: Place) -> Result<AnyView, SplitLoaderError> {
        Ok(part.styled_view(place))
    }

    #[wasm_split(later, wasm_split_path = leptos::wasm_split, fallible)]
    pub(super) fn run(form: ConnectForm, task: Task) -> Result<(), SplitLoaderError> {
        // Taken away meanwhile, with all that was typed.
        if !form.told.is_disposed() {
            crate::pages::integrations::submit::run(form, task);
        }
        Ok(())
    }
}

/// What stands in the place of a part.
#[derive(Clone)]
enum Meanwhile {
    Nothing,
    Text(String),
    Skeleton { shown: bool },
}

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
