//! Prints how long the Conversations page and the chat wait for the server; run by `cargo xtask bench`. It uses a real
//! SQLite file and the same services as the page and the chat. Exits with code 1 if the search takes longer than
//! promised.

#![allow(clippy::unwrap_used, reason = "a measurement that cannot continue has failed")]

use app::{
    chat_backend::ChatBackend,
    model::{ChatAuthor, ConversationQuery, ConversationState, EmailAddress, HandoverAbility, Role, Viewer},
};
use convi_server::{
    application::Application,
    client_address::Client,
    clock::{ManualClock, SystemClock, SystemEntropy},
    config::{Config, Need},
    conversation::visitor::Posted,
    store::conversations::{Conversation, ConversationChange, Turn, Uses},
};
use domain::clock::{Clock, World};
use std::{ffi::OsString, process::ExitCode, sync::Arc, time::Duration};

/// The promised time for a search in ten thousand conversations.
const PROMISED: Duration = Duration::from_millis(100);
/// The index contains three-letter sequences. Shorter terms are searched in every message and nearly always found in
/// the newest ones. Printed, but not promised.
const TOO_SHORT: &str = "two letters, no hit (no index for these)";
/// How many times each operation is measured.
const RUNS: usize = 40;
/// Merchants in one file, with their number of conversations.
const MERCHANTS: [(&str, usize); 3] = [("small", 100), ("large", 10_000), ("neighbour", 3_000)];
/// The length of the long conversation in messages.
const LONG: i64 = 2_000;

const SHOPPER: [&str; 8] = [
    "Hello, is somebody there?",
    "Where is my parcel? The tracking has said “in transit” for four days now and I need it for a birthday on Saturday.",
    "I ordered the blue mug in size L, but a green one came. How do I send it back, and who pays for the shipping?",
    "Do you ship to Norway, and what would it cost for two lamps and a chair?",
    "The invoice says 24 %, although I am a business. Could you write it again without the tax, please?",
    "thanks!",
    "My discount code does not work. It says that it has expired, but the e-mail says that it is good until Sunday night.",
    "Ist das Kleid auch in Größe 38 lieferbar? Und wie lange dauert der Versand nach Österreich?",
];
const ASSISTANT: [&str; 4] = [
    "Delivery takes two to four working days. You find the tracking link in the e-mail that confirmed your order.",
    "You can return everything within 30 days. Put the slip that came with it into the parcel and drop it at any post office.",
    "Sorry, I don't have an answer to that. If you like, you can ask for a person.",
    "We ship to all countries of the EU, to Norway and to Switzerland. What it costs is shown in the cart.",
];

struct Bench {
    app: Application,
    clock: ManualClock,
    _folder: tempfile::TempDir,
}

/// Median and 95th percentile.
#[derive(Clone, Copy)]
struct Times {
    median: Duration,
    p95: Duration,
}

impl Times {
    fn of(mut times: Vec<Duration>) -> Self {
        times.sort();
        Self { median: times[times.len() / 2], p95: times[times.len() * 95 / 100] }
    }
}

fn ms(time: Duration) -> f64 {
    time.as_secs_f64() * 1_000.0
}

fn line(name: &str, small: Times, large: Times) {
    println!(
        "  {name:<42}{:>8.1}{:>8.1}   {:>8.1}{:>8.1}   {:>7.1}",
        ms(small.median),
        ms(small.p95),
        ms(large.median),
        ms(large.p95),
        ms(large.median) / ms(small.median),
    );
}

fn viewer(merchant: &str) -> Viewer {
    Viewer { merchant: merchant.into(), subject: "u1".into(), name: "Olive".into(), role: Role::Owner }
}

#[tokio::main]
async fn main() -> ExitCode {
    // The first crypto provider wins; installing it again fails, which is fine.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let bench = Bench::start().await;
    for (merchant, many) in MERCHANTS {
        bench.fill(merchant, many).await;
    }
    let kept = bench.search().await;
    bench.long().await;
    if kept {
        ExitCode::SUCCESS
    } else {
        println!("\nThe search takes longer than the promised {} ms.", PROMISED.as_millis());
        ExitCode::FAILURE
    }
}

impl Bench {
    async fn start() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let settings = [
            ("CONVI_DATABASE_URL", format!("sqlite://{}/convi.db", folder.path().display())),
            ("CONVI_SMTP_URL", format!("file://{}/outbox", folder.path().display())),
            ("CONVI_TOKEN_SECRET", "a secret of at least thirty-two bytes".to_owned()),
        ];
        let environment = settings.map(|(name, value)| (OsString::from(name), OsString::from(value)));
        let config = Config::load(environment, None, Need::Serve).unwrap();
        let clock = ManualClock::at("2026-11-22T10:00:00Z".parse().unwrap());
        let world = World { clock: Arc::new(clock.clone()), entropy: Arc::new(SystemEntropy) };
        let app = Application::build(&config, "https://convi.example", world).await.unwrap();
        Self { app, clock, _folder: folder }
    }

    /// Creates conversations of three to seven messages each; one in the middle contains the text that is searched for.
    async fn fill(&self, merchant: &str, many: usize) {
        let began = self.clock.now_ms();
        for n in 0..many {
            let at = began + i64::try_from(n).unwrap() * 1_000;
            let turns = (0..3 + n % 5).map(|turn| {
                let shopper = turn % 2 == 0;
                let text = match (n == many / 2, turn) {
                    (true, 1) => {
                        "That is a matter of the Quetzalcoatl warranty, which covers it for two years.".into()
                    }
                    _ if shopper => format!("{} ({n})", SHOPPER[(n * 7 + turn * 3) % SHOPPER.len()]),
                    _ => ASSISTANT[(n * 5 + turn) % ASSISTANT.len()].to_owned(),
                };
                let author = if shopper { ChatAuthor::Shopper } else { ChatAuthor::Assistant };
                Turn { number: 0, author, name: None, key: None, text, sent_at: at }
            });
            let turns: Vec<Turn> = turns.collect();
            let email = EmailAddress::parse(&format!("shopper.{n}@mail{}.example", n % 7)).unwrap();
            let conversation = Conversation {
                id: format!("{merchant}-{n:06}"),
                merchant: merchant.into(),
                state: if n % 3 == 0 { ConversationState::Resolved } else { ConversationState::Open },
                shopper_name: Some(format!("Jane Doe the {n}th")),
                shopper_email: Some(email),
                capture: String::new(),
                page_url: Some(format!("https://shop.example/p/{n}")),
                order_number: None,
                cart: Vec::new(),
                custom: Vec::new(),
                preview: turns.last().map(|turn| turn.text.clone()).unwrap_or_default(),
                messages: 0,
                handed_up_to: 0,
                locale: None,
                answered_to: 0,
                seen_to: 0,
                seen_at: None,
                created_at: at,
                active_at: at,
            };
            let change = ConversationChange {
                conversation,
                capture_before: String::new(),
                turns,
                handover: None,
                additions: Vec::new(),
                emails_answer: false,
                uses: Uses::default(),
            };
            assert!(self.app.store.change(&change).await.unwrap());
        }
    }

    /// Returns true if the promise was kept.
    async fn search(&self) -> bool {
        let [(small, few), (large, many), (_, others)] = MERCHANTS;
        println!(
            "Conversations: a merchant with {few} and one with {many}, {others} more of a third, in one file"
        );
        println!("  {:<42}{:^16}   {:^16}     ratio", "ms", few, many);
        println!("  {:<42}{:>8}{:>8}   {:>8}{:>8}", "", "median", "p95", "median", "p95");
        let mut kept = true;
        for (name, search, state, hits) in [
            ("the list", "", None, (30, 30)),
            ("a hit in the middle of a message", "quetzalCOATL war", None, (1, 1)),
            ("a part of a word, one hit", "etzalco", None, (1, 1)),
            ("an email address", "shopper.42@mail0", None, (1, 1)),
            ("a name", "the 77th", None, (1, 1)),
            ("a word that many have", "parcel", None, (30, 30)),
            ("a word that many have, resolved", "parcel", Some(ConversationState::Resolved), (30, 30)),
            ("two letters that many have", "38", None, (30, 30)),
            ("no hit", "nobody ever said this", None, (0, 0)),
            ("no hit, of common words", "parcel parcel parcel", None, (0, 0)),
            ("no hit, handed over", "parcel", Some(ConversationState::HandedOver), (0, 0)),
            (TOO_SHORT, "%~", None, (0, 0)),
        ] {
            let query = ConversationQuery {
                state,
                search: (!search.is_empty()).then(|| search.to_owned()),
                ..Default::default()
            };
            let small = self.lists(small, &query, hits.0).await;
            let large = self.lists(large, &query, hits.1).await;
            line(name, small, large);
            kept &= large.median <= PROMISED || name == TOO_SHORT;
        }
        kept
    }

    async fn lists(&self, merchant: &str, query: &ConversationQuery, hits: usize) -> Times {
        let viewer = viewer(merchant);
        let mut times = Vec::new();
        for _ in 0..RUNS {
            let began = SystemClock.since_boot();
            let page = self.app.chat.conversations(&viewer, query.clone()).await.unwrap();
            times.push(SystemClock.since_boot() - began);
            let found = page.conversations.len();
            assert!(found == hits || (hits == 30 && found > 5), "{merchant} {query:?}: {found}");
        }
        Times::of(times)
    }

    /// Measures one conversation as it grows: work at its end must cost the same however long it is.
    async fn long(&self) {
        println!("\nA conversation of {LONG} messages, beside the same one when it had 100");
        println!("  {:<42}{:^16}   {:^16}     ratio", "ms", 100, LONG);
        println!("  {:<42}{:>8}{:>8}   {:>8}{:>8}", "", "median", "p95", "median", "p95");
        // Keep it with the assistant until it is handed over below, so that both sizes are measured in the same state.
        let ability = HandoverAbility { active: false, ..Default::default() };
        self.app.chat.save_handover_ability(&viewer("long"), ability).await.unwrap();
        let token = self.app.chat.new_visitor("long", Client::Unnamed).await.unwrap();
        let short = self.grows(&token, 100).await;
        let long = self.grows(&token, LONG).await;
        for ((name, short), (_, long)) in short.into_iter().zip(long) {
            line(name, short, long);
        }
    }

    /// Posts until there are this many messages, then measures.
    async fn grows(&self, token: &str, messages: i64) -> Vec<(&'static str, Times)> {
        let chat = &self.app.chat;
        let olive = viewer("long");
        let mut says = Vec::new();
        let mut n = 0;
        let mut last = 0;
        while last < messages {
            n += 1;
            // A visitor may post twenty messages a minute.
            self.clock.advance(Duration::from_secs(4));
            let posted = Posted {
                id: format!("{messages}-{n}"),
                text: format!("{} ({n})", SHOPPER[n % SHOPPER.len()]),
                page_url: None,
                context: None,
                locale: None,
            };
            let mut visitor = chat.visitor(token).await.unwrap();
            let began = SystemClock.since_boot();
            chat.say(&mut visitor, &posted, Client::Unnamed).await.unwrap();
            says.push(SystemClock.since_boot() - began);
            last = chat.visitor_view(&visitor, last, false).await.unwrap().messages.last().unwrap().number;
        }
        let says = says.split_off(says.len() - RUNS);
        let visitor = chat.visitor(token).await.unwrap();
        let id = visitor.conversation.clone().unwrap();
        chat.hand_over(&olive, &id).await.unwrap();
        let (mut opens, mut reads, mut polls, mut looks, mut replies) =
            (Vec::new(), Vec::new(), Vec::new(), Vec::new(), Vec::new());
        let mut timed = self.clock_of();
        let mut last = 0;
        for _ in 0..RUNS {
            timed();
            let read = chat.conversation(&olive, &id, 0).await.unwrap().messages;
            opens.push(timed());
            assert_eq!(chat.visitor_view(&visitor, 0, false).await.unwrap().messages.len(), read.len());
            reads.push(timed());
            last = read.last().unwrap().number;
            assert!(read.len() as i64 >= messages);
        }
        for _ in 0..RUNS {
            timed();
            assert!(chat.visitor_view(&visitor, last, false).await.unwrap().messages.is_empty());
            polls.push(timed());
            assert!(chat.conversation(&olive, &id, last).await.unwrap().messages.is_empty());
            looks.push(timed());
        }
        for n in 0..RUNS {
            timed();
            let answer =
                chat.reply(&olive, &id, &format!("{messages}-{n}"), "I am looking.", true).await.unwrap();
            replies.push(timed());
            assert_eq!(answer.messages.len(), 1);
        }
        chat.give_back(&olive, &id).await.unwrap();
        vec![
            ("an agent opens it", Times::of(opens)),
            ("the shopper opens it", Times::of(reads)),
            ("the shopper says something", Times::of(says)),
            ("an agent replies", Times::of(replies)),
            ("the shopper's poll with nothing new", Times::of(polls)),
            ("an agent's poll with nothing new", Times::of(looks)),
        ]
    }

    /// Returns a function that measures the time since its last call.
    fn clock_of(&self) -> impl FnMut() -> Duration {
        let mut last = SystemClock.since_boot();
        move || {
            let now = SystemClock.since_boot();
            std::mem::replace(&mut last, now).abs_diff(now)
        }
    }
}
