//! Server CPU time per operation, compared with an earlier build.
//!
//! Unlike a duration or a rate, this hardly depends on other load on the machine. The kernel counts in ticks of 10 ms,
//! so each figure is taken over thousands of operations.

use crate::{
    figures::{Line, median},
    program::{Place, Program},
    sender::{self, Sender},
};
use anyhow::{Context, Result, ensure};
use gorgias_emulator::{AccountHandle, Emulator, Fault, FaultKind};
use reqwest::{RequestBuilder, StatusCode, header};
use serde_json::{Value, json};
use std::{
    path::{Path, PathBuf},
    sync::Arc,
    time::{Duration, Instant},
};

/// How many clients post or poll concurrently.
const CLIENTS: usize = 8;
/// Each is connected to its own account, which accepts a burst of 38.
const MERCHANTS: usize = 100;
/// Handovers per round.
const HANDOVERS: usize = 3_000;
/// Requests per round of each read-only kind.
const POLLS: usize = 4_000;
const PAGES: usize = 800;
/// Ours and the earlier build alternate.
const ROUNDS: usize = 3;
/// How long the last tickets may take.
const PATIENCE: Duration = Duration::from_secs(60);

/// What is measured, and its target in milliseconds.
const THINGS: [(&str, Option<f64>); 7] = [
    ("a handover accepted (4.5 kB, 20 messages)", Some(0.4)),
    ("a handover from its post to its settled ticket", Some(1.2)),
    ("an addition from its post to its settled message", None),
    ("a poll of the chat without news", Some(0.1)),
    ("a poll of the handovers without news", Some(0.1)),
    ("`/settings/integrations`, rendered", None),
    ("`/settings/integrations/handovers`, rendered", None),
];
/// The target of a page, as a share of the earlier build.
const PAGE_OF_BEFORE: f64 = 0.5;

/// Measures this build and, if given, the earlier one at `before`.
pub async fn measure(before: Option<&Path>) -> Result<Vec<Line>> {
    let ours = Path::new(crate::program::BUILT).to_owned();
    let programs: Vec<PathBuf> = before.into_iter().map(Path::to_owned).chain([ours]).collect();
    let mut figures = vec![vec![Vec::new(); THINGS.len() + 1]; programs.len()];
    for _ in 0..ROUNDS {
        for (program, figures) in programs.iter().zip(&mut figures) {
            for (figure, values) in round(program).await?.into_iter().zip(figures) {
                values.push(figure);
            }
        }
    }
    let medians: Vec<Vec<f64>> =
        figures.iter().map(|figures| figures.iter().map(|values| median(values)).collect()).collect();
    let ours = medians.last().context("nothing was measured")?;
    let before = before.and(medians.first());
    let lines = THINGS.iter().enumerate().map(|(index, (what, aim))| {
        let (now, before) = (ours[index], before.map(|before| before[index]));
        let line = Line::new(
            format!("cpu: {what}; baseline: the program before"),
            format!("{now:.3} ms"),
            before.map_or_else(String::new, |before| format!("{before:.3} ms")),
        );
        let line = match before {
            Some(before) => line.with_ratio(now, before),
            None => line,
        };
        match (aim, before) {
            (Some(aim), _) => line.aims(format!("at most {aim} ms"), now <= *aim),
            (None, Some(before)) if what.ends_with("rendered") => {
                line.aims(format!("at most {PAGE_OF_BEFORE} of it"), now <= PAGE_OF_BEFORE * before)
            }
            (None, _) => line,
        }
    });
    let mut lines: Vec<_> = lines.collect();
    let memory = |of: &[f64]| of.last().map_or(f64::NAN, |bytes| bytes / 1e6);
    let now = memory(ours);
    let told = before.map(|before| format!("{:.0} MB", memory(before))).unwrap_or_default();
    let line = Line::new(
        "cpu: resident memory after all of it; baseline: the program before",
        format!("{now:.0} MB"),
        told,
    );
    lines.push(match before.map(|before| memory(before)) {
        Some(before) => line.with_ratio(now, before).aims("no higher", now <= before),
        None => line,
    });
    Ok(lines)
}

/// Runs one round of everything on a fresh server. Returns milliseconds per operation in the order of `THINGS`, and the
/// memory in bytes.
async fn round(program: &Path) -> Result<[f64; THINGS.len() + 1]> {
    let accepted = accepts(program).await?;
    let place = Place::of(program)?;
    let gorgias = Emulator::start().await?;
    let server = place.start(&gorgias.template()).await?;
    let shops = Shops::connect(&server, &gorgias).await?;
    let delivered = shops.post(&place, &server, sender::larger_body, "first").await?;
    ensure!(shops.tickets() == HANDOVERS, "{} tickets", shops.tickets());
    let added = shops.post(&place, &server, sender::longer_body, "later").await?;
    ensure!(shops.tickets() == HANDOVERS, "an addition created a ticket");
    let [chat, list, connections, handovers] = asks(&server).await?;
    let memory = server.memory()?;
    server.end().await?;
    Ok([accepted, delivered, added, chat, list, connections, handovers, memory])
}

/// Measures handovers that are accepted but cannot be delivered: the helpdesk hangs on each merchant's first one.
async fn accepts(program: &Path) -> Result<f64> {
    let place = Place::of(program)?;
    let gorgias = Emulator::start().await?;
    let server = place.start(&gorgias.template()).await?;
    let shops = Shops::connect(&server, &gorgias).await?;
    for account in &*shops.accounts {
        account.fault(Fault::new(FaultKind::Hang).on_create());
    }
    shops.send(MERCHANTS, sender::larger_body, "hangs").await?;
    let asked = || shops.accounts.iter().all(|account| !account.requests().is_empty());
    until("a first request of each merchant", || Ok(asked())).await?;
    let before = server.cpu()?;
    shops.send(HANDOVERS, sender::larger_body, "accepted").await?;
    let cost = (server.cpu()? - before) / HANDOVERS as f64;
    ensure!(shops.tickets() == 0, "a hanging request created a ticket");
    server.end().await?;
    Ok(cost)
}

/// Connected merchants.
struct Shops {
    sender: Sender,
    accounts: Arc<[AccountHandle]>,
}

impl Shops {
    async fn connect(server: &Program, gorgias: &Emulator) -> Result<Self> {
        let sender = Sender::new(server)?;
        let mut accounts = Vec::new();
        for n in 0..MERCHANTS {
            accounts.push(sender.connects(gorgias, &merchant(n)).await?);
        }
        Ok(Self { sender, accounts: accounts.into() })
    }

    /// Posts this many, with each client sending one request at a time.
    async fn send(&self, count: usize, body: fn(&str, &str) -> String, key: &'static str) -> Result<()> {
        let clients = (0..CLIENTS).map(|client| {
            let sender = self.sender.clone();
            tokio::spawn(async move {
                for n in (client..count).step_by(CLIENTS) {
                    let conversation = format!("{}-{n}", if key == "later" { "first" } else { key });
                    let body = body(&merchant(n), &conversation);
                    sender.posts(&format!("{key}-{n}"), body).await?;
                }
                anyhow::Ok(())
            })
        });
        for client in clients.collect::<Vec<_>>() {
            client.await.context("a client failed")??;
        }
        Ok(())
    }

    /// Posts a round and waits until everything is settled. Returns milliseconds of server CPU per post.
    async fn post(
        &self,
        place: &Place,
        server: &Program,
        body: fn(&str, &str) -> String,
        key: &'static str,
    ) -> Result<f64> {
        let before = server.cpu()?;
        self.send(HANDOVERS, body, key).await?;
        let database = place.database()?;
        let sql = "SELECT NOT EXISTS (SELECT 1 FROM delivery WHERE state <> 'delivered')";
        until("the last ticket", || Ok(database.query_row(sql, [], |row| row.get(0))?)).await?;
        Ok((server.cpu()? - before) / HANDOVERS as f64)
    }

    fn tickets(&self) -> usize {
        self.accounts.iter().map(|account| account.tickets().len()).sum()
    }
}

fn merchant(n: usize) -> String {
    format!("m{}", n % MERCHANTS)
}

async fn until(what: &str, mut is_there: impl FnMut() -> Result<bool>) -> Result<()> {
    let began = Instant::now();
    while !is_there()? {
        ensure!(began.elapsed() < PATIENCE, "{what} did not come in {PATIENCE:?}");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    Ok(())
}

/// Measures what people do while they watch: polls and pages.
async fn asks(server: &Program) -> Result<[f64; 4]> {
    let http = reqwest::Client::builder().no_proxy().build()?;
    let at = |path: &str| format!("{}{path}", server.address);
    let new = http.post(at("/chat/v1/visitors")).json(&json!({"merchant": "m0"})).send().await?;
    let visitor = new.json::<Value>().await?["token"].as_str().context("a visitor has no token")?.to_owned();
    for n in 0..3 {
        let words = json!({"id": format!("k{n}"), "text": format!("Where is parcel number {n}?")});
        let said = http.post(at("/chat/v1/messages")).bearer_auth(&visitor).json(&words);
        ensure!(said.send().await?.status() == 200, "a visitor was refused");
    }
    let owner = sender::token("m1")?;
    let chat = http.get(at("/chat/v1/conversation?after=2")).bearer_auth(&visitor);
    let list = http.get(at("/v1/handovers?limit=10")).bearer_auth(&owner);
    let mut costs = [0.0; 4];
    for (request, cost) in [chat, list].into_iter().zip(&mut costs) {
        let first = request.try_clone().context("a GET can be cloned")?.send().await?.error_for_status()?;
        let etag = first.headers().get(header::ETAG).context("an answer has no ETag")?.clone();
        let poll = request.header(header::IF_NONE_MATCH, etag);
        *cost = costs_each(server, &poll, POLLS, StatusCode::NOT_MODIFIED).await?;
    }
    for (path, cost) in
        ["/settings/integrations", "/settings/integrations/handovers"].iter().zip(&mut costs[2..])
    {
        let page = http.get(at(path)).bearer_auth(&owner);
        *cost = costs_each(server, &page, PAGES, StatusCode::OK).await?;
    }
    Ok(costs)
}

/// Repeats a request. Returns milliseconds of server CPU per request.
async fn costs_each(
    server: &Program,
    request: &RequestBuilder,
    count: usize,
    status: StatusCode,
) -> Result<f64> {
    let before = server.cpu()?;
    let clients = (0..CLIENTS).map(|_| {
        let request = request.try_clone().context("a GET can be cloned");
        tokio::spawn(async move {
            let request = request?;
            for _ in 0..count / CLIENTS {
                let answer = request.try_clone().context("a GET can be cloned")?.send().await?;
                ensure!(answer.status() == status, "{} in place of {status}", answer.status());
                answer.bytes().await?;
            }
            Ok(())
        })
    });
    for client in clients.collect::<Vec<_>>() {
        client.await.context("a client failed")??;
    }
    Ok((server.cpu()? - before) / count as f64)
}
