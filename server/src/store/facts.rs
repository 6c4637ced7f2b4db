//! What a database server says about itself, for the doctor.

/// The settings and the condition of a database server.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ServerFacts {
    /// The version as a number: 150018 is 15.18.
    pub version: i64,
    /// The version in words.
    pub version_text: String,
    /// The encoding of text.
    pub encoding: String,
    /// Whether commits reach the disk.
    pub fsync: bool,
    /// Whether a page that was written halfway can be repaired.
    pub full_page_writes: bool,
    /// What a commit of this program waits for.
    pub synchronous_commit: String,
    /// What it would wait for if this program did not ask for more.
    pub default_commit: String,
    /// The standbys that a commit waits for, as the setting names them.
    pub synchronous_standbys: String,
    /// Standbys that are connected.
    pub standbys: i64,
    /// Whether the connection is encrypted.
    pub is_encrypted: bool,
    /// Whether the server is on this machine, as far as its address shows.
    pub is_local: bool,
    /// Whether a session can be woken by another one.
    pub wakes: bool,
    /// How many connections the server allows to ordinary users.
    pub most_connections: i64,
    /// How many are open now.
    pub open_connections: i64,
    /// The maximum number of connections of one process of this program.
    pub connections_of_a_process: i64,
    /// How long the longest transaction has been open, in seconds.
    pub longest_transaction: i64,
    /// Prepared transactions, which nobody has ended.
    pub prepared_transactions: i64,
    /// Replication slots that nobody reads.
    pub idle_slots: i64,
    /// Transactions since the oldest row was frozen. The server stops at two billion.
    pub age: i64,
    /// The tables in which more than 30 % of the rows are dead.
    pub bloated: Vec<String>,
    /// Indexes that migrations create but that are missing or unusable.
    pub missing_indexes: Vec<String>,
}
