//! `doctor`: what would go wrong, before it does. One line a check; exit code 1 if one fails.

use super::{
    CommandError,
    output::{self, counted},
};
use crate::{
    clock::World,
    config::{Config, DatabaseUrl, MasterKeysSetting, PublicUrl, SmtpSetting},
    http::assets::Site,
    wiring,
};
use app::model::{Helpdesk, Subdomain};
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
    let checks = [
        Found::Good("settings: every one is known and well formed".to_owned()),
        database(config).await,
        keys(config),
        clock(world.clock.now()),
        mail(&config.smtp).await,
        template(config),
        public_url(config),
        ingest(config),
        site(),
    ];
    let mut failed = 0;
    for check in checks.iter().chain(&metrics(config)) {
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

async fn mail(setting: &SmtpSetting) -> Found {
    match setting {
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
            match tokio::time::timeout(PATIENCE, TcpStream::connect((host.trim_matches(['[', ']']), port)))
                .await
            {
                Ok(Ok(_)) => match in_the_open(&url) {
                    None => Found::Good(format!("mail: {host}:{port} answers")),
                    Some(why) => Found::Doubtful(format!("mail: {host}:{port} answers, but {why}")),
                },
                Ok(Err(error)) => Found::Bad(format!("mail: {host}:{port}: {error}")),
                Err(_) => Found::Bad(format!("mail: {host}:{port} does not answer within 5 s")),
            }
        }
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
        let found = mail(&SmtpSetting::Smtp("smtp://u:geheim@127.0.0.1:1".into())).await;
        let text = found.to_string();
        assert!(text.starts_with("FAIL  mail: 127.0.0.1:1") && !text.contains("geheim"), "{text}");
        let folder = tempfile::tempdir().unwrap();
        let found = mail(&SmtpSetting::File(folder.path().join("not/yet"))).await;
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

    #[tokio::test]
    async fn a_mail_server_that_answers_in_the_open_is_a_note() {
        let server = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = server.local_addr().unwrap().port();
        let found = mail(&SmtpSetting::Smtp(format!("smtp://u:geheim@127.0.0.1:{port}").into())).await;
        assert!(found.to_string().starts_with("note  mail: 127.0.0.1:"), "{found}");
        let found = mail(&SmtpSetting::Smtp(format!("smtp://127.0.0.1:{port}").into())).await;
        assert!(matches!(found, Found::Good(_)), "{found}");
    }
}
