//! A server in its own process.

use convi_server::clock::SystemClock;
use domain::clock::Clock;
use gorgias_emulator::{AccountHandle, Emulator, Role};
use reqwest::{Client, Response};
use rustix::process::{Pid, Signal, kill_process};
use serde_json::{Value, json};
use standardwebhooks::Webhook;
use std::{
    cell::RefCell,
    io::{BufRead, BufReader, Read},
    path::PathBuf,
    process::{Child, Command, ExitStatus, Output, Stdio},
    sync::mpsc::{self, Receiver},
    time::Duration,
};

pub const OWNER: &str = "owner@acme.test";
pub const KEY: &str = "key-1";
const INGEST_SECRET: &str = "whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD";
/// Longer than anything takes on a slow machine, so waiting this long means failure.
const PATIENCE: Duration = Duration::from_mins(5);

/// A folder with the program, a site next to it, its data, and a helpdesk.
pub struct Place {
    folder: tempfile::TempDir,
    /// Runs as long as this value lives.
    _gorgias: Emulator,
    pub shop: AccountHandle,
    settings: Vec<(String, String)>,
}

impl Place {
    pub async fn new() -> Self {
        // The first crypto provider wins; installing it again fails, which is fine.
        let _ = rustls::crypto::ring::default_provider().install_default();
        // On the same disk as the program, so that it can be hard-linked.
        let folder = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).unwrap();
        let program = folder.path().join("convi-integrations");
        std::fs::hard_link(env!("CARGO_BIN_EXE_convi-integrations"), program).unwrap();
        let site = folder.path().join("site");
        for below in ["pkg", "storefront", "embed/v1"] {
            std::fs::create_dir_all(site.join(below)).unwrap();
        }
        let manifest = r#"{"app.css":"pkg/a","start.js":"pkg/b","page.js":"pkg/c","page.wasm":"pkg/d","de.json":"pkg/e","fr.json":"pkg/f"}"#;
        std::fs::write(site.join("manifest.json"), manifest).unwrap();
        for file in ["pkg/a", "pkg/b", "pkg/c", "pkg/d", "pkg/e", "pkg/f", "favicon.svg", "frame.html"] {
            std::fs::write(site.join(file), "").unwrap();
        }
        let gorgias = Emulator::start().await.unwrap();
        let shop = gorgias.account("acme").user(OWNER, KEY, Role::Admin);
        let settings = [
            ("CONVI_LISTEN", "127.0.0.1:0".to_owned()),
            ("CONVI_GORGIAS_URL", gorgias.template()),
            ("CONVI_TOKEN_SECRET", "a secret of at least thirty-two bytes".to_owned()),
            ("CONVI_INGEST_SECRET", INGEST_SECRET.to_owned()),
        ];
        let settings = settings.map(|(name, value)| (name.to_owned(), value)).to_vec();
        Self { folder, _gorgias: gorgias, shop, settings }
    }

    /// Adds a setting.
    pub fn with(mut self, name: &str, value: &str) -> Self {
        self.settings.push((name.to_owned(), value.to_owned()));
        self
    }

    pub fn path(&self, below: &str) -> PathBuf {
        self.folder.path().join(below)
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(self.path("convi-integrations"));
        command.args(arguments).current_dir(self.folder.path()).env_clear();
        command.envs(self.settings.iter().map(|(name, value)| (name, value))).stdin(Stdio::null());
        command
    }

    /// Runs a command and returns its exit code and output.
    pub fn runs(&self, arguments: &[&str]) -> (Option<i32>, String) {
        let Output { status, stdout, stderr } = self.command(arguments).output().unwrap();
        (status.code(), format!("{}{}", String::from_utf8_lossy(&stdout), String::from_utf8_lossy(&stderr)))
    }

    pub fn token(&self) -> String {
        let (code, token) = self.runs(&["token", "mint", "--merchant", "m1", "--role", "owner"]);
        assert_eq!(code, Some(0), "{token}");
        token.trim().to_owned()
    }

    /// Starts a server and returns once it listens.
    pub fn serves(&self) -> Program {
        self.serves_as("all")
    }

    /// Starts a server with this role and returns once it listens.
    pub fn serves_as(&self, role: &str) -> Program {
        let mut command = self.command(&["serve"]);
        let mut child =
            command.env("CONVI_ROLE", role).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        let out = lines(child.stdout.take().unwrap());
        let log = lines(child.stderr.take().unwrap());
        let mut it = Program {
            child,
            out,
            log,
            heard: RefCell::default(),
            address: String::new(),
            client: Client::builder().build().unwrap(),
        };
        it.address = it.says("listening on ");
        it
    }
}

/// Returns a channel of lines as they are read.
fn lines(from: impl Read + Send + 'static) -> Receiver<String> {
    let (tell, told) = mpsc::channel();
    std::thread::spawn(move || {
        for line in BufReader::new(from).lines().map_while(Result::ok) {
            if tell.send(line).is_err() {
                return;
            }
        }
    });
    told
}

/// A running server.
pub struct Program {
    child: Child,
    out: Receiver<String>,
    log: Receiver<String>,
    heard: RefCell<Vec<String>>,
    pub address: String,
    pub client: Client,
}

impl Program {
    /// Waits for a line on stdout with this prefix and returns the rest of it.
    pub fn says(&self, words: &str) -> String {
        loop {
            match self.out.recv_timeout(PATIENCE) {
                Ok(line) if line.starts_with(words) => return line[words.len()..].to_owned(),
                Ok(_) => {}
                Err(error) => panic!("{error}: it never printed {words}\n{}", self.heard()),
            }
        }
    }

    /// Waits for the next log line that contains all of these parts.
    pub fn logs(&self, parts: &[&str]) -> String {
        loop {
            match self.log.recv_timeout(PATIENCE) {
                Ok(line) => {
                    self.heard.borrow_mut().push(line.clone());
                    if parts.iter().all(|part| line.contains(part)) {
                        return line;
                    }
                }
                Err(error) => panic!("{error}: it never logged {parts:?}\n{}", self.heard()),
            }
        }
    }

    /// Returns everything logged so far.
    pub fn heard(&self) -> String {
        self.heard.borrow_mut().extend(self.log.try_iter());
        self.heard.borrow().join("\n")
    }

    pub fn gets(&self, signal: Signal) {
        kill_process(Pid::from_child(&self.child), signal).unwrap();
    }

    /// Waits for the process to exit. By then its whole log has been read.
    pub fn ends(&mut self) -> ExitStatus {
        let status = self.child.wait().unwrap();
        let rest: Vec<String> = self.log.iter().collect();
        self.heard.borrow_mut().extend(rest);
        status
    }

    pub async fn connects(&self, token: &str) {
        let form = json!({"subdomain": "acme", "username": OWNER, "api_key": KEY});
        let put = self.client.put(format!("{}/v1/integrations/gorgias", self.address));
        let answer = put.bearer_auth(token).json(&form).send().await.unwrap();
        assert_eq!(answer.status(), 200, "{}", answer.text().await.unwrap());
    }

    /// Posts a handover of this conversation.
    pub async fn posts(&self, conversation: &str) -> reqwest::Result<Response> {
        let body = json!({
            "merchant_id": "m1", "trigger": {"kind": "manual"},
            "conversation": {"id": conversation, "messages": [{"id": "1", "author": "shopper", "text": "Hello"}]},
        })
        .to_string();
        let (id, now) = (format!("msg-{conversation}"), SystemClock.now().as_second());
        let signature = Webhook::new(INGEST_SECRET).unwrap().sign(&id, now, body.as_bytes()).unwrap();
        self.client
            .post(format!("{}/v1/handovers", self.address))
            .header("webhook-id", id)
            .header("webhook-timestamp", now)
            .header("webhook-signature", signature)
            .header("content-type", "application/json")
            .body(body)
            .send()
            .await
    }

    /// Posts a handover, asserts that it is accepted, and returns its id.
    pub async fn accepts(&self, conversation: &str) -> String {
        let answer = self.posts(conversation).await.unwrap();
        assert_eq!(answer.status(), 202);
        let answer: Value = answer.json().await.unwrap();
        answer["handover_id"].as_str().unwrap().to_owned()
    }

    /// Returns the response to this merchant's GET.
    pub async fn reads(&self, token: &str, path: &str) -> Value {
        let get = self.client.get(format!("{}{path}", self.address));
        get.bearer_auth(token).send().await.unwrap().json().await.unwrap()
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
