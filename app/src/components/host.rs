//! What a page around an embedded panel is told. The app's own pages have nobody around them.

use crate::model::{Helpdesk, Problem};
use leptos::prelude::*;
use std::rc::Rc;

/// Something that happened in the panel.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum HostEvent {
    /// Credentials were saved.
    Connected(Helpdesk),
    /// They were forgotten.
    Disconnected(Helpdesk),
    /// They were tested; what is wrong, if something is.
    Tested(Helpdesk, Option<Problem>),
}

impl HostEvent {
    /// As the page around knows it, without the `convi-` in front.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Connected(_) => "connected",
            Self::Disconnected(_) => "disconnected",
            Self::Tested(..) => "test-result",
        }
    }

    /// What belongs to it, as JSON: names of ours, which need no escaping.
    pub fn detail(&self) -> String {
        match self {
            Self::Connected(it) | Self::Disconnected(it) => format!(r#"{{"helpdesk":"{}"}}"#, it.slug()),
            Self::Tested(it, None) => format!(r#"{{"helpdesk":"{}","ok":true}}"#, it.slug()),
            Self::Tested(it, Some(problem)) => {
                format!(r#"{{"helpdesk":"{}","ok":false,"problem":"{}"}}"#, it.slug(), problem.as_str())
            }
        }
    }
}

/// The page around a panel. From context; without one nobody is around, and nobody listens.
#[derive(Clone, Copy)]
pub struct Host(Option<Around>);

#[derive(Clone, Copy)]
struct Around {
    base: StoredValue<String>,
    /// Only a browser has one.
    listener: Option<StoredValue<Listener, LocalStorage>>,
}

/// Called with everything that happens.
pub type Listener = Rc<dyn Fn(HostEvent)>;

impl Host {
    /// Puts it into context. `base` is Convi's own origin, without a slash at its end.
    pub fn provide(base: String, listener: Option<Listener>) -> Self {
        let listener = listener.map(StoredValue::new_local);
        let host = Self(Some(Around { base: StoredValue::new(base), listener }));
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

    /// The address of one of Convi's own pages, for a link that leaves the panel.
    pub fn address(self, path: &str) -> Option<String> {
        self.0?.base.try_with_value(|base| format!("{base}{path}"))
    }

    /// Tells it.
    pub fn tell(self, event: HostEvent) {
        if let Some(listener) = self.0.and_then(|around| around.listener?.try_get_value()) {
            listener(event);
        }
    }
}
