//! A server on its own port, with a clock that tests move and fake services that record calls.

use app::{
    backend::Backend,
    model::{
        Attempts, CallError, ConnectionForm, ConnectionState, DeliveryState, DeliveryView, Destination,
        FieldError, HandoverPage, HandoverQuery, HandoverView, Helpdesk, HelpdeskLook, History, Integration,
        Notifications, Problem, Resolution, Role, Rotated, SaveOutcome, ShownSecret, StepReport, Subdomain,
        TeamList, TestOutcome, TriggerKind, Verification, Viewer,
    },
};
use axum::body::Bytes;
use convi_server::{
    application::Application,
    clock::SystemEntropy,
    config::{Config, Need},
    handover::{
        accept::AcceptError,
        links::{BadLink, LinkQuery, Links},
    },
    http::{
        self, HttpState, RouteServices,
        assets::Site,
        connections::{self, ConnectionLimits, Patience},
        handovers::HandoverReader,
        health::Ready,
        ingest::Ingest,
        session::{Session, SessionHash, SessionStore},
        token::Tokens,
    },
    limits::{Asker, CallLimits, Windows},
    metrics::Metrics,
    origin::PublicUrl,
    services::{ListedPage, answers::AnswerPage},
    store::StoreError,
    vault::{MasterKeys, Vault},
};
use domain::{
    Args, Said, Sentence,
    account::Account,
    clock::{Clock, Millis, World},
};
use jiff::Timestamp;
use reqwest::{Client, Method, RequestBuilder, Response, redirect};
use serde_json::{Value, json};
use std::{
    cell::RefCell,
    collections::HashMap,
    ffi::OsString,
    io,
    sync::{Arc, Mutex},
    time::Duration,
};
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

/// Sentences of the fake services.
const CHECK_THE_KEY: Sentence = Sentence { code: "test.check_the_key", english: "Check the key." };
const SENT_ALREADY: Sentence = Sentence { code: "test.sent_already", english: "It was sent already." };
const REQUIRED: Sentence = Sentence { code: "test.required", english: "This field is required." };

pub const TOKEN_SECRET: &str = "0123456789abcdef0123456789abcdef";
pub const INGEST_SECRET: &str = "whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD";

/// A clock that moves only when told to.
pub struct TestClock(Mutex<Duration>);

/// 2027-01-15T08:00:00Z.
const START: i64 = 1_800_000_000;

impl TestClock {
    pub fn advance(&self, by: Duration) {
        *self.0.lock().unwrap() += by;
    }
}

#[async_trait::async_trait]
impl Clock for TestClock {
    fn now(&self) -> Timestamp {
        Timestamp::from_second(START).unwrap() + *self.0.lock().unwrap()
    }
    fn since_boot(&self) -> Duration {
        *self.0.lock().unwrap()
    }
    async fn sleep(&self, _: Duration) {}
}

/// Fake services behind the HTTP layer.
pub struct Fakes {
    limits: CallLimits,
    clock: Arc<TestClock>,
    /// Signs the links to handovers.
    pub links: Links,
    pub accepted: Mutex<HashMap<String, Bytes>>,
    pub sessions: Mutex<HashMap<SessionHash, Session>>,
    pub email: Mutex<Notifications>,
    pub calls: Mutex<Vec<String>>,
    pub ready: Mutex<Result<(), String>>,
    /// The version of the list, and a way to change it later.
    pub listed: Mutex<(u64, Option<Millis>)>,
}

impl Fakes {
    fn called(&self, what: impl Into<String>) {
        self.calls.lock().unwrap().push(what.into());
    }
}

/// Returns the only handover, which belongs to merchant `m1`.
pub fn handover() -> HandoverView {
    HandoverView {
        handover_id: "h1".into(),
        conversation_id: "c-42".into(),
        conversation_url: None,
        shopper_name: None,
        shopper_email: None,
        subject: "Billing".into(),
        trigger: TriggerKind::Automatic,
        reason: None,
        by: None,
        tag: None,
        occurred_at: "2027-01-15T08:00:00Z".into(),
        accepted_at: "2027-01-15T08:00:00Z".into(),
        transcript_removed: false,
        deliveries: vec![DeliveryView {
            destination: Destination::Helpdesk(Helpdesk::GORGIAS),
            state: DeliveryState::Failed,
            attempts: 1,
            ticket_id: None,
            ticket_url: None,
            last_error: None,
            code: None,
            args: Args::default(),
            next_attempt_at: None,
            needs_answer: false,
            duplicates: vec![],
            repeated_in: vec![],
            delivered_at: None,
            team_mailed_at: None,
            nobody_to_mail: false,
        }],
    }
}

fn row(state: ConnectionState) -> Integration {
    Integration {
        helpdesk: Helpdesk::GORGIAS,
        state,
        subdomain: None,
        url: None,
        old_secret_until: None,
        method: None,
        username: None,
        problem: None,
        reason: None,
        code: None,
        args: Args::default(),
        held: 0,
        waiting: 0,
        unsent: 0,
        receives_handovers: false,
        team: None,
        priority: None,
        teams: TeamList::default(),
        warnings: Vec::new(),
        account_url: None,
        credentials_page: "https://{subdomain}.gorgias.com/app/settings/rest-api".to_owned(),
        look: HelpdeskLook::of(Helpdesk::GORGIAS),
        changes: vec![],
    }
}

fn may_change(viewer: &Viewer) -> Result<(), CallError> {
    if viewer.role.may_change() { Ok(()) } else { Err(CallError::NotAllowed) }
}

fn own(viewer: &Viewer, id: &str) -> Result<(), CallError> {
    if viewer.merchant == "m1" && id == "h1" { Ok(()) } else { Err(CallError::NotFound) }
}

#[async_trait::async_trait]
impl Backend for Fakes {
    async fn integrations(&self, viewer: &Viewer) -> Result<Vec<Integration>, CallError> {
        self.called(format!("integrations of {}", viewer.merchant));
        Ok(vec![row(ConnectionState::NotConnected)])
    }
    async fn test_connection(
        &self,
        v: &Viewer,
        h: Helpdesk,
        form: ConnectionForm,
    ) -> Result<TestOutcome, CallError> {
        may_change(v)?;
        let subdomain = Subdomain::parse_field(h, &form.subdomain).map_err(CallError::field)?;
        self.limits.check(&v.merchant, &Account { helpdesk: h, name: subdomain.clone() }, Asker::Any).await?;
        self.called(format!("test {subdomain}"));
        Ok(match form.api_key.as_deref() {
            Some("good") => TestOutcome::Passed { warnings: vec![] },
            _ => TestOutcome::failed(Problem::BadCredentials, CHECK_THE_KEY),
        })
    }
    async fn save_connection(
        &self,
        v: &Viewer,
        h: Helpdesk,
        form: ConnectionForm,
    ) -> Result<SaveOutcome, CallError> {
        Ok(match self.test_connection(v, h, form).await? {
            TestOutcome::Passed { warnings } => {
                let integration = Box::new(row(ConnectionState::Connected));
                SaveOutcome::Saved { integration, warnings, secret: None }
            }
            TestOutcome::Failed(failure) => SaveOutcome::Rejected(failure),
        })
    }
    async fn disconnect(&self, viewer: &Viewer, _: Helpdesk) -> Result<u64, CallError> {
        may_change(viewer)?;
        self.called("disconnect");
        Ok(0)
    }
    async fn receive_handovers(
        &self,
        viewer: &Viewer,
        _: Helpdesk,
        move_waiting: bool,
    ) -> Result<Vec<Integration>, CallError> {
        may_change(viewer)?;
        self.called(if move_waiting { "receive all" } else { "receive" });
        self.integrations(viewer).await
    }
    async fn rotate_secret(&self, v: &Viewer, _: Helpdesk) -> Result<Rotated, CallError> {
        may_change(v)?;
        let integration = Box::new(row(ConnectionState::Connected));
        Ok(Rotated { integration, secret: ShownSecret("whsec_new".into()) })
    }
    async fn end_rotation(&self, v: &Viewer, _: Helpdesk) -> Result<Integration, CallError> {
        may_change(v)?;
        Ok(row(ConnectionState::Connected))
    }
    async fn verification_so_far(&self, v: &Viewer, _: Helpdesk) -> Result<Vec<StepReport>, CallError> {
        may_change(v)?;
        Ok(vec![])
    }

    async fn verify_connection(&self, viewer: &Viewer, _: Helpdesk) -> Result<Verification, CallError> {
        may_change(viewer)?;
        self.called("verify");
        Ok(Verification { ok: true, steps: vec![], problem: None, ticket_id: Some(7), ticket_url: None })
    }
    async fn handovers(&self, viewer: &Viewer, query: HandoverQuery) -> Result<HandoverPage, CallError> {
        self.called(format!("handovers {query:?}"));
        let handovers = if viewer.merchant == "m1" { vec![handover()] } else { vec![] };
        // One conversation has three pages; another fails before its last page.
        let next = match (query.conversation_id.as_deref(), query.cursor.as_deref()) {
            (Some("long" | "broken"), None) => Some("2"),
            (Some("broken"), Some(_)) => return Err(CallError::Internal),
            (Some("long"), Some("2")) => Some("3"),
            _ => None,
        };
        Ok(HandoverPage { handovers, next_cursor: next.map(str::to_owned) })
    }
    async fn retry(
        &self,
        viewer: &Viewer,
        id: &str,
        destination: Option<Destination>,
    ) -> Result<(), CallError> {
        may_change(viewer)?;
        own(viewer, id)?;
        self.called(format!("retry {id} {destination:?}"));
        match destination {
            Some(Destination::Email) => Err(CallError::conflict(SENT_ALREADY)),
            _ => Ok(()),
        }
    }
    async fn resolve(&self, viewer: &Viewer, id: &str, answer: Resolution) -> Result<(), CallError> {
        may_change(viewer)?;
        own(viewer, id)?;
        self.called(format!("resolve {id} {}", answer.made));
        Ok(())
    }
    async fn send_unsent(&self, viewer: &Viewer) -> Result<u64, CallError> {
        may_change(viewer)?;
        Ok(0)
    }
    async fn attempts(&self, viewer: &Viewer, id: &str) -> Result<Attempts, CallError> {
        own(viewer, id)?;
        Ok(Attempts::default())
    }
    async fn retry_failed(&self, viewer: &Viewer) -> Result<u64, CallError> {
        may_change(viewer)?;
        self.called(format!("retry what failed of {}", viewer.merchant));
        Ok(3)
    }
    async fn history(&self, _: &Viewer, _: Option<String>) -> Result<History, CallError> {
        Ok(History::default())
    }
    async fn notifications(&self, _: &Viewer) -> Result<Notifications, CallError> {
        Ok(self.email.lock().unwrap().clone())
    }
    async fn save_notifications(
        &self,
        v: &Viewer,
        email: Option<String>,
    ) -> Result<Notifications, CallError> {
        may_change(v)?;
        let parse = |text: String| app::model::EmailAddress::parse_field("email", &text);
        let email = email.map(parse).transpose().map_err(CallError::field)?;
        self.email.lock().unwrap().email = email;
        Ok(self.email.lock().unwrap().clone())
    }
    async fn save_no_ticket_after(
        &self,
        v: &Viewer,
        minutes: Option<u32>,
    ) -> Result<Notifications, CallError> {
        may_change(v)?;
        self.email.lock().unwrap().no_ticket_after_minutes = minutes;
        Ok(self.email.lock().unwrap().clone())
    }
}

#[async_trait::async_trait]
impl Ingest for Fakes {
    async fn accept(&self, webhook_id: &str, body: Bytes) -> Result<Bytes, AcceptError> {
        let mut accepted = self.accepted.lock().unwrap();
        match accepted.get(webhook_id) {
            Some(first) if *first != body => return Err(AcceptError::OtherBody),
            _ => {}
        }
        let value: Value =
            serde_json::from_slice(&body).map_err(|e| AcceptError::NotJson(Said::plain(e.to_string())))?;
        if value.get("merchant_id").is_none() {
            return Err(AcceptError::Fields(vec![FieldError::new("merchant_id", REQUIRED)]));
        }
        accepted.insert(webhook_id.to_owned(), body);
        Ok(Bytes::from(format!("{{\"handover_id\":\"of {webhook_id}\",\"deliveries\":[]}}")))
    }
}

#[async_trait::async_trait]
impl HandoverReader for Fakes {
    async fn list(&self, viewer: &Viewer, query: HandoverQuery) -> Result<ListedPage, CallError> {
        let (_, changes_at) = *self.listed.lock().unwrap();
        let page = self.handovers(viewer, query).await?;
        Ok(ListedPage { page, at: 0, changes_at })
    }

    async fn version(&self, _: &Viewer) -> Option<u64> {
        Some(self.listed.lock().unwrap().0)
    }

    async fn handover(&self, viewer: &Viewer, id: &str) -> Result<Option<HandoverView>, CallError> {
        Ok(own(viewer, id).ok().map(|()| handover()))
    }

    async fn shared(&self, id: &str, link: &LinkQuery) -> Result<Result<Value, BadLink>, CallError> {
        if let Err(bad) = self.links.check(id, link, self.clock.now_ms()) {
            return Ok(Err(bad));
        }
        if id == handover().handover_id {
            Ok(Ok(json!({"handover_id": id})))
        } else {
            Err(CallError::NotFound)
        }
    }

    async fn answers(
        &self,
        viewer: &Viewer,
        conversation: &str,
        after: Option<&str>,
    ) -> Result<AnswerPage, CallError> {
        own(viewer, conversation)?;
        Ok(AnswerPage { answers: Vec::new(), next_cursor: after.unwrap_or("0").to_owned() })
    }
}

#[async_trait::async_trait]
impl SessionStore for Fakes {
    async fn insert(&self, session: &Session) -> Result<(), StoreError> {
        self.sessions.lock().unwrap().insert(session.id, session.clone());
        Ok(())
    }
    async fn find(&self, id: &SessionHash) -> Result<Option<Session>, StoreError> {
        Ok(self.sessions.lock().unwrap().get(id).cloned())
    }
    async fn touch(&self, id: &SessionHash, seen_at: Millis) -> Result<(), StoreError> {
        if let Some(session) = self.sessions.lock().unwrap().get_mut(id) {
            session.seen_at = seen_at;
        }
        Ok(())
    }
    async fn delete(&self, id: &SessionHash) -> Result<(), StoreError> {
        self.sessions.lock().unwrap().remove(id);
        Ok(())
    }
    async fn purge(&self, created_before: Millis, seen_before: Millis) -> Result<u64, StoreError> {
        let mut sessions = self.sessions.lock().unwrap();
        let before = sessions.len();
        sessions.retain(|_, session| session.created_at >= created_before && session.seen_at >= seen_before);
        Ok((before - sessions.len()) as u64)
    }
}

#[async_trait::async_trait]
impl Ready for Fakes {
    async fn ready(&self) -> Result<(), String> {
        self.ready.lock().unwrap().clone()
    }
}

/// A running server and an HTTP client.
pub struct TestApp {
    pub address: String,
    pub clock: Arc<TestClock>,
    pub fakes: Arc<Fakes>,
    pub client: Client,
    pub metrics: Arc<Metrics>,
    tokens: Tokens,
    _site: tempfile::TempDir,
}

impl TestApp {
    pub async fn start() -> Self {
        Self::start_with(&[]).await
    }

    /// Starts with additional settings besides the token and ingest secrets.
    pub async fn start_with(settings: &[(&str, &str)]) -> Self {
        log_by_thread();
        let mut names =
            HashMap::from([("CONVI_TOKEN_SECRET", TOKEN_SECRET), ("CONVI_INGEST_SECRET", INGEST_SECRET)]);
        names.extend(settings.iter().copied());
        let site = site();
        let database = format!("sqlite://{}/convi.db", site.path().display());
        names.insert("CONVI_DATABASE_URL", &database);
        let environment = names.iter().map(|(name, value)| (OsString::from(name), OsString::from(value)));
        let config = Arc::new(Config::load(environment, None, Need::Serve).unwrap());
        let clock = Arc::new(TestClock(Mutex::default()));
        let world = World { clock: clock.clone(), entropy: Arc::new(SystemEntropy) };
        let keys = MasterKeys::parse(&format!("k:{}=", "A".repeat(43))).unwrap();
        let vault = Arc::new(Vault::new(keys, Arc::new(SystemEntropy)));
        let fakes = Arc::new(Fakes {
            limits: CallLimits::new(Arc::new(Windows::new(clock.clone()))),
            links: Links::new("", vault),
            clock: clock.clone(),
            accepted: Mutex::default(),
            sessions: Mutex::default(),
            email: Mutex::default(),
            calls: Mutex::default(),
            ready: Mutex::new(Ok(())),
            listed: Mutex::default(),
        });
        // The chat is the real one, on its own database.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let application = Application::build(&config, "http://127.0.0.1", world.clone()).await.unwrap();
        let services = RouteServices {
            backend: fakes.clone(),
            chat: application.chat,
            ingest: fakes.clone(),
            handovers: fakes.clone(),
            sessions: fakes.clone(),
            ready: fakes.clone(),
            metrics: application.metrics.clone(),
            lanes: application.store.clone(),
        };
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let bound = listener.local_addr().unwrap();
        let tokens = Tokens::new(&config.token_keys).unwrap();
        let public_url = config.public_url.clone().unwrap_or_else(|| PublicUrl::of_address(bound));
        let limits = ConnectionLimits::of_this_process(config.trusted_proxies.clone());
        let state =
            HttpState::new(config, public_url, world, services, Site::open(site.path()).unwrap()).unwrap();
        let router = http::router(state);
        tokio::spawn(connections::serve(
            listener,
            router,
            limits,
            Patience::default(),
            CancellationToken::new(),
        ));
        let client = Client::builder().redirect(redirect::Policy::none()).build().unwrap();
        Self {
            address: format!("http://{bound}"),
            clock,
            fakes,
            client,
            metrics: application.metrics,
            tokens,
            _site: site,
        }
    }

    pub fn request(&self, method: Method, path: &str) -> RequestBuilder {
        self.client.request(method, format!("{}{path}", self.address))
    }

    pub fn get(&self, path: &str) -> RequestBuilder {
        self.request(Method::GET, path)
    }

    pub fn post(&self, path: &str) -> RequestBuilder {
        self.request(Method::POST, path)
    }

    pub fn put(&self, path: &str) -> RequestBuilder {
        self.request(Method::PUT, path)
    }

    pub fn delete(&self, path: &str) -> RequestBuilder {
        self.request(Method::DELETE, path)
    }

    /// Returns a token as the dashboard would issue it.
    pub fn token(&self, merchant: &str, role: Role) -> String {
        let viewer = Viewer { merchant: merchant.into(), subject: "u1".into(), name: "Jane".into(), role };
        self.tokens.mint(&viewer, 15, self.clock.now()).unwrap()
    }

    /// Returns a token of an owner of merchant `m1`.
    pub fn owner(&self) -> String {
        self.token("m1", Role::Owner)
    }

    /// Signs in with this token and returns the session's `Cookie` header.
    pub async fn session(&self, token: &str) -> String {
        let response = self.post("/v1/session").bearer_auth(token).send().await.unwrap();
        assert_eq!(response.status(), 204);
        cookie(&response)
    }

    pub fn calls(&self) -> Vec<String> {
        self.fakes.calls.lock().unwrap().clone()
    }
}

/// Returns the cookie that a response sets, in the form in which requests send it.
pub fn cookie(response: &Response) -> String {
    let header = response.headers()["set-cookie"].to_str().unwrap();
    header.split(';').next().unwrap().to_owned()
}

/// Asserts that a response is a problem with this status, and returns it.
pub async fn problem(response: Response, status: u16) -> Value {
    assert_eq!(response.status(), status);
    assert_eq!(response.headers()["content-type"], "application/problem+json");
    let problem: Value = response.json().await.unwrap();
    assert_eq!(problem["status"], status);
    assert!(problem["detail"].as_str().is_some_and(|detail| !detail.is_empty()), "{problem}");
    problem
}

thread_local! {
    /// Log output of this thread: a test and its server share one.
    static LOG: RefCell<Vec<u8>> = const { RefCell::new(Vec::new()) };
}

struct ThreadLog;

impl io::Write for ThreadLog {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        LOG.with_borrow_mut(|log| log.extend_from_slice(bytes));
        Ok(bytes.len())
    }
    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Installs one subscriber for the whole process. With one per test, `tracing` could cache another test's result that
/// no subscriber is interested.
fn log_by_thread() {
    let log = tracing_subscriber::fmt().with_max_level(tracing::Level::DEBUG).with_ansi(false);
    let _ = log.with_writer(|| ThreadLog).try_init();
}

/// Returns what this test has logged so far.
pub fn logged() -> String {
    LOG.with_borrow(|log| String::from_utf8(log.clone()).unwrap())
}

/// Creates a site with a few files.
fn site() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    for below in ["pkg", "storefront", "embed/v1"] {
        std::fs::create_dir_all(folder.path().join(below)).unwrap();
    }
    for (path, text) in [
        (
            "manifest.json",
            r#"{"app.css":"pkg/app-1.css","start.js":"pkg/start-1.js","page.js":"pkg/page-1.js","page.wasm":"pkg/page-1.wasm","de.json":"pkg/de-1.json","fr.json":"pkg/fr-1.json"}"#,
        ),
        ("pkg/app-1.css", "body{}"),
        ("pkg/app-1.css.br", "brotli"),
        ("pkg/app-1.css.gz", "gzip"),
        ("pkg/de-1.json", "{}"),
        ("pkg/fr-1.json", "{}"),
        ("pkg/start-1.js", "0"),
        ("pkg/page-1.js", "0"),
        ("pkg/page-1.wasm", "0"),
        ("favicon.svg", "<svg/>"),
        (
            "frame.html",
            "<meta name=\"convi-origins\" content=\"__ORIGINS__\"><script type=\"module\">alert(1)</script>",
        ),
        ("embed/v1/convi-integrations.js", "export {};"),
        ("storefront/convi-chat.js", "export {};"),
        ("storefront/convi-chat.js.br", "brotli"),
    ] {
        std::fs::write(folder.path().join(path), text).unwrap();
    }
    folder
}
