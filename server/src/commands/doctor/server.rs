//! Checks the database server, and the processes that use it.

use super::{Found, not_made_yet};
use crate::{
    commands::{CommandError, output::counted},
    config::{Config, MasterKeysSetting},
    store::{self, Opener, facts::ServerFacts, processes::LiveProcess},
};
use domain::clock::World;
use jiff::Timestamp;
use std::collections::BTreeSet;

/// The oldest version that works: 14.
const OLDEST: i64 = 140_000;
/// A transaction that is open for longer, in seconds, keeps dead rows from being removed.
const LONG: i64 = 300;
/// Transactions since the last freeze, for a note and for a failure: the server stops at about 2 billion.
const OLD: [i64; 2] = [500_000_000, 1_500_000_000];

/// Checks the server, if the database has one. Another line reports a server that cannot be reached.
pub(super) async fn check(config: &Config, world: &World) -> Vec<Found> {
    match ask(config, world).await {
        Ok(found) => found,
        Err(error) => vec![Found::Bad(format!("PostgreSQL: {error}"))],
    }
}

async fn ask(config: &Config, world: &World) -> Result<Vec<Found>, CommandError> {
    if not_made_yet(&config.database).is_some() {
        return Ok(Vec::new());
    }
    let store = store::open(&config.database, Opener::Command).await?;
    // The line about the database says that it cannot be reached.
    let Ok(Some(facts)) = store.facts().await else { return Ok(Vec::new()) };
    let clock = store.clock(world.clock.clone()).await?;
    let mut found = about_server(&facts);
    found.push(about_clock(world.clock.now(), clock.now()));
    if store.pending_migrations().await? == 0 {
        found.extend(about_indexes(&facts));
        let live = store.processes(clock.now_ms()).await?;
        found.push(about_connections(&facts, live.len()));
        let first = match &config.master_keys {
            MasterKeysSetting::Given(keys) => keys.ids().next().map(str::to_owned),
            MasterKeysSetting::Beside(_) => None,
        };
        found.extend(about_processes(&live, first.as_deref()));
    }
    Ok(found)
}

fn about_server(facts: &ServerFacts) -> Vec<Found> {
    let ServerFacts { version_text, .. } = facts;
    let mut found = vec![if facts.version < OLDEST {
        Found::Bad(format!("PostgreSQL: version {version_text} is too old; use 14 or newer"))
    } else {
        Found::Good(format!("PostgreSQL: version {version_text}"))
    }];
    if facts.encoding != "UTF8" {
        found.push(Found::Bad(format!(
            "PostgreSQL: the database's encoding is {}; create it with ENCODING 'UTF8'",
            facts.encoding
        )));
    }
    found.push(durability(facts));
    if facts.synchronous_standbys.is_empty() {
        let standbys = match facts.standbys {
            0 => "if there is a standby and it takes over",
            _ => "if the standby takes over",
        };
        found.push(Found::Doubtful(format!(
            "PostgreSQL: no synchronous standby, so {standbys}, the latest handovers can be lost and the latest tickets \
             created again; set synchronous_standby_names"
        )));
    }
    if !facts.is_encrypted && !facts.is_local {
        found.push(Found::Doubtful(
            "PostgreSQL: the connection is not encrypted; remove sslmode=disable from CONVI_DATABASE_URL"
                .to_owned(),
        ));
    }
    if !facts.wakes {
        found.push(Found::Doubtful(
            "PostgreSQL: notifications do not arrive, probably because a pooler gives each transaction another session, \
             so processes find each other's work up to 0.3 s later; let the pooler use session mode, or leave it out"
                .to_owned(),
        ));
    }
    found.extend(condition(facts));
    found
}

fn durability(facts: &ServerFacts) -> Found {
    let off = [("fsync", facts.fsync), ("full_page_writes", facts.full_page_writes)];
    let off: Vec<_> = off.iter().filter(|(_, on)| !on).map(|(name, _)| *name).collect();
    let commit = facts.synchronous_commit.as_str();
    if let Some(name) = off.first() {
        return Found::Bad(format!(
            "PostgreSQL: {name} is off, so a crash can destroy the database; turn it on"
        ));
    }
    match (commit, facts.default_commit.as_str()) {
        ("off", _) => Found::Bad(
            "PostgreSQL: synchronous_commit is off and cannot be turned on for this program, so a crash loses handovers \
             that were accepted; turn it on for this user"
                .to_owned(),
        ),
        ("local", _) if !facts.synchronous_standbys.is_empty() => Found::Doubtful(
            "PostgreSQL: synchronous_commit is local, so commits do not wait for the standby; set it to on".to_owned(),
        ),
        (_, "off") => Found::Good(
            "PostgreSQL: commits reach the disk; synchronous_commit is off by default, and on for this program".to_owned(),
        ),
        _ => Found::Good("PostgreSQL: commits reach the disk".to_owned()),
    }
}

/// Returns what slows the database down, or will make it stop.
fn condition(facts: &ServerFacts) -> Vec<Found> {
    let mut found = Vec::new();
    if facts.longest_transaction > LONG {
        found.push(Found::Doubtful(format!(
            "PostgreSQL: a transaction has been open for {} s, so dead rows cannot be removed and everything gets slower; \
             end it (pg_stat_activity shows it)",
            facts.longest_transaction
        )));
    }
    if facts.prepared_transactions > 0 {
        found.push(Found::Doubtful(format!(
            "PostgreSQL: {} not ended, so dead rows cannot be removed; end them (pg_prepared_xacts shows them)",
            counted(facts.prepared_transactions.unsigned_abs(), "prepared transaction")
        )));
    }
    if facts.idle_slots > 0 {
        found.push(Found::Doubtful(format!(
            "PostgreSQL: {} without a reader, which can fill the disk; drop what is not needed \
             (pg_replication_slots shows them)",
            counted(facts.idle_slots.unsigned_abs(), "replication slot")
        )));
    }
    if !facts.bloated.is_empty() {
        found.push(Found::Doubtful(format!(
            "PostgreSQL: more than 30 % of the rows are dead in {}; check that autovacuum runs and that no transaction \
             stays open",
            facts.bloated.join(", ")
        )));
    }
    let [old, very_old] = OLD;
    let freeze = format!(
        "PostgreSQL: {} million transactions since the oldest row was frozen, and at 2,000 million the server stops; \
         check autovacuum, or run VACUUM FREEZE",
        facts.age / 1_000_000
    );
    if facts.age > very_old {
        found.push(Found::Bad(freeze));
    } else if facts.age > old {
        found.push(Found::Doubtful(freeze));
    }
    found
}

fn about_clock(ours: Timestamp, servers: Timestamp) -> Found {
    let off = ours.as_millisecond() - servers.as_millisecond();
    let way = if off > 0 { "ahead of" } else { "behind" };
    match off.abs() {
        0..=2_000 => Found::Good("PostgreSQL: this machine's clock is in sync with the server's".to_owned()),
        off => Found::Doubtful(format!(
            "PostgreSQL: this machine's clock is {} s {way} the server's, which is used for everything that is stored; \
             synchronize both with NTP",
            off / 1_000
        )),
    }
}

fn about_indexes(facts: &ServerFacts) -> Option<Found> {
    let missing = &facts.missing_indexes;
    if missing.is_empty() {
        return None;
    }
    Some(Found::Bad(format!(
        "PostgreSQL: missing or invalid: {}; create the indexes as in the migrations, with CREATE INDEX CONCURRENTLY",
        missing.join(", ")
    )))
}

fn about_connections(facts: &ServerFacts, processes: usize) -> Found {
    let processes = i64::try_from(processes).unwrap_or(i64::MAX);
    let needed = processes.saturating_mul(facts.connections_of_a_process);
    let (open, most) = (facts.open_connections, facts.most_connections);
    if needed > most {
        return Found::Doubtful(format!(
            "PostgreSQL: the running processes ({processes}) may open {needed} connections, but max_connections allows \
             {most}; raise it, or start fewer"
        ));
    }
    if open.saturating_mul(10) > most.saturating_mul(9) {
        return Found::Doubtful(format!(
            "PostgreSQL: {open} of {most} connections are open; raise max_connections"
        ));
    }
    Found::Good(format!("PostgreSQL: {open} of {most} connections are open"))
}

fn about_processes(live: &[LiveProcess], first_key: Option<&str>) -> Vec<Found> {
    if live.is_empty() {
        return vec![Found::Doubtful("processes: none is running".to_owned())];
    }
    let of_role = |role: &str| live.iter().filter(|it| it.says.role == role).count();
    let roles = ["web", "worker", "all"].map(|role| (of_role(role), role));
    let roles: Vec<_> = roles.iter().filter(|(n, _)| *n > 0).map(|(n, role)| format!("{n} {role}")).collect();
    let versions: BTreeSet<_> = live.iter().map(|it| it.says.version.as_str()).collect();
    let versions: Vec<_> = versions.into_iter().collect();
    let line = format!("processes: {}, version {}", roles.join(", "), versions.join(" and "));
    let mut found = vec![if of_role("web") == live.len() {
        Found::Bad(format!("{line}; none sends handovers, so start one with CONVI_ROLE=worker or all"))
    } else if of_role("worker") == live.len() {
        Found::Doubtful(format!("{line}; none serves requests, so start one with CONVI_ROLE=web or all"))
    } else if versions.len() > 1 {
        Found::Doubtful(format!("{line}; finish the update"))
    } else {
        Found::Good(line)
    }];
    if let Some(key) = first_key {
        let lacks = |it: &&LiveProcess| !it.says.keys.iter().any(|id| id == key);
        found.extend(live.iter().filter(lacks).map(|it| {
            Found::Doubtful(format!(
                "processes: {} ({}) does not have key {key} yet, so an older key is used for sealing; send it SIGHUP or restart it",
                it.says.place, it.says.role
            ))
        }));
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::processes::Announcement;

    fn healthy() -> ServerFacts {
        ServerFacts {
            version: 150_018,
            version_text: "15.18".to_owned(),
            encoding: "UTF8".to_owned(),
            fsync: true,
            full_page_writes: true,
            synchronous_commit: "on".to_owned(),
            default_commit: "on".to_owned(),
            synchronous_standbys: "ANY 1 (a, b)".to_owned(),
            standbys: 2,
            is_encrypted: true,
            is_local: false,
            wakes: true,
            most_connections: 97,
            open_connections: 30,
            connections_of_a_process: 25,
            longest_transaction: 0,
            prepared_transactions: 0,
            idle_slots: 0,
            age: 1_000,
            bloated: Vec::new(),
            missing_indexes: Vec::new(),
        }
    }

    fn said(found: &[Found]) -> String {
        found.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n")
    }

    #[test]
    fn healthy_server_has_no_notes() {
        let facts = healthy();
        let said = said(&about_server(&facts));
        assert_eq!(said, "ok    PostgreSQL: version 15.18\nok    PostgreSQL: commits reach the disk");
        assert!(about_indexes(&facts).is_none());
        assert!(matches!(about_connections(&facts, 3), Found::Good(_)));
    }

    #[test]
    fn each_problem_is_named_with_its_fix() {
        type Change = fn(&mut ServerFacts);
        let changes: [(Change, &str); 13] = [
            (|it| it.version = 130_001, "FAIL  PostgreSQL: version 15.18 is too old"),
            (|it| it.encoding = "SQL_ASCII".into(), "FAIL  PostgreSQL: the database's encoding is SQL_ASCII"),
            (|it| it.fsync = false, "FAIL  PostgreSQL: fsync is off"),
            (|it| it.full_page_writes = false, "FAIL  PostgreSQL: full_page_writes is off"),
            (
                |it| it.synchronous_commit = "off".into(),
                "FAIL  PostgreSQL: synchronous_commit is off and cannot",
            ),
            (|it| it.synchronous_commit = "local".into(), "note  PostgreSQL: synchronous_commit is local"),
            (
                |it| it.default_commit = "off".into(),
                "ok    PostgreSQL: commits reach the disk; synchronous_commit is off",
            ),
            (
                |it| it.synchronous_standbys = String::new(),
                "note  PostgreSQL: no synchronous standby, so if the standby",
            ),
            (|it| it.is_encrypted = false, "note  PostgreSQL: the connection is not encrypted"),
            (|it| it.wakes = false, "note  PostgreSQL: notifications do not arrive"),
            (|it| it.longest_transaction = 301, "note  PostgreSQL: a transaction has been open for 301 s"),
            (
                |it| it.bloated = vec!["lane".into()],
                "note  PostgreSQL: more than 30 % of the rows are dead in lane",
            ),
            (|it| it.age = 1_600_000_000, "FAIL  PostgreSQL: 1600 million transactions"),
        ];
        for (change, line) in changes {
            let mut facts = healthy();
            change(&mut facts);
            let said = said(&about_server(&facts));
            assert!(said.contains(line), "{line}: {said}");
        }
        let facts = ServerFacts { missing_indexes: vec!["delivery_turn".into()], ..healthy() };
        assert!(
            about_indexes(&facts)
                .unwrap()
                .to_string()
                .starts_with("FAIL  PostgreSQL: missing or invalid: delivery_turn")
        );
        let many = about_connections(&healthy(), 4).to_string();
        assert!(
            many.starts_with("note  PostgreSQL: the running processes (4) may open 100 connections"),
            "{many}"
        );
        let second = |second| Timestamp::from_second(second).unwrap();
        let off = about_clock(second(100), second(90)).to_string();
        assert!(off.starts_with("note  PostgreSQL: this machine's clock is 10 s ahead of"), "{off}");
    }

    #[test]
    fn processes_are_counted_and_their_keys_compared() {
        let process = |id: &str, role: &str, version: &str, keys: &[&str]| LiveProcess {
            id: id.to_owned(),
            says: Announcement {
                role: role.to_owned(),
                version: version.to_owned(),
                place: format!("host-{id}:7"),
                keys: keys.iter().map(|key| key.to_string()).collect(),
            },
            started_at: 0,
        };
        let [web, worker] = [process("a", "web", "1", &["k2", "k1"]), process("b", "worker", "1", &["k1"])];
        let found = said(&about_processes(&[web.clone(), worker.clone()], Some("k2")));
        assert!(found.starts_with("ok    processes: 1 web, 1 worker, version 1\n"), "{found}");
        assert!(found.contains("note  processes: host-b:7 (worker) does not have key k2 yet"), "{found}");
        assert!(
            said(&about_processes(std::slice::from_ref(&web), None))
                .starts_with("FAIL  processes: 1 web, version 1; none sends")
        );
        let newer = process("c", "all", "2", &["k1"]);
        assert!(said(&about_processes(&[web, newer], None)).contains("version 1 and 2; finish the update"));
        assert!(said(&about_processes(&[], None)).starts_with("note  processes: none is running"));
    }
}
