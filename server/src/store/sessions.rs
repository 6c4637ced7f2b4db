//! Who is signed in.

use super::Stored;
use app::model::Viewer;
use domain::clock::Millis;

/// The SHA-256 of a session's id: all that the store knows of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct SessionHash(pub [u8; 32]);

/// A session as the store keeps it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Session {
    /// Its key.
    pub id: SessionHash,
    /// Who is signed in.
    pub viewer: Viewer,
    /// When it began.
    pub created_at: Millis,
    /// When it was last used, as far as it was noted.
    pub seen_at: Millis,
}

/// Keeps sessions. Decides nothing about time: that is the HTTP layer's.
#[async_trait::async_trait]
pub trait SessionStore: Send + Sync + 'static {
    /// Adds one.
    async fn insert(&self, session: &Session) -> Stored<()>;

    /// The one with this id, however old.
    async fn find(&self, id: &SessionHash) -> Stored<Option<Session>>;

    /// Notes that it was used.
    async fn touch(&self, id: &SessionHash, seen_at: Millis) -> Stored<()>;

    /// Removes it, if it is there.
    async fn delete(&self, id: &SessionHash) -> Stored<()>;

    /// Removes what was created before the one time or last seen before the other: those are over. Answers how many.
    async fn purge(&self, created_before: Millis, seen_before: Millis) -> Stored<u64>;
}
