//! Which implementation stands behind which trait: the commands' way to the application.

use crate::{
    application::{Application, StartError, mailer, open_keys, open_store, open_vault},
    commands::{
        CommandError,
        keys::{CredentialRow, CredentialRows},
    },
    config::{Config, ConfigErrors, DatabaseUrl, ProcessRole, PublicUrl},
    handover::budget::Budgets,
    helpdesk::{Helpdesks, gorgias::Gorgias},
    http::{Services, metrics::Exporter},
    integrations::{self, PersonMeter},
    mail::Mailer,
    outbound,
    store::{ConnectionStore, RemovalStore, connections::Trouble, sqlite::SqliteStore},
    vault::{MasterKeys, Sealed, Vault},
};
use app::model::{Helpdesk, TestOutcome};
use domain::clock::World;
use jiff::Timestamp;
use std::{sync::Arc, time::Duration};
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

/// The one value of a connection that is sealed.
const FIELD: &str = "api_key";

impl From<StartError> for CommandError {
    fn from(error: StartError) -> Self {
        match error {
            // The database itself failed; no setting mends that.
            StartError::Store(_) => Self::Failed(error.into()),
            _ => Self::Settings(error.to_string()),
        }
    }
}

/// What `serve` runs.
pub struct Running {
    /// What the routes call.
    pub services: Services,
    /// What works on its own, until it is told to stop.
    pub workers: JoinSet<()>,
    /// What operators read.
    pub exporter: Exporter,
    /// Takes master keys anew.
    pub keys: KeyReload,
}

/// The services and their workers, which end when `stop` is cancelled. Migrates first unless the settings say no.
pub async fn start(
    config: &Arc<Config>,
    public_url: &PublicUrl,
    world: &World,
    stop: CancellationToken,
) -> Result<Running, CommandError> {
    if config.role != ProcessRole::All {
        let line =
            "CONVI_ROLE: the split into web and worker needs PostgreSQL, which comes in a later version";
        return Err(CommandError::Settings(line.to_owned()));
    }
    let application = Application::build(config, public_url.origin(), world.clone()).await?;
    let store = application.store.clone();
    let services = Services {
        backend: Arc::new(application.services.clone()),
        chat: application.chat,
        ingest: Arc::new(application.acceptor),
        handovers: Arc::new(application.services),
        sessions: application.store.clone(),
        ready: application.store,
        metrics: application.metrics,
    };
    let keys = KeyReload { store, vault: application.vault, world: world.clone() };
    keys.announce()?;
    let mut workers = JoinSet::new();
    workers.spawn(application.retention.run(stop.clone()));
    workers.spawn(application.dispatcher.run(stop));
    Ok(Running { services, workers, exporter: application.exporter, keys })
}

/// Brings the database to this version's form and answers what was done, in a sentence.
pub async fn migrate(config: &Config) -> Result<String, CommandError> {
    let store = open_store(config).await?;
    let applied = store.migrate().await.map_err(StartError::from)?;
    Ok(match applied {
        0 => "nothing to do: the database is up to date".to_owned(),
        1 => "1 migration applied".to_owned(),
        many => format!("{many} migrations applied"),
    })
}

/// Whether the database can be opened, in a sentence. Makes nothing.
pub async fn check_database(config: &Config) -> Result<String, CommandError> {
    if let DatabaseUrl::Sqlite(path) = &config.database
        && !path.exists()
    {
        return Ok(format!("{} will be made by serve", path.display()));
    }
    let DatabaseUrl::Sqlite(path) = &config.database else { return Err(StartError::Postgres.into()) };
    let store = SqliteStore::open_beside(path).await.map_err(StartError::from)?;
    if store.is_beside() {
        return Ok(format!("{} is in use by a running server", path.display()));
    }
    Ok(match store.pending_migrations().await.map_err(StartError::from)? {
        0 => "opened, up to date".to_owned(),
        1 => "opened; 1 migration is missing, which serve applies".to_owned(),
        missing => format!("opened; {missing} migrations are missing, which serve applies"),
    })
}

/// The database for a command that may run beside the server, as this version knows it.
async fn open_beside(config: &Config) -> Result<SqliteStore, CommandError> {
    let DatabaseUrl::Sqlite(path) = &config.database else { return Err(StartError::Postgres.into()) };
    let store = SqliteStore::open_beside(path).await.map_err(StartError::from)?;
    if !store.is_beside() {
        store.migrate().await.map_err(StartError::from)?;
    } else if store.pending_migrations().await.map_err(StartError::from)? > 0 {
        let line = "the server that uses the database is of an older version; update it first";
        return Err(CommandError::Settings(line.to_owned()));
    }
    Ok(store)
}

/// A connected account, asked.
pub struct AskedAccount {
    /// Whose and which, for operators.
    pub name: String,
    /// What a test of the saved credentials found.
    pub outcome: TestOutcome,
    /// What time it is there.
    pub date: Option<Timestamp>,
}

/// Asks every connected account, as the screen's test would.
pub async fn accounts(config: &Config, world: &World) -> Result<Vec<AskedAccount>, CommandError> {
    let DatabaseUrl::Sqlite(path) = &config.database else { return Err(StartError::Postgres.into()) };
    if !path.exists() {
        return Ok(Vec::new());
    }
    let store = SqliteStore::open_beside(path).await.map_err(StartError::from)?;
    // What is not migrated yet cannot be read; serve does that, and the line about the database says it.
    if store.pending_migrations().await.map_err(StartError::from)? > 0 {
        return Ok(Vec::new());
    }
    let connections = store.all_connections().await.map_err(StartError::from)?;
    if connections.is_empty() {
        return Ok(Vec::new());
    }
    let vault = open_vault(config, &store, world).await?;
    let http = outbound::client().map_err(StartError::from)?;
    let gorgias = Gorgias::new(http.clone(), config.gorgias.clone(), world.clock.clone());
    let helpdesks = Helpdesks::new(Arc::new(gorgias));
    let budgets = Budgets::new(world.clock.since_boot());
    let mut asked = Vec::new();
    for connection in connections {
        let helpdesk = helpdesks.get(connection.helpdesk);
        let account = connection.account();
        let meter = PersonMeter::new(&budgets, world, &account);
        let outcome = match integrations::access(&connection, &vault) {
            Ok(access) => helpdesk.check(&access, &meter).await,
            Err(Trouble { problem, reason }) => TestOutcome::Failed { problem, message: reason },
        };
        // Without credentials: any answer has the time.
        let url = helpdesk.account_url(&connection.subdomain);
        let head = http.get(url).timeout(Duration::from_secs(5)).send().await;
        let date = head.ok().and_then(|answer| {
            let date = answer.headers().get(http::header::DATE)?.to_str().ok()?.to_owned();
            jiff::fmt::rfc2822::parse(&date).ok().map(|zoned| zoned.timestamp())
        });
        asked.push(AskedAccount { name: format!("{account} of {}", connection.merchant), outcome, date });
    }
    Ok(asked)
}

/// What `purge` erases from.
pub async fn for_purge(
    config: &Config,
    world: &World,
) -> Result<(Arc<dyn RemovalStore>, Arc<dyn Mailer>), CommandError> {
    // Who mails come from does not matter to one who sends none.
    Ok((Arc::new(open_beside(config).await?), mailer(config, "", world)?))
}

/// The sealed credentials and the vault that opens them. Who is `rewrapping` may only use a key that a running server
/// has.
pub async fn credentials(
    config: &Config,
    world: &World,
    rewrapping: bool,
) -> Result<(Arc<dyn CredentialRows>, Vault), CommandError> {
    let store = Arc::new(open_beside(config).await?);
    let vault = open_vault(config, &*store, world).await?;
    let keys = vault.keys();
    if let (true, DatabaseUrl::Sqlite(path)) = (rewrapping && store.is_beside(), &config.database) {
        // A credential under a key that the server does not have would look broken to it, and its handovers be held.
        let servers = SqliteStore::announced_keys(path)
            .map_err(|error| anyhow::anyhow!("the running server's keys cannot be read: {error}"))?;
        let first = keys.ids().next().unwrap_or_default();
        if !servers.iter().any(|id| id == first) {
            return Err(CommandError::Settings(format!(
                "CONVI_MASTER_KEYS: the running server does not have key `{first}` yet; send it SIGHUP, or restart it \
                 with these keys, and then do this again"
            )));
        }
    }
    Ok((store, vault))
}

/// Takes the master keys of the settings anew, while running: those of a file that was changed. If they do not open
/// every sealed row, the old ones stay.
#[derive(Clone)]
pub struct KeyReload {
    store: Arc<SqliteStore>,
    vault: Arc<Vault>,
    world: World,
}

impl KeyReload {
    /// Takes them, and logs which.
    pub async fn reload(&self, config: Result<Config, ConfigErrors>) {
        match self.take(config).await {
            Ok(keys) => tracing::info!(?keys, "keys.reloaded"),
            Err(error) => tracing::error!(%error, "keys.not_reloaded"),
        }
    }

    async fn take(&self, config: Result<Config, ConfigErrors>) -> Result<MasterKeys, CommandError> {
        let keys = open_keys(&config?, &*self.store, &self.world).await?;
        self.vault.replace_keys(keys.clone());
        self.announce()?;
        Ok(keys)
    }

    fn announce(&self) -> Result<(), CommandError> {
        let announced = self.store.announce_keys(self.vault.keys().ids());
        Ok(announced.map_err(|error| anyhow::anyhow!("the lock file cannot be written: {error}"))?)
    }
}

#[async_trait::async_trait]
impl CredentialRows for SqliteStore {
    async fn all(&self) -> anyhow::Result<Vec<CredentialRow>> {
        let rows = self.all_connections().await?.into_iter().map(|connection| CredentialRow {
            merchant: connection.merchant,
            helpdesk: connection.helpdesk.slug().to_owned(),
            field: FIELD.to_owned(),
            sealed: Sealed { key_id: connection.key_id, bytes: connection.sealed_key },
        });
        Ok(rows.collect())
    }

    async fn replace(&self, row: &CredentialRow, sealed: &Sealed) -> anyhow::Result<bool> {
        let Some(helpdesk) = Helpdesk::from_slug(&row.helpdesk) else { return Ok(false) };
        let Some(connection) = self.connection(&row.merchant, helpdesk).await? else { return Ok(false) };
        if connection.sealed_key != row.sealed.bytes {
            return Ok(false);
        }
        Ok(self.reseal(&connection, &sealed.key_id, &sealed.bytes).await?)
    }
}
