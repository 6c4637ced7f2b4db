//! Builds the server from its settings. This is the one place that knows all the parts.

use crate::{
    config::Config,
    connection::access,
    conversation::{
        Chat,
        presence::{MERCHANT_EVERY, SHOPPER_EVERY, Sightings},
    },
    ending::Endings,
    fleet::{Fleet, SharedTally},
    handover::{
        accept::Acceptor,
        bell::Bell,
        dispatch::{self, Dispatcher, Lanes},
        ends::Ends,
        links::Links,
        mail::TeamMail,
        pauses::Pauses,
        verify::{StepsSoFar, Verifier},
        wakeups::Wakeups,
    },
    helpdesk::{Helpdesks, budget::Budgets, clients::Reach},
    http::metrics::Exporter,
    internet::Internet,
    limits::{CallLimits, Tally, Windows},
    mail::{FileMailer, Mailer, Sender, SmtpSetting},
    metrics::Metrics,
    outbound,
    retention::Retention,
    services::{Services, integrations::Integrations},
    smtp::SmtpMailer,
    store::{self, ConnectionStore, Database, OpenError, Opener, Store, StoreError},
    vault::{MasterKeys, Vault, VaultError},
};
use domain::{
    clock::{World, millis},
    delivery::Rules,
};
use std::sync::{Arc, atomic::AtomicBool};

/// Why the server cannot start. Each message says what to do.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// The database cannot be opened.
    #[error(transparent)]
    Open(#[from] OpenError),
    /// The database failed.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// Migrations are missing and `CONVI_MIGRATE=0`.
    #[error(
        "the database is missing {0} migrations; run `convi-integrations migrate`, or unset CONVI_MIGRATE"
    )]
    NotMigrated(usize),
    /// The master keys are wrong.
    #[error("CONVI_MASTER_KEYS: {0}")]
    Vault(#[from] VaultError),
    /// The mail server's URL is wrong.
    #[error("{0}")]
    Mail(String),
    /// The HTTP client cannot be built.
    #[error("cannot read this machine's TLS roots: {0}")]
    Outbound(#[from] reqwest::Error),
}

/// The parts that commands and the HTTP layer use.
pub struct Application {
    /// The database.
    pub store: Arc<dyn Database>,
    /// The source of randomness, and the database's clock.
    pub world: World,
    /// The services behind the screen and `/v1`.
    pub services: Services,
    /// Conversations and abilities.
    pub chat: Arc<Chat>,
    /// Accepts handovers.
    pub acceptor: Acceptor,
    /// Dispatches handovers.
    pub dispatcher: Arc<Dispatcher>,
    /// The parts of the dispatcher.
    pub parts: dispatch::Parts,
    /// Sends emails.
    pub mailer: Arc<dyn Mailer>,
    /// Seals API keys.
    pub vault: Arc<Vault>,
    /// Counters for operators.
    pub metrics: Arc<Metrics>,
    /// Exports the metrics.
    pub exporter: Exporter,
    /// Removes expired visitors, and transcripts if the settings say so.
    pub retention: Retention,
    /// Tells teams about credentials that end.
    pub endings: Endings,
    /// Announces this process to the others on the database.
    pub fleet: Fleet,
    /// Shares rate limits with the other processes.
    pub pauses: Pauses,
    /// Wakes the other processes, and is woken by them.
    pub wakeups: Wakeups,
}

/// Opens the vault. Every sealed row must have its key, and it must be the right one: otherwise each merchant would run
/// into it separately.
pub async fn open_vault(
    config: &Config,
    store: &dyn ConnectionStore,
    world: &World,
) -> Result<Vault, StartError> {
    Ok(Vault::new(open_keys(config, store, world).await?, world.entropy.clone()))
}

/// Returns the master keys of the settings, if they open every sealed row.
pub async fn open_keys(
    config: &Config,
    store: &dyn ConnectionStore,
    world: &World,
) -> Result<MasterKeys, StartError> {
    let sealed = store.all_connections().await?;
    let keys = config.master_keys.open(&*world.entropy, sealed.is_empty())?;
    if let Some(orphan) = sealed.iter().find(|connection| !keys.has(&connection.key_id)) {
        return Err(VaultError::UnknownKey { id: orphan.key_id.clone() }.into());
    }
    keys.agree_with(&store.fingerprints().await?)?;
    let vault = Vault::new(keys.clone(), world.entropy.clone());
    for id in keys.ids() {
        let mut its_own = sealed.iter().filter(|connection| connection.key_id == id).peekable();
        // One row that opens is enough: another may be damaged, which affects its own merchant only.
        if its_own.peek().is_some() && !its_own.any(|connection| access(connection, &vault).is_ok()) {
            return Err(VaultError::OtherKey { id: id.to_owned() }.into());
        }
    }
    Ok(keys)
}

/// Returns the master keys of the settings like [`open_keys`], and remembers which key each id names. From then on the
/// database accepts no other key under that id, even if nothing is sealed with it yet.
pub async fn claim_keys(
    config: &Config,
    store: &dyn ConnectionStore,
    world: &World,
) -> Result<MasterKeys, StartError> {
    let keys = open_keys(config, store, world).await?;
    store.remember(&keys.fingerprints()).await?;
    // Another process may have started with another key meanwhile.
    keys.agree_with(&store.fingerprints().await?)?;
    Ok(keys)
}

impl Application {
    /// Opens the database, migrates it and builds the parts. `public_url` is where browsers reach the server; `world`
    /// has this process's clock.
    pub async fn build(config: &Config, public_url: &str, world: World) -> Result<Self, StartError> {
        let store = store::open(&config.database, Opener::Server).await?;
        if config.migrate {
            store.migrate().await?;
        } else {
            match store.pending_migrations().await? {
                0 => {}
                missing => return Err(StartError::NotMigrated(missing)),
            }
        }
        let world = World { clock: store.clock(world.clock).await?, ..world };
        Self::on(store, config, public_url, world).await
    }

    /// Builds the parts on a migrated database. `world` has the database's clock.
    pub async fn on(
        store: Arc<dyn Database>,
        config: &Config,
        public_url: &str,
        world: World,
    ) -> Result<Self, StartError> {
        let keys = claim_keys(config, &*store, &world).await?;
        let vault = Arc::new(Vault::new(keys, world.entropy.clone()));
        let kept: Arc<dyn Store> = store.clone();
        let role = config.role.name();
        let fleet = Fleet { store: kept.clone(), vault: vault.clone(), world: world.clone(), role };
        fleet.beat().await?;
        let links = Links::new(public_url, vault.clone());
        let helpdesks = helpdesks(config, &world)?;
        let budgets = Arc::new(Budgets::new(world.clock.since_boot()));
        let ends = Arc::new(if store.serves_one_process() {
            // Any other process's requests began before this one.
            Ends::alone(world.clock.since_boot())
        } else {
            Ends::default()
        });
        let bell = Arc::new(Bell::default());
        let rules = Rules { unsure_after: millis(config.unsure_after) };
        let mailer = mailer(config, public_url, &world)?;
        let clock = world.clock.clone();
        let tally: Arc<dyn Tally> = if kept.is_shared() {
            Arc::new(SharedTally { store: kept.clone(), clock })
        } else {
            Arc::new(Windows::new(clock))
        };
        let integrations = Integrations {
            store: kept.clone(),
            helpdesks: helpdesks.clone(),
            internet: Arc::new(config.internet.clone()),
            vault: vault.clone(),
            budgets: budgets.clone(),
            limits: Arc::new(CallLimits::new(tally.clone())),
            world: world.clone(),
            merging: Arc::default(),
            bell: bell.clone(),
        };
        let verifier = Arc::new(Verifier {
            store: kept.clone(),
            helpdesks: helpdesks.clone(),
            vault: vault.clone(),
            budgets: budgets.clone(),
            calls: integrations.limits.clone(),
            windows: tally,
            world: world.clone(),
            rules,
            steps: StepsSoFar::default(),
        });
        let services = Services {
            store: kept.clone(),
            integrations,
            verifier,
            helpdesks: helpdesks.clone(),
            links: links.clone(),
            world: world.clone(),
            rules,
            ends: ends.clone(),
            bell: bell.clone(),
            memos: Arc::default(),
        };
        let metrics = Arc::new(Metrics::new());
        let chat = Arc::new(Chat {
            turns: Arc::default(),
            presence: Arc::new(Sightings::every(MERCHANT_EVERY)),
            sightings: Arc::new(Sightings::every(SHOPPER_EVERY)),
            visitor_key: store.visitor_key().await?.into(),
            store: kept.clone(),
            services: services.clone(),
            world: world.clone(),
            windows: Arc::new(Windows::new(world.clock.clone())),
            public_url: public_url.trim_end_matches('/').to_owned(),
            bell: bell.clone(),
            metrics: metrics.clone(),
        });
        let acceptor = Acceptor {
            store: kept.clone(),
            world: world.clone(),
            bell: bell.clone(),
            metrics: metrics.clone(),
        };
        let exporter = Exporter::new(metrics.clone(), kept.clone(), budgets.clone(), world.clone());
        let retention = Retention {
            store: kept.clone(),
            mailer: mailer.clone(),
            world: world.clone(),
            keep: config.retention,
            unforgotten: Arc::new(AtomicBool::new(true)),
        };
        let endings = Endings { store: kept.clone(), world: world.clone(), bell: bell.clone() };
        let pauses = Pauses { store: kept.clone(), budgets: budgets.clone(), clock: world.clock.clone() };
        let wakeups = Wakeups { store: store.clone(), bell: bell.clone(), world: world.clone() };
        let parts = dispatch::Parts {
            store: kept,
            helpdesks,
            vault: vault.clone(),
            budgets,
            mailer: mailer.clone(),
            team_mail: TeamMail::new(public_url),
            links,
            world: world.clone(),
            rules,
            bell,
            ends,
            metrics: metrics.clone(),
        };
        let dispatcher = Arc::new(Dispatcher::new(&parts, Lanes::default()));
        Ok(Self {
            store,
            world,
            services,
            chat,
            acceptor,
            dispatcher,
            parts,
            mailer,
            vault,
            metrics,
            exporter,
            retention,
            endings,
            fleet,
            pauses,
            wakeups,
        })
    }
}

/// Builds the helpdesks' clients.
pub fn helpdesks(config: &Config, world: &World) -> Result<Helpdesks, StartError> {
    let (http, internet) = (outbound::client()?, Internet::new(config.internet.clone())?);
    Ok(Helpdesks::build(|helpdesk| Reach {
        http: http.clone(),
        accounts: config.helpdesks.get(&helpdesk).cloned().unwrap_or_default(),
        internet: internet.clone(),
        world: world.clone(),
    }))
}

/// Builds the transport of `CONVI_SMTP_URL`.
pub fn mailer(config: &Config, public_url: &str, world: &World) -> Result<Arc<dyn Mailer>, StartError> {
    use secrecy::ExposeSecret;
    let url = url::Url::parse(public_url).ok();
    let sender = Sender::of_host(url.as_ref().and_then(url::Url::host_str).unwrap_or_default());
    Ok(match &config.smtp {
        SmtpSetting::File(folder) => Arc::new(FileMailer::new(folder, sender, world.clone())),
        SmtpSetting::Smtp(url) => {
            Arc::new(SmtpMailer::new(url.expose_secret(), sender, world.clone()).map_err(StartError::Mail)?)
        }
    })
}
