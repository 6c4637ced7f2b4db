//! The types and paths of one helpdesk that the core needs.

use std::fmt::Debug;

use serde::{Serialize, de::DeserializeOwned};

/// What differs between helpdesks. Implemented by an empty type that stands for the helpdesk.
pub trait Parts: Debug + Clone + PartialEq + Send + Sync + 'static {
    /// How an account behaves where the helpdesk's documentation leaves a choice.
    type Behaviour: Debug + Clone + Default + Send + Serialize + DeserializeOwned;
    /// The caller of an admitted request.
    type Caller: Debug + Clone + Send + Serialize + DeserializeOwned;

    /// The method and path that create a ticket.
    const CREATION: (&'static str, &'static str);
    /// The method and path that look up tickets.
    const LOOK_UP: (&'static str, &'static str);
}

/// A made-up helpdesk for unit tests.
#[cfg(test)]
pub(crate) mod made {
    use super::Parts;

    #[derive(Debug, Clone, PartialEq)]
    pub(crate) struct Made;

    impl Parts for Made {
        type Behaviour = ();
        type Caller = ();

        const CREATION: (&'static str, &'static str) = ("POST", "/api/tickets");
        const LOOK_UP: (&'static str, &'static str) = ("GET", "/api/tickets");
    }
}
