//! An hour of hostile traffic next to honest traffic: no honest ticket is delayed, nothing is lost, and memory stays
//! flat. Started by `cargo xtask soak`; docs/soak.md describes the traffic and the checks.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a driver that cannot continue has failed")]
#![allow(clippy::disallowed_methods, reason = "this program runs a real process in real time")]

mod board;
mod bodies;
mod books;
#[path = "../faults/chance.rs"]
#[allow(dead_code, reason = "shared with the driver of faults, which uses all of it")]
mod chance;
mod helpdesks;
mod honest;
mod lines;
mod memory;
#[path = "../faults/program.rs"]
#[allow(dead_code, reason = "shared with the driver of faults, which uses all of it")]
mod program;
#[path = "../faults/shop.rs"]
#[allow(dead_code, reason = "shared with the driver of faults, which uses all of it")]
mod shop;
#[path = "../faults/skew.rs"]
#[allow(dead_code, reason = "shared with the driver of faults, which uses all of it")]
mod skew;
mod strangers;

use board::{Board, Promise, Scene, Who};
use books::Books;
use chance::Chance;
use clap::Parser;
use gorgias_emulator::{AccountHandle, Emulator, Role};
use memory::Memory;
use program::Program;
use serde_json::json;
use shop::Caller;
use skew::Skew;
use std::{
    collections::BTreeMap,
    path::Path,
    process::ExitCode,
    sync::Arc,
    time::{Duration, Instant},
};

/// Runs hostile traffic next to honest traffic and checks the results.
#[derive(Parser)]
#[command(name = "cargo xtask soak")]
struct Arguments {
    /// How long to run, in seconds
    #[arg(long, default_value_t = 3_600)]
    seconds: u64,
    /// Draws the same random numbers as the run that printed this seed
    #[arg(long)]
    seed: Option<u64>,
    /// Print how long tickets took, but do not judge it: for a machine that is busy with something else
    #[arg(long)]
    counts: bool,
    /// Keep the folder with the database and the log
    #[arg(long)]
    keep: bool,
}

/// Honest shops, on three quarters as many accounts: the first and the last two share theirs.
const SHOPS: usize = 8;
/// The shops that attackers write to; the second one's team is also emailed.
const ATTACKED: [usize; 2] = [2, 3];
/// The shop whose key attackers guess.
const GUESSED: usize = 4;
/// How many attackers chat concurrently at each of those shops.
const SEATS: usize = 6;
/// How many connections are held open, a third of each kind.
const LINES: usize = 90;
/// How many clients send large bodies concurrently, and how many send slow ones.
const LARGE: usize = 3;
const SLOW: usize = 4;
/// The time from an honest handover to its ticket, for 99 of 100.
const QUICK: Duration = Duration::from_secs(1);
/// How long to wait after the traffic without progress before giving up. Some deliveries wait for a minute in any case.
const PATIENCE: Duration = Duration::from_mins(3);

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    // An error only means that a provider is already installed.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
    let holds = runtime.block_on(run(&arguments));
    if holds { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

async fn run(arguments: &Arguments) -> bool {
    let seed =
        arguments.seed.unwrap_or_else(|| jiff::Timestamp::now().as_millisecond().unsigned_abs() % 1_000_000);
    println!("soak: seed {seed}, {} s; load {}", arguments.seconds, load());
    let mut folder = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).unwrap();
    folder.disable_cleanup(arguments.keep);
    let skew = Skew::none(folder.path());
    let gorgias = Emulator::start().await.unwrap();
    let shops = Arc::new(shops(&gorgias));
    let (bulky, talkative) = (alone(&gorgias, "bulky"), alone(&gorgias, "talkative"));
    let mut program = Program::new(folder.path(), [("CONVI_GORGIAS_URL", gorgias.template())], skew.clone());
    program.start().await;
    let mut caller = Caller::new(program.address(), skew);
    for merchant in shops.iter().chain([&bulky, &talkative]) {
        caller.connects(&merchant.name, "gorgias", &form(merchant)).await;
    }
    let mailed = &shops[ATTACKED[1]].name;
    let (email, path) = (json!({"email": "team@shop.test"}), "/v1/notifications");
    let saved = caller.call(mailed, "PUT", path, Some(email)).await;
    assert!(matches!(saved, Some((200, _))), "the team's address was not saved: {saved:?}");

    let address = (*program.address().borrow()).unwrap();
    // Shorter than the server's own idle timeout: a request that meets the server's close would be lost.
    let http = reqwest::Client::builder().no_proxy().pool_idle_timeout(Duration::from_secs(30));
    let http = http.timeout(Duration::from_mins(2)).build().unwrap();
    let began = Instant::now();
    let scene = Scene {
        address,
        http,
        shops: shops.clone(),
        board: Arc::new(Board::default()),
        chance: Chance::new(seed),
        ends: began + Duration::from_secs(arguments.seconds),
    };
    let memory = tokio::spawn(Memory::watch(scene.clone(), program.pid().unwrap()));
    take_part(&scene, &bulky, &talkative).await;
    let memory = memory.await.unwrap();
    strangers::judge(&scene, began);
    helpdesks::judge(&scene, began);
    lines::judge(&scene);
    let merchants: Vec<Merchant> = shops.iter().chain([&bulky]).cloned().collect();
    println!(
        "  traffic has ended ({:.0} s); waiting until accepted handovers have tickets",
        began.elapsed().as_secs_f64()
    );
    let promises = scene.board.promises.lock().unwrap().clone();
    let outbox = folder.path().join("outbox");
    let books = settled(&merchants, &promises, mailed, &outbox).await;
    program.look_after().await;
    let unexpected_exits = program.unexpected_exits.clone();
    program.terminate().await;

    let board = &scene.board;
    books.judge(board, &promises);
    judge_answers(board);
    judge_mails(board, &books, &promises, mailed, &outbox);
    let times = books.times(&promises);
    let at = |part: usize| times.get(times.len() * part / 100).map(|it| it.0).unwrap_or_default();
    // Handovers without a ticket are lost, which was reported above.
    board.expect(!times.is_empty(), || "no honest handover became a ticket".to_owned());
    if !arguments.counts {
        board.expect(at(99) < QUICK, || {
            format!(
                "99 of 100 honest handovers had their ticket after {:.2?}; the limit is {QUICK:?}",
                at(99)
            )
        });
    }
    let slack = if arguments.counts { 32 } else { 8 };
    let quarters = memory.quarters();
    board.expect(memory.is_flat(slack), || format!("memory grows: medians of the quarters {quarters:?} MiB"));
    for how in unexpected_exits.iter().chain(&program.unexpected_exits) {
        board.expect(false, || format!("the server exited unexpectedly: {how}"));
    }
    let log = std::fs::read(program.log()).unwrap_or_default();
    let panics = String::from_utf8_lossy(&log).lines().filter(|line| line.contains("panicked")).count();
    board.expect(panics == 0, || format!("{panics} panics in {}", program.log().display()));

    println!("\n  responses:");
    let mut last = "";
    for ((who, what, answer), times) in board.answers() {
        if what == last {
            print!(", {times} × {answer}");
        } else {
            print!("{}    {who:?}, {what}: {times} × {answer}", if last.is_empty() { "" } else { "\n" });
        }
        last = what;
    }
    let honest = promises.iter().filter(|it| it.handed_over.is_some()).count();
    let of = |who| promises.iter().filter(|it| it.who == who).count();
    println!(
        "\n\n  accepted and in their tickets: {} honest texts, {} hostile, {} large",
        of(Who::Honest),
        of(Who::Stranger),
        of(Who::Bulky)
    );
    println!(
        "  at most {} later messages in a chatter's ticket; {} emails",
        books.most_parts_of_one(board),
        books::mails(&outbox)
    );
    println!("  memory: medians of the quarters {quarters:?} MiB, at most {} MiB", memory.highest / 1024);
    println!(
        "  {honest} honest handovers had their ticket after: median {:.0?}, 95 of 100 {:.0?}, 99 of 100 {:.0?}, at most {:.0?}; load {}",
        at(50),
        at(95),
        at(99),
        times.last().map(|it| it.0).unwrap_or_default(),
        load()
    );
    for (time, it) in times.iter().rev().take(5) {
        println!("    {time:.1?} in {}, sent at {}", it.shop, it.handed_over.unwrap_or_default());
    }
    let wrong = board.wrong.lock().unwrap();
    for shop in shops.iter() {
        let of: Vec<Duration> = times.iter().filter(|it| it.1.shop == shop.name).map(|it| it.0).collect();
        let slow = of.get(of.len() * 95 / 100).copied().unwrap_or_default();
        println!(
            "    {}, at {}: {} handovers, 95 of 100 after {slow:.0?}",
            shop.name,
            shop.account.subdomain(),
            of.len()
        );
    }
    let mut told: BTreeMap<&str, usize> = BTreeMap::new();
    for line in wrong.iter() {
        // Group by kind, ignoring numbers: otherwise many of one kind would hide the others.
        let times =
            told.entry(line.split(|it: char| it.is_ascii_digit()).next().unwrap_or_default()).or_default();
        *times += 1;
        if *times <= 3 {
            println!("  WRONG: {line}");
        }
    }
    if wrong.len() > told.len() {
        println!("  {} of {} kinds", wrong.len(), told.len());
    }
    let verdict = if wrong.is_empty() { "all checks passed" } else { "checks FAILED" };
    println!("soak: seed {seed}: {verdict} ({:.0} s)", began.elapsed().as_secs_f64());
    wrong.is_empty()
}

/// A merchant with an account at Gorgias.
type Merchant = shop::Merchant<AccountHandle>;

/// Creates the honest shops.
fn shops(gorgias: &Emulator) -> Vec<Merchant> {
    let accounts = (SHOPS * 3).div_ceil(4);
    (0..SHOPS)
        .map(|n| {
            let (name, key) = (format!("m{n}"), format!("key-{n}"));
            let username = format!("owner{n}@shop.test");
            let account = gorgias.account(&format!("a{}", n % accounts)).user(&username, &key, Role::Admin);
            Merchant { name, username, key, account }
        })
        .collect()
}

/// Returns the body that connects a merchant.
fn form(merchant: &Merchant) -> serde_json::Value {
    json!({"subdomain": merchant.account.subdomain(), "username": merchant.username, "api_key": merchant.key})
}

/// Creates a merchant whose account is not shared.
fn alone(gorgias: &Emulator, name: &str) -> Merchant {
    let (username, key) = (format!("owner@{name}.test"), format!("key-{name}"));
    let account = gorgias.account(name).user(&username, &key, Role::Admin);
    Merchant { name: name.to_owned(), username, key, account }
}

/// Runs all participants concurrently until the end.
async fn take_part(scene: &Scene, bulky: &Merchant, talkative: &Merchant) {
    let mut all = tokio::task::JoinSet::new();
    all.spawn(honest::platform(scene.clone()));
    all.spawn(honest::shoppers(scene.clone()));
    all.spawn(honest::tests_own_connection(scene.clone(), GUESSED));
    let attacked: Vec<String> = ATTACKED.iter().map(|shop| scene.shops[*shop].name.clone()).collect();
    for (n, shop) in attacked.iter().cycle().take(SEATS * attacked.len()).enumerate() {
        all.spawn(strangers::chatter(scene.clone(), shop.clone(), n));
    }
    all.spawn(strangers::many_addresses(scene.clone(), attacked));
    for n in 0..LINES {
        all.spawn(lines::holds(scene.clone(), n));
    }
    for _ in 0..LARGE {
        all.spawn(bodies::strangers(scene.clone()));
    }
    for _ in 0..SLOW {
        all.spawn(bodies::slow(scene.clone()));
    }
    all.spawn(bodies::platform(scene.clone(), bulky.name.clone()));
    all.spawn(helpdesks::wrong_keys(scene.clone(), GUESSED));
    all.spawn(helpdesks::talkative(scene.clone(), talkative.clone()));
    while let Some(ended) = all.join_next().await {
        ended.unwrap();
    }
    // By now the tasks that were spawned one by one have a response, or will not get one.
    while scene_is_shared(scene) {
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
}

/// Returns true while a task still waits for a response. One reference is held here, and one by the memory watcher.
fn scene_is_shared(scene: &Scene) -> bool {
    Arc::strong_count(&scene.board) > 2
}

/// Waits until all accepted texts are in tickets and the team was emailed, or patience runs out.
async fn settled(merchants: &[Merchant], promises: &[Promise], mailed: &str, outbox: &Path) -> Books {
    let (mut least, mut since) = (usize::MAX, Instant::now());
    loop {
        let books = Books::open(merchants).await;
        let mails = books.tickets[mailed].saturating_sub(books::mails(outbox));
        let missing = books.missing(promises).len() + mails;
        if missing < least {
            (least, since) = (missing, Instant::now());
        }
        if missing == 0 || since.elapsed() > PATIENCE {
            return books;
        }
        tokio::time::sleep(Duration::from_secs(1)).await;
    }
}

/// Checks that honest requests are served and that no one gets a server error.
fn judge_answers(board: &Board) {
    for ((who, what, answer), times) in board.answers() {
        let served = matches!(answer.as_str(), "200" | "201" | "202");
        board.expect(who != Who::Honest || served, || format!("{what}: {times} × {answer}"));
        let broken = answer.starts_with('5') && answer != "503";
        board.expect(!broken, || format!("{what}: {times} × {answer}"));
        // Only a large body may be rejected for lack of memory.
        let large = what.contains("bodies");
        board.expect(answer != "503" || large, || format!("{what}: {times} × 503"));
    }
}

/// Checks that the team is emailed about each handover, but not about each message.
fn judge_mails(board: &Board, books: &Books, promises: &[Promise], mailed: &str, outbox: &Path) {
    let (mails, tickets) = (books::mails(outbox), books.tickets[mailed]);
    board.expect(mails >= tickets, || format!("{mails} emails for {tickets} handovers"));
    let later = promises.iter().filter(|it| it.who == Who::Honest && it.shop == mailed).count();
    let most = tickets + later + books::most_mails(&board.chatters.lock().unwrap(), mailed);
    board.expect(mails <= most, || format!("{mails} emails to one team; the limit is {most}"));
}

/// Returns the machine's load over the last minute.
fn load() -> String {
    let text = std::fs::read_to_string("/proc/loadavg").unwrap_or_default();
    text.split(' ').next().unwrap_or_default().to_owned()
}
