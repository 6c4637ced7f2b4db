//! The list of all settings, with their documentation.

use app::model::Helpdesk;
use domain::helpdesk::UrlSetting;

/// The suffix of a secret's name for a file that contains the value.
pub(super) const FILE_SUFFIX: &str = "_FILE";

/// The default of a setting.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Preset {
    /// This value, parsed like any other.
    Value(&'static str),
    /// None; the text says what happens then.
    Nothing(&'static str),
}

/// One setting, as the parser and the documentation see it.
#[derive(Clone, Copy, Debug)]
pub struct Setting {
    /// Its name in the environment and in the file.
    pub name: &'static str,
    /// Its default.
    pub preset: Preset,
    /// One line on what it means.
    pub doc: &'static str,
    /// Whether the value is a secret: `NAME_FILE` then works too, and no message repeats it.
    pub secret: bool,
}

const fn plain(name: &'static str, preset: Preset, doc: &'static str) -> Setting {
    Setting { name, preset, doc, secret: false }
}

const fn secret(name: &'static str, preset: Preset, doc: &'static str) -> Setting {
    Setting { name, preset, doc, secret: true }
}

/// Returns all settings. Each helpdesk has one, from its description.
pub fn settings() -> impl Iterator<Item = Setting> {
    let helpdesks = Helpdesk::all().filter_map(|helpdesk| {
        let UrlSetting { name, preset, doc } = helpdesk.details().url.as_ref()?;
        Some(plain(name, Preset::Value(preset), doc))
    });
    FIRST.iter().copied().chain(helpdesks).chain(REST.iter().copied())
}

/// The settings before the helpdesks'.
const FIRST: &[Setting] = &[
    plain(
        "CONVI_LISTEN",
        Preset::Value("127.0.0.1:3000"),
        "Address and port to listen on; port 0 picks one and prints it",
    ),
    plain(
        "CONVI_PUBLIC_URL",
        Preset::Nothing("from CONVI_LISTEN"),
        "The URL at which browsers reach this server; https makes cookies Secure",
    ),
    secret(
        "CONVI_DATABASE_URL",
        Preset::Value("sqlite://data/convi.db"),
        "sqlite://PATH, relative to the working directory, or postgres://USER:PASSWORD@HOST/DATABASE",
    ),
    secret(
        "CONVI_MASTER_KEYS",
        Preset::Nothing("required with PostgreSQL; else generated once as master.key beside the database"),
        "Keys that seal stored credentials, id:base64,…; the first one seals, all of them open",
    ),
    secret(
        "CONVI_TOKEN_SECRET",
        Preset::Nothing("required outside the demo"),
        "HS256 secrets of dashboard tokens, at least 32 bytes each, comma-separated",
    ),
    secret(
        "CONVI_TOKEN_PUBLIC_KEY",
        Preset::Nothing("none"),
        "Ed25519 public key (PEM) of dashboard tokens, instead of or in addition to the secrets",
    ),
    secret(
        "CONVI_INGEST_SECRET",
        Preset::Nothing("unset: POST /v1/handovers returns 503"),
        "whsec_… secrets that sign posted handovers, comma-separated while rotating",
    ),
];

/// The settings after the helpdesks'.
const REST: &[Setting] = &[
    secret(
        "CONVI_SMTP_URL",
        Preset::Value("file://data/outbox"),
        "smtp://…, smtps://…, or file://FOLDER, which writes one .eml file per email",
    ),
    plain(
        "CONVI_WEBHOOK_PORTS",
        Preset::Value("443"),
        "Ports that a merchant's webhook may use, comma-separated",
    ),
    plain(
        "CONVI_WEBHOOK_ALLOW",
        Preset::Nothing("none"),
        "Non-public networks in which webhooks are allowed, comma-separated; a loopback network also allows plain http",
    ),
    plain(
        "CONVI_TRUSTED_PROXIES",
        Preset::Value("127.0.0.0/8,::1"),
        "Networks of the proxies whose X-Forwarded-For is trusted, comma-separated; none trusts no proxy",
    ),
    plain(
        "CONVI_EMBED_ORIGINS",
        Preset::Nothing("none"),
        "Origins that may embed the screen, comma-separated; https://*.example.com for every subdomain",
    ),
    plain(
        "CONVI_UNSURE_AFTER",
        Preset::Value("90"),
        "Seconds after a request's end within which its ticket becomes visible",
    ),
    plain(
        "CONVI_RETENTION_DAYS",
        Preset::Nothing("kept forever"),
        "Days after a handover's delivery until its transcript is removed",
    ),
    plain("CONVI_METRICS_LISTEN", Preset::Nothing("off"), "Address and port of /metrics for Prometheus"),
    plain(
        "CONVI_DEMO",
        Preset::Value("0"),
        "1: everyone is signed in as the owner of merchant demo; loopback only, secrets are made up",
    ),
    plain(
        "CONVI_ROLE",
        Preset::Value("all"),
        "web (pages and programs), worker (dispatch) or all; web and worker need PostgreSQL",
    ),
    plain("CONVI_MIGRATE", Preset::Value("1"), "0: serve does not migrate the database"),
];

/// Returns the settings as lines for `--help`: name, meaning, default.
pub fn help() -> String {
    let mut lines = String::from(
        "Settings (from the environment or a TOML file given by --config; the environment wins):\n",
    );
    for setting in settings() {
        let preset = match setting.preset {
            Preset::Value(value) => value,
            Preset::Nothing(words) => words,
        };
        lines.push_str(&format!("  {}\n      {} [{preset}]\n", setting.name, setting.doc));
    }
    lines.push_str("Each secret can also be in a file:  ");
    let secrets: Vec<_> =
        settings().filter(|s| s.secret).map(|s| format!("{}{FILE_SUFFIX}", s.name)).collect();
    lines.push_str(&secrets.join(", "));
    lines.push('\n');
    lines
}

/// Returns the settings as the Markdown table in docs/operating.md.
pub fn markdown() -> String {
    let mut lines = String::from("| name | default | |\n|---|---|---|\n");
    for setting in settings() {
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn help_lists_every_setting() {
        let help = help();
        let table = markdown();
        assert!(settings().all(|setting| help.contains(setting.name) && table.contains(setting.name)));
        assert!(help.contains("CONVI_TOKEN_SECRET_FILE") && !help.contains("CONVI_LISTEN_FILE"));
    }
}
