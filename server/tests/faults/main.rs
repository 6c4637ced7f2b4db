//! Posts handovers while everything breaks, and finally compares handovers with tickets and events. Started by `cargo xtask
//! faults`. A run prints its seed, and on failure the history of each affected handover.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a driver that cannot continue has failed")]
#![allow(clippy::disallowed_methods, reason = "this program runs a real process in real time")]

mod chance;
mod clients;
mod desk;
mod fleet;
mod history;
mod ledger;
mod person;
mod postgres;
mod program;
mod receiver;
mod shop;
mod skew;
mod storm;
mod wire;

use chance::Chance;
use clap::Parser;
use clients::{Board, Client, Posted};
use desk::Desks;
use fleet::Fleet;
use history::History;
use ledger::{Books, Known, Ledger};
use postgres::{Lag, Standby};
use skew::Skew;
use std::{
    collections::BTreeMap,
    process::ExitCode,
    sync::Arc,
    time::{Duration, Instant},
};
use storm::Storm;

/// Posts handovers under faults of all kinds, then compares them with the helpdesks' tickets and the receivers' events.
#[derive(Parser)]
#[command(name = "cargo xtask faults")]
struct Arguments {
    /// How long to inject faults, in seconds
    #[arg(long, default_value_t = 300)]
    seconds: u64,
    /// How many handovers to post in that time
    #[arg(long, default_value_t = 3_000)]
    handovers: usize,
    /// How many times to kill the server
    #[arg(long, default_value_t = 40)]
    kills: usize,
    /// How many merchants post handovers, to Gorgias, Zendesk and webhooks in turn; four merchants share three accounts
    #[arg(long, default_value_t = 32)]
    merchants: usize,
    /// The database
    #[arg(long, value_enum, default_value_t = Kind::Sqlite)]
    database: Kind,
    /// How many processes run on PostgreSQL
    #[arg(long, default_value_t = 3)]
    replicas: usize,
    /// What takes over from PostgreSQL in the middle of the run
    #[arg(long, value_enum, default_value_t = Standby::None)]
    standby: Standby,
    /// Injects the faults of the run that printed this seed, in the same order
    #[arg(long)]
    seed: Option<u64>,
    /// Keep the folder with the database and the log
    #[arg(long)]
    keep: bool,
}

/// The databases.
#[derive(Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
enum Kind {
    Sqlite,
    Postgres,
}

/// How many clients post concurrently.
const CLIENTS: usize = 24;

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    // An error only means that a provider is already installed.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
    let fits = runtime.block_on(run(&arguments));
    if fits { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

async fn run(arguments: &Arguments) -> bool {
    let began = Instant::now();
    let seed =
        arguments.seed.unwrap_or_else(|| jiff::Timestamp::now().as_millisecond().unsigned_abs() % 1_000_000);
    let &Arguments { seconds, handovers, kills, merchants, .. } = arguments;
    let on = match arguments.database {
        Kind::Sqlite => "SQLite".to_owned(),
        Kind::Postgres => match arguments.standby {
            Standby::None => format!("PostgreSQL, {} replicas", arguments.replicas),
            Standby::Sync => {
                format!("PostgreSQL with a synchronous standby, {} replicas", arguments.replicas)
            }
            Standby::Async => {
                format!("PostgreSQL with an asynchronous standby, {} replicas", arguments.replicas)
            }
        },
    };
    println!(
        "faults: seed {seed}, {handovers} handovers of {merchants} merchants in {seconds} s, {kills} kills, {on}"
    );
    let chance = Chance::new(seed);
    let mut folder = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).unwrap();
    folder.disable_cleanup(arguments.keep);
    let desks = Desks::start().await;
    let shops = Arc::new(desk::merchants(&desks, merchants));
    let mut fleet = match arguments.database {
        Kind::Sqlite => Fleet::on_sqlite(folder.path(), desks.settings()),
        Kind::Postgres => {
            let Arguments { replicas, standby, .. } = *arguments;
            Fleet::on_postgres(folder.path(), &desks.settings(), replicas, standby).await
        }
    };
    let skew = fleet.skew.clone();
    if !skew.can_jump() {
        println!(
            "  no libfaketime (Debian: apt-get install faketime): the clock does not jump, and the checks after"
        );
        println!("  1 h are covered by the Rust tests only");
    }
    fleet.start().await;
    let mut caller = shop::Caller::new(fleet.address(), skew.clone());
    for merchant in shops.iter() {
        desk::connects(&mut caller, merchant).await;
    }

    // Clients and faults use separate random sequences, so that the speed of one does not change the other.
    let board = Arc::new(Board::default());
    let client = Client {
        caller: caller.clone(),
        merchants: shops.clone(),
        board: board.clone(),
        chance: Chance::new(seed.wrapping_add(1)),
        handovers,
        seconds,
        began: Instant::now(),
    };
    let posting: Vec<_> = (0..CLIENTS).map(|_| tokio::spawn(client.clone().run())).collect();
    let mut storm = Storm::new(chance, &mut fleet, &shops, caller.clone());
    storm.rage(seconds, kills).await;
    storm.calm().await;
    let (tally, diary, last_commit, said) = (storm.tally, storm.diary, storm.last_commit, storm.answers);
    let lag = storm.lag;
    for posting in posting {
        posting.await.unwrap();
    }
    let mut last = client;
    for (n, merchant) in storm::late_commits(&shops).into_iter().enumerate() {
        last.hands_over(handovers + n, merchant).await;
    }
    let last_commit = last_commit.max(Instant::now() + Duration::from_secs(50));
    println!(
        "  posted {} ({:.0} s); waiting until every handover is finished",
        board.count(),
        began.elapsed().as_secs_f64()
    );

    // An account accepts two requests per second, and look-ups need as many requests as tickets.
    let a_share = (handovers / merchants.max(1)) as u64;
    // A busy machine takes several times as long as necessary; the wait ends as soon as every handover is finished.
    let patience = Duration::from_secs(600.max(2 * seconds).max(6 * a_share));
    let ended = person::bring_to_an_end(&mut caller, &shops, &skew, patience).await;
    let open = match &ended {
        Ok(_) => Vec::new(),
        Err(open) => open.clone(),
    };
    tokio::time::sleep_until(last_commit.into()).await;
    if skew.can_jump() && open.is_empty() {
        println!("  nothing is open ({:.0} s); an hour passes", began.elapsed().as_secs_f64());
        skew.jump(3_700);
    }
    let posted = board.posted.lock().unwrap().clone();
    let history = fleet.history().await;
    let mut ledger = compare(&posted, &shops, &mut caller, &history, &skew, &said, lag).await;
    // Worst first.
    ledger.wrong.sort_by_key(|(_, why)| !(why.starts_with("LOST") || why.starts_with("DOUBLED")));
    fleet.terminate().await;

    println!("\n  what happened:");
    for (what, times) in &tally {
        println!("    {times:>6}  {what}");
    }
    println!("    {:>6}  server starts", fleet.starts());
    println!("  responses other than 202: {:?}", board.other_answers.lock().unwrap());
    println!("  merchant actions: {:?}", ended.unwrap_or_default());
    let count = |word: &str| ledger.wrong.iter().filter(|(_, why)| why.starts_with(word)).count();
    println!(
        "\n  {} handovers, {} tickets ({} merged by agents), {} later messages, {} answers of agents",
        posted.len(),
        ledger.tickets,
        ledger.merged,
        ledger.later_parts,
        ledger.answers
    );
    println!("  {} events, which arrived {} times more", ledger.events, ledger.repeats);
    println!(
        "  lost {}, duplicated within W {}, later duplicates found, closed and shown {}, other mismatches {}",
        count("LOST"),
        count("DOUBLED"),
        ledger.closed,
        ledger.wrong.len() - count("LOST") - count("DOUBLED")
    );

    if let Some(lag) = lag {
        println!(
            "  the standby lacked up to {:.1} s: lost {}, incomplete {}",
            lag.to.duration_since(lag.from).as_secs_f64(),
            ledger.lost_in_lag,
            ledger.incomplete_in_lag
        );
    }

    let mut wrong: Vec<String> = ledger.wrong_accounts;
    let board_wrong = board.wrong.lock().unwrap();
    let counts = |it: &&clients::Wrong| !lag.is_some_and(|lag| lag.has(it.posted, it.finished));
    wrong.extend(board_wrong.iter().filter(counts).map(|it| it.what.clone()));
    wrong.extend(fleet.wrong());
    wrong.extend(open.iter().take(10).map(|it| format!("still open: {it}")));
    for line in &wrong {
        println!("  WRONG: {line}");
    }
    let mut kinds = BTreeMap::<&str, usize>::new();
    for (_, why) in &ledger.wrong {
        // What differs within a kind comes after a number or an id, which begins with a digit.
        *kinds.entry(why.split(|it: char| it.is_ascii_digit()).next().unwrap_or_default()).or_default() += 1;
    }
    for (kind, count) in kinds {
        println!("  {count} × {kind}…");
    }
    for (id, why) in ledger.wrong.iter().take(5) {
        println!("\n  WRONG: {id}: {why}");
        history.tell(id).await;
    }
    let fits = ledger.wrong.is_empty() && wrong.is_empty();
    if !fits {
        let path = std::path::Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("faults-{seed}.diary"));
        std::fs::write(&path, diary.join("\n")).unwrap();
        println!("\n  all faults: {}", path.display());
    }
    let verdict = if fits { "handovers and tickets match" } else { "handovers and tickets do NOT match" };
    println!("faults: seed {seed}: {verdict} ({:.0} s)", began.elapsed().as_secs_f64());
    fits
}

/// Compares until everything matches, or until nothing has improved for a minute: later messages are sent after all
/// tickets, and duplicates are closed once their check is due.
async fn compare(
    posted: &[Posted],
    merchants: &[desk::Merchant],
    caller: &mut shop::Caller,
    history: &History,
    skew: &Skew,
    said: &ledger::Said,
    lag: Option<Lag>,
) -> Ledger {
    let mut fewest = usize::MAX;
    let mut since = Instant::now();
    loop {
        let views = ledger::views(merchants, caller, said).await;
        let facts = Known { at_once: history.created_at_once().await, jumps: skew.jumps(), lag };
        let ledger = Books::open(merchants).compare(posted, &views, &facts, said);
        if ledger.wrong.is_empty() || since.elapsed() > Duration::from_mins(1) {
            return ledger;
        }
        if ledger.wrong.len() < fewest {
            (fewest, since) = (ledger.wrong.len(), Instant::now());
        }
        tokio::time::sleep(Duration::from_secs(2)).await;
    }
}
