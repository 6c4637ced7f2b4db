//! Sessions in memory.

use super::MemoryStore;
use convi_server::store::{
    Stored,
    sessions::{Session, SessionHash, SessionStore},
};
use domain::clock::Millis;

#[async_trait::async_trait]
impl SessionStore for MemoryStore {
    async fn insert(&self, session: &Session) -> Stored<()> {
        self.state().await.sessions.push(session.clone());
        Ok(())
    }

    async fn find(&self, id: &SessionHash) -> Stored<Option<Session>> {
        Ok(self.state().await.sessions.iter().find(|it| it.id == *id).cloned())
    }

    async fn touch(&self, id: &SessionHash, seen_at: Millis) -> Stored<()> {
        if let Some(session) = self.state().await.sessions.iter_mut().find(|it| it.id == *id) {
            session.seen_at = seen_at;
        }
        Ok(())
    }

    async fn delete(&self, id: &SessionHash) -> Stored<()> {
        self.state().await.sessions.retain(|it| it.id != *id);
        Ok(())
    }

    async fn purge(&self, created_before: Millis, seen_before: Millis) -> Stored<u64> {
        let sessions = &mut self.state().await.sessions;
        let before = sessions.len();
        sessions.retain(|it| it.created_at >= created_before && it.seen_at >= seen_before);
        Ok((before - sessions.len()) as u64)
    }
}
