//! Connections to helpdesks: testing, saving and disconnecting them, and their rows on the screen.

use super::{
    handovers::{CONNECT_FIRST, changed_meanwhile},
    routing::{self, RoutingChoice},
};
use crate::{
    connection::{access, recheck_at, sealed_to},
    handover::bell::Bell,
    helpdesk::{
        Access, Helpdesks,
        budget::Budgets,
        endpoint::{Endpoint, account_name},
        person_meter::PersonMeter,
    },
    internet::InternetRules,
    limits::{Asker, CallLimits},
    store::{
        Connection, Store,
        connections::{NewConnection, Trouble},
    },
    vault::Vault,
    wire::{internal, rfc3339, store_failed},
};
use app::check;
use app::model::{
    ApiKey, CallError, ConnectionChange, ConnectionForm, ConnectionState, FieldError, Helpdesk as Kind,
    HelpdeskLook, Integration, Rotated, SaveOutcome, ShownSecret, Subdomain, TestFailure, TestOutcome,
    Username, Viewer, Warning,
};
use domain::{
    DeskTeam, Said,
    account::Account,
    clock::World,
    helpdesk::{AccessMethod, Takes},
    said, sentences,
};
use secrecy::SecretString;
use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

/// How long a save waits for the account's teams.
const TEAMS_WITHIN: Duration = Duration::from_secs(5);

/// The services behind Settings → Integrations.
#[derive(Clone)]
pub struct Integrations {
    /// Where connections are stored.
    pub store: Arc<dyn Store>,
    /// The helpdesks' clients.
    pub helpdesks: Helpdesks,
    /// Which URLs merchants may make us call.
    pub internet: Arc<InternetRules>,
    /// Seals API keys.
    pub vault: Arc<Vault>,
    /// The accounts' request budgets, which tests use too.
    pub budgets: Arc<Budgets>,
    /// Limits how many calls a merchant can make us send.
    pub limits: Arc<CallLimits>,
    /// The clock and the source of ids.
    pub world: World,
    /// Whether an account merges tickets, by its last test.
    pub merging: Arc<Mutex<HashMap<Account, Option<Warning>>>>,
    /// Wakes the dispatcher when held handovers may be sent.
    pub bell: Arc<Bell>,
}

/// A form whose fields are all valid.
struct Entered {
    subdomain: Subdomain,
    method: &'static AccessMethod,
    username: Username,
    key: SecretString,
    /// Whether the key is the saved one.
    kept: bool,
    /// The secret that we created for it, to be shown once.
    new_secret: Option<ShownSecret>,
}

impl Entered {
    fn account(&self, helpdesk: Kind) -> Account {
        Account { helpdesk, name: self.subdomain.clone() }
    }

    fn access(&self) -> Access {
        let Self { subdomain, method, username, key, .. } = self;
        Access { subdomain: subdomain.clone(), method, username: username.clone(), key: key.clone() }
    }
}

sentences! {
    SAVED_ALL_THE_SAME = "connection.saved_all_the_same": "Saved. We keep testing the connection, and handovers wait until it works.";
    NOT_CONNECTED = "connection.not_connected": "{helpdesk} is not connected. Connect it first.";
    STILL_ROTATING = "connection.still_rotating": "The secret was replaced less than 24 hours ago, and the old one is valid until {until}. End that first to replace the secret again.";
    SECRET_LOST = "connection.secret_lost": "The saved signing secret cannot be read. Disconnect and connect again to get a new one.";
    NOTHING_CHANGED = "connection.nothing_changed": "Nothing was changed. Your saved connection is still in use.";
}

impl Integrations {
    /// Returns the rows of the screen.
    pub async fn rows(&self, merchant: &str) -> Result<Vec<Integration>, CallError> {
        let mut rows = Vec::new();
        for helpdesk in Kind::all() {
            rows.push(self.row(merchant, helpdesk).await?);
        }
        Ok(rows)
    }

    async fn row(&self, merchant: &str, helpdesk: Kind) -> Result<Integration, CallError> {
        let connection = self.store.connection(merchant, helpdesk).await.map_err(store_failed)?;
        let counts = self.store.counts(merchant, helpdesk).await.map_err(store_failed)?;
        let changes = self.store.changes(merchant, helpdesk, 5).await.map_err(store_failed)?;
        let state = match &connection {
            None => ConnectionState::NotConnected,
            Some(connection) if connection.trouble.is_some() => ConnectionState::NeedsAttention,
            Some(_) => ConnectionState::Connected,
        };
        let trouble = connection.as_ref().and_then(|connection| connection.trouble.clone());
        let now = self.world.clock.now_ms();
        let takes_events = helpdesk.takes() == Takes::Events;
        let endpoint = connection.as_ref().filter(|_| takes_events).and_then(|it| self.opened(it));
        let account = connection.as_ref().filter(|_| !takes_events);
        let account_url = account.map(|it| self.helpdesks.get(helpdesk).account_url(&it.subdomain));
        let problem = trouble.as_ref().map(|trouble| trouble.problem);
        let (reason, code, args) = Said::parts_of(trouble.map(|trouble| trouble.reason));
        Ok(Integration {
            helpdesk,
            state,
            subdomain: account.map(|it| it.subdomain.to_string()),
            old_secret_until: endpoint.as_ref().and_then(|it| it.rotating_until(now)).map(rfc3339),
            url: endpoint.map(|it| it.url),
            method: connection.as_ref().map(|it| it.method.slug.to_owned()),
            username: account.map(|it| it.username.to_string()),
            problem,
            reason,
            code,
            args,
            held: counts.held,
            waiting: counts.waiting,
            unsent: counts.unsent,
            warnings: account.map(|it| self.warnings(it)).unwrap_or_default(),
            receives_handovers: connection.as_ref().is_some_and(|it| it.receives),
            team: connection.as_ref().and_then(|it| it.routing.team).map(u64::from),
            priority: connection.as_ref().and_then(|it| it.routing.priority).map(|it| it.name().to_owned()),
            teams: connection.iter().flat_map(|it| &it.routing.teams).flatten().collect(),
            account_url,
            credentials_page: self.helpdesks.get(helpdesk).credentials_page(),
            look: HelpdeskLook::of(helpdesk),
            changes: changes
                .into_iter()
                .map(|change| ConnectionChange {
                    action: change.action,
                    by: change.by,
                    at: rfc3339(change.at),
                })
                .collect(),
        })
    }

    /// Returns what the merchant should know about a connection although it works.
    fn warnings(&self, connection: &Connection) -> Vec<Warning> {
        let misrouted = routing::warning(connection);
        self.standing(connection.helpdesk, &connection.subdomain).into_iter().chain(misrouted).collect()
    }

    /// Returns an account's warnings that stay until a test finds that their cause is gone.
    pub fn standing(&self, helpdesk: Kind, account: &Subdomain) -> Vec<Warning> {
        self.helpdesks.get(helpdesk).standing_warnings(account)
    }

    /// Tests credentials without storing them.
    pub async fn test(
        &self,
        merchant: &str,
        helpdesk: Kind,
        form: ConnectionForm,
    ) -> Result<TestOutcome, CallError> {
        let before = self.store.connection(merchant, helpdesk).await.map_err(store_failed)?;
        let entered = self.parse(helpdesk, form, before.as_ref())?;
        let account = entered.account(helpdesk);
        let off = before.as_ref().filter(|before| before.account() == account);
        if let Some(trouble) = off.and_then(|before| before.trouble.clone()).filter(Trouble::is_switched_off)
        {
            return Ok(TestOutcome::failed(trouble.problem, trouble.reason));
        }
        self.may_ask(merchant, &account, before.as_ref()).await?;
        Ok(self.check(helpdesk, &entered).await)
    }

    /// Tests credentials and stores them if they work, or if it is a first save and the problem may pass.
    pub async fn save(
        &self,
        by: &Viewer,
        helpdesk: Kind,
        form: ConnectionForm,
    ) -> Result<SaveOutcome, CallError> {
        let before = self.store.connection(&by.merchant, helpdesk).await.map_err(store_failed)?;
        let choice = RoutingChoice::parse(helpdesk, &form)?;
        let entered = self.parse(helpdesk, form, before.as_ref())?;
        self.may_ask(&by.merchant, &entered.account(helpdesk), before.as_ref()).await?;
        let (trouble, warnings) = match self.check(helpdesk, &entered).await {
            TestOutcome::Passed { warnings } => (None, warnings),
            // Never replaces what works: this is a first save, or it repeats what is stored.
            TestOutcome::Failed(failure)
                if failure.problem.may_pass()
                    && before.as_ref().is_none_or(|before| before.trouble.is_some() && entered.kept) =>
            {
                let reason = failure.said().and(SAVED_ALL_THE_SAME);
                (Some(Trouble { problem: failure.problem, reason }), Vec::new())
            }
            // The receiver can only accept an event once the merchant has the secret, which comes with the first save.
            TestOutcome::Failed(failure) if before.is_none() && helpdesk.takes() == Takes::Events => {
                let trouble = Trouble { problem: failure.problem, reason: failure.said() };
                let tested_again = !trouble.is_switched_off();
                let reason =
                    if tested_again { trouble.reason.and(SAVED_ALL_THE_SAME) } else { trouble.reason };
                (Some(Trouble { reason, ..trouble }), Vec::new())
            }
            TestOutcome::Failed(failure) if failure.problem.may_pass() => {
                let (message, code, args) = failure.said().and(NOTHING_CHANGED).parts();
                return Ok(SaveOutcome::Rejected(TestFailure { message, code, args, ..failure }));
            }
            TestOutcome::Failed(failure) => return Ok(SaveOutcome::Rejected(failure)),
        };
        let same_account = before.as_ref().is_some_and(|it| it.account() == entered.account(helpdesk));
        let routing = before.map(|before| before.routing).unwrap_or_default();
        let routing = if same_account { routing } else { routing::of_another_account(&routing) };
        let teams = if trouble.is_none() { self.teams(helpdesk, &entered).await } else { None };
        let routing = choice.applied(helpdesk, routing, teams)?;
        let now = self.world.clock.now_ms();
        let sealed = self.vault.seal(sealed_to(&by.merchant, helpdesk), &entered.key).map_err(internal)?;
        let recheck_at =
            trouble.as_ref().map(|trouble| recheck_at(trouble, 0, now, self.world.entropy.fraction()));
        let new = NewConnection {
            merchant: by.merchant.clone(),
            helpdesk,
            subdomain: entered.subdomain,
            method: entered.method,
            username: entered.username,
            key_id: sealed.key_id,
            sealed_key: sealed.bytes,
            trouble,
            recheck_at,
            routing,
        };
        self.store.save_connection(&new, by, now).await.map_err(store_failed)?;
        tracing::info!(
            merchant = by.merchant,
            helpdesk = helpdesk.slug(),
            works = new.trouble.is_none(),
            "connection saved"
        );
        self.bell.ring();
        let integration = Box::new(self.row(&by.merchant, helpdesk).await?);
        Ok(SaveOutcome::Saved { integration, warnings, secret: entered.new_secret })
    }

    /// Sends new handovers to this helpdesk, and with `move_waiting` also those that wait for another one. Returns all
    /// rows.
    pub async fn receive(
        &self,
        by: &Viewer,
        helpdesk: Kind,
        move_waiting: bool,
    ) -> Result<Vec<Integration>, CallError> {
        let now = self.world.clock.now_ms();
        let done = self.store.receive(&by.merchant, helpdesk, move_waiting, by, now).await;
        let Some(moved) = done.map_err(store_failed)? else {
            return Err(CallError::conflict(said!(NOT_CONNECTED, helpdesk = helpdesk.name())));
        };
        self.bell.ring();
        tracing::info!(merchant = by.merchant, helpdesk = helpdesk.slug(), moved, "receives handovers");
        self.rows(&by.merchant).await
    }

    /// Deletes the credentials and cancels what waits. Returns how many handovers.
    pub async fn disconnect(&self, by: &Viewer, helpdesk: Kind) -> Result<u64, CallError> {
        let (now, notice) = (self.world.clock.now_ms(), self.world.new_id());
        let cancelled =
            self.store.disconnect(&by.merchant, helpdesk, by, now, &notice).await.map_err(store_failed)?;
        self.bell.ring();
        // Disconnecting twice is not an error: a double click counts once.
        tracing::info!(merchant = by.merchant, helpdesk = helpdesk.slug(), cancelled, "disconnected");
        Ok(cancelled.unwrap_or(0))
    }

    /// Rejects invalid fields, all at once, before any call is made.
    fn parse(
        &self,
        helpdesk: Kind,
        form: ConnectionForm,
        before: Option<&Connection>,
    ) -> Result<Entered, CallError> {
        if helpdesk.takes() == Takes::Events {
            return self.parse_url(helpdesk, &form, before);
        }
        let stored = before.map(|before| check::KeptAccount {
            subdomain: before.subdomain.to_string(),
            method: before.method.slug.to_owned(),
            username: before.username.to_string(),
        });
        let form = check::connection(helpdesk, form, stored.as_ref())
            .map_err(|errors| CallError::Fields { errors })?;
        let subdomain = Subdomain::parse_field(helpdesk, &form.subdomain).map_err(CallError::field)?;
        let method = check::method(helpdesk, form.method.as_deref()).map_err(CallError::field)?;
        let username = Username::parse(method, &form.username).map_err(CallError::field)?;
        let kept = form.api_key.is_none();
        let key = match (form.api_key, before) {
            (None, Some(before)) => access(before, &self.vault)
                .map(|access| access.key)
                .map_err(|trouble| FieldError::new("api_key", trouble.reason)),
            (typed, _) => ApiKey::parse(&typed.unwrap_or_default()).map(|key| key.expose().into()),
        };
        let key = key.map_err(CallError::field)?;
        Ok(Entered { subdomain, method, username, key, kept, new_secret: None })
    }

    /// Reads a URL for events. The first one of a merchant gets a new secret, which stays when the URL changes.
    fn parse_url(
        &self,
        helpdesk: Kind,
        form: &ConnectionForm,
        before: Option<&Connection>,
    ) -> Result<Entered, CallError> {
        let wrong = |why: Said| CallError::field(FieldError::new("url", why));
        let url = self.internet.judge(&form.subdomain).map_err(wrong)?;
        let method = check::method(helpdesk, None).map_err(CallError::field)?;
        let subdomain = account_name(url.as_str()).ok_or(CallError::Internal)?;
        // Only shown to operators; an IPv6 address is not a user name.
        let host = url.host_str().and_then(|host| Username::try_from(host.to_owned()).ok());
        let username = match host {
            Some(host) => host,
            None => Username::try_from(subdomain.to_string()).map_err(internal)?,
        };
        let saved = before.and_then(|before| self.opened(before));
        let kept = saved.as_ref().is_some_and(|saved| saved.url == url.as_str());
        let new = saved.is_none();
        let endpoint = match saved {
            Some(saved) => saved.at(url.into()),
            None => Endpoint::new(url, &*self.world.entropy),
        };
        let new_secret = new.then(|| ShownSecret(endpoint.secret.to_string()));
        Ok(Entered { subdomain, method, username, key: endpoint.to_key(), kept, new_secret })
    }

    /// Opens the endpoint of a connection, if it has one.
    fn opened(&self, connection: &Connection) -> Option<Endpoint> {
        access(connection, &self.vault).ok().and_then(|access| Endpoint::of(&access))
    }

    /// Replaces the signing secret.
    pub async fn rotate(&self, by: &Viewer, helpdesk: Kind) -> Result<Rotated, CallError> {
        let (connection, endpoint) = self.endpoint(by, helpdesk).await?;
        let now = self.world.clock.now_ms();
        let rotated = endpoint
            .rotated(&*self.world.entropy, now)
            .map_err(|still| CallError::conflict(said!(STILL_ROTATING, until = rfc3339(still.until))))?;
        self.replace(by, &connection, &rotated, "rotated").await?;
        let secret = ShownSecret(rotated.secret.to_string());
        Ok(Rotated { integration: Box::new(self.row(&by.merchant, helpdesk).await?), secret })
    }

    /// Makes the replaced signing secret invalid. Doing it twice is not an error.
    pub async fn end_rotation(&self, by: &Viewer, helpdesk: Kind) -> Result<Integration, CallError> {
        let (connection, endpoint) = self.endpoint(by, helpdesk).await?;
        if endpoint.rotating_until(self.world.clock.now_ms()).is_some() {
            self.replace(by, &connection, &endpoint.without_old(), "rotation_ended").await?;
        }
        self.row(&by.merchant, helpdesk).await
    }

    /// Returns the viewer's connection and its endpoint.
    async fn endpoint(&self, by: &Viewer, helpdesk: Kind) -> Result<(Connection, Endpoint), CallError> {
        if helpdesk.takes() != Takes::Events {
            return Err(CallError::NotFound);
        }
        let connection = self.store.connection(&by.merchant, helpdesk).await.map_err(store_failed)?;
        let connection = connection
            .ok_or_else(|| CallError::conflict(said!(CONNECT_FIRST, helpdesk = helpdesk.name())))?;
        let endpoint = self.opened(&connection).ok_or_else(|| CallError::conflict(SECRET_LOST))?;
        Ok((connection, endpoint))
    }

    /// Stores an endpoint's new secrets, unless another change came first.
    async fn replace(
        &self,
        by: &Viewer,
        connection: &Connection,
        endpoint: &Endpoint,
        action: &'static str,
    ) -> Result<(), CallError> {
        let binding = sealed_to(&connection.merchant, connection.helpdesk);
        let sealed = self.vault.seal(binding, &endpoint.to_key()).map_err(internal)?;
        let now = self.world.clock.now_ms();
        let replaced = self.store.replace_secret(connection, &sealed, action, by, now).await;
        tracing::info!(
            merchant = by.merchant,
            helpdesk = connection.helpdesk.slug(),
            action,
            "secret changed"
        );
        if replaced.map_err(store_failed)? { Ok(()) } else { Err(changed_meanwhile()) }
    }

    /// Counts a call to an account, or rejects it.
    async fn may_ask(
        &self,
        merchant: &str,
        account: &Account,
        before: Option<&Connection>,
    ) -> Result<(), CallError> {
        let asker = if before.is_some_and(|before| before.account() == *account) {
            Asker::Its
        } else if self.store.is_connected(account).await.map_err(store_failed)? {
            Asker::Other
        } else {
            Asker::Any
        };
        self.limits.check(merchant, account, asker).await
    }

    /// Returns the teams of an account whose credentials have just been tested, if the helpdesk lists them in time.
    async fn teams(&self, helpdesk: Kind, entered: &Entered) -> Option<Vec<DeskTeam>> {
        helpdesk.details().routing.as_ref()?;
        let account = entered.account(helpdesk);
        let meter = PersonMeter::new(&self.budgets, &self.world, &account);
        let access = entered.access();
        tokio::select! {
            teams = self.helpdesks.get(helpdesk).teams(&access, &meter) => teams,
            () = self.world.clock.sleep(TEAMS_WITHIN) => None,
        }
    }

    async fn check(&self, helpdesk: Kind, entered: &Entered) -> TestOutcome {
        let account = entered.account(helpdesk);
        let meter = PersonMeter::new(&self.budgets, &self.world, &account);
        let outcome = self.helpdesks.get(helpdesk).check(&entered.access(), &meter).await;
        if let TestOutcome::Passed { warnings } = &outcome {
            let merges = warnings.iter().find(|warning| warning.kind == "auto_merge").cloned();
            self.merging.lock().unwrap_or_else(PoisonError::into_inner).insert(account, merges);
        }
        outcome
    }

    /// Returns the auto-merge warning of the last test of the merchant's connected account. After a restart, it tests
    /// once.
    pub async fn auto_merge(&self, merchant: &str) -> Option<Warning> {
        let connections = self.store.connections(merchant).await.ok()?;
        let connection = connections.into_iter().find(|it| it.receives && it.trouble.is_none())?;
        // Nothing merges events, and a test would be one more event.
        if connection.helpdesk.takes() == Takes::Events {
            return None;
        }
        let account = connection.account();
        let known = self.merging.lock().unwrap_or_else(PoisonError::into_inner).get(&account).cloned();
        if let Some(known) = known {
            return known;
        }
        let access = access(&connection, &self.vault).ok()?;
        let Access { subdomain, method, username, key } = access;
        let entered = Entered { subdomain, method, username, key, kept: true, new_secret: None };
        match self.check(connection.helpdesk, &entered).await {
            TestOutcome::Passed { warnings } => warnings.into_iter().find(|it| it.kind == "auto_merge"),
            TestOutcome::Failed(_) => None,
        }
    }
}
