//! A helpdesk described as data. Its folder provides it; the screen, forms, settings and limits are built from it.

#[cfg(feature = "server")]
use crate::Sentence;

/// A helpdesk described as data.
pub struct Description {
    /// Its name in routes, tables and settings: lower-case letters, digits and underscores. It never changes.
    pub slug: &'static str,
    /// The product name, as its maker writes it.
    pub name: &'static str,
    /// What it accepts from us.
    pub takes: Takes,
    /// The domain under which every account has its own host. Empty if it accepts events, whose URL the merchant chooses.
    pub domain: &'static str,
    /// The access methods that it accepts, at least one. The form starts with the first.
    pub methods: &'static [AccessMethod],
    /// What only the server needs. The browser gets what it shows from there, so its module does not grow with each
    /// helpdesk.
    #[cfg(feature = "server")]
    pub details: Details,
}

/// What a helpdesk accepts from us. The form, the state machine and the dispatcher depend only on this, never on which
/// helpdesk it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Takes {
    /// Tickets of an account. They can be looked up, so an attempt with an unclear result is never simply repeated.
    Tickets,
    /// Signed events at the merchant's own URL. Nothing can be looked up, so each is sent at least once, under an id
    /// by which the receiver recognises a repetition.
    Events,
}

/// An access method: a kind of credentials, made of a user and a secret, whatever the helpdesk calls them.
pub struct AccessMethod {
    /// Its name in requests and tables: lower-case letters and underscores. It never changes.
    pub slug: &'static str,
    /// How a secret's user is identified.
    pub user: UserKind,
    /// What the helpdesk calls the secret.
    pub secret: SecretKind,
    /// What only the server needs.
    #[cfg(feature = "server")]
    pub words: MethodWords,
}

/// Compares slugs, which are unique within a helpdesk.
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

/// How a secret's user is identified.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum UserKind {
    /// By the address they sign in with.
    Email,
    /// By a name or an identifier from the helpdesk.
    Name,
}

/// What a helpdesk calls a secret. Errors about its field use this word.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SecretKind {
    /// An API key.
    ApiKey,
    /// An API token.
    ApiToken,
    /// The secret of an OAuth client.
    ClientSecret,
}

/// The server's part of a [`Description`]. Its texts are English; `{helpdesk}` in a text stands for the product name.
#[cfg(feature = "server")]
pub struct Details {
    /// One line on what it does for a merchant.
    pub about: &'static str,
    /// Its tile: the elements of our own drawing on a 48 by 48 grid, not its maker's logo.
    pub mark: &'static str,
    /// The account's field.
    pub account: FieldWords,
    /// What a merchant can do when a test's ticket was merged into another one.
    pub when_merged: Sentence,
    /// The words for a team and a priority, or `None` if they cannot be chosen.
    pub routing: Option<RoutingWords>,
    /// The setting for the URL of an account, or `None` if the merchant enters the whole URL.
    pub url: Option<UrlSetting>,
    /// The helpdesk's limits.
    pub limits: HelpdeskLimits,
    /// Its own sentences in the other languages.
    pub translations: Translations,
}

/// A helpdesk's words for what a merchant can choose for its tickets.
#[cfg(feature = "server")]
pub struct RoutingWords {
    /// Its word for a team.
    pub team: &'static str,
    /// What to do after it has rejected the choice.
    pub refused: Sentence,
    /// The error for a team that the account does not have.
    pub unknown: Sentence,
}

/// The sentences of a helpdesk's folder in each language but English: JSON objects from a sentence's key (its code, or the
/// English text of the description) to its translation.
#[cfg(feature = "server")]
pub struct Translations {
    /// `de.json` of the folder.
    pub german: &'static str,
    /// `fr.json` of the folder.
    pub french: &'static str,
}

/// The form's texts for an access method, in English; `{helpdesk}` in a text stands for the product name.
#[cfg(feature = "server")]
pub struct MethodWords {
    /// Its name, shown if there is a choice.
    pub name: &'static str,
    /// What to know before choosing it, or empty.
    pub note: &'static str,
    /// The field for the secret's user.
    pub user: FieldWords,
    /// The field for the secret.
    pub secret: FieldWords,
    /// Where to find the credentials in the helpdesk's own settings.
    pub where_to_find: &'static str,
    /// How to replace credentials that no longer work.
    pub new_credentials: Sentence,
    /// When the helpdesk stops accepting it, if it does.
    pub ends: Option<MethodEnd>,
}

/// The end of an access method.
#[cfg(feature = "server")]
pub struct MethodEnd {
    /// The date, such as `2027-04-30`.
    pub on: &'static str,
    /// What to do before it.
    pub said: Sentence,
}

/// People are told this many days before an access method ends.
#[cfg(feature = "server")]
const TOLD_BEFORE: i64 = 60;

#[cfg(feature = "server")]
impl MethodEnd {
    /// Returns whether it is time to tell people: from 60 days before the end, and after it.
    pub fn is_near(&self, now: jiff::Timestamp) -> bool {
        let day = self.on.parse::<jiff::civil::Date>();
        let told_from = day.and_then(|day| day.checked_sub(jiff::Span::new().days(TOLD_BEFORE)));
        told_from.is_ok_and(|from| now.to_zoned(jiff::tz::TimeZone::UTC).date() >= from)
    }
}

/// The texts of a form field.
#[cfg(feature = "server")]
pub struct FieldWords {
    /// The label.
    pub label: &'static str,
    /// The help under the field, or empty.
    pub help: &'static str,
    /// An example value, or empty.
    pub placeholder: &'static str,
}

/// A setting with the URL template of an account.
#[cfg(feature = "server")]
pub struct UrlSetting {
    /// `CONVI_{SLUG}_URL`.
    pub name: &'static str,
    /// The default, with `{subdomain}` in place of the account's name.
    pub preset: &'static str,
    /// One line on what it means.
    pub doc: &'static str,
}

/// A helpdesk's limits.
#[cfg(feature = "server")]
pub struct HelpdeskLimits {
    /// The maximum size of one message in bytes, for plain text and for HTML each.
    pub message_bytes: usize,
    /// The request rate of an account.
    pub rate: Rate,
}

/// How a helpdesk limits the requests of an account.
#[cfg(feature = "server")]
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Rate {
    /// A leaky bucket.
    Leaky {
        /// The bucket's size until an answer states it: the smallest that an account may have.
        size: u32,
        /// The seconds in which a full bucket drains.
        leaks_in: u32,
    },
    /// A number of requests per minute; the count restarts every minute.
    PerMinute {
        /// The limit until an answer states it: the smallest that an account may have.
        requests: u32,
    },
}
