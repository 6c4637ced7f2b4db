//! The tables that are copied, and the values of their rows.

use sha2::{Digest, Sha256};

/// A table. Columns that a database derives from others are not copied.
pub(in crate::store) struct Table {
    pub(in crate::store) name: &'static str,
    /// The columns that its rows are sorted by, as bytes. Their values are unique.
    pub(in crate::store) key: &'static [&'static str],
    pub(in crate::store) columns: &'static [(&'static str, Kind)],
}

/// The type of a column's values.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::store) enum Kind {
    Text,
    Number,
    /// A number in SQLite.
    Flag,
    Bytes,
}

/// A value of a row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::store) enum CellValue {
    Text(Option<String>),
    Number(Option<i64>),
    Flag(Option<bool>),
    Bytes(Option<Vec<u8>>),
}

/// The values of a row, in the order of the table's columns.
pub(in crate::store) type CellValues = Vec<CellValue>;

impl CellValue {
    /// Returns its approximate size in bytes.
    pub(in crate::store) fn size(&self) -> usize {
        match self {
            Self::Text(text) => text.as_ref().map_or(0, String::len),
            Self::Bytes(bytes) => bytes.as_ref().map_or(0, Vec::len),
            Self::Number(_) | Self::Flag(_) => 8,
        }
    }
}

/// A checksum of rows: the same rows in the same order have the same sum.
#[derive(Default)]
pub(in crate::store) struct Sum {
    hash: Sha256,
    /// How many rows.
    pub(in crate::store) rows: u64,
}

impl Sum {
    pub(in crate::store) fn add(&mut self, row: &[CellValue]) {
        self.rows += 1;
        for cell in row {
            match cell {
                CellValue::Text(text) => self.bytes(text.as_ref().map(String::as_bytes)),
                CellValue::Bytes(bytes) => self.bytes(bytes.as_deref()),
                CellValue::Number(number) => {
                    self.bytes(number.map(i64::to_be_bytes).as_ref().map(|it| &it[..]))
                }
                CellValue::Flag(flag) => {
                    self.bytes(flag.map(|flag| [u8::from(flag)]).as_ref().map(|it| &it[..]))
                }
            }
        }
    }

    /// Adds the length too: otherwise, `ab` and `c` would have the same sum as `a` and `bc`.
    fn bytes(&mut self, bytes: Option<&[u8]>) {
        let length = bytes.map_or(u64::MAX, |bytes| bytes.len() as u64);
        self.hash.update(length.to_be_bytes());
        self.hash.update(bytes.unwrap_or_default());
    }

    /// Returns the sum.
    pub(in crate::store) fn value(self) -> [u8; 32] {
        self.hash.finalize().into()
    }
}

const fn table(
    name: &'static str,
    key: &'static [&'static str],
    columns: &'static [(&'static str, Kind)],
) -> Table {
    Table { name, key, columns }
}

use Kind::{Bytes, Flag, Number, Text};

/// All tables that are copied.
pub(in crate::store) const TABLES: [Table; 20] = [
    table("master_key", &["id"], &[("id", Text), ("fingerprint", Bytes)]),
    table(
        "connection",
        &["merchant", "helpdesk"],
        &[
            ("merchant", Text),
            ("helpdesk", Text),
            ("subdomain", Text),
            ("method", Text),
            ("username", Text),
            ("key_id", Text),
            ("sealed_key", Bytes),
            ("state", Text),
            ("problem", Text),
            ("reason", Text),
            ("receives", Flag),
            ("version", Number),
            ("recheck_at", Number),
            ("rechecks", Number),
            ("probe", Text),
            ("routing", Text),
        ],
    ),
    table(
        "connection_change",
        &["id"],
        &[
            ("id", Number),
            ("merchant", Text),
            ("helpdesk", Text),
            ("action", Text),
            ("by_subject", Text),
            ("by_name", Text),
            ("at", Number),
        ],
    ),
    table(
        "handover",
        &["id"],
        &[
            ("id", Text),
            ("merchant", Text),
            ("conversation", Text),
            ("accepted_at", Number),
            ("subject", Text),
            ("summary", Text),
            ("body", Text),
            ("kept", Flag),
            ("removed_at", Number),
        ],
    ),
    table("unsent", &["merchant", "handover"], &[("merchant", Text), ("handover", Text)]),
    table(
        "handover_addition",
        &["handover", "part"],
        &[("handover", Text), ("part", Number), ("received_at", Number), ("body", Text)],
    ),
    table(
        "ingest",
        &["webhook_id"],
        &[
            ("webhook_id", Text),
            ("body_hash", Bytes),
            ("handover", Text),
            ("answer", Text),
            ("received_at", Number),
        ],
    ),
    table(
        "delivery",
        &["id"],
        &[
            ("id", Text),
            ("seq", Number),
            ("handover", Text),
            ("merchant", Text),
            ("destination", Text),
            ("part", Number),
            ("blocked", Flag),
            ("account", Text),
            ("state", Text),
            ("attempts", Number),
            ("unsure_attempts", Number),
            ("waits", Number),
            ("fence", Number),
            ("not_after", Number),
            ("lease_until", Number),
            ("next_at", Number),
            ("look_ups", Number),
            ("give_up_at", Number),
            ("needs_answer", Flag),
            ("without", Text),
            ("ticket", Number),
            ("said", Flag),
            ("duplicates", Text),
            ("repeated_in", Text),
            ("checks", Number),
            ("last_error", Text),
            ("late_at", Number),
            ("delivered_at", Number),
        ],
    ),
    table(
        "attempt",
        &["delivery", "fence"],
        &[
            ("delivery", Text),
            ("fence", Number),
            ("kind", Text),
            ("number", Number),
            ("account", Text),
            ("began_at", Number),
            ("not_after", Number),
            ("ended_at", Number),
            ("outcome", Text),
        ],
    ),
    table(
        "answer",
        &["handover", "number"],
        &[
            ("handover", Text),
            ("number", Number),
            ("account", Text),
            ("message", Number),
            ("ticket", Number),
            ("author", Text),
            ("text", Text),
            ("written_at", Number),
            ("stored_at", Number),
            ("emailed", Flag),
        ],
    ),
    table(
        "answer_watch",
        &["account"],
        &[
            ("account", Text),
            ("read_to", Number),
            ("busy_at", Number),
            ("seen_at", Number),
            ("next_at", Number),
        ],
    ),
    table(
        "answer_place",
        &["account", "ticket", "handover"],
        &[("account", Text), ("ticket", Number), ("handover", Text)],
    ),
    table("team", &["merchant"], &[("merchant", Text), ("email", Text), ("no_ticket_after", Number)]),
    table(
        "notice",
        &["id"],
        &[
            ("id", Text),
            ("merchant", Text),
            ("body", Text),
            ("fence", Number),
            ("attempts", Number),
            ("next_at", Number),
            ("created_at", Number),
            ("sent_at", Number),
        ],
    ),
    table(
        "session",
        &["id"],
        &[
            ("id", Bytes),
            ("merchant", Text),
            ("subject", Text),
            ("name", Text),
            ("role", Text),
            ("created_at", Number),
            ("seen_at", Number),
        ],
    ),
    table(
        "conversation",
        &["id"],
        &[
            ("id", Text),
            ("merchant", Text),
            ("state", Text),
            ("shopper_name", Text),
            ("shopper_email", Text),
            ("capture", Text),
            ("page_url", Text),
            ("order_number", Text),
            ("cart", Text),
            ("custom", Text),
            ("preview", Text),
            ("folded", Text),
            ("messages", Number),
            ("handed_up_to", Number),
            ("created_at", Number),
            ("active_at", Number),
            ("locale", Text),
            ("answered_to", Number),
            ("seen_to", Number),
            ("seen_at", Number),
        ],
    ),
    table(
        "shopper_mail",
        &["id"],
        &[
            ("id", Text),
            ("merchant", Text),
            ("conversation", Text),
            ("asked_to", Number),
            ("fence", Number),
            ("attempts", Number),
            ("next_at", Number),
            ("created_at", Number),
            ("address", Text),
            ("reserved_at", Number),
            ("sent_to", Number),
        ],
    ),
    table(
        "message",
        &["conversation", "number"],
        &[
            ("conversation", Text),
            ("number", Number),
            ("author", Text),
            ("name", Text),
            ("key", Text),
            ("text", Text),
            ("folded", Text),
            ("sent_at", Number),
        ],
    ),
    table(
        "visitor",
        &["token"],
        &[
            ("token", Bytes),
            ("merchant", Text),
            ("conversation", Text),
            ("created_at", Number),
            ("seen_at", Number),
        ],
    ),
    table(
        "ability",
        &["merchant"],
        &[
            ("merchant", Text),
            ("handover", Text),
            ("email_capture", Text),
            ("faqs", Text),
            ("handover_uses", Number),
            ("email_uses", Number),
        ],
    ),
];

/// The table of the key for visitors' tokens. Each database creates its one row itself; the copy replaces it.
pub(in crate::store) const VISITOR_KEY: Table = table("visitor_key", &["key"], &[("key", Bytes)]);
