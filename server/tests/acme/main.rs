//! Adding a helpdesk takes one folder and one line. Acme Desk is fictional: its folder is `acme/`, and its line is
//! below. The shipped program does not know it.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test that cannot continue has failed")]

mod acme;
mod double;

use convi_server::{
    application::Application,
    clock::{ManualClock, SystemEntropy},
    config::{self, Config, Need},
    helpdesk::{self, Product},
    http::{self, HttpState, RouteServices, assets::Site},
    origin::PublicUrl,
};
use domain::{Helpdesk, clock::World};
use reqwest::{RequestBuilder, Response};
use serde_json::{Value, json};
use std::{collections::BTreeMap, ffi::OsString, sync::Arc, time::Duration};

/// The one line.
static ADDED: [Product; 1] = [acme::PRODUCT];

/// A server in demo mode, where everyone is the owner of merchant `demo`.
struct Place {
    address: String,
    client: reqwest::Client,
    application: Application,
    clock: ManualClock,
    workspace: double::Shared,
    _folder: tempfile::TempDir,
}

impl Place {
    async fn start() -> Self {
        helpdesk::add(&ADDED);
        let _ = rustls::crypto::ring::default_provider().install_default();
        let (template, workspace) = double::start().await;
        let folder = tempfile::tempdir().unwrap();
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let settings = BTreeMap::from([
            ("CONVI_ACME_URL", template),
            ("CONVI_DATABASE_URL", format!("sqlite://{}/convi.db", folder.path().display())),
            ("CONVI_DEMO", "1".to_owned()),
            ("CONVI_LISTEN", address.to_string()),
            ("CONVI_SMTP_URL", format!("file://{}/outbox", folder.path().display())),
        ]);
        let settings =
            settings.into_iter().map(|(name, value)| (OsString::from(name), OsString::from(value)));
        let clock = ManualClock::at("2026-11-29T10:00:00Z".parse().unwrap());
        let world = World { clock: Arc::new(clock.clone()), entropy: Arc::new(SystemEntropy) };
        let mut config = Config::load(settings, None, Need::Serve).unwrap();
        config.make_up_demo_secrets(&world).unwrap();
        let origin = format!("http://{address}");
        let application = Application::build(&config, &origin, world.clone()).await.unwrap();
        let services = RouteServices {
            backend: Arc::new(application.services.clone()),
            chat: application.chat.clone(),
            ingest: Arc::new(application.acceptor.clone()),
            handovers: Arc::new(application.services.clone()),
            sessions: application.store.clone(),
            ready: Arc::new(http::health::Needs {
                store: application.store.clone(),
                vault: application.vault.clone(),
            }),
            metrics: application.metrics.clone(),
            lanes: application.store.clone(),
        };
        let site = Site::open(&site(folder.path())).unwrap();
        let url = PublicUrl::of_address(address);
        let state = HttpState::new(Arc::new(config), url, world, services, site).unwrap();
        let router = http::router(state);
        tokio::spawn(async move { axum::serve(listener, router).await });
        let client = reqwest::Client::builder().no_proxy().build().unwrap();
        Self { address: origin, client, application, clock, workspace, _folder: folder }
    }

    fn post(&self, path: &str, body: &Value) -> RequestBuilder {
        self.client.post(format!("{}{path}", self.address)).json(body)
    }

    fn put(&self, path: &str, body: &Value) -> RequestBuilder {
        self.client.put(format!("{}{path}", self.address)).json(body)
    }

    async fn get(&self, path: &str) -> Response {
        self.client.get(format!("{}{path}", self.address)).send().await.unwrap()
    }

    async fn page(&self, path: &str) -> String {
        let answer = self.get(path).await;
        assert_eq!(answer.status(), 200, "{path}");
        // Without hydration markers.
        answer.text().await.unwrap().replace("<!>", "")
    }

    /// Returns Acme Desk's row from the API.
    async fn row(&self) -> Value {
        let rows: Value = self.get("/v1/integrations").await.json().await.unwrap();
        rows["integrations"].as_array().unwrap().iter().find(|row| row["helpdesk"] == "acme").unwrap().clone()
    }

    async fn connects(&self) {
        let saved = self.put("/v1/integrations/acme", &form(double::SECRET)).send().await.unwrap();
        assert_eq!(saved.status(), 200, "{}", saved.text().await.unwrap());
    }

    /// Posts a handover with this text and returns its id.
    async fn hands_over(&self, conversation: &str, text: &str) -> String {
        let body = json!({
            "merchant_id": "demo", "occurred_at": "2026-11-29T10:00:00Z", "trigger": {"kind": "manual"},
            "conversation": {
                "id": conversation, "summary": "Billing question",
                "shopper": {"email": "jane@example.com", "name": "Jane Doe"},
                "messages": [{"id": format!("{}", text.len()), "author": "shopper", "text": text}],
            },
        });
        let id = format!("msg-{conversation}-{}", text.len());
        let answer = self.application.acceptor.accept(&id, body.to_string().into()).await.unwrap();
        let answer: Value = serde_json::from_str(&answer).unwrap();
        answer["handover_id"].as_str().unwrap().to_owned()
    }

    async fn passes(&self, seconds: u64) {
        self.clock.advance(Duration::from_secs(seconds));
        self.application.dispatcher.run_due().await.unwrap();
    }

    /// Returns the handover's delivery to Acme Desk.
    async fn delivery(&self, id: &str) -> Value {
        let handover: Value = self.get(&format!("/v1/handovers/{id}")).await.json().await.unwrap();
        let deliveries = handover["deliveries"].as_array().unwrap().clone();
        deliveries.into_iter().find(|delivery| delivery["destination"] == "acme").unwrap()
    }

    fn cases(&self) -> Vec<Value> {
        self.workspace.lock().unwrap().cases.clone()
    }
}

fn form(secret: &str) -> Value {
    json!({"subdomain": "https://works.acme-desk.example/cases", "username": double::CLIENT, "api_key": secret})
}

/// Creates the site files that a server needs to render pages.
fn site(folder: &std::path::Path) -> std::path::PathBuf {
    let site = folder.join("site");
    for below in ["pkg", "storefront", "embed/v1"] {
        std::fs::create_dir_all(site.join(below)).unwrap();
    }
    let files = ["app.css", "start.js", "page.js", "page.wasm", "de.json", "fr.json"];
    let manifest: BTreeMap<_, _> = files.iter().map(|file| (*file, format!("pkg/{file}"))).collect();
    std::fs::write(site.join("manifest.json"), serde_json::to_string(&manifest).unwrap()).unwrap();
    for file in files.iter().map(|file| format!("pkg/{file}")) {
        std::fs::write(site.join(file), "0").unwrap();
    }
    let frame = "<meta name=\"convi-origins\" content=\"__ORIGINS__\">";
    for (file, text) in [
        ("favicon.svg", "<svg/>"),
        ("frame.html", frame),
        ("embed/v1/convi-integrations.js", "export {};"),
        ("storefront/convi-chat.js", "export {};"),
    ] {
        std::fs::write(site.join(file), text).unwrap();
    }
    site
}

#[tokio::test]
async fn new_helpdesk_has_a_row_and_a_dialog_with_its_own_texts() {
    let place = Place::start().await;
    let page = place.page("/settings/integrations").await;
    for shown in
        [">Gorgias</h2>", ">Acme Desk</h2>", "Every handover becomes a case.", "M12 34 24 12 36 34M17 27H31"]
    {
        assert!(page.contains(shown), "{shown}: {page}");
    }
    let page = place.page("/settings/integrations?connect=acme").await;
    // Look only at the dialog: the page's data for the module also contains the other helpdesk's texts.
    let dialog = page.split("<dialog").nth(1).and_then(|rest| rest.split("</dialog>").next()).unwrap();
    for shown in [
        "Connect Acme Desk",
        "Acme Desk workspace",
        "The first part of your Acme Desk address",
        "Client ID",
        "As shown next to the secret",
        "Client secret",
        "placeholder=\"myworkspace\"",
        "Acme Desk → Admin → Clients",
    ] {
        assert!(dialog.contains(shown), "{shown}: {dialog}");
    }
    for of_another in ["REST API", "Username (Email)", "Gorgias subdomain", "inputmode=\"email\""] {
        assert!(!dialog.contains(of_another), "{of_another}: {dialog}");
    }
    let row = place.row().await;
    assert!(row["credentials_page"].as_str().unwrap().ends_with("/{subdomain}/admin/clients"), "{row}");
}

#[tokio::test]
async fn its_folder_has_its_translations() {
    let place = Place::start().await;
    let address = format!("{}/settings/integrations", place.address);
    let page = place.client.get(address).header("accept-language", "de").send().await.unwrap();
    let page = page.text().await.unwrap();
    assert!(page.contains("Jede Übergabe wird zu einem Fall."), "{page}");
}

#[tokio::test]
async fn settings_and_the_api_description_include_it() {
    let place = Place::start().await;
    assert!(config::help().contains("CONVI_ACME_URL") && config::markdown().contains("`CONVI_ACME_URL`"));
    let api: Value = place.get("/openapi.json").await.json().await.unwrap();
    assert_eq!(
        api["components"]["schemas"]["Helpdesk"]["enum"],
        json!(["gorgias", "zendesk", "webhook", "acme"])
    );
}

#[tokio::test]
async fn connection_is_tested_and_saved_with_a_user_that_is_not_an_email_address() {
    let place = Place::start().await;
    let test = |secret| place.post("/v1/integrations/acme/test", &form(secret)).send();
    let failed: Value = test("other").await.unwrap().json().await.unwrap();
    assert_eq!((&failed["ok"], &failed["problem"]), (&json!(false), &json!("bad_credentials")));
    let passed: Value = test(double::SECRET).await.unwrap().json().await.unwrap();
    assert_eq!(passed["ok"], true, "{passed}");
    let wrong = json!({"subdomain": "works", "username": "", "api_key": "k"});
    let refused = place.post("/v1/integrations/acme/test", &wrong).send().await.unwrap();
    assert_eq!(refused.status(), 400);
    assert!(refused.text().await.unwrap().contains("username"));
    place.connects().await;
    let row = place.row().await;
    assert_eq!(
        (&row["state"], &row["subdomain"], &row["username"], &row["receives_handovers"]),
        (&json!("connected"), &json!("works"), &json!(double::CLIENT), &json!(true))
    );
    let page = place.page("/settings/integrations").await;
    assert!(page.contains("works.acme-desk.example") && page.contains(double::CLIENT), "{page}");
}

#[tokio::test]
async fn handover_becomes_a_case_and_later_messages_are_added() {
    let place = Place::start().await;
    place.connects().await;
    let long = "Where is my order? ".repeat(2_000);
    let id = place.hands_over("c1", &long).await;
    place.passes(1).await;
    let delivery = place.delivery(&id).await;
    assert_eq!((&delivery["state"], &delivery["ticket_id"]), (&json!("delivered"), &json!(17)), "{delivery}");
    assert!(delivery["ticket_url"].as_str().unwrap().ends_with("/works/cases/ACME-17"), "{delivery}");
    let case = place.cases().remove(0);
    assert_eq!((&case["key"], &case["requester"]), (&json!(id), &json!("jane@example.com")));
    let parts = case["transcript"].as_array().unwrap();
    assert!(parts.len() > 3, "a long transcript is split into messages that the helpdesk accepts");

    let again = place.hands_over("c1", "Hello?").await;
    assert_eq!(again, id, "the same conversation");
    place.passes(1).await;
    let case = place.cases().remove(0);
    assert!(case["messages"][0]["text"].as_str().unwrap().contains("Hello?"), "{case}");
    assert_eq!(case["messages"][0]["mark"], format!("{id}:later-1"));
    assert_eq!(place.cases().len(), 1);
}

#[tokio::test]
async fn requests_are_limited_per_minute() {
    let place = Place::start().await;
    place.connects().await;
    // Before the first counted minute ends.
    place.workspace.lock().unwrap().left = 5;
    for n in 0..8 {
        place.hands_over(&format!("c{n}"), "Hello?").await;
    }
    for _ in 0..8 {
        place.passes(1).await;
    }
    assert_eq!(place.cases().len(), 3, "the reserve is kept, and no request was rejected");
    place.workspace.lock().unwrap().left = 30;
    for _ in 0..8 {
        place.passes(10).await;
    }
    assert_eq!(place.cases().len(), 8);
    assert_eq!(place.workspace.lock().unwrap().refused, 0);
}

#[tokio::test]
async fn shipped_program_does_not_know_it() {
    helpdesk::add(&ADDED);
    let shipped: Vec<_> = Helpdesk::shipped().map(Helpdesk::slug).collect();
    assert!(!shipped.contains(&"acme"), "{shipped:?}");
    assert!(Helpdesk::from_slug("acme").is_some(), "it was added here");
}
