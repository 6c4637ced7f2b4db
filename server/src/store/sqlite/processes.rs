//! The running server of a SQLite file: the lock file has the ids of its master keys, for commands beside it.

use super::{SqliteStore, file};
use crate::store::{
    StoreError, Stored,
    processes::{Announcement, LiveProcess, ProcessStore},
};
use domain::clock::Millis;

#[async_trait::async_trait]
impl ProcessStore for SqliteStore {
    async fn announce(&self, this: &Announcement, _: Millis) -> Stored<()> {
        let Some(lock) = &self.lock else { return Ok(()) };
        lock.write(&format!("{}\n", this.keys.join(",")))
            .map_err(|error| StoreError::unavailable(format!("cannot write the lock file: {error}")))
    }

    async fn processes(&self, _: Millis) -> Stored<Vec<LiveProcess>> {
        // This process has the lock, so there is no other one.
        if self.lock.is_some() {
            return Ok(Vec::new());
        }
        let text = std::fs::read_to_string(file::lock_path(self.in_place.path()))
            .map_err(|error| StoreError::unavailable(format!("cannot read the lock file: {error}")))?;
        let line = text.lines().next().unwrap_or_default();
        let keys = line.split(',').filter(|id| !id.is_empty()).map(str::to_owned).collect();
        let (version, place) = Default::default();
        let says = Announcement { role: "all".to_owned(), version, place, keys };
        Ok(vec![LiveProcess { id: String::new(), says, started_at: 0 }])
    }
}
