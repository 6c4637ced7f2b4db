//! All helpdesks, in display order. To add one, create a folder next to this file and add a line here.
//!
//! This file is compiled into two crates: from each folder, `domain` takes `description.rs` (names, texts and limits,
//! which the browser needs too) and `server` takes `client/` (the API client). Each crate defines `helpdesks!` for
//! itself.

helpdesks! {
    gorgias,
    zendesk,
    webhook,
}
