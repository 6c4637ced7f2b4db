//! What is stored, as traits by area, with one contract test for every implementation. The decisions of a store are
//! written once, in `rules/`, over the transaction of `tx`; `sqlite/` and `postgres/` have the
//! statements.
//!
//! "Not found" is `Ok(None)`, never an error: a [`StoreError`] means that the database failed or holds a value that
//! this program did not write. What must happen together is one method and one transaction.

pub mod answers;
pub mod connections;
pub mod conversations;
pub mod copy;
mod database;
pub mod facts;
mod folding;
pub mod handovers;
pub mod history;
pub mod lanes;
pub mod notices;
mod open;
pub mod operations;
pub mod outbox;
pub mod postgres;
pub mod processes;
pub mod removal;
mod rows;
pub mod rules;
pub mod sessions;
pub mod shopper_mail;
pub mod sqlite;
pub mod tx;
mod url;

pub use answers::AnswerStore;
pub use connections::{Connection, ConnectionStore};
pub use conversations::ConversationStore;
pub use database::{Database, OpenError, Opener};
pub use handovers::HandoverStore;
pub use history::HistoryStore;
pub use lanes::LaneStore;
pub use notices::NoticeStore;
pub use open::open;
pub use operations::OperationsStore;
pub use outbox::OutboxStore;
pub use processes::ProcessStore;
pub use removal::RemovalStore;
pub use sessions::SessionStore;
pub use shopper_mail::ShopperMailStore;
pub use url::DatabaseUrl;

use std::error::Error;

/// The database failed. The user only sees that something went wrong; this goes to the log.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// It rejected or failed a call; the driver's error says why.
    #[error("the database failed: {0}")]
    // Not marked as the source: our text has its text, and a chain of causes would print it twice.
    Unavailable(Box<dyn Error + Send + Sync>),
    /// It is unreachable, or accepts no writes for now. The same call may succeed later.
    #[error("the database failed: {0}")]
    Away(Box<dyn Error + Send + Sync>),
    /// The call kept losing to other changes of the same rows. It may succeed later.
    #[error("the database failed: {0}")]
    Busy(Box<dyn Error + Send + Sync>),
    /// It holds a value that this program cannot have written.
    #[error(transparent)]
    Unreadable(#[from] Unreadable),
}

/// Where an unreadable value is. The value itself is left out, as it may be a shopper's text.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the database has an unreadable value in {table}.{column} of {key}")]
pub struct Unreadable {
    /// The table.
    pub table: &'static str,
    /// The column.
    pub column: &'static str,
    /// The row's key.
    pub key: String,
}

impl StoreError {
    /// The value in this column of the row with this key is unreadable.
    pub fn unreadable(table: &'static str, column: &'static str, key: impl Into<String>) -> Self {
        Unreadable { table, column, key: key.into() }.into()
    }

    /// Returns whether the same call may succeed later.
    pub fn may_pass(&self) -> bool {
        matches!(self, Self::Away(_) | Self::Busy(_))
    }

    /// The database is [`Unavailable`](Self::Unavailable), for this reason.
    pub fn unavailable(why: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        Self::Unavailable(why.into())
    }
}

/// The result of a store's method.
pub type Stored<T> = Result<T, StoreError>;

/// Defines [`Store`] from the traits of its areas.
macro_rules! store {
    ($($area:ident),+ $(,)?) => {
        /// Everything that is stored.
        pub trait Store: $($area +)+ {}

        impl<T: $($area +)+> Store for T {}
    };
}

store!(
    AnswerStore,
    ConnectionStore,
    ConversationStore,
    HandoverStore,
    HistoryStore,
    LaneStore,
    NoticeStore,
    OperationsStore,
    OutboxStore,
    ProcessStore,
    RemovalStore,
    SessionStore,
    ShopperMailStore,
);
