//! Migrations only expand the schema: while processes are replaced one after the other, or after a rollback, an older
//! program runs on the newer schema. Its statements find each table, column and index that they name, and it can write rows
//! without knowing new columns.

use std::path::Path;

/// Indexes that were dropped for good before there was this rule.
const DROPPED_BEFORE: [&str; 2] = ["delivery_queued", "delivery_open"];

/// Returns why an older program might fail after this migration.
fn breaks_older_programs(sql: &str) -> Vec<String> {
    let sql: Vec<_> = sql.lines().map(|line| line.split("--").next().unwrap_or_default()).collect();
    let statements: Vec<_> = sql
        .join(" ")
        .split(';')
        .map(|it| it.split_whitespace().collect::<Vec<_>>().join(" ").replace(" (", "("))
        .collect();
    let upper: Vec<_> = statements.iter().map(|it| it.to_uppercase()).collect();
    let creates = |what: &str| upper.iter().any(|it| it.starts_with(&format!("CREATE {what}")));
    let mut why = Vec::new();
    for (statement, it) in statements.iter().zip(&upper) {
        let words: Vec<_> = it.split([' ', '(']).collect();
        let is_wrong = match words[..] {
            ["DROP", kind @ ("INDEX" | "TRIGGER"), .., name] => {
                let known = DROPPED_BEFORE.iter().any(|known| known.to_uppercase() == name);
                !known && !creates(&format!("{kind} {name} "))
            }
            ["DROP", ..] => true,
            ["ALTER", "TABLE", _, "ADD", "COLUMN", ..] => it.contains("NOT NULL") && !it.contains("DEFAULT"),
            // Renamed, dropped, narrowed or constrained.
            ["ALTER", ..] => true,
            ["CREATE", "UNIQUE", "INDEX", _, "ON", table, ..] => !creates(&format!("TABLE {table}(")),
            _ => false,
        };
        if is_wrong {
            why.push(statement.clone());
        }
    }
    why
}

#[test]
fn migrations_only_expand_the_schema() {
    let mut read = 0;
    for store in ["sqlite", "postgres"] {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/store").join(store).join("migrations");
        for file in std::fs::read_dir(folder).unwrap() {
            let path = file.unwrap().path();
            let wrong = breaks_older_programs(&std::fs::read_to_string(&path).unwrap());
            assert!(wrong.is_empty(), "{} breaks an older program: {wrong:?}", path.display());
            read += 1;
        }
    }
    assert!(read > 20, "{read}");
}

#[test]
fn what_breaks_an_older_program_is_recognized() {
    for wrong in [
        "DROP TABLE lane",
        "DROP INDEX lane_owner",
        "ALTER TABLE lane DROP COLUMN fence",
        "ALTER TABLE lane RENAME COLUMN fence TO number",
        "ALTER TABLE lane RENAME TO account",
        "ALTER TABLE lane ALTER COLUMN fence SET NOT NULL",
        "ALTER TABLE lane ALTER COLUMN fence TYPE integer",
        "ALTER TABLE lane ADD CONSTRAINT positive CHECK (fence > 0)",
        "ALTER TABLE lane ADD COLUMN\n    size bigint NOT NULL",
        "CREATE UNIQUE INDEX lane_fence ON lane (fence)",
        "-- A comment.\ndrop table lane",
    ] {
        assert_eq!(breaks_older_programs(wrong).len(), 1, "{wrong}");
    }
    for right in [
        "ALTER TABLE lane ADD COLUMN size bigint; -- DROP TABLE lane",
        "ALTER TABLE lane ADD COLUMN size bigint NOT NULL DEFAULT 40",
        "DROP INDEX lane_owner; CREATE INDEX lane_owner ON lane (owner, until)",
        "CREATE TABLE new (n bigint NOT NULL); CREATE UNIQUE INDEX new_n ON new (n)",
        "CREATE INDEX lane_fence ON lane (fence)",
        "UPDATE lane SET fence = 0",
    ] {
        assert_eq!(breaks_older_programs(right), Vec::<String>::new(), "{right}");
    }
}
