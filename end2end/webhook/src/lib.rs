//! A merchant's own program, as `docs/webhook.md` describes it: verifies events, keeps them, and shows them. It stands in
//! for a helpdesk that takes events, as the other emulators do for theirs.

mod kept;
mod page;

use std::{
    io,
    net::SocketAddr,
    path::PathBuf,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use axum::{
    Form, Router,
    body::Bytes,
    extract::State,
    http::{HeaderMap, StatusCode},
    middleware::from_fn,
    response::{IntoResponse, Redirect, Response},
    routing::{get, post},
};
use emulator::{Clock, form::refused, guard::same_origin_only, pages::dressed};
use serde::Deserialize;
use standardwebhooks::Webhook;
use tokio::net::TcpListener;

use self::kept::{Kept, Received};

/// The path that events are sent to.
pub const PATH: &str = "/convi";
/// The page that shows them.
pub const PAGE: &str = "/_control";

/// The receiver. Clones share everything.
#[derive(Clone)]
struct Receiver {
    kept: Arc<Mutex<Kept>>,
    file: Option<PathBuf>,
    clock: Clock,
    /// Its own URL for events.
    url: String,
}

/// Serves until `stop` resolves. `started` is called with the address. `file` keeps everything across restarts.
/// # Errors
/// Fails if the address is taken, or the file cannot be read.
pub async fn serve(
    listen: SocketAddr,
    file: Option<PathBuf>,
    started: impl FnOnce(SocketAddr),
    stop: impl Future<Output = ()> + Send + 'static,
) -> io::Result<()> {
    let kept = match &file {
        Some(file) => Kept::read(file)?,
        None => Kept::default(),
    };
    let listener = TcpListener::bind(listen).await?;
    let address = listener.local_addr()?;
    let url = format!("http://{address}{PATH}");
    let receiver = Receiver { kept: Arc::new(Mutex::new(kept)), file, clock: Clock::ticking(), url };
    started(address);
    axum::serve(listener, router(receiver)).with_graceful_shutdown(stop).await
}

fn router(receiver: Receiver) -> Router {
    let pages = Router::new()
        .route(PAGE, get(show))
        .route("/", get(async || Redirect::to(PAGE)))
        .route("/_control/form/settings", post(change))
        .layer(from_fn(same_origin_only));
    Router::new().merge(dressed(pages)).route(PATH, post(receive)).with_state(receiver)
}

impl Receiver {
    fn kept(&self) -> MutexGuard<'_, Kept> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Changes what is kept, and writes it to the file.
    fn change<T>(&self, change: impl FnOnce(&mut Kept) -> T) -> T {
        let mut kept = self.kept();
        let done = change(&mut kept);
        if let Some(file) = &self.file
            && let Err(error) = kept.write(file)
        {
            tracing::error!(%error, "the data file could not be written");
        }
        done
    }
}

/// Verifies the exact bytes of an event, keeps it, and answers with the status chosen on the page. Without a secret, nothing
/// can be verified: every event is kept, and marked as unverified.
async fn receive(State(it): State<Receiver>, headers: HeaderMap, body: Bytes) -> StatusCode {
    let secret = it.kept().secret.clone();
    let verified = match secret.as_deref().map(Webhook::new) {
        Some(webhook) => match webhook.and_then(|webhook| webhook.verify(&body, &headers)) {
            Ok(()) => true,
            Err(_) => {
                it.change(|kept| kept.refused += 1);
                return StatusCode::UNAUTHORIZED;
            }
        },
        None => false,
    };
    let id = headers.get("webhook-id").and_then(|id| id.to_str().ok());
    let (Some(id), Ok(body)) = (id, String::from_utf8(body.into())) else { return StatusCode::BAD_REQUEST };
    let at = it.clock.now();
    it.change(|kept| {
        let answer = kept.answer();
        kept.keep(Received { id: id.to_owned(), at, verified, answer, times: 1, body });
        StatusCode::from_u16(answer).unwrap_or_default()
    })
}

async fn show(State(it): State<Receiver>) -> Response {
    page::page(&it.url, &it.kept()).into_response()
}

/// The form of the page.
#[derive(Deserialize)]
struct Settings {
    secret: String,
    answer: u16,
}

async fn change(State(it): State<Receiver>, Form(settings): Form<Settings>) -> Response {
    let secret = Some(settings.secret.trim()).filter(|secret| !secret.is_empty());
    if secret.is_some_and(|secret| !secret.starts_with("whsec_") || Webhook::new(secret).is_err()) {
        return refused("This is not a signing secret. A signing secret starts with whsec_.");
    }
    if !page::ANSWERS.iter().any(|(status, _)| *status == settings.answer) {
        return refused("Unknown answer");
    }
    it.change(|kept| kept.set(secret, settings.answer));
    Redirect::to(PAGE).into_response()
}
