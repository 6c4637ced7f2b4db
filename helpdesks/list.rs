//! Every helpdesk, in the order in which the screen shows them. A new one is a folder beside this file and a line here.
//!
//! This file is a module of two crates: of each folder, `domain` takes `description.rs` (names, words and limits, which the
//! browser needs too) and `server` takes `client/` (what speaks to it). Each crate says what `helpdesks!` makes of a name.

helpdesks! {
    gorgias,
    zendesk,
}
