//! A server, a Gorgias emulator, and a shop connected to it.

use crate::database::TestDatabase;
use app::{
    backend::Backend,
    model::{
        ConnectionForm, DeliveryState, DeliveryView, Destination, HandoverView, Helpdesk, Role, SaveOutcome,
        Viewer,
    },
};
use convi_server::{
    application::Application,
    clock::{ManualClock, SystemEntropy},
    config::{Config, Need},
    handover::dispatch::{Dispatcher, Lanes, Parts},
    mail::Mailer,
    store::{self, Opener},
};
use domain::clock::World;
use gorgias_emulator::{AccountHandle, Emulator, Role as GorgiasRole};
use jiff::Timestamp;
use serde_json::{Value, json};
use std::{collections::BTreeMap, ffi::OsString, path::PathBuf, sync::Arc, time::Duration};

pub const HELPDESK: Helpdesk = Helpdesk::GORGIAS;
pub const OWNER: &str = "owner@acme.test";
pub const KEY: &str = "key-1";
pub const START: &str = "2026-11-22T10:00:00Z";

/// A server in this process, its Gorgias emulator, and the clock of both.
pub struct TestApp {
    pub gorgias: Emulator,
    pub shop: AccountHandle,
    pub app: Application,
    pub clock: ManualClock,
    pub owner: Viewer,
    pub folder: tempfile::TempDir,
    pub database: TestDatabase,
    pub world: World,
    pub settings: Vec<(String, String)>,
}

pub fn viewer(merchant: &str, role: Role) -> Viewer {
    Viewer { merchant: merchant.into(), subject: "u1".into(), name: "Olive".into(), role }
}

impl TestApp {
    /// Starts without any connection; the account `acme` exists.
    pub async fn start() -> Self {
        Self::start_with(&[]).await
    }

    /// Like [`TestApp::start`], with additional settings.
    pub async fn start_with(settings: &[(&str, &str)]) -> Self {
        let start: Timestamp = START.parse().unwrap();
        let gorgias = Emulator::start_at(start).await.unwrap();
        let shop = gorgias.account("acme").user(OWNER, KEY, GorgiasRole::Admin);
        let clock = ManualClock::at(start);
        let world = World { clock: Arc::new(clock.clone()), entropy: Arc::new(SystemEntropy) };
        // The first crypto provider wins; installing it again fails, which is fine.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let folder = tempfile::tempdir().unwrap();
        let settings: Vec<_> =
            settings.iter().map(|(name, value)| (name.to_string(), value.to_string())).collect();
        let database = TestDatabase::empty(folder.path()).await;
        let app = build(&folder, &database, &gorgias, &world, &settings).await;
        Self {
            gorgias,
            shop,
            app,
            clock,
            owner: viewer("m1", Role::Owner),
            folder,
            database,
            world,
            settings,
        }
    }

    /// Starts with merchant `m1` connected to `acme`.
    pub async fn connected() -> Self {
        let it = Self::start().await;
        it.connects(KEY).await;
        it
    }

    /// Stops the server as a kill would, and restarts it on the same database.
    pub async fn restarted(mut self) -> Self {
        self.app.store.close().await;
        self.starts().await;
        self
    }

    /// Starts a server on the database, in place of the one before.
    pub async fn starts(&mut self) {
        self.app = build(&self.folder, &self.database, &self.gorgias, &self.world, &self.settings).await;
    }

    pub async fn connects(&self, key: &str) -> SaveOutcome {
        let form = ConnectionForm {
            subdomain: "acme".into(),
            method: None,
            username: OWNER.into(),
            api_key: Some(key.into()),
            ..ConnectionForm::default()
        };
        self.app.services.save_connection(&self.owner, HELPDESK, form).await.unwrap()
    }

    /// Hands over a conversation and returns the handover's id.
    pub async fn hands_over(&self, conversation: &str) -> String {
        let answer = self.posts(&format!("msg-{conversation}"), &body("m1", conversation)).await;
        answer["handover_id"].as_str().unwrap().to_owned()
    }

    /// Hands over a conversation whose only destination is the team's email; returns the handover's id.
    pub async fn hands_over_by_mail(&self, conversation: &str) -> String {
        let answer = self.posts(&format!("msg-{conversation}"), &body("m1", conversation)).await;
        assert_eq!(answer["deliveries"], json!([{"destination": "email", "state": "queued"}]));
        answer["handover_id"].as_str().unwrap().to_owned()
    }

    /// Returns a dispatcher like the app's own, with a different world and mailer and its own slots.
    pub fn dispatcher(&self, world: World, mailer: Arc<dyn Mailer>, lanes: Lanes) -> Arc<Dispatcher> {
        let parts = Parts { world, mailer, ..self.app.parts.clone() };
        Arc::new(Dispatcher::new(&parts, lanes))
    }

    /// Returns the folder that emails are written to.
    pub fn outbox(&self) -> PathBuf {
        self.folder.path().join("outbox")
    }

    pub async fn posts(&self, webhook_id: &str, body: &Value) -> Value {
        let answer = self.app.acceptor.accept(webhook_id, body.to_string().into()).await.unwrap();
        serde_json::from_str(&answer).unwrap()
    }

    /// Runs everything that is due now.
    pub async fn settles(&self) {
        self.app.dispatcher.run_due().await.unwrap();
    }

    /// Advances both clocks and runs what is due.
    pub async fn passes(&self, seconds: u64) {
        self.moves(seconds);
        self.settles().await;
    }

    /// Advances the clocks in steps and runs what is due after each.
    pub async fn passes_in_steps(&self, steps: usize, seconds: u64) {
        for _ in 0..steps {
            self.passes(seconds).await;
        }
    }

    pub fn moves(&self, seconds: u64) {
        self.moves_by(Duration::from_secs(seconds));
    }

    pub fn moves_by(&self, time: Duration) {
        self.clock.advance(time);
        self.gorgias.clock().advance(time);
    }

    /// Runs what is due while the ticket's request hangs, until the request times out.
    pub async fn settles_while_hanging(&self) {
        let begun = self.shop.requests_of("POST", "/api/tickets").len();
        let patience = async {
            self.shop.wait_for_requests(begun + 1, "POST", "/api/tickets").await.unwrap();
            self.moves(15);
        };
        let (done, ()) = tokio::join!(self.app.dispatcher.run_due(), patience);
        done.unwrap();
    }

    pub async fn view(&self, id: &str) -> HandoverView {
        self.app.services.handover(&self.owner, id).await.unwrap().unwrap()
    }

    /// Returns the delivery to the helpdesk.
    pub async fn ticket_of(&self, id: &str) -> DeliveryView {
        self.delivery(id, Destination::Helpdesk(HELPDESK)).await
    }

    pub async fn delivery(&self, id: &str, destination: Destination) -> DeliveryView {
        self.view(id).await.deliveries.into_iter().find(|it| it.destination == destination).unwrap()
    }

    pub async fn state_of(&self, id: &str) -> DeliveryState {
        self.ticket_of(id).await.state
    }

    pub async fn row(&self) -> app::model::Integration {
        self.app.services.integrations(&self.owner).await.unwrap().remove(0)
    }

    /// Returns how many tickets this handover has, including trashed and merged ones.
    pub fn tickets(&self, id: &str) -> usize {
        self.shop.tickets_with_external_id(id).len()
    }

    /// Returns all emails, oldest first, without quoted-printable soft line breaks.
    pub fn mails(&self) -> Vec<String> {
        let mut paths: Vec<PathBuf> = std::fs::read_dir(self.outbox())
            .map(|entries| entries.map(|entry| entry.unwrap().path()).collect())
            .unwrap_or_default();
        paths.sort();
        paths.iter().map(|path| std::fs::read_to_string(path).unwrap().replace("=\r\n", "")).collect()
    }
}

pub async fn build(
    folder: &tempfile::TempDir,
    database: &TestDatabase,
    gorgias: &Emulator,
    world: &World,
    more: &[(String, String)],
) -> Application {
    let path = folder.path();
    let mut settings = BTreeMap::from([
        ("CONVI_SMTP_URL", format!("file://{}/outbox", path.display())),
        ("CONVI_GORGIAS_URL", gorgias.template()),
        ("CONVI_TOKEN_SECRET", "a secret of at least thirty-two bytes".to_owned()),
    ]);
    settings.extend(database.settings());
    settings.extend(more.iter().map(|(name, value)| (name.as_str(), value.clone())));
    let environment = settings.into_iter().map(|(name, value)| (OsString::from(name), OsString::from(value)));
    let config = Config::load(environment, None, Need::Serve).unwrap();
    let store = store::open(&config.database, Opener::Server).await.unwrap();
    store.migrate().await.unwrap();
    // On the tests' clock, whatever the database's says.
    Application::on(store, &config, "https://convi.example", world.clone()).await.unwrap()
}

/// Returns the body of a handover.
pub fn body(merchant: &str, conversation: &str) -> Value {
    json!({
        "merchant_id": merchant,
        "occurred_at": "2026-11-22T10:00:00Z",
        "trigger": {"kind": "automatic", "reason": "asked_for_human"},
        "conversation": {
            "id": conversation,
            "url": format!("https://app.example/conversations/{conversation}"),
            "locale": "en",
            "summary": "Billing question",
            "shopper": {"email": "jane@example.com", "name": "Jane Doe"},
            "context": {"page_url": "https://shop.example/p/1", "order_number": "#1042"},
            "messages": [
                {"id": "1", "author": "shopper", "text": "I need to talk to a human about a billing issue.",
                 "sent_at": "2026-11-22T09:59:00Z"},
            ],
        },
    })
}
