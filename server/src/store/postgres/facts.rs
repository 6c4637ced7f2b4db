//! The PostgreSQL server's settings and condition.

use super::{
    migrate,
    pool::{Connections, MOST},
    wakeups,
};
use crate::store::{Stored, facts::ServerFacts, rows::Columns};
use std::collections::HashSet;

/// Asks the server.
pub(super) async fn facts(connections: &Connections) -> Stored<ServerFacts> {
    let db = connections.get().await?;
    let sql = "SELECT current_setting('server_version_num')::bigint AS version,
             current_setting('server_version') AS version_text,
             current_setting('server_encoding') AS encoding,
             current_setting('fsync') = 'on' AS fsync,
             current_setting('full_page_writes') = 'on' AS full_page_writes,
             current_setting('synchronous_commit') AS synchronous_commit,
             (SELECT reset_val FROM pg_settings WHERE name = 'synchronous_commit') AS default_commit,
             current_setting('synchronous_standby_names') AS synchronous_standbys,
             (SELECT count(*) FROM pg_stat_replication) AS standbys,
             coalesce((SELECT ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid()), false) AS is_encrypted,
             coalesce(inet_server_addr() IS NULL OR inet_server_addr() <<= '127.0.0.0/8' OR inet_server_addr() = '::1',
                 false) AS is_local,
             current_setting('max_connections')::bigint
                 - current_setting('superuser_reserved_connections')::bigint AS most_connections,
             (SELECT count(*) FROM pg_stat_activity WHERE backend_type = 'client backend') AS open_connections,
             (SELECT coalesce(extract(epoch FROM max(clock_timestamp() - xact_start)), 0)::bigint
              FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid())
                 AS longest_transaction,
             (SELECT count(*) FROM pg_prepared_xacts WHERE database = current_database()) AS prepared_transactions,
             (SELECT count(*) FROM pg_replication_slots WHERE NOT active) AS idle_slots,
             (SELECT age(datfrozenxid)::bigint FROM pg_database WHERE datname = current_database()) AS age";
    let row = db.one(sql, &[]).await?;
    let bloated = "SELECT relname::text AS name FROM pg_stat_user_tables
         WHERE schemaname = current_schema() AND n_dead_tup > 10000 AND n_dead_tup > 0.3 * (n_live_tup + n_dead_tup)
         ORDER BY relname";
    let usable = "SELECT relname::text AS name FROM pg_index JOIN pg_class ON pg_class.oid = indexrelid
         WHERE indisvalid AND relnamespace = current_schema()::regnamespace";
    let usable: HashSet<String> =
        db.all(usable, &[]).await?.iter().map(|row| row.string("name")).collect::<Stored<_>>()?;
    Ok(ServerFacts {
        version: row.number("version")?,
        version_text: row.string("version_text")?,
        encoding: row.string("encoding")?,
        fsync: row.flag("fsync")?,
        full_page_writes: row.flag("full_page_writes")?,
        synchronous_commit: row.string("synchronous_commit")?,
        default_commit: row.string("default_commit")?,
        synchronous_standbys: row.string("synchronous_standbys")?,
        standbys: row.number("standbys")?,
        is_encrypted: row.flag("is_encrypted")?,
        is_local: row.flag("is_local")?,
        wakes: wakeups::arrive(connections).await?,
        most_connections: row.number("most_connections")?,
        open_connections: row.number("open_connections")?,
        // The pool's, and one for wake-ups.
        connections_of_a_process: i64::try_from(MOST + 1).unwrap_or(i64::MAX),
        longest_transaction: row.number("longest_transaction")?,
        prepared_transactions: row.number("prepared_transactions")?,
        idle_slots: row.number("idle_slots")?,
        age: row.number("age")?,
        bloated: db.all(bloated, &[]).await?.iter().map(|row| row.string("name")).collect::<Stored<_>>()?,
        missing_indexes: migrate::indexes()
            .filter(|name| !usable.contains(*name))
            .map(str::to_owned)
            .collect(),
    })
}
