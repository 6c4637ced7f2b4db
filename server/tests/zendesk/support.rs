//! A server, a Zendesk emulator, and a shop connected to it.

use app::{
    backend::Backend,
    model::{
        ConnectionForm, DeliveryState, DeliveryView, Destination, Helpdesk, Integration, Role, SaveOutcome,
        TestOutcome, Viewer,
    },
};
use convi_server::{
    application::Application,
    clock::{ManualClock, SystemEntropy},
    config::{Config, Need},
};
use domain::clock::World;
use serde_json::{Value, json};
use std::{collections::BTreeMap, ffi::OsString, sync::Arc, time::Duration};
use zendesk_emulator::{AccountHandle, Emulator, Ticket};

pub const CLIENT: &str = "convi";
pub const SECRET: &str = "secret-of-acme";
pub const CREATE: (&str, &str) = ("POST", "/api/v2/tickets");
const START: &str = "2026-11-22T10:00:00Z";

/// A server in this process, its Zendesk emulator, and their common clock.
pub struct TestApp {
    pub zendesk: Emulator,
    pub gorgias: gorgias_emulator::Emulator,
    pub shop: AccountHandle,
    pub app: Application,
    pub owner: Viewer,
    /// Whether this test's account has a trigger that emails shoppers.
    pub own_trigger: bool,
    clock: ManualClock,
    world: World,
    folder: tempfile::TempDir,
}

/// Every test ends by asserting that no shopper was emailed.
impl Drop for TestApp {
    fn drop(&mut self) {
        if !std::thread::panicking() && !self.own_trigger {
            let sent = self.shop.sent_to_shoppers();
            assert!(sent.is_empty(), "a shopper was emailed: {sent:?}");
        }
    }
}

impl TestApp {
    /// Starts with the account `acme` and its OAuth client, and nothing connected.
    pub async fn start() -> Self {
        let start: jiff::Timestamp = START.parse().unwrap();
        let zendesk = Emulator::start_at(start).await.unwrap();
        let gorgias = gorgias_emulator::Emulator::start_at(start).await.unwrap();
        let shop = zendesk.account("acme").client(CLIENT, SECRET);
        let clock = ManualClock::at(start);
        let world = World { clock: Arc::new(clock.clone()), entropy: Arc::new(SystemEntropy) };
        // Only the first call installs a provider; later ones fail, which is fine.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let folder = tempfile::tempdir().unwrap();
        let app = build(&folder, &zendesk, &gorgias, &world).await;
        let owner =
            Viewer { merchant: "m1".into(), subject: "u1".into(), name: "Olive".into(), role: Role::Owner };
        Self { zendesk, gorgias, shop, app, owner, own_trigger: false, clock, world, folder }
    }

    /// Starts with the merchant `m1` connected to `acme`.
    pub async fn connected() -> Self {
        let it = Self::start().await;
        let saved = it.saves(form()).await;
        assert!(matches!(saved, SaveOutcome::Saved { .. }), "{saved:?}");
        it
    }

    /// Stops the server as a kill would, and restarts it on the same database.
    pub async fn restart(&mut self) {
        self.app.store.close().await;
        self.app = build(&self.folder, &self.zendesk, &self.gorgias, &self.world).await;
    }

    pub async fn saves(&self, form: ConnectionForm) -> SaveOutcome {
        self.app.services.save_connection(&self.owner, Helpdesk::ZENDESK, form).await.unwrap()
    }

    pub async fn tests(&self, form: ConnectionForm) -> TestOutcome {
        self.app.services.test_connection(&self.owner, Helpdesk::ZENDESK, form).await.unwrap()
    }

    pub async fn row(&self) -> Integration {
        let rows = self.app.services.integrations(&self.owner).await.unwrap();
        rows.into_iter().find(|row| row.helpdesk == Helpdesk::ZENDESK).unwrap()
    }

    /// Posts a handover of a conversation and returns its id.
    pub async fn hands_over(&self, conversation: &str) -> String {
        self.posts(&format!("msg-{conversation}"), &body(conversation)).await
    }

    pub async fn posts(&self, webhook_id: &str, body: &Value) -> String {
        let answer = self.app.acceptor.accept(webhook_id, body.to_string().into()).await.unwrap();
        let answer: Value = serde_json::from_str(&answer).unwrap();
        answer["handover_id"].as_str().unwrap().to_owned()
    }

    /// Posts a later message of a conversation.
    pub async fn says(&self, conversation: &str, number: u32, text: &str) {
        let mut more = body(conversation);
        let messages = more["conversation"]["messages"].as_array_mut().unwrap();
        messages.push(json!({"id": format!("later-{number}"), "author": "shopper", "text": text}));
        self.posts(&format!("msg-{conversation}-{number}"), &more).await;
    }

    /// Runs everything that is due now.
    pub async fn settles(&self) {
        self.app.dispatcher.run_due().await.unwrap();
    }

    /// Advances the clock of both sides in steps, and runs what becomes due.
    pub async fn passes(&self, seconds: u64) {
        self.moves(seconds);
        self.settles().await;
    }

    pub async fn passes_in_steps(&self, steps: usize, seconds: u64) {
        for _ in 0..steps {
            self.passes(seconds).await;
        }
    }

    pub fn moves(&self, seconds: u64) {
        self.clock.advance(Duration::from_secs(seconds));
        self.zendesk.clock().advance(Duration::from_secs(seconds));
        self.gorgias.clock().advance(Duration::from_secs(seconds));
    }

    /// Returns the delivery to Zendesk.
    pub async fn delivery(&self, id: &str) -> DeliveryView {
        let view = self.app.services.handover(&self.owner, id).await.unwrap().unwrap();
        let to = Destination::Helpdesk(Helpdesk::ZENDESK);
        view.deliveries.into_iter().find(|it| it.destination == to).unwrap()
    }

    pub async fn state_of(&self, id: &str) -> DeliveryState {
        self.delivery(id).await.state
    }

    /// Returns the emails to the team.
    pub fn mails(&self) -> Vec<String> {
        let entries = std::fs::read_dir(self.folder.path().join("outbox"));
        let paths = entries.map(|entries| entries.map(|entry| entry.unwrap().path()).collect());
        let paths: Vec<std::path::PathBuf> = paths.unwrap_or_default();
        paths.iter().map(|path| std::fs::read_to_string(path).unwrap().replace("=\r\n", "")).collect()
    }

    /// Returns the one ticket of a handover, merged or not.
    pub fn ticket(&self, id: &str) -> Ticket {
        let mut tickets = self.shop.tickets_with_external_id(id);
        assert_eq!(tickets.len(), 1, "one ticket of {id}");
        tickets.remove(0)
    }
}

async fn build(
    folder: &tempfile::TempDir,
    zendesk: &Emulator,
    gorgias: &gorgias_emulator::Emulator,
    world: &World,
) -> Application {
    let path = folder.path();
    let settings = BTreeMap::from([
        ("CONVI_DATABASE_URL", format!("sqlite://{}/convi.db", path.display())),
        ("CONVI_SMTP_URL", format!("file://{}/outbox", path.display())),
        ("CONVI_ZENDESK_URL", zendesk.template()),
        ("CONVI_GORGIAS_URL", gorgias.template()),
        ("CONVI_TOKEN_SECRET", "a secret of at least thirty-two bytes".to_owned()),
    ]);
    let environment = settings.into_iter().map(|(name, value)| (OsString::from(name), OsString::from(value)));
    let config = Config::load(environment, None, Need::Serve).unwrap();
    Application::build(&config, "https://convi.example", world.clone()).await.unwrap()
}

/// Returns the form as a merchant fills it in.
pub fn form() -> ConnectionForm {
    ConnectionForm {
        subdomain: "https://acme.zendesk.com/agent/dashboard".into(),
        method: Some("oauth_client".into()),
        username: CLIENT.into(),
        api_key: Some(SECRET.into()),
        ..ConnectionForm::default()
    }
}

/// Returns a handover's body.
pub fn body(conversation: &str) -> Value {
    json!({
        "merchant_id": "m1",
        "occurred_at": "2026-11-22T10:00:00Z",
        "trigger": {"kind": "automatic", "reason": "asked_for_human"},
        "conversation": {
            "id": conversation,
            "url": format!("https://app.example/conversations/{conversation}"),
            "locale": "en",
            "summary": "Billing question",
            "shopper": {"email": "jane@example.com", "name": "Jane Doe"},
            "context": {"order_number": "#1042"},
            "messages": [
                {"id": "1", "author": "shopper", "text": "I need to talk to a human about a billing issue."},
            ],
        },
    })
}
