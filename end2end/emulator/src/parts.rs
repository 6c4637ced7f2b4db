//! The types and paths of one helpdesk that the rest of the emulator names.

use std::fmt::Debug;

use serde::{Serialize, de::DeserializeOwned};

/// Names what differs between helpdesks. Implemented by an empty type that stands for the helpdesk.
pub trait Parts: Debug + Clone + PartialEq + Send + Sync + 'static {
    /// How an account behaves where the helpdesk's documents leave a choice.
    type Behaviour: Debug + Clone + Default + Send + Serialize + DeserializeOwned;
    /// Who sent a request, once it was admitted.
    type Caller: Debug + Clone + Send + Serialize + DeserializeOwned;

    /// The verb and path that create a ticket.
    const CREATION: (&'static str, &'static str);
    /// The verb and path that look tickets up.
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
