//! Caches what people look at until any of it changes, so that reopening a page, or two parts of a page that need the
//! same data, cost no second read.

use crate::store::Store;
use app::model::CallError;
use std::{
    collections::HashMap,
    sync::{Mutex, PoisonError},
};

/// How many answers are kept. One more, and all are forgotten.
const MOST: usize = 128;

/// Cached answers by question, each with its merchant's version (`HandoverStore::version`).
pub(super) struct Memo<T>(Mutex<HashMap<String, (u64, T)>>);

impl<T> Default for Memo<T> {
    fn default() -> Self {
        Self(Mutex::default())
    }
}

impl<T: Clone> Memo<T> {
    /// Returns the last answer if its version is current and it still holds; otherwise that of `make`.
    pub(super) async fn get(
        &self,
        store: &dyn Store,
        merchant: &str,
        asked: &str,
        holds: impl Fn(&T) -> bool,
        make: impl Future<Output = Result<T, CallError>>,
    ) -> Result<T, CallError> {
        // Before it is read: a later write may be missing from the answer. `make` reports a failing store.
        let Some(version) = store.version(merchant).await.ok().flatten() else { return make.await };
        // A merchant's id has no space.
        let key = format!("{merchant} {asked}");
        let kept = self.0.lock().unwrap_or_else(PoisonError::into_inner).get(&key).cloned();
        if let Some((of, answer)) = kept
            && of == version
            && holds(&answer)
        {
            return Ok(answer);
        }
        let answer = make.await?;
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if kept.len() >= MOST && !kept.contains_key(&key) {
            kept.clear();
        }
        kept.insert(key, (version, answer.clone()));
        Ok(answer)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::{Database, NoticeStore, Opener, sqlite::SqliteStore};
    use std::cell::Cell;

    #[tokio::test]
    async fn answers_are_kept_until_a_write_or_until_they_expire() {
        let folder = tempfile::tempdir().unwrap();
        let store = SqliteStore::open(&folder.path().join("convi.db"), Opener::Server).await.unwrap();
        store.migrate().await.unwrap();
        let (memo, made) = (Memo::default(), Cell::new(0));
        let make = || {
            made.set(made.get() + 1);
            made.get()
        };
        let ask = async |merchant: &str, asked: &str, holds: bool| {
            memo.get(&store, merchant, asked, |_| holds, async { Ok(make()) }).await.unwrap()
        };
        assert_eq!(ask("m1", "a", true).await, 1);
        assert_eq!(ask("m1", "a", true).await, 1);
        assert_eq!(ask("m1", "b", true).await, 2, "a different question");
        assert_eq!(ask("m2", "a", true).await, 3, "a different merchant");
        assert_eq!(ask("m1", "a", true).await, 1);
        assert_eq!(ask("m1", "a", false).await, 4, "a new day");
        store.set_team_email("m1", None).await.unwrap();
        assert_eq!(ask("m1", "a", true).await, 5, "something was written");
        for merchant in 0..2 * MOST {
            ask(&format!("many-{merchant}"), "a", true).await;
        }
        assert!(memo.0.lock().unwrap().len() <= MOST);
    }
}
