//! A database server's settings and condition, for the doctor.

/// The settings and the condition of a database server.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ServerFacts {
    /// The version as a number: 150018 is 15.18.
    pub version: i64,
    /// The version as the server writes it.
    pub version_text: String,
    /// The encoding of text.
    pub encoding: String,
    /// Whether commits reach the disk.
    pub fsync: bool,
    /// Whether a partially written page can be repaired.
    pub full_page_writes: bool,
    /// What this program's commits wait for.
    pub synchronous_commit: String,
    /// What commits of this user wait for by default.
    pub default_commit: String,
    /// The setting that names the standbys that a commit waits for.
    pub synchronous_standbys: String,
    /// How many standbys are connected.
    pub standbys: i64,
    /// Whether the connection is encrypted.
    pub is_encrypted: bool,
    /// Whether the server is on this machine, as far as its address shows.
    pub is_local: bool,
    /// Whether notifications from other sessions arrive.
    pub wakes: bool,
    /// The maximum number of connections of ordinary users.
    pub most_connections: i64,
    /// The number of open connections.
    pub open_connections: i64,
    /// The maximum number of connections of one process of this program.
    pub connections_of_a_process: i64,
    /// How long the longest transaction has been open, in seconds.
    pub longest_transaction: i64,
    /// The number of prepared transactions that were not ended.
    pub prepared_transactions: i64,
    /// The number of replication slots without a reader.
    pub idle_slots: i64,
    /// Transactions since the oldest row was frozen. The server stops at two billion.
    pub age: i64,
    /// The tables in which more than 30 % of the rows are dead.
    pub bloated: Vec<String>,
    /// Indexes that migrations create but that are missing or unusable.
    pub missing_indexes: Vec<String>,
}
