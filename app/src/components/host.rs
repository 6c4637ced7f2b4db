//! Events for the page that hosts an embedded panel. The app's own pages have no host.

use crate::model::{Helpdesk, Problem};
use leptos::prelude::*;
use std::rc::Rc;

/// An event of the panel.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum HostEvent {
    /// A helpdesk's credentials were saved.
    Connected(Helpdesk),
    /// A helpdesk was disconnected.
    Disconnected(Helpdesk),
    /// Credentials were tested, with the problem if the test failed.
    Tested(Helpdesk, Option<Problem>),
}

impl HostEvent {
    /// Returns the event's name without the `convi-` prefix.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Connected(_) => "connected",
            Self::Disconnected(_) => "disconnected",
            Self::Tested(..) => "test-result",
        }
    }

    /// Returns the event's detail as JSON. It contains only names that we chose, which need no escaping.
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

/// The host page of a panel. Taken from context; without one, events go nowhere.
#[derive(Clone, Copy)]
pub struct Host(Option<Around>);

#[derive(Clone, Copy)]
struct Around {
    base: StoredValue<String>,
    /// Only in a browser.
    listener: Option<StoredValue<Listener, LocalStorage>>,
}

/// Called with every event.
pub type Listener = Rc<dyn Fn(HostEvent)>;

impl Host {
    /// Provides a host in context. `base` is Convi's own origin, without a trailing slash.
    pub fn provide(base: String, listener: Option<Listener>) -> Self {
        let listener = listener.map(StoredValue::new_local);
        let host = Self(Some(Around { base: StoredValue::new(base), listener }));
        provide_context(host);
        host
    }

    /// Returns the host from context.
    pub fn current() -> Self {
        use_context().unwrap_or(Self(None))
    }

    /// Returns whether there is a host. If so, it signs people in, and links to Convi's pages lead out of the panel.
    pub fn is_there(self) -> bool {
        self.0.is_some()
    }

    /// Returns the full address of a Convi page, for a link that leaves the panel.
    pub fn address(self, path: &str) -> Option<String> {
        self.0?.base.try_with_value(|base| format!("{base}{path}"))
    }

    /// Sends an event to the host.
    pub fn tell(self, event: HostEvent) {
        if let Some(listener) = self.0.and_then(|around| around.listener?.try_get_value()) {
            listener(event);
        }
    }
}
