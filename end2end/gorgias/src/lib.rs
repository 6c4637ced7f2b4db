//! A Gorgias for tests, and for a first try without an account.
//!
//! It behaves as the documented one does (the marks D, R, L, S and I in comments and tests say how well a
//! fact is known) and is strict where the documents are: what it lets through, the real one does too.
//! Accounts are paths: `http://127.0.0.1:4010/{subdomain}` stands for `https://{subdomain}.gorgias.com`.
//!
//! Tests in other languages use the control API under `/_control`. `end2end/emulator/src/control.rs` describes what every
//! emulator has, `src/control.rs` what this one adds.
//!
//! ```no_run
//! # async fn story() -> std::io::Result<()> {
//! use gorgias_emulator::{Emulator, Fault, FaultKind, Role};
//!
//! let gorgias = Emulator::start().await?;
//! let acme = gorgias.account("acme").user("owner@acme.test", "key-1", Role::Admin);
//! acme.fault(Fault::new(FaultKind::DropAfterCommit).on_create().once());
//! // … a client of `gorgias.template()` hands a conversation over …
//! assert_eq!(acme.tickets().len(), 1);
//! assert!(acme.sent_to_shoppers().is_empty());
//! # Ok(())
//! # }
//! ```

mod api;
mod control;
mod handle;
mod pages;
mod product;
mod seed;
mod world;

pub use emulator::{Clock, FaultKind, LateAnswer, Options, RequestRecord, WaitedInVain};

pub use self::{
    handle::AccountHandle,
    seed::{DEMO_ACCOUNTS, DemoAccount},
    world::{
        Account, AgentMessage, AgentMessageKind, Behaviour, Bucket, Customer, Gorgias, Integration, Message,
        Person, Rate, Role, Rule, Sent, Tag, Team, Ticket, User,
    },
};

/// A running Gorgias with all its accounts.
pub type Emulator = emulator::Emulator<Gorgias>;
/// A fault, as a test adds it.
pub type Fault = emulator::Fault<Gorgias>;
/// A fault that is on.
pub type ActiveFault = emulator::ActiveFault<Gorgias>;
