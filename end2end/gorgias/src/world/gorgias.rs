//! The type that stands for Gorgias in the emulator's core.

use emulator::Parts;

use super::{behaviour::Behaviour, user::User};

/// Gorgias.
#[derive(Debug, Clone, PartialEq)]
pub struct Gorgias;

impl Parts for Gorgias {
    type Behaviour = Behaviour;
    type Caller = User;

    const CREATION: (&'static str, &'static str) = ("POST", "/api/tickets");
    const LOOK_UP: (&'static str, &'static str) = ("GET", "/api/tickets");
}
