//! The helpdesks that can be connected, and a handle to each.

mod description;

pub use description::{AccessMethod, Description, SecretKind, Takes, UserKind};
#[cfg(feature = "server")]
pub use description::{
    Details, FieldWords, HelpdeskLimits, MethodEnd, MethodWords, Rate, RoutingWords, Translations, UrlSetting,
};

use serde::{Deserialize, Serialize};
use std::{fmt, hash};

/// Includes each folder's description and defines a constant for it: `Helpdesk::NAME`.
macro_rules! helpdesks {
    ($($folder:ident),* $(,)?) => {
        $(
            #[doc = concat!("The description in `helpdesks/", stringify!($folder), "/`.")]
            pub mod $folder { mod description; pub use description::DESCRIPTION; }
        )*

        /// The helpdesks that the program ships with.
        pub(super) static SHIPPED: &[&super::Description] = &[$(&$folder::DESCRIPTION),*];
    };
}

#[path = "../../../helpdesks/list.rs"]
mod list;

use list::SHIPPED;
pub use list::*;

/// A helpdesk product: a handle to its [`Description`].
#[derive(Clone, Copy, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Helpdesk(&'static Description);

/// The helpdesks added to those shipped.
#[cfg(feature = "server")]
static ADDED: std::sync::OnceLock<Vec<&'static Description>> = std::sync::OnceLock::new();

impl Helpdesk {
    /// Returns the helpdesk of a description that is in the list.
    pub(crate) const fn of(description: &'static Description) -> Self {
        Self(description)
    }

    /// Returns every helpdesk, in the order in which the screen shows them.
    #[cfg(feature = "server")]
    pub fn all() -> impl Iterator<Item = Self> + Clone {
        SHIPPED.iter().chain(ADDED.get().into_iter().flatten()).copied().map(Self)
    }

    /// Returns every helpdesk, in the order in which the screen shows them.
    #[cfg(not(feature = "server"))]
    pub fn all() -> impl Iterator<Item = Self> + Clone {
        SHIPPED.iter().copied().map(Self)
    }

    /// Returns the helpdesks that the program ships with.
    #[cfg(feature = "server")]
    pub fn shipped() -> impl Iterator<Item = Self> {
        SHIPPED.iter().copied().map(Self)
    }

    /// Returns a slug for examples in the documentation.
    #[cfg(feature = "server")]
    pub fn example() -> &'static str {
        SHIPPED[0].slug
    }

    /// Adds helpdesks to those shipped, for the whole process.
    ///
    /// Only the first call counts, and it must come before anything reads the list: rows, messages and forms name
    /// helpdesks.
    #[cfg(feature = "server")]
    pub fn add(descriptions: impl IntoIterator<Item = &'static Description>) {
        ADDED.get_or_init(|| descriptions.into_iter().collect());
    }

    /// Returns the product name.
    pub fn name(self) -> &'static str {
        self.0.name
    }

    /// Returns its name in routes, tables and settings.
    pub fn slug(self) -> &'static str {
        self.0.slug
    }

    /// Returns the domain under which every account has its own host.
    pub fn domain(self) -> &'static str {
        self.0.domain
    }

    /// Returns what it accepts from us.
    pub fn takes(self) -> Takes {
        self.0.takes
    }

    /// Returns the access methods that it accepts. The form starts with the first.
    pub fn methods(self) -> &'static [AccessMethod] {
        self.0.methods
    }

    /// Returns the access method with this slug. Without a slug, returns the first, the only one of most helpdesks.
    pub fn method(self, slug: Option<&str>) -> Option<&'static AccessMethod> {
        match slug {
            Some(slug) => self.0.methods.iter().find(|method| method.slug == slug),
            None => self.0.methods.first(),
        }
    }

    /// Returns what only the server needs.
    #[cfg(feature = "server")]
    pub fn details(self) -> &'static Details {
        &self.0.details
    }

    /// Returns the largest message that every helpdesk accepts, in bytes.
    #[cfg(feature = "server")]
    pub fn smallest_message() -> usize {
        Self::all().map(|it| it.details().limits.message_bytes).min().unwrap_or(usize::MAX)
    }

    /// Returns the helpdesk with this slug.
    pub fn from_slug(slug: &str) -> Option<Self> {
        Self::all().find(|helpdesk| helpdesk.slug() == slug)
    }
}

/// Each helpdesk has exactly one description.
impl PartialEq for Helpdesk {
    fn eq(&self, other: &Self) -> bool {
        std::ptr::eq(self.0, other.0)
    }
}

impl Eq for Helpdesk {}

impl hash::Hash for Helpdesk {
    fn hash<H: hash::Hasher>(&self, state: &mut H) {
        self.slug().hash(state);
    }
}

/// Sorts by slug, as a database does.
impl Ord for Helpdesk {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        self.slug().cmp(other.slug())
    }
}

impl PartialOrd for Helpdesk {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl fmt::Debug for Helpdesk {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl fmt::Display for Helpdesk {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl TryFrom<String> for Helpdesk {
    type Error = String;
    fn try_from(slug: String) -> Result<Self, String> {
        Self::from_slug(&slug).ok_or_else(|| format!("unknown helpdesk `{slug}`"))
    }
}

impl From<Helpdesk> for String {
    fn from(helpdesk: Helpdesk) -> String {
        helpdesk.slug().to_owned()
    }
}

#[cfg(feature = "server")]
mod schema {
    use super::Helpdesk;
    use utoipa::{
        PartialSchema, ToSchema,
        openapi::{ObjectBuilder, RefOr, Schema, Type},
    };

    impl PartialSchema for Helpdesk {
        fn schema() -> RefOr<Schema> {
            let slugs = Self::all().map(Self::slug);
            ObjectBuilder::new()
                .schema_type(Type::String)
                .description(Some("A helpdesk product."))
                .enum_values(Some(slugs))
                .into()
        }
    }

    impl ToSchema for Helpdesk {}
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slugs_parse_back() {
        for helpdesk in Helpdesk::all() {
            assert_eq!(Helpdesk::from_slug(helpdesk.slug()), Some(helpdesk));
            let json = serde_json::to_string(&helpdesk).unwrap();
            assert_eq!(json, format!("{:?}", helpdesk.slug()));
            assert_eq!(serde_json::from_str::<Helpdesk>(&json).unwrap(), helpdesk);
        }
        assert!(serde_json::from_str::<Helpdesk>("\"other\"").is_err());
        assert_eq!(Helpdesk::from_slug("email"), None, "a destination, but not a helpdesk");
    }

    /// Two helpdesks with the same slug, setting or domain would be mistaken for each other.
    #[cfg(feature = "server")]
    #[test]
    fn helpdesks_do_not_share_slug_setting_or_domain() {
        let of = |read: fn(Helpdesk) -> &'static str| {
            let all: std::collections::BTreeSet<_> = Helpdesk::all().map(read).collect();
            assert_eq!(all.len(), Helpdesk::all().count(), "{all:?}");
        };
        of(Helpdesk::slug);
        of(Helpdesk::name);
        of(Helpdesk::domain);
        for helpdesk in Helpdesk::all() {
            let slug = helpdesk.slug();
            assert!(
                slug.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_'),
                "{slug}"
            );
            assert!(
                helpdesk.details().limits.message_bytes >= 10_000,
                "{slug}: room for a turn and its heading"
            );
            let methods: std::collections::BTreeSet<_> =
                helpdesk.methods().iter().map(|method| method.slug).collect();
            for end in helpdesk.methods().iter().filter_map(|method| method.words.ends.as_ref()) {
                assert!(end.on.parse::<jiff::civil::Date>().is_ok(), "{slug}: {}", end.on);
            }
            assert!(!methods.is_empty() && methods.len() == helpdesk.methods().len(), "{slug}: {methods:?}");
            let setting = format!("CONVI_{}_URL", slug.to_ascii_uppercase());
            assert!(helpdesk.details().url.as_ref().is_none_or(|url| url.name == setting), "{slug}");
            assert_eq!(helpdesk.takes() == Takes::Events, helpdesk.details().url.is_none(), "{slug}");
        }
    }
}
