//! An empty PostgreSQL database for a test: a schema of its own in a server that all tests of the program share.

use postgres_cluster::{Cluster, Commits};
use std::sync::{
    LazyLock,
    atomic::{AtomicU32, Ordering},
};

static CLUSTER: LazyLock<Cluster> = LazyLock::new(|| Cluster::start(Commits::Fast).unwrap());

/// Creates a schema and returns the URL for it.
pub async fn empty() -> String {
    static NEXT: AtomicU32 = AtomicU32::new(0);
    let schema = format!("test_{}", NEXT.fetch_add(1, Ordering::Relaxed));
    let url = tokio::task::spawn_blocking(|| CLUSTER.url()).await.unwrap();
    let (client, connection) = tokio_postgres::connect(&url, tokio_postgres::NoTls).await.unwrap();
    tokio::spawn(connection);
    client.batch_execute(&format!("CREATE SCHEMA {schema}")).await.unwrap();
    format!("{url}?options=-c%20search_path%3D{schema}")
}
