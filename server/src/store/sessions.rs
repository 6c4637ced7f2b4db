//! Sessions of signed-in people.

use super::Stored;
use app::model::Viewer;
use domain::clock::Millis;

/// The SHA-256 of a session's id. The store never sees the id itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct SessionHash(pub [u8; 32]);

/// A session as the store keeps it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Session {
    /// The key.
    pub id: SessionHash,
    /// Who is signed in.
    pub viewer: Viewer,
    /// When it began.
    pub created_at: Millis,
    /// When it was last used, to the precision that is recorded.
    pub seen_at: Millis,
}

/// Stores sessions. The HTTP layer decides when they expire.
#[async_trait::async_trait]
pub trait SessionStore: Send + Sync + 'static {
    /// Adds a session.
    async fn insert(&self, session: &Session) -> Stored<()>;

    /// Returns the session with this id, however old.
    async fn find(&self, id: &SessionHash) -> Stored<Option<Session>>;

    /// Records that a session was used.
    async fn touch(&self, id: &SessionHash, seen_at: Millis) -> Stored<()>;

    /// Removes a session, if it exists.
    async fn delete(&self, id: &SessionHash) -> Stored<()>;

    /// Removes expired sessions: created before the one time, or last seen before the other. Returns how many.
    async fn purge(&self, created_before: Millis, seen_before: Millis) -> Stored<u64>;
}
