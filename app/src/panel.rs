//! The screen of the helpdesks inside somebody else's page: no router, no document of its own, no cookie.

use crate::api;
use crate::api::client::{Caller, Renew};
use crate::components::host::{HostEvent, Listener};
use crate::components::{Host, Place, Toasts, named, there_while};
use crate::model::{CallError, Integration, Viewer};
use crate::pages::integrations::{Content, Later, Part};
use crate::text::t;
use leptos::prelude::*;
use leptos::reactive::spawn_local_scoped;
use web_sys::ShadowRoot;

/// What is around a panel.
pub struct Around {
    /// The shadow root that it stands in; none when it has the document for itself.
    pub root: Option<ShadowRoot>,
    /// Convi's own origin, without a slash at its end.
    pub base: String,
    /// Where a token comes from.
    pub renew: Renew,
    /// Who hears what happens.
    pub listener: Listener,
}

impl Around {
    /// Puts it into context.
    pub fn provide(self) {
        if let Some(root) = self.root {
            Place::provide(root);
        }
        Caller::provide(self.base, self.renew);
        Host::provide(self.listener);
    }
}

/// All that the screen begins with.
#[derive(Clone)]
struct First {
    viewer: Viewer,
    rows: Vec<Integration>,
}

/// The panel. What is around it is in context: see [`Around`].
#[component]
pub fn Panel() -> impl IntoView {
    Toasts::provide(None);
    let host = Host::current();
    let first = RwSignal::new(None::<Result<First, CallError>>);
    let load = move || {
        first.set(None);
        spawn_local_scoped(async move {
            let answer = load().await;
            let event = match &answer {
                Ok(_) => HostEvent::Ready,
                Err(error) => HostEvent::Error(name(error), error.to_string()),
            };
            // Taken away meanwhile: nobody is told about what nobody sees.
            if first.try_set(Some(answer)).is_none() {
                // Once it is drawn: a module that breaks down over that does not come back here.
                #[cfg(feature = "csr")]
                crate::pages::integrations::pause(0).await;
                host.tell(event);
            }
        });
    };
    load();
    view! {
        <div class="panel">
            {move || first.get().map(|first| match first {
                Ok(First { viewer, rows }) => {
                    let may_change = viewer.role.may_change();
                    view! { <Content rows may_change /> }.into_any()
                }
                Err(error) => view! { <NotLoaded error again=Callback::new(move |()| load()) /> }.into_any(),
            })}
            <div {..named([("hidden", there_while(move || first.with(Option::is_some)))])}><Skeleton /></div>
        </div>
        <Later part=Part::Toasts />
    }
}

/// Both at once: one after the other would make a slow network twice as slow.
async fn load() -> Result<First, CallError> {
    let (viewer, rows) = futures::join!(api::session::current_viewer(), api::integrations::list());
    Ok(First { viewer: viewer?, rows: rows? })
}

/// An error's name for programs.
fn name(error: &CallError) -> &'static str {
    match error {
        CallError::SignedOut => "signed_out",
        CallError::NotAllowed => "not_allowed",
        CallError::Offline => "offline",
        _ => "failed",
    }
}

/// Why there is nothing to see, and the way on.
#[component]
fn NotLoaded(error: CallError, again: Callback<()>) -> impl IntoView {
    let sentence = match &error {
        CallError::SignedOut => t(
            "Convi did not accept who you are. Reload the page; if that does not help, your token has another secret, audience or clock than this Convi expects.",
        ),
        CallError::Offline => t("Convi cannot be reached right now. Check your network."),
        error => crate::words::error(error),
    };
    view! {
        <div class="note note-bad" {..named([("role", "alert".into())])}>
            <p>{sentence}</p>
            <button class="button button-small" {..named([("type", "button".into())])} on:click=move |_| again.run(())>
                {t("Try again")}
            </button>
        </div>
    }
}

/// The shape of what comes.
#[component]
fn Skeleton() -> impl IntoView {
    view! {
        <div class="card skeleton" role="status">
            <span class="hidden">{t("Loading…")}</span>
        </div>
    }
}
