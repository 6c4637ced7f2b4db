//! What the emulators of all helpdesks share.
//!
//! An emulator plays one helpdesk for tests, and for trying the product without an account. It implements three traits,
//! from the ground up: [`Parts`] (its types and paths), [`Product`] (what an account knows and how its API answers) and
//! [`Surface`] (its handle, control routes and pages). This crate does the rest: it serves the API and applies the
//! [faults](FaultKind), logs every request, keeps the [`Clock`] and the data file, serves the [control API](control)
//! and the control page, and frames the [pages](page). `end2end/gorgias` is an example.
//!
//! Accounts are paths: `http://127.0.0.1:4010/{subdomain}` stands for the helpdesk's own host.

mod account;
mod call;
mod clock;
pub mod control;
mod data_file;
mod emulator;
mod fault;
pub mod form;
pub mod guard;
mod handle;
mod http;
pub mod page;
pub mod pages;
mod parts;
mod product;
pub mod program;
mod requests;
mod surface;
mod world;

pub use self::{
    account::{Common, Overlap},
    call::{Call, Reply, Request},
    clock::{Clock, later, seconds_later},
    emulator::{Emulator, Options},
    fault::{ActiveFault, Fault, FaultKind, LateAnswer},
    handle::{AccountHandle, WaitedInVain},
    parts::Parts,
    product::{DemoAccount, Product},
    requests::RequestRecord,
    surface::{Site, Surface},
    world::World,
};
