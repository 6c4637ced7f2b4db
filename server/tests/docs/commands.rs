//! The commands in the documents work as written: each block is run by a test here, or says why it is not.
//!
//! A block is marked by the comment before it: `<!-- test: name -->` names the test that runs it (here, or `file::name`),
//! `<!-- no test: why -->` says why no test does. Commands of `cargo xtask` are parsed by xtask's own tests.

use crate::{
    markdown::{Block, blocks},
    program::{Place, Running},
    repository::{documents, text},
    security::is_a_test,
};
use gorgias_emulator::{Emulator, Role};
use serde_json::Value;
use std::{
    collections::BTreeSet,
    io::{BufRead, BufReader},
    process::{Command, Stdio},
};

/// The mark of a block of commands.
fn is_marked(mark: &str) -> bool {
    match (mark.strip_prefix("test: "), mark.strip_prefix("no test: ")) {
        (Some(test), _) => match test.split_once("::") {
            Some((file, name)) => is_a_test(file, name),
            None => is_a_test("docs/commands.rs", test),
        },
        (_, why) => why.is_some_and(|why| why.len() > 10),
    }
}

#[test]
fn every_command_is_run_or_says_why_not() {
    let mut wrong = Vec::new();
    let mut commands = 0;
    for (document, body) in documents() {
        for Block { language, mark, text, .. } in blocks(&body) {
            let first = text.lines().next().unwrap_or_default();
            let programs = ["$ ", "cargo ", "curl ", "docker ", "npm ", "convi-integrations --"];
            match language {
                "sh" | "bash" => {
                    commands += 1;
                    if !is_marked(mark) {
                        wrong.push(format!("{document}: `{first}` is marked `{mark}`"));
                    }
                }
                _ if programs
                    .iter()
                    .any(|program| text.contains(&format!("\n{program}")) || first.starts_with(program)) =>
                {
                    wrong.push(format!("{document}: `{first}` is a command, and its block no `sh`"));
                }
                _ => {}
            }
        }
    }
    assert_eq!(wrong, [""; 0]);
    assert!(commands > 15, "{commands}");
}

/// Returns the blocks of a document that a test runs, in order.
fn blocks_of(document: &str, test: &str) -> Vec<String> {
    let body = text(document);
    let marked = blocks(&body).into_iter().filter(|block| block.mark == format!("test: {test}"));
    let found: Vec<_> = marked.map(|block| block.text.to_owned()).collect();
    assert!(!found.is_empty(), "{document} has no block for {test}");
    found
}

/// The demo's address in the documents.
const DEMO: &str = "http://127.0.0.1:3000";

#[test]
fn the_example_becomes_a_handover_that_is_found() {
    let place = Place::new();
    let server = place.serves(&[("CONVI_DEMO", "1"), ("CONVI_DATABASE_URL", "sqlite://data/demo/convi.db")]);
    let [post, list] = &blocks_of("docs/handovers.md", "the_example_becomes_a_handover_that_is_found")[..]
    else {
        panic!("one block posts, one asks")
    };
    let answer: Value = serde_json::from_str(&place.runs(&post.replace(DEMO, &server.address))).unwrap();
    let id = answer["handover_id"].as_str().unwrap_or_else(|| panic!("{answer}"));
    assert!(answer.get("warnings").is_none(), "{answer}");
    let page: Value = serde_json::from_str(&place.runs(&list.replace(DEMO, &server.address))).unwrap();
    assert_eq!(page["handovers"][0]["handover_id"], id, "{page}");
    assert_eq!(page["handovers"][0]["subject"], "Billing question");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_program_revokes_a_key_of_the_demo() {
    let place = Place::new();
    let gorgias = Emulator::start().await.unwrap();
    let (owner, key) = ("owner@demo-shop.test", "demo-shop-key");
    let _shop = gorgias.account("demo-shop").user(owner, key, Role::Admin);
    let base = gorgias.template().replace("/{subdomain}", "");
    let account = format!("{base}/demo-shop/api/account");
    let status = async || {
        let client = reqwest::Client::builder().no_proxy().build().unwrap();
        client.get(&account).basic_auth(owner, Some(key)).send().await.unwrap().status().as_u16()
    };
    assert_eq!(status().await, 200);
    let [block] = &blocks_of("docs/tour.md", "a_program_revokes_a_key_of_the_demo")[..] else {
        panic!("one")
    };
    let block = block.replace("http://127.0.0.1:4010", &base);
    place.runs(&block);
    assert_eq!(status().await, 401);
    place.runs(&block.replace("true", "false"));
    assert_eq!(status().await, 200);
}

/// Installs the program, from creating secrets to a purge, below a folder that takes the place of the machine's root.
#[test]
fn an_installation_works_as_it_is_described() {
    let place = Place::new();
    let commands = blocks_of("docs/operating.md", "an_installation_works_as_it_is_described");
    let [secrets, doctor, mint, rotation, purge] = &commands[..] else { panic!("{commands:#?}") };
    for folder in ["etc/convi-integrations", "var/lib/convi-integrations"] {
        std::fs::create_dir_all(place.path(folder)).unwrap();
    }
    let here = |block: &str| {
        let rooted = ["/etc/", "/var/lib/", "/opt/"];
        let block = rooted.iter().fold(block.to_owned(), |block, folder| {
            block.replace(folder, &format!("{}{folder}", place.path("").display()).replace("//", "/"))
        });
        // The program runs as the test's user, and there is no systemd to send the signal.
        block.replace("sudo -u convi ", "").replace("chgrp convi", "chgrp \"$(id -g)\"")
    };
    place.runs(&here(secrets));

    let document = text("docs/operating.md");
    let settings = blocks(&document).into_iter().find(|block| block.language == "toml").unwrap();
    let settings = here(settings.text).replace("smtps://user:password@mail.example.com", "file://outbox");
    std::fs::write(place.path("etc/convi-integrations/settings.toml"), settings).unwrap();
    let checked = place.tries(&here(doctor));
    assert!(checked.contains("ok    settings") && checked.contains("ok    database"), "{checked}");

    let file = place.path("etc/convi-integrations/settings.toml");
    let server = place.serves_with(&["--config", file.to_str().unwrap()], &[("CONVI_LISTEN", "127.0.0.1:0")]);
    let token = place.runs(&here(mint));
    let [ask] = &blocks_of("docs/handovers.md", "an_installation_works_as_it_is_described")[..] else {
        panic!("one")
    };
    let ask = ask.replace("https://integrations.example.com", &server.address);
    let listed: Value = serde_json::from_str(&place.runs(&format!("TOKEN={}\n{ask}", token.trim()))).unwrap();
    assert_eq!(listed["handovers"], Value::Array(vec![]));

    let rotation = here(rotation).replace("systemctl kill -s HUP convi-integrations", &reload(&server));
    let folder = place.path("var/lib/convi-integrations");
    let before = std::fs::read_to_string(folder.join("master.key")).unwrap();
    let said = place.runs(&format!("cd {}\n{rotation}", folder.display()));
    let after = std::fs::read_to_string(folder.join("master.key")).unwrap();
    assert!(said.contains("0 credentials"), "{said}");
    let ids: BTreeSet<_> = [&before, &after].into_iter().map(|keys| keys.split(':').next()).collect();
    assert_eq!((ids.len(), after.contains(',')), (2, false), "another key, and it alone");
    assert!(place.runs(&here(purge)).contains("m1"));
}

/// A program of docs/webhook.md that runs.
struct Receiver {
    child: std::process::Child,
    said: Box<dyn Iterator<Item = String>>,
}

impl Receiver {
    /// Starts a program of the document, and returns once it listens.
    fn start(place: &Place, interpreter: &str, file: &str, port: u16, secret: &str) -> Self {
        let [program] = &blocks_in("docs/webhook.md", interpreter)[..] else { panic!("one program") };
        std::fs::write(place.path(file), program).unwrap();
        let mut command = Command::new(if interpreter == "js" { "node" } else { "python3" });
        command.arg(place.path(file)).env("CONVI_SECRET", secret).env("PORT", port.to_string());
        let mut child = command.stdout(Stdio::piped()).spawn().unwrap();
        let lines = BufReader::new(child.stdout.take().unwrap()).lines().map_while(Result::ok);
        let mut said: Box<dyn Iterator<Item = String>> = Box::new(lines);
        assert_eq!(said.next().as_deref(), Some("listening"));
        Self { child, said }
    }
}

impl Drop for Receiver {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Returns the blocks of a document in this language.
fn blocks_in(document: &str, language: &str) -> Vec<String> {
    let body = text(document);
    let found = blocks(&body).into_iter().filter(|block| block.language == language);
    found.map(|block| block.text.to_owned()).collect()
}

/// Returns a port that was free a moment ago: the server's settings have to name it before a receiver can have it.
fn free_port() -> u16 {
    std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port()
}

/// Connects the receiver at this port, and returns the server and the secret.
fn connects(place: &Place, port: u16, path: &str) -> (Running, String, String) {
    let server = place.serves(&[
        ("CONVI_DEMO", "1"),
        ("CONVI_DATABASE_URL", "sqlite://data/demo/convi.db"),
        ("CONVI_WEBHOOK_ALLOW", "127.0.0.0/8"),
        ("CONVI_WEBHOOK_PORTS", &port.to_string()),
    ]);
    let [put] = &blocks_of("docs/webhook.md", "every_receiver_of_the_document_gets_its_events")
        .into_iter()
        .filter(|block| block.starts_with("curl"))
        .collect::<Vec<_>>()[..]
    else {
        panic!("one block connects")
    };
    // Everyone is the owner of the demo.
    let put = put.replace("-H \"authorization: Bearer $TOKEN\"", "");
    let save = format!("CONVI={}\nURL=http://127.0.0.1:{port}{path}\n{put}", server.address);
    let answer: Value = serde_json::from_str(&place.runs(&save)).unwrap();
    let secret = answer["secret"].as_str().unwrap_or_else(|| panic!("{answer}")).to_owned();
    (server, secret, save)
}

/// Posts a handover to the demo.
fn hands_over(place: &Place, server: &Running) {
    let [post, _] = &blocks_of("docs/handovers.md", "the_example_becomes_a_handover_that_is_found")[..]
    else {
        panic!("one block posts")
    };
    place.runs(&post.replace(DEMO, &server.address));
}

#[test]
fn every_receiver_of_the_document_gets_its_events() {
    for (language, file) in [("js", "receiver.mjs"), ("python", "receiver.py")] {
        let (place, port) = (Place::new(), free_port());
        let (server, secret, save) = connects(&place, port, "/convi");
        // A receiver with another secret rejects what it gets.
        let other = Receiver::start(&place, language, file, port, "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw");
        let problem: Value = serde_json::from_str(&place.runs(&save)).unwrap();
        assert_eq!(
            (&problem["status"], &problem["problem"]),
            (&Value::from(422), &Value::from("bad_credentials"))
        );
        drop(other);
        let mut receiver = Receiver::start(&place, language, file, port, &secret);
        let saved: Value = serde_json::from_str(&place.runs(&save)).unwrap();
        assert_eq!((&saved["state"], saved.get("secret")), (&Value::from("connected"), None), "{saved}");
        assert!(receiver.said.next().unwrap().starts_with("convi.test"));
        hands_over(&place, &server);
        let created = receiver.said.next().unwrap();
        assert!(created.starts_with("handover.created") && created.contains("Billing question"), "{created}");
    }
}

/// The document's Rust program is a module of this test, so that it is compiled.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn rust_receiver_of_the_document_gets_its_events() {
    let [program] = &blocks_in("docs/webhook.md", "rust")[..] else { panic!("one program") };
    assert_eq!(program.trim(), text("server/tests/docs/receiver.rs").trim());
    let (place, port) = (Place::new(), free_port());
    let (_server, secret, save) = connects(&place, port, "/convi");
    let listener = tokio::net::TcpListener::bind(("127.0.0.1", port)).await.unwrap();
    tokio::spawn(async move { axum::serve(listener, crate::receiver::app(&secret).unwrap()).await });
    let saved: Value = serde_json::from_str(&place.runs(&save)).unwrap();
    assert_eq!(saved["state"], "connected", "{saved}");
    let unsigned = reqwest::Client::builder().no_proxy().build().unwrap();
    let unsigned = unsigned.post(format!("http://127.0.0.1:{port}/convi")).body("{}").send().await.unwrap();
    assert_eq!(unsigned.status(), 401);
}

/// Sends SIGHUP, and waits until the log has the result. (With output to `/dev/null`, grep stops at the first match.)
fn reload(server: &Running) -> String {
    let (id, log) = (server.id(), server.log.display());
    let said = "keys\\.(not_)?reloaded";
    format!(
        "{{ n=$(grep -cE '{said}' {log} || true); kill -HUP {id}; \
         grep -m $((n + 1)) -E '{said}' < <(tail -n +1 -f {log}) | cat > /dev/null; }}"
    )
}
