//! `doctor`: what would go wrong, before it does. One line a check; exit code 1 if one fails.

use super::{
    CommandError,
    output::{self, counted},
};
use crate::{
    application,
    config::{Config, DatabaseUrl, MasterKeysSetting, PublicUrl, SmtpSetting},
    http::assets::Site,
    wiring,
};
use app::model::{Helpdesk, Subdomain, TestOutcome};
use domain::clock::World;
use jiff::Timestamp;
use secrecy::ExposeSecret;
use std::{fmt, os::unix::fs::PermissionsExt, path::Path, time::Duration};
use tokio::net::TcpStream;

/// How long a mail server may take to answer.
const PATIENCE: Duration = Duration::from_secs(5);
/// 2026-01-01: no clock that is right is before the program was written.
const WRITTEN: i64 = 1_767_225_600;

/// What a check found, in a sentence.
enum Found {
    Good(String),
    Doubtful(String),
    Bad(String),
}

impl fmt::Display for Found {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Good(text) => write!(f, "ok    {text}"),
            Self::Doubtful(text) => write!(f, "note  {text}"),
            Self::Bad(text) => write!(f, "FAIL  {text}"),
        }
    }
}

/// Checks everything and prints a line each. The settings themselves are right, or it would not have come this far.
pub async fn run(config: &Config, world: &World) -> Result<(), CommandError> {
    let checks = vec![
        Found::Good("settings: every one is known and well formed".to_owned()),
        database(config).await,
        keys(config),
        clock(world.clock.now()),
        mail(config, world).await,
        template(config),
        public_url(config),
        proxies(config),
        ingest(config),
        site(),
    ];
    let accounts = accounts(config, world).await;
    let mut failed = 0;
    for check in checks.iter().chain(&metrics(config)).chain(&accounts) {
        output::line(check)?;
        failed += u64::from(matches!(check, Found::Bad(_)));
    }
    if failed > 0 { Err(anyhow::anyhow!("{} failed", counted(failed, "check")).into()) } else { Ok(()) }
}

async fn database(config: &Config) -> Found {
    match wiring::check_database(config).await {
        Ok(text) if let Some(path) = readable_by_others(&config.database) => Found::Doubtful(format!(
            "database: {text}; others on this machine may read it: run chmod 600 {}",
            path.display()
        )),
        Ok(text) => Found::Good(format!("database: {text}")),
        Err(error) => Found::Bad(format!("database: {error}")),
    }
}

/// An older version of this program made its database for everybody to read.
fn readable_by_others(database: &DatabaseUrl) -> Option<&Path> {
    let DatabaseUrl::Sqlite(path) = database else { return None };
    let mode = std::fs::metadata(path).ok()?.permissions().mode();
    (mode & 0o004 != 0).then_some(path)
}

fn keys(config: &Config) -> Found {
    match &config.master_keys {
        MasterKeysSetting::Given(keys) => {
            Found::Good(format!("keys: {} seals", keys.ids().next().unwrap_or_default()))
        }
        MasterKeysSetting::Beside(path) if !path.exists() => {
            Found::Good(format!("keys: {} will be made by serve", path.display()))
        }
        setting @ MasterKeysSetting::Beside(path) => {
            match setting.open(&crate::clock::SystemEntropy, false) {
                Ok(_) => Found::Good(format!("keys: {} is there; keep a copy elsewhere", path.display())),
                Err(error) => Found::Bad(format!("keys: {error}")),
            }
        }
    }
}

fn clock(now: Timestamp) -> Found {
    if now.as_second() < WRITTEN {
        return Found::Bad(format!("clock: it says {now}; tokens and signatures will be refused. Set it"));
    }
    Found::Good(format!("clock: {now}"))
}

/// Each connected account, asked as the server asks it; and this machine's clock against the helpdesk's.
async fn accounts(config: &Config, world: &World) -> Vec<Found> {
    let accounts = match wiring::accounts(config, world).await {
        Ok(accounts) => accounts,
        Err(error) => return vec![Found::Bad(format!("accounts: {error}"))],
    };
    let mut found = Vec::new();
    let mut compared = false;
    for account in accounts {
        let wiring::AskedAccount { name, outcome, date } = account;
        if let Some(theirs) = date.filter(|_| !compared) {
            compared = true;
            found.push(against(world.clock.now(), theirs, &name));
        }
        found.push(match outcome {
            TestOutcome::Passed { .. } => Found::Good(format!("account: {name} answers and takes its key")),
            TestOutcome::Failed { message, .. } => Found::Bad(format!("account: {name}: {message}")),
        });
    }
    found
}

/// A clock that is off refuses good tokens and signatures, and says wrong times to people.
fn against(ours: Timestamp, theirs: Timestamp, name: &str) -> Found {
    let off = ours.as_second() - theirs.as_second();
    let way = if off > 0 { "ahead of" } else { "behind" };
    match off.abs() {
        0..=5 => Found::Good(format!("clock: as at {name}")),
        seconds @ 6..=30 => Found::Doubtful(format!("clock: {seconds} s {way} {name}")),
        seconds => Found::Bad(format!(
            "clock: {seconds} s {way} {name}; tokens and signatures will be refused. Let NTP set it"
        )),
    }
}

async fn mail(config: &Config, world: &World) -> Found {
    match &config.smtp {
        SmtpSetting::File(folder) => match writable(folder) {
            Ok(()) => Found::Good(format!("mail: written to {}", folder.display())),
            Err(error) => Found::Bad(format!("mail: {} cannot be written: {error}", folder.display())),
        },
        SmtpSetting::Smtp(url) => {
            let Ok(url) = url::Url::parse(url.expose_secret()) else {
                return Found::Bad("mail: CONVI_SMTP_URL is no address".to_owned());
            };
            let host = url.host_str().unwrap_or_default();
            let port = url.port().unwrap_or(if url.scheme() == "smtps" { 465 } else { 25 });
            let connecting = TcpStream::connect((host.trim_matches(['[', ']']), port));
            let reached = tokio::time::timeout(PATIENCE, connecting).await.map(|stream| stream.map(drop));
            match reached {
                Ok(Ok(())) if let Some(why) = refuses(config, world).await => {
                    Found::Bad(format!("mail: {host}:{port} answers, but {why}"))
                }
                Ok(Ok(())) => match in_the_open(&url) {
                    None => Found::Good(format!("mail: {host}:{port} answers")),
                    Some(why) => Found::Doubtful(format!("mail: {host}:{port} answers, but {why}")),
                },
                Ok(Err(error)) => Found::Bad(format!("mail: {host}:{port}: {error}")),
                Err(_) => Found::Bad(format!("mail: {host}:{port} does not answer within 5 s")),
            }
        }
    }
}

/// Why a mail server that answers takes nothing from us: greeting, TLS, user, password and our address are tried, no mail is sent.
async fn refuses(config: &Config, world: &World) -> Option<String> {
    let url = config.public_url.clone().unwrap_or_else(|| PublicUrl::of_address(config.listen));
    let Ok(mailer) = application::mailer(config, &url.to_string(), world) else {
        return Some("CONVI_SMTP_URL is no address".to_owned());
    };
    match tokio::time::timeout(PATIENCE, mailer.reachable()).await {
        Ok(Ok(())) => None,
        Ok(Err(error)) => {
            Some(format!("refuses us: check TLS, user, password and sender in CONVI_SMTP_URL. {error}"))
        }
        Err(_) => Some(
            "does not go on within 5 s: is it a mail server, and its TLS the one of CONVI_SMTP_URL?"
                .to_owned(),
        ),
    }
}

/// What others could read on the way to a mail server, and the mend. A relay on the same machine is not on the way.
fn in_the_open(url: &url::Url) -> Option<String> {
    let tls = url.query_pairs().find(|(name, _)| name == "tls").map(|(_, value)| value.into_owned());
    if url.scheme() == "smtps" || tls.as_deref() == Some("required") {
        return None;
    }
    let here = match url.host_str()?.trim_matches(['[', ']']) {
        "localhost" => true,
        host => host.parse::<std::net::IpAddr>().is_ok_and(|address| address.is_loopback()),
    };
    let password = url.password().is_some();
    if here && !password {
        return None;
    }
    let what = if password { "the password and every transcript go" } else { "every transcript goes" };
    let unless = if tls.is_some() { " unless it offers STARTTLS" } else { "" };
    Some(format!(
        "{what} there unencrypted{unless}: end CONVI_SMTP_URL with ?tls=required for STARTTLS (usually port 587), or \
         write smtps://"
    ))
}

/// Whether metrics can be listened for. While the server runs, it is the one who does.
fn metrics(config: &Config) -> Option<Found> {
    let address = config.metrics_listen?;
    Some(match std::net::TcpListener::bind(address) {
        Ok(_) => Found::Good(format!("metrics: {address} is free")),
        Err(error) if error.kind() == std::io::ErrorKind::AddrInUse => {
            Found::Good(format!("metrics: {address} is in use, as by a running server"))
        }
        Err(error) => Found::Bad(format!("metrics: CONVI_METRICS_LISTEN {address}: {error}")),
    })
}

/// Whether a file can be made in the folder, or in the nearest one above it that exists.
fn writable(folder: &Path) -> std::io::Result<()> {
    let here = Path::new(".");
    let existing = folder.ancestors().find(|above| above.is_dir()).unwrap_or(here);
    let access = rustix::fs::Access::WRITE_OK | rustix::fs::Access::EXEC_OK;
    rustix::fs::access(existing, access).map_err(Into::into)
}

fn template(config: &Config) -> Found {
    match Subdomain::parse(Helpdesk::Gorgias, "mystore") {
        Ok(shop) => Found::Good(format!("Gorgias: mystore is {}", config.gorgias.account(&shop))),
        Err(error) => Found::Bad(format!("Gorgias: {error}")),
    }
}

fn public_url(config: &Config) -> Found {
    let url = config.public_url.clone().unwrap_or_else(|| PublicUrl::of_address(config.listen));
    if url.is_https() {
        return Found::Good(format!("public URL: {url}"));
    }
    Found::Doubtful(format!("public URL: {url} is not https, so session cookies are not Secure"))
}

/// Which limits hold depends on what the proxy in front says, so here is what is expected of it.
fn proxies(config: &Config) -> Found {
    let in_front = config.public_url.as_ref().is_some_and(|url| !url.is_loopback());
    let trusted = &config.trusted_proxies;
    if in_front && config.listen.ip().is_loopback() && !trusted.contains(config.listen.ip()) {
        return Found::Doubtful(format!(
            "proxies: the one in front connects from this machine, which CONVI_TRUSTED_PROXIES ({trusted}) leaves out, \
             so all shoppers count as one"
        ));
    }
    Found::Good(format!("proxies: X-Forwarded-For is believed from {trusted}; the one in front must send it"))
}

fn ingest(config: &Config) -> Found {
    if config.demo {
        return Found::Good("ingest: the demo signs with ingest.secret beside the database".to_owned());
    }
    match config.ingest_secrets.0.len() {
        0 => Found::Doubtful(
            "ingest: CONVI_INGEST_SECRET is not set, so POST /v1/handovers answers 503".to_owned(),
        ),
        count => Found::Good(format!("ingest: {}", counted(count as u64, "secret"))),
    }
}

fn site() -> Found {
    match Site::beside_executable() {
        Ok(_) => Found::Good("site: complete".to_owned()),
        Err(error) => Found::Bad(error.to_string()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_clock_from_the_past_is_noticed() {
        assert!(matches!(clock(Timestamp::UNIX_EPOCH), Found::Bad(_)));
        assert!(matches!(clock(Timestamp::from_second(WRITTEN).unwrap()), Found::Good(_)));
    }

    #[tokio::test]
    async fn a_mail_server_that_does_not_answer_is_named_without_its_password() {
        // Port 1 of this machine: nobody listens there.
        let found = mail_at("smtp://u:geheim@127.0.0.1:1").await;
        let text = found.to_string();
        assert!(text.starts_with("FAIL  mail: 127.0.0.1:1") && !text.contains("geheim"), "{text}");
        let folder = tempfile::tempdir().unwrap();
        let found = mail_at(&format!("file://{}/not/yet", folder.path().display())).await;
        assert!(matches!(found, Found::Good(_)));
    }

    #[test]
    fn mail_that_others_could_read_is_told_with_the_mend() {
        let told = |url: &str| in_the_open(&url::Url::parse(url).unwrap());
        for good in [
            "smtps://u:geheim@mail.example",
            "smtp://u:geheim@mail.example:587?tls=required",
            "smtp://127.0.0.1",
            "smtp://localhost:2525",
            "smtp://[::1]:25",
        ] {
            assert_eq!(told(good), None, "{good}");
        }
        for (url, what) in [
            ("smtp://u:geheim@mail.example", "the password and every transcript go there unencrypted:"),
            ("smtp://mail.example", "every transcript goes there unencrypted:"),
            ("smtp://u:geheim@127.0.0.1", "the password and every transcript"),
            ("smtp://u:geheim@mail.example?tls=opportunistic", "unencrypted unless it offers STARTTLS:"),
        ] {
            let told = told(url).unwrap();
            assert!(
                told.contains(what) && told.contains("?tls=required") && !told.contains("geheim"),
                "{told}"
            );
        }
    }

    async fn mail_at(url: &str) -> Found {
        let names = [("CONVI_SMTP_URL", url), ("CONVI_TOKEN_SECRET", "0123456789abcdef0123456789abcdef")];
        let environment = names.map(|(name, value)| (name.into(), value.into()));
        let config = Config::load(environment, None, crate::config::Need::Serve).unwrap();
        mail(&config, &crate::clock::system()).await
    }

    /// A mail server that knows users and gives this answer to a password.
    fn server(to_password: &'static str) -> u16 {
        use std::io::{BufRead, BufReader, Write};
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        std::thread::spawn(move || {
            for stream in listener.incoming() {
                let mut writer = stream.unwrap();
                let mut lines = BufReader::new(writer.try_clone().unwrap()).lines();
                let mut answer = "220 mail.test\r\n";
                while writer.write_all(answer.as_bytes()).is_ok()
                    && let Some(Ok(line)) = lines.next()
                {
                    answer = match line.split(' ').next().unwrap_or_default() {
                        "EHLO" => "250-mail.test\r\n250 AUTH PLAIN\r\n",
                        "AUTH" => to_password,
                        _ => "250 ok\r\n",
                    };
                }
            }
        });
        port
    }

    #[tokio::test]
    async fn a_mail_server_that_answers_in_the_open_is_a_note() {
        let port = server("235 welcome\r\n");
        let found = mail_at(&format!("smtp://u:geheim@127.0.0.1:{port}")).await;
        assert!(found.to_string().starts_with("note  mail: 127.0.0.1:"), "{found}");
        let found = mail_at(&format!("smtp://127.0.0.1:{port}")).await;
        assert!(matches!(found, Found::Good(_)), "{found}");
    }

    #[tokio::test]
    async fn a_mail_server_that_refuses_the_password_is_found_out() {
        let port = server("535 no\r\n");
        let found = mail_at(&format!("smtp://u:geheim@127.0.0.1:{port}")).await.to_string();
        assert!(found.starts_with("FAIL  mail: 127.0.0.1:") && found.contains("refuses us"), "{found}");
        assert!(!found.contains("geheim"), "{found}");
    }

    #[test]
    fn a_clock_that_is_off_is_measured() {
        let now = Timestamp::from_second(WRITTEN).unwrap();
        let said =
            |off: i64| against(Timestamp::from_second(WRITTEN + off).unwrap(), now, "m1's acme").to_string();
        assert_eq!(said(5), "ok    clock: as at m1's acme");
        assert_eq!(said(-20), "note  clock: 20 s behind m1's acme");
        assert!(said(61).starts_with("FAIL  clock: 61 s ahead of m1's acme;"), "{}", said(61));
    }
}
