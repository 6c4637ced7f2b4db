//! What a helpdesk is, as data. Its folder fills it in; the screen, the forms, the settings and the limits are made of it.

#[cfg(feature = "server")]
use crate::Sentence;

/// A helpdesk as data.
pub struct Description {
    /// Its name in routes, tables and settings: lower-case letters, digits and underscores. It never changes.
    pub slug: &'static str,
    /// Its name, as its makers write it.
    pub name: &'static str,
    /// The domain under which every account has a host of its own.
    pub domain: &'static str,
    /// The kinds of credentials that it takes, at least one. The first is what the form begins with.
    pub methods: &'static [AccessMethod],
    /// What only the server knows. The browser is sent what it shows, so that its module does not grow with each helpdesk.
    #[cfg(feature = "server")]
    pub details: Details,
}

/// A kind of credentials: a user and a secret, whatever the helpdesk calls them.
pub struct AccessMethod {
    /// Its name on the wire and in tables: lower-case letters and underscores. It never changes.
    pub slug: &'static str,
    /// What the user of a secret is called by.
    pub user: UserKind,
    /// What only the server knows.
    #[cfg(feature = "server")]
    pub words: MethodWords,
}

/// A helpdesk's methods have different slugs.
impl PartialEq for AccessMethod {
    fn eq(&self, other: &Self) -> bool {
        self.slug == other.slug
    }
}

impl std::fmt::Debug for AccessMethod {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.slug)
    }
}

/// What the user of a secret is called by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum UserKind {
    /// The address that they sign in with.
    Email,
    /// A name or an identifier that the helpdesk gave out.
    Name,
}

/// The rest of a [`Description`]. Its texts are English; a `{helpdesk}` in one is where the helpdesk's name goes.
#[cfg(feature = "server")]
pub struct Details {
    /// What it does for a merchant, in a line.
    pub about: &'static str,
    /// Its tile: the elements of a drawing of ours on a 48 by 48 grid, not its maker's logo.
    pub mark: &'static str,
    /// The field of the account.
    pub account: FieldWords,
    /// What a merchant can do when the ticket of a test was merged into another one.
    pub when_merged: Sentence,
    /// The setting with the address of an account.
    pub url: UrlSetting,
    /// How much it takes.
    pub limits: HelpdeskLimits,
}

/// What the form says about a kind of credentials, in English; a `{helpdesk}` is where the helpdesk's name goes.
#[cfg(feature = "server")]
pub struct MethodWords {
    /// What it is called; shown where there is a choice.
    pub name: &'static str,
    /// What to know before choosing it; empty: nothing.
    pub note: &'static str,
    /// The field of the secret's user.
    pub user: FieldWords,
    /// The field of the secret.
    pub secret: FieldWords,
    /// The way to the credentials through the helpdesk's own settings.
    pub where_to_find: &'static str,
    /// How to replace credentials that are no longer accepted.
    pub new_credentials: Sentence,
    /// When the helpdesk gives it up; none: it lasts.
    pub ends: Option<MethodEnd>,
}

/// The end of a kind of credentials.
#[cfg(feature = "server")]
pub struct MethodEnd {
    /// The day, such as `2027-04-30`.
    pub on: &'static str,
    /// What to do before it.
    pub said: Sentence,
}

/// The words of a field of the form.
#[cfg(feature = "server")]
pub struct FieldWords {
    /// Its label.
    pub label: &'static str,
    /// What stands under it; empty: nothing.
    pub help: &'static str,
    /// An example of what goes in; empty: none.
    pub placeholder: &'static str,
}

/// A setting with the template of an account's address.
#[cfg(feature = "server")]
pub struct UrlSetting {
    /// `CONVI_{SLUG}_URL`.
    pub name: &'static str,
    /// What it is without being set, with `{subdomain}` where the account's name goes.
    pub preset: &'static str,
    /// A line on what it means.
    pub doc: &'static str,
}

/// How much a helpdesk takes.
#[cfg(feature = "server")]
pub struct HelpdeskLimits {
    /// The most bytes of one message, in plain text and in HTML each.
    pub message_bytes: usize,
    /// How many requests of an account.
    pub rate: Rate,
}

/// How a helpdesk counts the requests of an account.
#[cfg(feature = "server")]
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Rate {
    /// A leaky bucket.
    Leaky {
        /// How many requests fit in, before any answer has said so: the fewest that an account may have.
        size: u32,
        /// Seconds in which a full one leaks empty.
        leaks_in: u32,
    },
    /// So many a minute, which begins anew as a whole.
    PerMinute {
        /// How many, before any answer has said so: the fewest that an account may have.
        requests: u32,
    },
}
