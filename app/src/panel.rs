//! The screen of the helpdesks in another site's page: without a router, a document of its own or a cookie.
//!
//! The server renders it with its initial data. A script shows it and makes its forms work. The module hydrates it.
//!
//! The HTML has the panel's box, a `<template>` for each dialog that a button may open (not after a form that failed),
//! and the module's data, as base64 in JSON. Nothing in it is executed, so it works under a strict policy and in a shadow
//! root. The panel's whole state is the latest answer and the open dialog.

use crate::api::client::{Caller, Renew};
use crate::components::host::Listener;
use crate::components::{Host, Live, Place, ToastRegion, Toasts};
use crate::forms::IntegrationsOutcome;
use crate::model::{CallError, HandoverPage, Integration, Readiness};
use crate::pages::integrations::{Content, Open, Opening};
use leptos::prelude::*;
use serde::{Deserialize, Serialize};
use web_sys::ShadowRoot;

/// The surroundings of a panel.
pub struct Around {
    /// The shadow root that contains it. `None` if it has the document to itself.
    pub root: Option<ShadowRoot>,
    /// Convi's own origin, without a trailing slash.
    pub base: String,
    /// The token that the panel was requested with.
    pub token: Option<String>,
    /// Requests a new token.
    pub renew: Renew,
    /// Receives the panel's events.
    pub listener: Listener,
}

impl Around {
    /// Provides the surroundings in context.
    pub fn provide(self) {
        if let Some(root) = self.root {
            Place::provide(root);
        }
        Host::provide(self.base.clone(), Some(self.listener));
        Caller::provide(self.base, self.token, self.renew);
    }
}

/// A panel's initial data, the same on the server and in the browser.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct First {
    may_change: bool,
    rows: Vec<Integration>,
    readiness: Vec<Readiness>,
    recent: Result<HandoverPage, CallError>,
    outcome: Option<IntegrationsOutcome>,
    /// What a form has done, in the reader's words.
    notice: Option<String>,
}

impl First {
    /// Reads the bytes that came with the panel. Returns `None` if they come from another build.
    #[cfg(feature = "browser")]
    pub fn read(bytes: Vec<u8>) -> Option<Self> {
        crate::api::protocol::from_compact(bytes)
    }

    fn opening(&self) -> Opening {
        Opening::new(self.outcome.clone(), None)
    }
}

/// The visible part of a panel: the open dialog, and whether it is as the server answered it.
#[derive(Clone, Copy, Default)]
pub struct PanelDialog {
    open: Option<Open>,
    answered: bool,
}

impl PanelDialog {
    /// Returns the state with this open dialog.
    pub fn new(open: &str, answered: bool) -> Self {
        Self { open: Open::from_name(open), answered }
    }
}

/// The panel. Its surroundings are in context: see [`Around`].
#[component]
pub fn Panel(
    /// Its initial data.
    first: First,
    /// Its visible part.
    shown: PanelDialog,
) -> impl IntoView {
    Live::provide();
    let opening = first.opening().shown(shown.open, shown.answered);
    let First { may_change, rows, readiness, recent, notice, .. } = first;
    Toasts::provide(notice);
    view! {
        <div class="panel">
            <Content rows recent readiness may_change opening />
        </div>
        <ToastRegion />
    }
}

#[cfg(feature = "ssr")]
pub use server::{Asked, render};

#[cfg(feature = "ssr")]
mod server {
    use super::{First, Panel, PanelDialog};
    use crate::api::handovers::RECENT;
    use crate::api::protocol::compact;
    use crate::backend::Backend;
    use crate::chat_backend::ChatBackend;
    use crate::components::{Host, HostEvent, named};
    use crate::forms::{FormOutcome, IntegrationsOutcome};
    use crate::model::{CallError, HandoverQuery, Viewer};
    use crate::notice::Notice;
    use crate::pages::integrations::{Open, dialogs};
    use crate::text::Language;
    use base64::{Engine, engine::general_purpose::STANDARD};
    use leptos::prelude::*;

    /// The request for a panel.
    pub struct Asked<'a> {
        /// The viewer.
        pub viewer: &'a Viewer,
        /// The language.
        pub language: Language,
        /// `light` or `dark`; `None` follows the host page.
        pub theme: Option<&'static str>,
        /// Convi's own origin, without a trailing slash.
        pub base: &'a str,
        /// The result of a posted form.
        pub done: Option<Result<Notice, FormOutcome>>,
        /// The event that the host receives about it.
        pub event: Option<HostEvent>,
    }

    /// Renders the panel as HTML: its box, the dialogs that it may open, and the module's data for hydration.
    pub async fn render(
        backend: &dyn Backend,
        chat: &dyn ChatBackend,
        asked: Asked<'_>,
    ) -> Result<String, CallError> {
        let viewer = asked.viewer;
        let query = HandoverQuery { limit: Some(RECENT), ..HandoverQuery::default() };
        let (rows, recent, readiness) = futures::join!(
            backend.integrations(viewer),
            backend.handovers(viewer, query),
            chat.readiness(viewer)
        );
        let first = First {
            may_change: viewer.role.may_change(),
            rows: rows?,
            // Only shown beside the helpdesks, so the panel also works without it.
            readiness: readiness.unwrap_or_default(),
            recent,
            outcome: None,
            notice: None,
        };
        let owner = Owner::new();
        let html = owner.with(|| html(first, asked));
        owner.cleanup();
        html
    }

    fn html(mut first: First, asked: Asked<'_>) -> Result<String, CallError> {
        let Asked { language, theme, base, done, event, .. } = asked;
        provide_context(language);
        Host::provide(base.to_owned(), None);
        match done {
            Some(Ok(notice)) => first.notice = Some(notice.sentence()),
            Some(Err(FormOutcome::Integrations(outcome))) => first.outcome = Some(outcome),
            _ => {}
        }
        let open = first.opening().open();
        let event = event.map(|it| format!(r#","event":["{}",{}]"#, it.name(), it.detail()));
        // Contains only names of ours and base64, which cannot close the element.
        let data = format!(
            r#"{{"first":"{}","open":"{}"{}}}"#,
            STANDARD.encode(compact(&first).ok_or(CallError::Internal)?),
            open.map(Open::name).unwrap_or_default(),
            event.unwrap_or_default()
        );
        // A form that failed has changed no dialog, so the script keeps those that it has. A new secret comes from one that
        // did not fail.
        let failed = !matches!(first.outcome, None | Some(IntegrationsOutcome::Secret { .. }));
        let dialogs = (!failed).then(|| dialogs(&first.rows, first.may_change));
        let shown = PanelDialog { open, answered: true };
        let attributes = named([("lang", language.code().into()), ("data-theme", theme.into())]);
        Ok(view! {
            <div class="convi" {..attributes}>
                <Panel first shown />
            </div>
            {dialogs}
            <script type="application/json" inner_html=data></script>
        }
        .to_html())
    }
}
