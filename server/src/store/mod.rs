//! What is kept, as traits by area; one contract test holds for every implementation. What a store decides stands once
//! in `rules/`, over the transaction of `tx`; `sqlite/` has the statements.
//!
//! "Not found" is `Ok(None)`, never an error: a [`StoreError`] means that the database failed or holds what this
//! program did not write. Everything that must happen together is one method, and one transaction.

pub mod connections;
pub mod conversations;
pub mod handovers;
pub mod history;
pub mod notices;
pub mod operations;
pub mod outbox;
pub mod removal;
pub mod rules;
pub mod sessions;
pub mod sqlite;
pub mod tx;

pub use connections::{Connection, ConnectionStore};
pub use conversations::ConversationStore;
pub use handovers::HandoverStore;
pub use history::HistoryStore;
pub use notices::NoticeStore;
pub use operations::OperationsStore;
pub use outbox::OutboxStore;
pub use removal::RemovalStore;
pub use sessions::SessionStore;

/// The database failed. A person sees only that something went wrong; the log has this.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// The driver's error.
    #[error("the database failed: {0}")]
    Database(#[from] sqlx::Error),
    /// A row that this program cannot have written.
    #[error("the database holds something unreadable in {0}")]
    Unreadable(&'static str),
}

/// What a store answers.
pub type Stored<T> = Result<T, StoreError>;

/// Everything that is kept.
pub trait Store:
    ConnectionStore
    + ConversationStore
    + HandoverStore
    + HistoryStore
    + NoticeStore
    + OperationsStore
    + OutboxStore
    + RemovalStore
    + SessionStore
{
}

impl<T> Store for T where
    T: ConnectionStore
        + ConversationStore
        + HandoverStore
        + HistoryStore
        + NoticeStore
        + OperationsStore
        + OutboxStore
        + RemovalStore
        + SessionStore
{
}
