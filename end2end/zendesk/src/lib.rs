//! A Zendesk for tests, and for a first try without an account.
//!
//! It behaves as the documented one does (the marks D, R, L, S and I in comments and tests say how well a fact is known;
//! `docs/zendesk.md` lists the facts) and is strict where the documents are. Where they leave a choice, an account has a
//! switch ([`Behaviour`]), and the client has to cope with either position. Accounts are paths:
//! `http://127.0.0.1:4011/{subdomain}` stands for `https://{subdomain}.zendesk.com`.
//!
//! Tests in other languages use the control API under `/_control`. `end2end/emulator/src/control.rs` describes what every
//! emulator has, `src/control.rs` what this one adds.
//!
//! ```no_run
//! # async fn story() -> std::io::Result<()> {
//! use zendesk_emulator::{Emulator, Fault, FaultKind};
//!
//! let zendesk = Emulator::start().await?;
//! let acme = zendesk.account("acme").client("convi", "secret-1");
//! acme.fault(Fault::new(FaultKind::DropAfterCommit).on_create().once());
//! // … a client of `zendesk.template()` hands a conversation over …
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
        AccessToken, Account, AgentComment, Audit, Behaviour, Caller, Comment, Job, KeyUse, Mail, Minute,
        NewTicket, OauthClient, Role, Ticket, User, Zendesk,
    },
};

/// A running Zendesk with all its accounts.
pub type Emulator = emulator::Emulator<Zendesk>;
/// A fault, as a test adds it.
pub type Fault = emulator::Fault<Zendesk>;
/// A fault that is on.
pub type ActiveFault = emulator::ActiveFault<Zendesk>;
