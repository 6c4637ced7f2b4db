//! What people look at, kept in memory for as long as nothing of it was written: a page that is opened again, and what two
//! parts of one page ask for, are not read twice.

use crate::store::Store;
use app::model::CallError;
use std::{
    collections::HashMap,
    sync::{Mutex, PoisonError},
};

/// How many answers are kept. With one more, all are forgotten.
const MOST: usize = 128;

/// Answers by what was asked, each with its merchant's version (`HandoverStore::version`).
pub(super) struct Memo<T>(Mutex<HashMap<String, (u64, T)>>);

impl<T> Default for Memo<T> {
    fn default() -> Self {
        Self(Mutex::default())
    }
}

impl<T: Clone> Memo<T> {
    /// The answer of before, if it is of this version and still holds; else the one that `make` gives.
    pub(super) async fn get(
        &self,
        store: &dyn Store,
        merchant: &str,
        asked: &str,
        holds: impl Fn(&T) -> bool,
        make: impl Future<Output = Result<T, CallError>>,
    ) -> Result<T, CallError> {
        // Before it is read: what is written in between is not in it for certain. Who reads it learns what is wrong.
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
    async fn an_answer_is_kept_until_something_is_written_or_it_no_longer_holds() {
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
        assert_eq!(ask("m1", "b", true).await, 2, "another question");
        assert_eq!(ask("m2", "a", true).await, 3, "another merchant's");
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
