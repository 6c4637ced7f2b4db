//! What a page around an embedded panel is told. The app's own pages have nobody around them.

use crate::model::{Helpdesk, Problem};
use leptos::prelude::*;
use std::rc::Rc;
use wasm_bindgen::JsValue;

/// Something that happened in the panel.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum HostEvent {
    /// It can be used.
    Ready,
    /// Credentials were saved.
    Connected(Helpdesk),
    /// They were forgotten.
    Disconnected(Helpdesk),
    /// They were tested; what is wrong, if something is.
    Tested(Helpdesk, Option<Problem>),
    /// It cannot be shown: a name for programs, and a sentence.
    Error(&'static str, String),
}

impl HostEvent {
    /// As the page around knows it, without the `convi-` in front.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Ready => "ready",
            Self::Connected(_) => "connected",
            Self::Disconnected(_) => "disconnected",
            Self::Tested(..) => "test-result",
            Self::Error(..) => "error",
        }
    }

    /// What belongs to it, by name.
    pub fn detail(&self) -> Vec<(&'static str, JsValue)> {
        let helpdesk = |helpdesk: &Helpdesk| ("helpdesk", JsValue::from_str(helpdesk.slug()));
        match self {
            Self::Ready => Vec::new(),
            Self::Connected(it) | Self::Disconnected(it) => vec![helpdesk(it)],
            Self::Tested(it, None) => vec![helpdesk(it), ("ok", JsValue::TRUE)],
            Self::Tested(it, Some(problem)) => {
                vec![helpdesk(it), ("ok", JsValue::FALSE), ("problem", JsValue::from_str(problem.as_str()))]
            }
            Self::Error(kind, message) => {
                vec![("kind", JsValue::from_str(kind)), ("message", JsValue::from_str(message))]
            }
        }
    }
}

/// Tells the page around. From context; without one nobody listens.
#[derive(Clone, Copy)]
pub struct Host(Option<StoredValue<Listener, LocalStorage>>);

/// Called with everything that happens.
pub type Listener = Rc<dyn Fn(HostEvent)>;

impl Host {
    /// Puts it into context.
    pub fn provide(listener: Listener) -> Self {
        let host = Self(Some(StoredValue::new_local(listener)));
        provide_context(host);
        host
    }

    /// From context.
    pub fn current() -> Self {
        use_context().unwrap_or(Self(None))
    }

    /// Whether there is a page around: it signs people in, and links to Convi's own pages leave it.
    pub fn is_there(self) -> bool {
        self.0.is_some()
    }

    /// Tells it.
    pub fn tell(self, event: HostEvent) {
        if let Some(listener) = self.0.and_then(|listener| listener.try_get_value()) {
            listener(event);
        }
    }
}
