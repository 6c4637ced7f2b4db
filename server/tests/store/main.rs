//! What every store must do, whatever database stands behind it: `contract.rs` asks through the traits alone, so that
//! a second implementation runs through the same functions. `sqlite.rs` has what only a file can do.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod contract;
mod history;
mod sqlite;
mod support;

/// Runs every function of the contract on stores that this makes, each on an empty one.
macro_rules! holds_on {
    ($open:path: $($name:ident),+ $(,)?) => {
        $(
            #[tokio::test]
            async fn $name() {
                let (store, _kept) = $open().await;
                crate::contract::$name(store).await;
            }
        )+
    };
}
pub(crate) use holds_on;
