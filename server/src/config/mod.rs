//! Every setting, read from the environment or a TOML file and parsed once into [`Config`].
//!
//! [`settings()`] is the one list of them. The parser, `--help` and the table in docs/operating.md all use it.

mod reader;
mod secrets;
mod settings;

pub use secrets::{IngestSecrets, MasterKeysSetting, TokenKeys};
pub use settings::{Preset, Setting, help, markdown, settings};

use crate::{
    client_address::TrustedProxies, embed_origins::EmbedOrigins, helpdesk::AccountUrl,
    internet::InternetRules, mail::SmtpSetting, origin::PublicUrl, store::DatabaseUrl, vault::MasterKeys,
};
use app::model::Helpdesk;
use reader::SettingsReader;
use std::{collections::HashMap, ffi::OsString, net::SocketAddr, path::Path, time::Duration};

/// Which part of the work this process does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ProcessRole {
    /// Everything.
    All,
    /// Serves pages and programs. It calls a helpdesk only for a person's tests and saves.
    Web,
    /// Dispatches. Over HTTP, it serves only health checks and metrics.
    Worker,
}

impl ProcessRole {
    /// Returns the setting's value.
    pub fn name(self) -> &'static str {
        match self {
            Self::All => "all",
            Self::Web => "web",
            Self::Worker => "worker",
        }
    }

    /// Returns whether it serves pages and programs.
    pub fn serves(self) -> bool {
        self != Self::Worker
    }

    /// Returns whether it dispatches handovers and does the regular jobs.
    pub fn dispatches(self) -> bool {
        self != Self::Web
    }

    fn parse(text: &str) -> Result<Self, String> {
        match text {
            "all" => Ok(Self::All),
            "web" => Ok(Self::Web),
            "worker" => Ok(Self::Worker),
            _ => Err("must be web, worker or all".to_owned()),
        }
    }
}

/// Every setting, parsed.
#[derive(Debug)]
pub struct Config {
    /// The address to listen on; port 0 picks a port.
    pub listen: SocketAddr,
    /// Where browsers reach this server; `None` for the bound address.
    pub public_url: Option<PublicUrl>,
    /// The database.
    pub database: DatabaseUrl,
    /// The source of the keys that seal credentials.
    pub master_keys: MasterKeysSetting,
    /// The keys that verify dashboard tokens.
    pub token_keys: TokenKeys,
    /// The secrets that verify posted handovers.
    pub ingest_secrets: IngestSecrets,
    /// Where each helpdesk's accounts are.
    pub helpdesks: HashMap<Helpdesk, AccountUrl>,
    /// Which URLs merchants may make us call.
    pub internet: InternetRules,
    /// Where emails go.
    pub smtp: SmtpSetting,
    /// The proxies whose `X-Forwarded-For` is trusted.
    pub trusted_proxies: TrustedProxies,
    /// The origins that may embed the screen.
    pub embed_origins: EmbedOrigins,
    /// W: how long after a request's end its ticket may take to become visible.
    pub unsure_after: Duration,
    /// How long a transcript is kept after its delivery; `None` for forever.
    pub retention: Option<Duration>,
    /// Where Prometheus reads metrics.
    pub metrics_listen: Option<SocketAddr>,
    /// Whether everyone is the owner of merchant `demo`.
    pub demo: bool,
    /// Which part of the work this process does.
    pub role: ProcessRole,
    /// Whether `serve` migrates the database first.
    pub migrate: bool,
}

/// The parts of the settings that a command needs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Need {
    /// Everything for serving requests.
    Serve,
    /// Only that the given settings are valid: no token is verified.
    Offline,
}

/// Only a database that is a file can have a key file beside it.
const NO_SHARED_SECRETS: &str = "CONVI_DEMO makes up secrets for one process only; with PostgreSQL, set CONVI_TOKEN_SECRET \
     and CONVI_INGEST_SECRET, the same for every process, or use sqlite://PATH";
const NO_SHARED_KEYS: &str = "CONVI_MASTER_KEYS is required with PostgreSQL, and must be the same for every process; \
     `convi-integrations keys generate` prints a key";

/// All errors in the settings, one line each.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("{}", .0.join("\n"))]
pub struct ConfigErrors(pub Vec<String>);

impl Config {
    /// Reads and parses all settings, and reports all errors at once.
    pub fn load(
        environment: impl IntoIterator<Item = (OsString, OsString)>,
        file: Option<&Path>,
        need: Need,
    ) -> Result<Self, ConfigErrors> {
        let mut reader = SettingsReader::default();
        reader.read_environment(environment);
        if let Some(path) = file {
            reader.read_file(path);
        }
        match Self::parse(&mut reader, need) {
            Some(config) if reader.errors.is_empty() => Ok(config),
            _ => Err(ConfigErrors(reader.errors)),
        }
    }

    /// Parses every setting. Returns `None` only if the reader has errors.
    fn parse(reader: &mut SettingsReader, need: Need) -> Option<Self> {
        let listen = reader.parse("CONVI_LISTEN", address);
        let public_url = reader.parse("CONVI_PUBLIC_URL", PublicUrl::parse);
        let database = reader.parse("CONVI_DATABASE_URL", DatabaseUrl::parse);
        let master_keys = reader.parse("CONVI_MASTER_KEYS", |text| {
            MasterKeys::parse(text).map_err(|error| format!("is invalid: {error}"))
        });
        let token_keys = TokenKeys {
            secrets: reader.parse("CONVI_TOKEN_SECRET", secrets::token_secrets).unwrap_or_default(),
            public_key: reader.parse("CONVI_TOKEN_PUBLIC_KEY", secrets::public_key),
        };
        let ingest_secrets = reader.parse("CONVI_INGEST_SECRET", IngestSecrets::parse).unwrap_or_default();
        let helpdesks: HashMap<_, _> = Helpdesk::all()
            .filter_map(|helpdesk| {
                let setting = helpdesk.details().url.as_ref()?;
                let accounts = reader.parse(setting.name, |text| AccountUrl::parse(helpdesk, text))?;
                Some((helpdesk, accounts))
            })
            .collect();
        let ports = reader.parse("CONVI_WEBHOOK_PORTS", InternetRules::ports);
        let allowed = reader.parse("CONVI_WEBHOOK_ALLOW", InternetRules::networks).unwrap_or_default();
        let smtp = reader.parse("CONVI_SMTP_URL", SmtpSetting::parse);
        let trusted_proxies =
            reader.parse("CONVI_TRUSTED_PROXIES", TrustedProxies::parse).unwrap_or_default();
        let embed_origins = reader.parse("CONVI_EMBED_ORIGINS", EmbedOrigins::parse).unwrap_or_default();
        let unsure_after = reader.parse("CONVI_UNSURE_AFTER", seconds);
        let retention = reader.parse("CONVI_RETENTION_DAYS", days);
        let metrics_listen = reader.parse("CONVI_METRICS_LISTEN", address);
        let demo = reader.parse("CONVI_DEMO", switch);
        let role = reader.parse("CONVI_ROLE", ProcessRole::parse);
        let migrate = reader.parse("CONVI_MIGRATE", switch);

        if let Some(DatabaseUrl::Postgres(_)) = database {
            if !reader.is_set("CONVI_MASTER_KEYS") {
                reader.errors.push(NO_SHARED_KEYS.to_owned());
            }
            let shared = ["CONVI_TOKEN_SECRET", "CONVI_INGEST_SECRET"];
            if demo == Some(true) && !shared.iter().all(|name| reader.is_set(name)) {
                reader.errors.push(NO_SHARED_SECRETS.to_owned());
            }
        } else if role.is_some_and(|role| role != ProcessRole::All) {
            reader
                .errors
                .push("CONVI_ROLE must be all with SQLite: web and worker need PostgreSQL".to_owned());
        }
        if demo == Some(true) && listen.is_some_and(|listen| !listen.ip().is_loopback()) {
            reader.errors.push(
                "CONVI_DEMO signs everyone in, so CONVI_LISTEN must be a loopback address such as 127.0.0.1:3000"
                    .to_owned(),
            );
        }
        let tokens_set = reader.is_set("CONVI_TOKEN_SECRET") || reader.is_set("CONVI_TOKEN_PUBLIC_KEY");
        // A worker has no pages.
        let reads_tokens = need == Need::Serve && role.is_none_or(ProcessRole::serves);
        if reads_tokens && demo == Some(false) && !tokens_set {
            reader.errors.push(
                "CONVI_TOKEN_SECRET is required: the secret of at least 32 bytes with which Convi's dashboard signs tokens \
                 (or set CONVI_TOKEN_PUBLIC_KEY, or CONVI_DEMO=1 for a demo)"
                    .to_owned(),
            );
        }
        let database = database?;
        Some(Self {
            listen: listen?,
            public_url,
            master_keys: master_keys
                .map_or_else(|| MasterKeysSetting::beside(&database), MasterKeysSetting::Given),
            database,
            token_keys,
            ingest_secrets,
            helpdesks,
            internet: InternetRules::new(ports?, allowed),
            smtp: smtp?,
            trusted_proxies,
            embed_origins,
            unsure_after: unsure_after?,
            retention,
            metrics_listen,
            demo: demo?,
            role: role?,
            migrate: migrate?,
        })
    }
}

fn address(text: &str) -> Result<SocketAddr, String> {
    text.parse()
        .map_err(|_| format!("is `{text}`, which is not an address and port; use for example 127.0.0.1:3000"))
}

fn switch(text: &str) -> Result<bool, String> {
    match text {
        "1" | "true" => Ok(true),
        "0" | "false" => Ok(false),
        _ => Err("must be 1 or 0".to_owned()),
    }
}

fn seconds(text: &str) -> Result<Duration, String> {
    match text.parse() {
        Ok(seconds @ 1..=86_400) => Ok(Duration::from_secs(seconds)),
        _ => Err("must be a whole number of seconds from 1 to 86400".to_owned()),
    }
}

fn days(text: &str) -> Result<Duration, String> {
    match text.parse() {
        Ok(days @ 1..=36_500) => Ok(Duration::from_secs(days * 86_400)),
        _ => {
            Err("must be a whole number of days from 1 to 36500; unset it to keep transcripts forever"
                .to_owned())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use app::model::Subdomain;
    use secrecy::ExposeSecret;
    use std::{fs, io::Write};

    const TOKEN: (&str, &str) = ("CONVI_TOKEN_SECRET", "0123456789abcdef0123456789abcdef");

    fn load(names: &[(&str, &str)]) -> Result<Config, Vec<String>> {
        load_with(names, None)
    }

    fn load_with(names: &[(&str, &str)], file: Option<&Path>) -> Result<Config, Vec<String>> {
        let environment = names.iter().map(|(name, value)| (OsString::from(name), OsString::from(value)));
        Config::load(environment, file, Need::Serve).map_err(|errors| errors.0)
    }

    fn file(text: &str) -> tempfile::NamedTempFile {
        let mut file = tempfile::NamedTempFile::new().unwrap();
        file.write_all(text.as_bytes()).unwrap();
        file
    }

    #[test]
    fn defaults_match_the_contract() {
        let config = load(&[TOKEN, ("PATH", "/bin")]).unwrap();
        assert_eq!(config.listen, "127.0.0.1:3000".parse().unwrap());
        assert!(config.public_url.is_none());
        assert!(matches!(&config.database, DatabaseUrl::Sqlite(path) if path == Path::new("data/convi.db")));
        assert!(
            matches!(&config.master_keys, MasterKeysSetting::Beside(p) if p == Path::new("data/master.key"))
        );
        assert!(config.ingest_secrets.0.is_empty());
        assert!(matches!(&config.smtp, SmtpSetting::File(path) if path == Path::new("data/outbox")));
        assert_eq!(config.unsure_after, Duration::from_secs(90));
        assert_eq!((config.demo, config.role, config.migrate), (false, ProcessRole::All, true));
        let shop = Subdomain::parse(Helpdesk::GORGIAS, "shop").unwrap();
        assert_eq!(config.helpdesks[&Helpdesk::GORGIAS].account(&shop), "https://shop.gorgias.com");
    }

    #[test]
    fn all_errors_are_reported_at_once() {
        let errors = load(&[
            ("CONVI_LISTEN", "here"),
            ("CONVI_UNSURE_AFTER", "soon"),
            ("CONVI_LISTN", "x"),
            ("CONVI_INGEST_SECRET_FLE", "x"),
            ("CONVI_LISTEN_FILE", "x"),
        ])
        .unwrap_err();
        assert_eq!(errors.len(), 6, "{errors:#?}");
        let text = ConfigErrors(errors).to_string();
        for part in [
            "CONVI_LISTEN is `here`",
            "CONVI_UNSURE_AFTER must be a whole number of seconds",
            "CONVI_LISTN is not a known setting; did you mean CONVI_LISTEN?",
            "did you mean CONVI_INGEST_SECRET_FILE?",
            "CONVI_LISTEN_FILE is not a known setting",
            "CONVI_TOKEN_SECRET is required",
        ] {
            assert!(text.contains(part), "{part}: {text}");
        }
        assert!(text.lines().all(|line| line.contains("CONVI_")));
    }

    #[test]
    fn errors_never_repeat_a_secret() {
        for name in settings::settings().filter(|setting| setting.secret).map(|setting| setting.name) {
            let errors = load(&[(name, "geheim:geheim")]).unwrap_err();
            assert!(errors.iter().any(|error| error.contains(name)), "{name}: {errors:?}");
            assert!(!errors.join("").contains("geheim"), "{errors:?}");
        }
        let broken = file("CONVI_TOKEN_SECRET = \"geheim\" geheim\n");
        let errors = load_with(&[], Some(broken.path())).unwrap_err();
        assert!(errors[0].contains("line 1"), "{errors:?}");
        assert!(!errors.join("").contains("geheim"), "{errors:?}");
        let config = load(&[
            ("CONVI_TOKEN_SECRET", &"geheim".repeat(6)),
            ("CONVI_SMTP_URL", "smtp://u:geheim@mail.example"),
            ("CONVI_INGEST_SECRET", "whsec_Z2VoZWltZ2VoZWltZ2VoZWltZ2VoZWlt"),
        ]);
        assert!(!format!("{:?}", config.unwrap()).contains("geheim"));
    }

    #[test]
    fn environment_overrides_the_file() {
        let given = file(
            "CONVI_LISTEN = \"127.0.0.1:1\"\nCONVI_UNSURE_AFTER = 5\nCONVI_MIGRATE = false\n\
             CONVI_TOKEN_SECRET_FILE = \"/does/not/exist\"\n",
        );
        let config = load_with(&[TOKEN, ("CONVI_LISTEN", "127.0.0.1:2")], Some(given.path())).unwrap();
        assert_eq!(config.listen.port(), 2);
        assert_eq!(config.unsure_after, Duration::from_secs(5));
        assert!(!config.migrate);
        let errors = load_with(&[], Some(file("CONVI_LISEN = \"x\"\n[CONVI_ROLE]\n").path())).unwrap_err();
        assert!(errors.iter().any(|e| e.contains("did you mean CONVI_LISTEN?")), "{errors:?}");
        assert!(errors.iter().any(|e| e.contains("CONVI_ROLE must be a string")), "{errors:?}");
    }

    #[test]
    fn secret_can_come_from_a_file_but_not_twice() {
        let secret = file(&format!("{}\n", TOKEN.1));
        let path = secret.path().to_str().unwrap();
        let config = load(&[("CONVI_TOKEN_SECRET_FILE", path)]).unwrap();
        assert_eq!(config.token_keys.secrets[0].expose_secret(), TOKEN.1);
        let errors = load(&[TOKEN, ("CONVI_TOKEN_SECRET_FILE", path)]).unwrap_err();
        assert!(errors[0].contains("both set"), "{errors:?}");
        let errors = load(&[TOKEN, ("CONVI_INGEST_SECRET_FILE", "/does/not/exist")]).unwrap_err();
        assert!(errors[0].starts_with("CONVI_INGEST_SECRET_FILE cannot be read"), "{errors:?}");
    }

    #[test]
    fn surrounding_whitespace_and_marks_are_ignored() {
        const PEM: &str = "-----BEGIN PUBLIC KEY-----\nMCowBQYDK2VwAyEAFQjaLbK24/CpgBCjJPJN4NjPK5EvJ2W0BfmwP+QCkFE=\n-----END PUBLIC KEY-----\n";
        for (before, after) in
            [("\u{feff}", "\r\n"), ("", "\n\n"), (" \u{200b}", "\u{a0}\r\n"), ("\n", "\u{feff}")]
        {
            let around = |text: &str| file(&format!("{before}{text}{after}"));
            let (secret, ingest) = (around(TOKEN.1), around("whsec_Z2VoZWltZ2VoZWltZ2VoZWltZ2VoZWlt"));
            let pem = around(&PEM.replace('\n', "\r\n"));
            let path = |file: &tempfile::NamedTempFile| file.path().to_str().unwrap().to_owned();
            let config = load(&[
                ("CONVI_TOKEN_SECRET_FILE", &path(&secret)),
                ("CONVI_INGEST_SECRET_FILE", &path(&ingest)),
                ("CONVI_TOKEN_PUBLIC_KEY_FILE", &path(&pem)),
            ])
            .unwrap();
            assert_eq!(config.token_keys.secrets[0].expose_secret(), TOKEN.1);
            assert_eq!(config.ingest_secrets.0[0].expose_secret(), b"geheimgeheimgeheimgeheim");
            assert!(crate::http::token::Tokens::new(&config.token_keys).is_ok());
            let given =
                file(&format!("{before}CONVI_LISTEN = \"127.0.0.1:1\"\r\nCONVI_UNSURE_AFTER = 5{after}"));
            assert_eq!(load_with(&[TOKEN], Some(given.path())).unwrap().listen.port(), 1);
        }
        let config =
            load(&[("CONVI_TOKEN_SECRET", &format!("\u{feff}{},\u{200b}{}\u{a0}", TOKEN.1, TOKEN.1))]);
        assert!(config.unwrap().token_keys.secrets.iter().all(|secret| secret.expose_secret() == TOKEN.1));
    }

    #[test]
    fn invalid_settings_are_rejected() {
        for (name, value, part) in [
            ("CONVI_DATABASE_URL", "postgres://u:p@h/d", "CONVI_MASTER_KEYS is required with PostgreSQL"),
            ("CONVI_DATABASE_URL", "postgres://u:p@h/d?sslmod=disable", "has the unknown parameter sslmod"),
            ("CONVI_DATABASE_URL", "mysql://h/d", "is not a database URL"),
            ("CONVI_DATABASE_URL", "sqlite://", "does not name a file"),
            ("CONVI_DATABASE_URL", "sqlite://a.db?mode=ro", "takes no options"),
            ("CONVI_ROLE", "web", "web and worker need PostgreSQL"),
            ("CONVI_ROLE", "both", "must be web, worker or all"),
            ("CONVI_DEMO", "yes", "must be 1 or 0"),
            ("CONVI_PUBLIC_URL", "https://x.example/path", "scheme, host and port only"),
            ("CONVI_PUBLIC_URL", "x.example", "scheme, host and port only"),
            ("CONVI_EMBED_ORIGINS", "*", "would allow every site"),
            ("CONVI_EMBED_ORIGINS", "http://shop.example", "must be https"),
            ("CONVI_TRUSTED_PROXIES", "proxy.example", "has `proxy.example`, which is not a network"),
            ("CONVI_TRUSTED_PROXIES", "10.0.0.7/8", "use 10.0.0.0/8"),
            ("CONVI_TRUSTED_PROXIES", "0.0.0.0/0", "too large"),
            ("CONVI_WEBHOOK_ALLOW", "0.0.0.0/0", "too large"),
            ("CONVI_WEBHOOK_ALLOW", "10.1.2.3/8", "use 10.0.0.0/8"),
            ("CONVI_PUBLIC_URL", "https://*", "host"),
            ("CONVI_SMTP_URL", "mail.example", "is not a mail server URL"),
            ("CONVI_INGEST_SECRET", "whsec_c2hvcnQ=", "at least 24 bytes"),
            ("CONVI_TOKEN_SECRET", "short", "at least 32 bytes"),
            ("CONVI_TOKEN_PUBLIC_KEY", "-----BEGIN", "Ed25519 public key in PEM"),
            ("CONVI_UNSURE_AFTER", "0", "1 to 86400"),
            ("CONVI_RETENTION_DAYS", "0", "must be a whole number of days"),
        ] {
            let errors =
                load(&[TOKEN, (name, value)].map(|(n, v)| if n == name { (n, value) } else { (n, v) }));
            let errors = errors.unwrap_err();
            assert!(errors.iter().any(|error| error.contains(part)), "{name}={value}: {errors:?}");
        }
        let errors = load(&[("CONVI_DEMO", "1"), ("CONVI_LISTEN", "0.0.0.0:3000")]).unwrap_err();
        assert!(errors[0].contains("loopback"), "{errors:?}");
    }

    #[test]
    fn worker_needs_no_secrets_of_pages() {
        let shared = [
            ("CONVI_DATABASE_URL", "postgres://u:p@h/d"),
            ("CONVI_MASTER_KEYS", "k1:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="),
        ];
        let with_role = |role| load(&[shared[0], shared[1], ("CONVI_ROLE", role)]);
        assert!(!with_role("worker").unwrap().role.serves());
        for role in ["web", "all"] {
            let errors = with_role(role).unwrap_err();
            assert!(errors[0].starts_with("CONVI_TOKEN_SECRET is required"), "{role}: {errors:?}");
        }
    }

    #[test]
    fn origins_are_normalized() {
        let config = load(&[
            TOKEN,
            ("CONVI_EMBED_ORIGINS", "https://Shop.example:443/, http://127.0.0.1:5173"),
            ("CONVI_PUBLIC_URL", "https://App.example"),
        ])
        .unwrap();
        assert_eq!(config.embed_origins.sources(), "https://shop.example http://127.0.0.1:5173");
        assert_eq!(config.public_url.unwrap().origin(), "https://app.example");
    }

    #[test]
    fn demo_makes_up_secrets_and_keeps_the_one_for_examples() {
        let folder = tempfile::tempdir().unwrap();
        let url = format!("sqlite://{}/new/convi.db", folder.path().display());
        let names = [("CONVI_DEMO", "1"), ("CONVI_DATABASE_URL", url.as_str())];
        let world = crate::clock::system();
        let keys = || {
            let mut config = load(&names).unwrap();
            config.make_up_demo_secrets(&world).unwrap();
            let ingest = config.ingest_secrets.0[0].expose_secret().to_vec();
            (ingest, config.token_keys.secrets[0].expose_secret().to_owned())
        };
        let (first, second) = (keys(), keys());
        assert_eq!(first.0, second.0);
        assert_ne!(first.1, second.1);
        let text = fs::read_to_string(folder.path().join("new/ingest.secret")).unwrap();
        assert!(text.starts_with("whsec_"), "{text}");
    }
}
