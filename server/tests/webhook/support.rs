//! A server and a merchant's receiver.

use crate::receiver::Receiver;
use app::{
    backend::Backend,
    model::{
        CallError, ConnectionForm, DeliveryState, DeliveryView, Destination, EmailAddress, Helpdesk,
        Integration, Role, SaveOutcome, Subdomain, TestFailure, TestOutcome, Viewer,
    },
};
use convi_server::{
    application::Application,
    clock::{ManualClock, SystemEntropy},
    config::{Config, Need},
    store::connections::NewConnection,
};
use domain::{Routing, account::Account, clock::World};
use serde_json::{Value, json};
use std::{collections::BTreeMap, ffi::OsString, path::Path, sync::Arc, time::Duration};

pub const START: &str = "2026-11-22T10:00:00Z";

/// A server in this process, with its clock.
pub struct TestApp {
    pub receiver: Receiver,
    pub app: Application,
    pub owner: Viewer,
    pub clock: ManualClock,
    world: World,
    folder: tempfile::TempDir,
}

impl TestApp {
    /// Starts with nothing connected. The receiver's port and loopback are allowed.
    pub async fn start() -> Self {
        let receiver = Receiver::start().await;
        let clock = ManualClock::at(START.parse().unwrap());
        let world = World { clock: Arc::new(clock.clone()), entropy: Arc::new(SystemEntropy) };
        // Only the first call installs a provider.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let folder = tempfile::tempdir().unwrap();
        let app = build(folder.path(), &receiver, &world).await;
        let owner =
            Viewer { merchant: "m1".into(), subject: "u1".into(), name: "Olive".into(), role: Role::Owner };
        Self { receiver, app, owner, clock, world, folder }
    }

    /// Starts with the receiver connected; returns the signing secret too.
    pub async fn connected() -> (Self, String) {
        let it = Self::start().await;
        let secret = it.connects().await;
        (it, secret)
    }

    /// Stops the server as a kill would, and restarts it on the same database.
    pub async fn restart(&mut self) {
        self.app.store.close().await;
        self.app = build(self.folder.path(), &self.receiver, &self.world).await;
    }

    /// Saves the receiver's URL for the first time and returns the secret.
    pub async fn connects(&self) -> String {
        match self.saves(&self.receiver.url()).await.unwrap() {
            SaveOutcome::Saved { secret: Some(secret), .. } => secret.0,
            other => panic!("{other:?}"),
        }
    }

    /// Connects a helpdesk that takes tickets, and sends new handovers there. Nothing reaches it.
    pub async fn connects_a_helpdesk_that_receives(&self) -> Account {
        let helpdesk = Helpdesk::GORGIAS;
        let new = NewConnection {
            merchant: "m1".into(),
            helpdesk,
            subdomain: Subdomain::parse(helpdesk, "acme").unwrap(),
            method: helpdesk.method(None).unwrap(),
            username: EmailAddress::parse("owner@acme.test").unwrap().into(),
            key_id: "none".into(),
            sealed_key: vec![1],
            trouble: None,
            recheck_at: None,
            routing: Routing::default(),
        };
        self.app.store.save_connection(&new, &self.owner, 0).await.unwrap();
        self.app.store.receive("m1", helpdesk, false, &self.owner, 0).await.unwrap();
        new.account()
    }

    pub async fn saves(&self, url: &str) -> Result<SaveOutcome, CallError> {
        self.app.services.save_connection(&self.owner, Helpdesk::WEBHOOK, form(url)).await
    }

    pub async fn tests(&self, url: &str) -> Result<TestOutcome, CallError> {
        self.app.services.test_connection(&self.owner, Helpdesk::WEBHOOK, form(url)).await
    }

    /// Tests the receiver and returns why it failed.
    pub async fn fails(&self) -> TestFailure {
        match self.tests(&self.receiver.url()).await.unwrap() {
            TestOutcome::Failed(failure) => failure,
            TestOutcome::Passed { .. } => panic!("it passed"),
        }
    }

    pub async fn row(&self) -> Integration {
        let rows = self.app.services.integrations(&self.owner).await.unwrap();
        rows.into_iter().find(|row| row.helpdesk == Helpdesk::WEBHOOK).unwrap()
    }

    /// Hands over a conversation and returns the handover's id.
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

    pub async fn settles(&self) {
        self.app.dispatcher.run_due().await.unwrap();
    }

    pub async fn passes(&self, seconds: u64) {
        self.clock.advance(Duration::from_secs(seconds));
        self.settles().await;
    }

    pub async fn delivery(&self, id: &str) -> DeliveryView {
        let view = self.app.services.handover(&self.owner, id).await.unwrap().unwrap();
        let to = Destination::Helpdesk(Helpdesk::WEBHOOK);
        view.deliveries.into_iter().find(|it| it.destination == to).unwrap()
    }

    pub async fn state_of(&self, id: &str) -> DeliveryState {
        self.delivery(id).await.state
    }

    pub fn mails(&self) -> Vec<String> {
        let folder = self.folder.path().join("outbox");
        let mut paths: Vec<_> = std::fs::read_dir(folder)
            .map(|entries| entries.map(|entry| entry.unwrap().path()).collect())
            .unwrap_or_default();
        paths.sort();
        paths.iter().map(|path| std::fs::read_to_string(path).unwrap()).collect()
    }

    /// Returns every byte of the database's files.
    pub fn database(&self) -> Vec<u8> {
        let files = std::fs::read_dir(self.folder.path()).unwrap().map(|entry| entry.unwrap().path());
        let files = files.filter(|path| path.to_string_lossy().contains("convi.db"));
        files.flat_map(|path| std::fs::read(path).unwrap()).collect()
    }
}

async fn build(folder: &Path, receiver: &Receiver, world: &World) -> Application {
    let settings = BTreeMap::from([
        ("CONVI_DATABASE_URL", format!("sqlite://{}/convi.db", folder.display())),
        ("CONVI_SMTP_URL", format!("file://{}/outbox", folder.display())),
        ("CONVI_TOKEN_SECRET", "a secret of at least thirty-two bytes".to_owned()),
        ("CONVI_WEBHOOK_ALLOW", "127.0.0.1".to_owned()),
        ("CONVI_WEBHOOK_PORTS", format!("443,{}", receiver.address.port())),
    ]);
    let environment = settings.into_iter().map(|(name, value)| (OsString::from(name), OsString::from(value)));
    let config = Config::load(environment, None, Need::Serve).unwrap();
    Application::build(&config, "https://convi.example", world.clone()).await.unwrap()
}

pub fn form(url: &str) -> ConnectionForm {
    ConnectionForm { subdomain: url.to_owned(), ..ConnectionForm::default() }
}

/// Returns a handover's body.
pub fn body(conversation: &str) -> Value {
    json!({
        "merchant_id": "m1",
        "occurred_at": "2026-11-22T09:59:30Z",
        "trigger": {"kind": "automatic", "reason": "asked_for_human"},
        "conversation": {
            "id": conversation,
            "url": format!("https://app.example/conversations/{conversation}"),
            "locale": "en",
            "summary": "Billing question",
            "shopper": {"name": "Jane Doe"},
            "context": {"order_number": "#1042", "cart": [{"title": "Mug", "quantity": 2, "price": "12.00 EUR"}]},
            "messages": [
                {"id": "1", "author": "shopper", "text": "I need to talk to a human about a billing issue."},
            ],
        },
    })
}
