//! Every setting: read from the environment or a TOML file, parsed once into [`Config`].
//!
//! [`SETTINGS`] is the one list of them. The parser, `--help` and the README's table all come from it.

use crate::vault::{self, MasterKeys, VaultError};
use crate::{client_address::TrustedProxies, embed_origins::EmbedOrigins};
use app::model::{Subdomain, pasted};
use base64::{Engine, engine::general_purpose::STANDARD};
use domain::clock::{Entropy, World};
use secrecy::{ExposeSecret, SecretSlice, SecretString};
use std::{
    collections::BTreeMap,
    ffi::OsString,
    fmt, fs,
    net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr},
    path::{Path, PathBuf},
    time::Duration,
};
use url::{Host, Url};

/// What every name of ours starts with; anything else in the environment is none of our business.
const PREFIX: &str = "CONVI_";
/// Appended to a secret's name: the value stands in this file.
const FILE_SUFFIX: &str = "_FILE";
/// The shortest HS256 secret, in bytes: RFC 7518 section 3.2 wants the key as long as the hash.
const MIN_TOKEN_SECRET: usize = 32;
/// The shortest ingest secret, in bytes once decoded: the lower bound of the Standard Webhooks specification.
const MIN_INGEST_SECRET: usize = 24;

/// What a setting is when nobody sets it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Preset {
    /// This value, parsed like any other.
    Value(&'static str),
    /// Nothing; the words say what happens then.
    Nothing(&'static str),
}

/// One setting, as the parser and the documentation know it.
#[derive(Clone, Copy, Debug)]
pub struct Setting {
    /// Its name in the environment and in the file.
    pub name: &'static str,
    /// What it is without being set.
    pub preset: Preset,
    /// One line on what it means.
    pub doc: &'static str,
    /// Whether the value is a secret: then `NAME_FILE` works too, and no message repeats it.
    pub secret: bool,
}

const fn plain(name: &'static str, preset: Preset, doc: &'static str) -> Setting {
    Setting { name, preset, doc, secret: false }
}

const fn secret(name: &'static str, preset: Preset, doc: &'static str) -> Setting {
    Setting { name, preset, doc, secret: true }
}

/// Every setting there is.
pub const SETTINGS: &[Setting] = &[
    plain(
        "CONVI_LISTEN",
        Preset::Value("127.0.0.1:3000"),
        "Address and port to listen on; port 0 picks one and prints it",
    ),
    plain(
        "CONVI_PUBLIC_URL",
        Preset::Nothing("from listen"),
        "Where browsers reach this server; https makes cookies Secure",
    ),
    secret(
        "CONVI_DATABASE_URL",
        Preset::Value("sqlite://data/convi.db"),
        "sqlite://PATH, relative to the working directory",
    ),
    secret(
        "CONVI_MASTER_KEYS",
        Preset::Nothing("made once, master.key beside the database"),
        "Keys that seal stored credentials, id:base64,…; the first seals, all open",
    ),
    secret(
        "CONVI_TOKEN_SECRET",
        Preset::Nothing("required outside the demo"),
        "HS256 secrets of dashboard tokens, at least 32 bytes each, comma-separated",
    ),
    secret(
        "CONVI_TOKEN_PUBLIC_KEY",
        Preset::Nothing("none"),
        "Ed25519 public key (PEM) of dashboard tokens, instead of or beside the secrets",
    ),
    secret(
        "CONVI_INGEST_SECRET",
        Preset::Nothing("without it ingest answers 503"),
        "whsec_… secrets that sign posted handovers, comma-separated while rotating",
    ),
    plain(
        "CONVI_GORGIAS_URL",
        Preset::Value("https://{subdomain}.gorgias.com"),
        "Template of a Gorgias account's address; plain http only to loopback",
    ),
    secret(
        "CONVI_SMTP_URL",
        Preset::Value("file://data/outbox"),
        "smtp://…, smtps://…, or file://FOLDER, which writes one .eml a mail",
    ),
    plain(
        "CONVI_TRUSTED_PROXIES",
        Preset::Value("127.0.0.0/8,::1"),
        "Networks of the proxies whose X-Forwarded-For is believed, comma-separated; none: nobody's",
    ),
    plain(
        "CONVI_EMBED_ORIGINS",
        Preset::Nothing("none"),
        "Origins that may embed the screen, comma-separated; https://*.example.com for every subdomain",
    ),
    plain(
        "CONVI_UNSURE_AFTER",
        Preset::Value("90"),
        "Seconds after a request's end in which what it made becomes visible",
    ),
    plain(
        "CONVI_RETENTION_DAYS",
        Preset::Nothing("kept for good"),
        "Days after a handover's delivery until its transcript is removed",
    ),
    plain("CONVI_METRICS_LISTEN", Preset::Nothing("off"), "Address and port of Prometheus' /metrics"),
    plain(
        "CONVI_DEMO",
        Preset::Value("0"),
        "1: everybody is signed in as the owner of merchant demo; loopback only, secrets are made up",
    ),
    plain("CONVI_ROLE", Preset::Value("all"), "web, worker or all; the split needs PostgreSQL"),
    plain("CONVI_MIGRATE", Preset::Value("1"), "0: serve does not migrate the database"),
];

/// The settings as lines for `--help`: name, what it is without being set, what it means.
pub fn help() -> String {
    let mut lines =
        String::from("Settings (environment, or a TOML file by --config; the environment wins):\n");
    for setting in SETTINGS {
        let preset = match setting.preset {
            Preset::Value(value) => value,
            Preset::Nothing(words) => words,
        };
        lines.push_str(&format!("  {}\n      {} [{preset}]\n", setting.name, setting.doc));
    }
    lines.push_str("Each secret also as a file: ");
    let secrets: Vec<_> =
        SETTINGS.iter().filter(|s| s.secret).map(|s| format!("{}{FILE_SUFFIX}", s.name)).collect();
    lines.push_str(&secrets.join(", "));
    lines.push('\n');
    lines
}

/// The settings as the README's table.
pub fn markdown() -> String {
    let mut lines = String::from("| name | default | |\n|---|---|---|\n");
    for setting in SETTINGS {
        let preset = match setting.preset {
            Preset::Value(value) => format!("`{value}`"),
            Preset::Nothing(words) => words.to_owned(),
        };
        let file =
            if setting.secret { format!(" (or `{}{FILE_SUFFIX}`)", setting.name) } else { String::new() };
        lines.push_str(&format!("| `{}`{file} | {preset} | {} |\n", setting.name, setting.doc));
    }
    lines
}

/// Where posted credentials, handovers and sessions are kept.
#[derive(Clone, Debug)]
pub enum DatabaseUrl {
    /// A file; relative to the working directory unless it starts with `/`.
    Sqlite(PathBuf),
    /// A server, with its password.
    Postgres(SecretString),
}

impl DatabaseUrl {
    fn parse(text: &str) -> Result<Self, String> {
        if text.starts_with("postgres://") || text.starts_with("postgresql://") {
            return Ok(Self::Postgres(text.into()));
        }
        let Some(path) = text.strip_prefix("sqlite://") else {
            return Err("is no database; write sqlite://PATH, for example sqlite://data/convi.db".to_owned());
        };
        if path.is_empty() || path.ends_with('/') || path == ":memory:" {
            return Err("names no file; write sqlite://PATH, for example sqlite://data/convi.db".to_owned());
        }
        if path.contains('?') || path.contains('#') {
            return Err("takes no options; write sqlite://PATH and nothing after it".to_owned());
        }
        Ok(Self::Sqlite(PathBuf::from(path)))
    }

    /// The folder of the database file: made-up keys are kept there. The working directory without one.
    pub fn folder(&self) -> PathBuf {
        match self {
            Self::Sqlite(path) => match path.parent() {
                Some(parent) if !parent.as_os_str().is_empty() => parent.to_owned(),
                _ => PathBuf::from("."),
            },
            Self::Postgres(_) => PathBuf::from("."),
        }
    }
}

/// Where the master keys come from.
#[derive(Debug)]
pub enum MasterKeysSetting {
    /// Given as a setting.
    Given(MasterKeys),
    /// Made once and kept in this file.
    Beside(PathBuf),
}

impl MasterKeysSetting {
    /// The keys. Makes the file if there is none; pass `may_make: false` when sealed rows exist already, because a
    /// fresh key could not open them.
    pub fn open(&self, entropy: &dyn Entropy, may_make: bool) -> Result<MasterKeys, VaultError> {
        match self {
            Self::Given(keys) => Ok(keys.clone()),
            Self::Beside(path) => MasterKeys::beside(path, entropy, may_make),
        }
    }
}

/// What dashboard tokens are verified with. Empty only where no token is ever looked at.
#[derive(Clone, Debug, Default)]
pub struct TokenKeys {
    /// HS256 secrets, at least 32 bytes each. The first one mints.
    pub secrets: Vec<SecretString>,
    /// An Ed25519 public key in PEM.
    pub public_key: Option<String>,
}

impl TokenKeys {
    /// Whether there is nothing to verify a token with.
    pub fn is_empty(&self) -> bool {
        self.secrets.is_empty() && self.public_key.is_none()
    }
}

/// The keys that sign posted handovers. Empty: ingest answers 503.
#[derive(Clone, Debug, Default)]
pub struct IngestSecrets(pub Vec<SecretSlice<u8>>);

impl IngestSecrets {
    fn parse(text: &str) -> Result<Self, String> {
        list(text)
            .map(|secret| {
                let encoded = secret.strip_prefix("whsec_").ok_or("every secret starts with whsec_")?;
                let key = STANDARD.decode(encoded).map_err(
                    |_| "after whsec_ comes base64, as the Standard Webhooks specification has it",
                )?;
                if key.len() < MIN_INGEST_SECRET {
                    return Err(
                        "a secret has at least 24 bytes: whsec_ and 32 characters of base64".to_owned()
                    );
                }
                Ok(SecretSlice::from(key))
            })
            .collect::<Result<_, String>>()
            .map(Self)
    }
}

/// The address of a Gorgias account, with `{subdomain}` where the account's name goes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GorgiasTemplate {
    before: String,
    after: String,
}

impl GorgiasTemplate {
    /// Reads a template. The name must be a whole label of the host or a whole segment of the path, so that no
    /// subdomain can lead anywhere else.
    pub fn parse(text: &str) -> Result<Self, String> {
        const HOLE: &str = "{subdomain}";
        let shape =
            || "must contain {subdomain} exactly once, as in https://{subdomain}.gorgias.com".to_owned();
        let (before, after) = text.trim_end_matches('/').split_once(HOLE).ok_or_else(shape)?;
        if after.contains(HOLE) {
            return Err(shape());
        }
        let url = Url::parse(&format!("{before}mystore{after}"))
            .map_err(|_| "is no address; write for example https://{subdomain}.gorgias.com".to_owned())?;
        match url.scheme() {
            "https" => {}
            "http" if is_loopback(&url) => {}
            "http" => {
                return Err("may be plain http only to a loopback address; credentials go there".to_owned());
            }
            _ => return Err("must start with https://".to_owned()),
        }
        if !url.username().is_empty() || url.password().is_some() {
            return Err("must have no user name or password in it".to_owned());
        }
        if url.query().is_some() || url.fragment().is_some() {
            return Err("must have nothing after ? or #".to_owned());
        }
        let host_or_path = before.split_once("://").map_or("", |(_, rest)| rest);
        let whole = if host_or_path.contains('/') {
            host_or_path.ends_with('/') && (after.is_empty() || after.starts_with('/'))
        } else {
            (host_or_path.is_empty() || host_or_path.ends_with('.'))
                && after.starts_with('.')
                && after.len() > 1
        };
        if !whole {
            return Err("must have {subdomain} as a whole part of the host or of the path".to_owned());
        }
        Ok(Self { before: before.to_owned(), after: after.to_owned() })
    }

    /// The account's address, without a slash at its end.
    pub fn account(&self, subdomain: &Subdomain) -> String {
        format!("{}{subdomain}{}", self.before, self.after)
    }

    /// The template itself, without a slash at its end.
    pub fn pattern(&self) -> String {
        format!("{}{{subdomain}}{}", self.before, self.after)
    }
}

/// Where mails go.
#[derive(Clone, Debug)]
pub enum SmtpSetting {
    /// One `.eml` a mail in this folder.
    File(PathBuf),
    /// A mail server, with its password.
    Smtp(SecretString),
}

impl SmtpSetting {
    fn parse(text: &str) -> Result<Self, String> {
        const SHAPE: &str =
            "is no mail server; write smtp://HOST:PORT, smtps://USER:PASSWORD@HOST or file://FOLDER";
        if let Some(folder) = text.strip_prefix("file://") {
            return if folder.is_empty() { Err(SHAPE.to_owned()) } else { Ok(Self::File(folder.into())) };
        }
        match Url::parse(text) {
            Ok(url)
                if matches!(url.scheme(), "smtp" | "smtps")
                    && url.host_str().is_some_and(|h| !h.is_empty()) =>
            {
                Ok(Self::Smtp(text.into()))
            }
            _ => Err(SHAPE.to_owned()),
        }
    }
}

/// Where browsers reach this server: scheme, host and port, nothing more.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PublicUrl {
    origin: String,
    https: bool,
}

impl PublicUrl {
    /// Reads an origin.
    pub fn parse(text: &str) -> Result<Self, String> {
        let url = parse_origin(text)?;
        Ok(Self { origin: url.origin().ascii_serialization(), https: url.scheme() == "https" })
    }

    /// What it is when only the bound address is known.
    pub fn of_address(address: SocketAddr) -> Self {
        let reachable = match address.ip() {
            IpAddr::V4(ip) if ip.is_unspecified() => IpAddr::V4(Ipv4Addr::LOCALHOST),
            IpAddr::V6(ip) if ip.is_unspecified() => IpAddr::V6(Ipv6Addr::LOCALHOST),
            ip => ip,
        };
        Self { origin: format!("http://{}", SocketAddr::new(reachable, address.port())), https: false }
    }

    /// As browsers write it, without a slash at its end.
    pub fn origin(&self) -> &str {
        &self.origin
    }

    /// Whether it leads to this machine only, so that no proxy is in front.
    pub fn is_loopback(&self) -> bool {
        Url::parse(&self.origin).is_ok_and(|url| is_loopback(&url))
    }

    /// Whether cookies may be `Secure`.
    pub fn is_https(&self) -> bool {
        self.https
    }
}

impl fmt::Display for PublicUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.origin)
    }
}

/// Which half of the work this process does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ProcessRole {
    /// Both.
    All,
    /// HTTP only.
    Web,
    /// Dispatch only.
    Worker,
}

/// Every setting, parsed.
#[derive(Debug)]
pub struct Config {
    /// Address to listen on; port 0 picks one.
    pub listen: SocketAddr,
    /// Where browsers reach this server; none: the bound address.
    pub public_url: Option<PublicUrl>,
    /// Where everything is kept.
    pub database: DatabaseUrl,
    /// What seals credentials.
    pub master_keys: MasterKeysSetting,
    /// What dashboard tokens are verified with.
    pub token_keys: TokenKeys,
    /// What posted handovers are verified with.
    pub ingest_secrets: IngestSecrets,
    /// The address of a Gorgias account.
    pub gorgias: GorgiasTemplate,
    /// Where mails go.
    pub smtp: SmtpSetting,
    /// Whose `X-Forwarded-For` is believed.
    pub trusted_proxies: TrustedProxies,
    /// Who may embed the screen.
    pub embed_origins: EmbedOrigins,
    /// W of design.md section 3: after a request's end, what it made becomes visible within this time.
    pub unsure_after: Duration,
    /// How long after its delivery a transcript is kept; none: for good.
    pub retention: Option<Duration>,
    /// Where Prometheus reads metrics.
    pub metrics_listen: Option<SocketAddr>,
    /// Everybody is the owner of merchant `demo`.
    pub demo: bool,
    /// Which half of the work this process does.
    pub role: ProcessRole,
    /// Whether `serve` migrates the database first.
    pub migrate: bool,
}

/// What a command needs of the settings.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Need {
    /// All that answering requests takes.
    Serve,
    /// Only that what is set is right: no token is looked at.
    Offline,
}

/// Everything that is wrong with the settings, a line each.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("{}", .0.join("\n"))]
pub struct ConfigErrors(pub Vec<String>);

impl Config {
    /// Reads and parses everything, and reports everything that is wrong at once.
    pub fn load(
        environment: impl IntoIterator<Item = (OsString, OsString)>,
        file: Option<&Path>,
        need: Need,
    ) -> Result<Self, ConfigErrors> {
        let mut reader = Reader { values: BTreeMap::new(), errors: Vec::new() };
        let environment = environment_names(environment, &mut reader.errors);
        reader.take_in(environment, "");
        if let Some(path) = file {
            let place = format!("{}: ", path.display());
            let names = file_names(path, &mut reader.errors);
            reader.take_in(names, &place);
        }
        reader.config(need)
    }

    /// Makes up what the demo needs and nobody set: a token secret for this process, and an ingest secret that is
    /// kept beside the database, so that the README's example can sign with it.
    pub fn make_up_demo_secrets(&mut self, world: &World) -> Result<(), VaultError> {
        if !self.demo {
            return Ok(());
        }
        if self.token_keys.is_empty() {
            self.token_keys.secrets.push(STANDARD.encode(random::<32>(&*world.entropy)).into());
        }
        if self.ingest_secrets.0.is_empty() {
            let path = self.database.folder().join("ingest.secret");
            let text = vault::made_once(&path, &*world.entropy, || {
                format!("whsec_{}\n", STANDARD.encode(random::<32>(&*world.entropy))).into()
            })?;
            self.ingest_secrets = IngestSecrets::parse(pasted::trim(text.expose_secret()))
                .map_err(|why| VaultError::File { path, why: format!("holds no ingest secret: {why}") })?;
        }
        Ok(())
    }
}

fn random<const N: usize>(entropy: &dyn Entropy) -> [u8; N] {
    let mut bytes = [0; N];
    entropy.fill(&mut bytes);
    bytes
}

/// Our names in the environment.
fn environment_names(
    environment: impl IntoIterator<Item = (OsString, OsString)>,
    errors: &mut Vec<String>,
) -> BTreeMap<String, String> {
    let mut names = BTreeMap::new();
    for (name, value) in environment {
        let Ok(name) = name.into_string() else { continue };
        if !name.starts_with(PREFIX) {
            continue;
        }
        match value.into_string() {
            // `NAME=` is how a shell or a compose file leaves something unset.
            Ok(value) if value.is_empty() => {}
            Ok(value) => {
                names.insert(name, value);
            }
            Err(_) => errors.push(format!("{name} is not UTF-8 text")),
        }
    }
    names
}

/// The names in a TOML file.
fn file_names(path: &Path, errors: &mut Vec<String>) -> BTreeMap<String, String> {
    let text = match fs::read_to_string(path) {
        // The beginning of its first line and not more: errors name lines.
        Ok(text) => {
            let begun = text.trim_start_matches(|c| pasted::is_invisible(c) && c != '\n');
            begun.trim_end_matches(pasted::is_invisible).to_owned()
        }
        Err(error) => {
            errors.push(format!("{} (from --config) cannot be read: {error}", path.display()));
            return BTreeMap::new();
        }
    };
    let table = match text.parse::<toml::Table>() {
        Ok(table) => table,
        Err(error) => {
            // Not the error's own `Display`: it quotes the line, which may hold a secret.
            let line =
                error.span().map_or(1, |span| 1 + text[..span.start.min(text.len())].matches('\n').count());
            errors.push(format!("{}, line {line}: {}", path.display(), error.message()));
            return BTreeMap::new();
        }
    };
    let mut names = BTreeMap::new();
    for (name, value) in table {
        match value {
            toml::Value::String(text) if text.is_empty() => {}
            toml::Value::String(text) => {
                names.insert(name, text);
            }
            toml::Value::Integer(number) => {
                names.insert(name, number.to_string());
            }
            toml::Value::Boolean(yes) => {
                names.insert(name, if yes { "1" } else { "0" }.to_owned());
            }
            _ => errors.push(format!("{}: {name} must be a text, a number, true or false", path.display())),
        }
    }
    names
}

struct Reader {
    values: BTreeMap<&'static str, String>,
    errors: Vec<String>,
}

impl Reader {
    /// Adds what one source has, unless an earlier one had it. `place` stands before each error.
    fn take_in(&mut self, mut names: BTreeMap<String, String>, place: &str) {
        for setting in SETTINGS {
            let value = names.remove(setting.name);
            let file_name = format!("{}{FILE_SUFFIX}", setting.name);
            let file = if setting.secret { names.remove(&file_name) } else { None };
            if value.is_some() && file.is_some() {
                self.errors
                    .push(format!("{place}{} and {file_name} are both set; keep one of them", setting.name));
            }
            if self.values.contains_key(setting.name) {
                continue;
            }
            let value = match (value, file) {
                (Some(value), _) => value,
                (None, Some(file)) => match fs::read_to_string(&file) {
                    Ok(text) => pasted::trim(&text).to_owned(),
                    Err(error) => {
                        self.errors.push(format!("{place}{file_name} cannot be read: {file}: {error}"));
                        continue;
                    }
                },
                (None, None) => continue,
            };
            self.values.insert(setting.name, value);
        }
        self.errors.extend(names.keys().map(|name| format!("{place}{}", unknown(name))));
    }

    /// The setting, or its preset, parsed; `None` when there is neither or when it is wrong.
    fn parse<T>(&mut self, name: &'static str, parse: impl FnOnce(&str) -> Result<T, String>) -> Option<T> {
        let setting = SETTINGS.iter().find(|setting| setting.name == name)?;
        let text = match (self.values.get(name), setting.preset) {
            (Some(value), _) => value.as_str(),
            (None, Preset::Value(value)) => value,
            (None, Preset::Nothing(_)) => return None,
        };
        match parse(pasted::trim(text)) {
            Ok(value) => Some(value),
            Err(why) => {
                self.errors.push(format!("{name} {why}"));
                None
            }
        }
    }

    fn config(mut self, need: Need) -> Result<Config, ConfigErrors> {
        let listen = self.parse("CONVI_LISTEN", address);
        let public_url = self.parse("CONVI_PUBLIC_URL", PublicUrl::parse);
        let database = self.parse("CONVI_DATABASE_URL", DatabaseUrl::parse);
        let given_keys = self.parse("CONVI_MASTER_KEYS", |text| {
            MasterKeys::parse(text).map_err(|error| format!("is wrong: {error}"))
        });
        let secrets = self.parse("CONVI_TOKEN_SECRET", token_secrets).unwrap_or_default();
        let public_key = self.parse("CONVI_TOKEN_PUBLIC_KEY", public_key);
        let ingest_secrets = self.parse("CONVI_INGEST_SECRET", IngestSecrets::parse).unwrap_or_default();
        let gorgias = self.parse("CONVI_GORGIAS_URL", GorgiasTemplate::parse);
        let smtp = self.parse("CONVI_SMTP_URL", SmtpSetting::parse);
        let trusted_proxies = self.parse("CONVI_TRUSTED_PROXIES", TrustedProxies::parse).unwrap_or_default();
        let embed_origins = self.parse("CONVI_EMBED_ORIGINS", EmbedOrigins::parse).unwrap_or_default();
        let unsure_after = self.parse("CONVI_UNSURE_AFTER", |text| match text.parse() {
            Ok(seconds @ 1..=86_400) => Ok(Duration::from_secs(seconds)),
            _ => Err("must be whole seconds, 1 to 86400".to_owned()),
        });
        let retention = self.parse("CONVI_RETENTION_DAYS", |text| match text.parse() {
            Ok(days @ 1..=36_500) => Ok(Duration::from_secs(days * 86_400)),
            _ => Err("must be whole days, 1 to 36500; leave it out to keep transcripts for good".to_owned()),
        });
        let metrics_listen = self.parse("CONVI_METRICS_LISTEN", address);
        let demo = self.parse("CONVI_DEMO", switch);
        let role = self.parse("CONVI_ROLE", |text| match text {
            "all" => Ok(ProcessRole::All),
            "web" => Ok(ProcessRole::Web),
            "worker" => Ok(ProcessRole::Worker),
            _ => Err("must be web, worker or all".to_owned()),
        });
        let migrate = self.parse("CONVI_MIGRATE", switch);

        if let Some(DatabaseUrl::Postgres(_)) = database {
            self.errors.push(
                "PostgreSQL comes in a later version; use sqlite://… for CONVI_DATABASE_URL".to_owned(),
            );
        } else if role.is_some_and(|role| role != ProcessRole::All) {
            self.errors.push("CONVI_ROLE must be all: splitting web and worker needs PostgreSQL".to_owned());
        }
        if demo == Some(true) && listen.is_some_and(|listen| !listen.ip().is_loopback()) {
            self.errors.push(
                "CONVI_DEMO signs everybody in, so CONVI_LISTEN must be a loopback address such as 127.0.0.1:3000"
                    .to_owned(),
            );
        }
        let token_keys = TokenKeys { secrets, public_key };
        let tokens_set =
            ["CONVI_TOKEN_SECRET", "CONVI_TOKEN_PUBLIC_KEY"].iter().any(|n| self.values.contains_key(n));
        if need == Need::Serve && demo == Some(false) && !tokens_set {
            self.errors.push(
                "CONVI_TOKEN_SECRET is required: the secret that Convi's dashboard signs its tokens with, at least 32 \
                 bytes (or CONVI_TOKEN_PUBLIC_KEY, or CONVI_DEMO=1 to look around)"
                    .to_owned(),
            );
        }

        let (
            true,
            Some(listen),
            Some(database),
            Some(gorgias),
            Some(smtp),
            Some(unsure_after),
            Some(demo),
            Some(role),
            Some(migrate),
        ) = (self.errors.is_empty(), listen, database, gorgias, smtp, unsure_after, demo, role, migrate)
        else {
            return Err(ConfigErrors(self.errors));
        };
        let master_keys = match given_keys {
            Some(keys) => MasterKeysSetting::Given(keys),
            None => MasterKeysSetting::Beside(database.folder().join("master.key")),
        };
        Ok(Config {
            listen,
            public_url,
            database,
            master_keys,
            token_keys,
            ingest_secrets,
            gorgias,
            smtp,
            trusted_proxies,
            embed_origins,
            unsure_after,
            retention,
            metrics_listen,
            demo,
            role,
            migrate,
        })
    }
}

/// "There is no setting …", with the nearest one that there is.
fn unknown(name: &str) -> String {
    let nearest = SETTINGS
        .iter()
        .flat_map(|s| [Some(s.name.to_owned()), s.secret.then(|| format!("{}{FILE_SUFFIX}", s.name))])
        .flatten()
        .min_by_key(|known| strsim::damerau_levenshtein(name, known));
    match nearest {
        Some(known) => format!("{name} is no setting; did you mean {known}?"),
        None => format!("{name} is no setting"),
    }
}

/// What stands between commas, without spaces around it.
pub(crate) fn list(text: &str) -> impl Iterator<Item = &str> {
    text.split(',').map(pasted::trim).filter(|part| !part.is_empty())
}

fn address(text: &str) -> Result<SocketAddr, String> {
    text.parse()
        .map_err(|_| format!("is `{text}`, which is no address and port; write for example 127.0.0.1:3000"))
}

fn switch(text: &str) -> Result<bool, String> {
    match text {
        "1" | "true" => Ok(true),
        "0" | "false" => Ok(false),
        _ => Err("must be 1 or 0".to_owned()),
    }
}

fn token_secrets(text: &str) -> Result<Vec<SecretString>, String> {
    let secrets: Vec<SecretString> = list(text).map(SecretString::from).collect();
    if secrets.is_empty() || secrets.iter().any(|secret| secret.expose_secret().len() < MIN_TOKEN_SECRET) {
        return Err(
            "must be secrets of at least 32 bytes each; `openssl rand -base64 48` makes one".to_owned()
        );
    }
    Ok(secrets)
}

fn public_key(text: &str) -> Result<String, String> {
    match jsonwebtoken::DecodingKey::from_ed_pem(text.as_bytes()) {
        Ok(_) => Ok(text.to_owned()),
        Err(_) => Err("must be an Ed25519 public key in PEM (-----BEGIN PUBLIC KEY-----)".to_owned()),
    }
}

pub(crate) fn parse_origin(text: &str) -> Result<Url, String> {
    const SHAPE: &str = "must be scheme, host and port only, for example https://integrations.example.com";
    let url = Url::parse(text).map_err(|_| SHAPE.to_owned())?;
    let bare = matches!(url.scheme(), "https" | "http")
        && url.path() == "/"
        && url.query().is_none()
        && url.fragment().is_none()
        && url.username().is_empty()
        && url.password().is_none();
    if bare { Ok(url) } else { Err(SHAPE.to_owned()) }
}

/// Whether an address leads to this machine. Names under `.localhost` are not trusted: resolvers may ask outside.
pub(crate) fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(Host::Domain(name)) => name == "localhost",
        Some(Host::Ipv4(ip)) => ip.is_loopback(),
        Some(Host::Ipv6(ip)) => ip.is_loopback(),
        None => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use app::model::Helpdesk;
    use std::io::Write;

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
    fn the_presets_are_those_of_the_contract() {
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
        let shop = Subdomain::parse(Helpdesk::Gorgias, "shop").unwrap();
        assert_eq!(config.gorgias.account(&shop), "https://shop.gorgias.com");
    }

    #[test]
    fn everything_wrong_is_said_at_once_a_line_each() {
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
            "CONVI_UNSURE_AFTER must be whole seconds",
            "CONVI_LISTN is no setting; did you mean CONVI_LISTEN?",
            "did you mean CONVI_INGEST_SECRET_FILE?",
            "CONVI_LISTEN_FILE is no setting",
            "CONVI_TOKEN_SECRET is required",
        ] {
            assert!(text.contains(part), "{part}: {text}");
        }
        assert!(text.lines().all(|line| line.contains("CONVI_")));
    }

    #[test]
    fn a_message_never_repeats_a_secret() {
        for name in SETTINGS.iter().filter(|setting| setting.secret).map(|setting| setting.name) {
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
    fn the_environment_wins_over_the_file() {
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
        assert!(errors.iter().any(|e| e.contains("CONVI_ROLE must be a text")), "{errors:?}");
    }

    #[test]
    fn a_secret_can_stand_in_a_file_but_not_twice() {
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
    fn what_editors_put_around_a_text_is_not_part_of_it() {
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
    fn a_template_leads_nowhere_else() {
        for good in [
            "https://{subdomain}.gorgias.com",
            "https://{subdomain}.gorgias.com/",
            "https://eu.{subdomain}.example:8443/base",
            "http://127.0.0.1:4010/{subdomain}",
            "http://[::1]:4010/{subdomain}/",
            "http://localhost/a/{subdomain}/b",
        ] {
            assert!(GorgiasTemplate::parse(good).is_ok(), "{good}");
        }
        for bad in [
            "",
            "https://gorgias.com",
            "https://{subdomain}.{subdomain}.com",
            "http://{subdomain}.gorgias.com",
            "http://{subdomain}.localhost",
            "http://evil.com/{subdomain}",
            "ftp://{subdomain}.gorgias.com",
            "https://user@{subdomain}.gorgias.com",
            "https://{subdomain}@gorgias.com",
            "https://{subdomain}.gorgias.com?x=1",
            "https://gorgias.com/?x={subdomain}",
            "https://gorgias.com/#{subdomain}",
            "https://{subdomain}",
            "https://{subdomain}gorgias.com",
            "https://x{subdomain}.gorgias.com",
            "https://gorgias.com/x{subdomain}",
            "https://gorgias.com:{subdomain}/",
            "{subdomain}.gorgias.com",
        ] {
            assert!(GorgiasTemplate::parse(bad).is_err(), "{bad}");
        }
        let shop = Subdomain::parse(Helpdesk::Gorgias, "shop").unwrap();
        let template = GorgiasTemplate::parse("http://127.0.0.1:4010/{subdomain}/").unwrap();
        assert_eq!(template.account(&shop), "http://127.0.0.1:4010/shop");
    }

    #[test]
    fn what_cannot_be_served_is_refused() {
        for (name, value, part) in [
            (
                "CONVI_DATABASE_URL",
                "postgres://u:p@h/d",
                "PostgreSQL comes in a later version; use sqlite://",
            ),
            ("CONVI_DATABASE_URL", "mysql://h/d", "is no database"),
            ("CONVI_DATABASE_URL", "sqlite://", "names no file"),
            ("CONVI_DATABASE_URL", "sqlite://a.db?mode=ro", "takes no options"),
            ("CONVI_ROLE", "web", "needs PostgreSQL"),
            ("CONVI_ROLE", "both", "must be web, worker or all"),
            ("CONVI_DEMO", "yes", "must be 1 or 0"),
            ("CONVI_PUBLIC_URL", "https://x.example/path", "scheme, host and port only"),
            ("CONVI_PUBLIC_URL", "x.example", "scheme, host and port only"),
            ("CONVI_EMBED_ORIGINS", "*", "would let every site in"),
            ("CONVI_EMBED_ORIGINS", "http://shop.example", "must be https"),
            ("CONVI_TRUSTED_PROXIES", "proxy.example", "has `proxy.example`, which is not a network"),
            ("CONVI_TRUSTED_PROXIES", "10.0.0.7/8", "write 10.0.0.0/8"),
            ("CONVI_TRUSTED_PROXIES", "0.0.0.0/0", "everybody"),
            ("CONVI_SMTP_URL", "mail.example", "is no mail server"),
            ("CONVI_INGEST_SECRET", "whsec_c2hvcnQ=", "at least 24 bytes"),
            ("CONVI_TOKEN_SECRET", "short", "at least 32 bytes"),
            ("CONVI_TOKEN_PUBLIC_KEY", "-----BEGIN", "Ed25519 public key in PEM"),
            ("CONVI_UNSURE_AFTER", "0", "1 to 86400"),
            ("CONVI_RETENTION_DAYS", "0", "must be whole days"),
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
    fn origins_are_written_as_browsers_do() {
        let config = load(&[
            TOKEN,
            ("CONVI_EMBED_ORIGINS", "https://Shop.example:443/, http://127.0.0.1:5173"),
            ("CONVI_PUBLIC_URL", "https://App.example"),
        ])
        .unwrap();
        assert_eq!(config.embed_origins.sources(), "https://shop.example http://127.0.0.1:5173");
        let public = config.public_url.unwrap();
        assert_eq!((public.origin(), public.is_https()), ("https://app.example", true));
        let bound = PublicUrl::of_address("0.0.0.0:81".parse().unwrap());
        assert_eq!((bound.origin(), bound.is_https()), ("http://127.0.0.1:81", false));
    }

    #[test]
    fn the_demo_makes_its_secrets_up_and_keeps_the_one_that_examples_use() {
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

    #[test]
    fn help_names_every_setting() {
        let help = help();
        let table = markdown();
        assert!(SETTINGS.iter().all(|setting| help.contains(setting.name) && table.contains(setting.name)));
        assert!(help.contains("CONVI_TOKEN_SECRET_FILE") && !help.contains("CONVI_LISTEN_FILE"));
    }
}
