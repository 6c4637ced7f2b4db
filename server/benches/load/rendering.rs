//! The settings page rendered on the server, compared with a bare axum handler that sends the same bytes.

use crate::{
    figures::{Line, median, ms, percentile, whole},
    program::Place,
    sender::{self, Sender},
};
use anyhow::{Context, Result, ensure};
use axum::{Router, body::Bytes, http::header, routing::get};
use gorgias_emulator::Emulator;
use std::time::{Duration, Instant};
use tokio::net::TcpListener;

/// How many clients request concurrently, over persistent connections.
const CLIENTS: usize = 8;
/// Ours and the baseline alternate.
const ROUNDS: u32 = 5;
/// How many handovers the page lists.
const HANDOVERS: usize = 10;
const MERCHANT: &str = "m0";
const PAGE: &str = "/settings/integrations";

pub async fn measure(time: Duration) -> Result<Vec<Line>> {
    let gorgias = Emulator::start().await?;
    let place = Place::new()?;
    let program = place.start(&gorgias.template()).await?;
    let sender = Sender::new(&program)?;
    sender.connects(&gorgias, MERCHANT).await?;
    for n in 0..HANDOVERS {
        sender.posts(&format!("msg-{n}"), sender::body(MERCHANT, &format!("c-{n}"))).await?;
    }
    let token = sender::token(MERCHANT)?;
    let http = reqwest::Client::builder().no_proxy().build()?;
    let asks = |address: &str| http.get(format!("{address}{PAGE}")).bearer_auth(&token);
    let page = asks(&program.address).send().await?.error_for_status()?.bytes().await?;
    ensure!(
        String::from_utf8_lossy(&page).matches("A parcel that does not come").count() >= HANDOVERS,
        "the page does not list its handovers"
    );
    let length = page.len();
    let bare = bare(page).await?;

    let (mut ours, mut theirs) = (Load::default(), Load::default());
    for _ in 0..ROUNDS {
        for (address, load) in [(&bare, &mut theirs), (&program.address, &mut ours)] {
            load.round(time / ROUNDS / 2, || asks(address)).await?;
        }
    }
    program.end().await?;
    let (rate, bare_rate) = (median(&ours.rates), median(&theirs.rates));
    let (p99, bare_p99) = (percentile(&ours.times, 0.99), percentile(&theirs.times, 0.99));
    Ok(vec![
        Line::new(
            format!("rendering: `{PAGE}` per second ({length} bytes, {CLIENTS} clients); baseline: a bare axum handler with the same bytes"),
            whole(rate),
            whole(bare_rate),
        )
        .with_ratio(rate, bare_rate),
        Line::new("rendering: the same, p99", format!("{p99:.1} ms"), format!("{bare_p99:.1} ms"))
            .with_ratio(p99, bare_p99),
    ])
}

/// Starts a server that only sends this page. Returns its address.
async fn bare(page: Bytes) -> Result<String> {
    let answer = ([(header::CONTENT_TYPE, "text/html; charset=utf-8")], page);
    let routes = Router::new().route(PAGE, get(async move || answer));
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let address = format!("http://{}", listener.local_addr()?);
    tokio::spawn(async move { axum::serve(listener, routes).await });
    Ok(address)
}

/// Measurements of one server.
#[derive(Default)]
struct Load {
    /// Requests per second, one value per round.
    rates: Vec<f64>,
    /// Milliseconds of each request.
    times: Vec<f64>,
}

impl Load {
    /// Sends requests for this long, with each client sending one at a time.
    async fn round(&mut self, time: Duration, asks: impl Fn() -> reqwest::RequestBuilder) -> Result<()> {
        let began = Instant::now();
        let clients = (0..CLIENTS).map(|_| {
            let request = asks();
            tokio::spawn(async move {
                let mut times = Vec::new();
                while began.elapsed() < time {
                    let request = request.try_clone().context("a GET can be cloned")?;
                    let asked = Instant::now();
                    request.send().await?.error_for_status()?.bytes().await?;
                    times.push(ms(asked.elapsed()));
                }
                anyhow::Ok(times)
            })
        });
        let before = self.times.len();
        for client in clients.collect::<Vec<_>>() {
            self.times.extend(client.await.context("a client failed")??);
        }
        self.rates.push((self.times.len() - before) as f64 / began.elapsed().as_secs_f64());
        Ok(())
    }
}
