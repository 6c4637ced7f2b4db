//! The helpdesks' clients, one from each folder in `helpdesks/`.

use super::{AccountUrl, HelpdeskClient};
use crate::internet::Internet;
use domain::{Helpdesk as Kind, clock::World, helpdesk::Description};
use std::{
    collections::HashMap,
    sync::{Arc, OnceLock},
};

/// Includes each folder's client.
macro_rules! helpdesks {
    ($($folder:ident),* $(,)?) => {
        $(
            #[doc = concat!("The client in `helpdesks/", stringify!($folder), "/`.")]
            pub mod $folder { mod client; pub use client::*; }
        )*

        /// The helpdesks that the program ships with.
        pub(super) static SHIPPED: &[super::Product] = &[
            $(super::Product { description: &domain::helpdesk::$folder::DESCRIPTION, client: $folder::client }),*
        ];
    };
}

#[path = "../../../helpdesks/list.rs"]
mod list;

use list::SHIPPED;
pub use list::*;

/// A complete helpdesk.
pub struct Product {
    /// Its description.
    pub description: &'static Description,
    /// Builds its client.
    pub client: fn(Reach) -> Arc<dyn HelpdeskClient>,
}

/// How a client reaches its helpdesk.
pub struct Reach {
    /// The HTTP client for helpdesks.
    pub http: reqwest::Client,
    /// Where accounts are. Empty if the helpdesk's connections have URLs of their own.
    pub accounts: AccountUrl,
    /// The HTTP client for URLs that merchants choose.
    pub internet: Internet,
    /// The clock and the source of randomness.
    pub world: World,
}

/// The helpdesks added to those shipped.
static ADDED: OnceLock<&'static [Product]> = OnceLock::new();

/// Adds helpdesks to those shipped, for the whole process. Only the first call counts, and it must come before settings
/// are read: everything is built from the one list [`Kind::all`].
pub fn add(products: &'static [Product]) {
    ADDED.get_or_init(|| products);
    Kind::add(products.iter().map(|product| product.description));
}

/// Every helpdesk's client.
#[derive(Clone)]
pub struct Helpdesks(Arc<HashMap<Kind, Arc<dyn HelpdeskClient>>>);

impl Helpdesks {
    /// Builds the client of every helpdesk with what it needs.
    pub fn build(reach: impl Fn(Kind) -> Reach) -> Self {
        let products = SHIPPED.iter().chain(ADDED.get().into_iter().copied().flatten());
        let clients = products.filter_map(|product| {
            let kind = Kind::from_slug(product.description.slug)?;
            Some((kind, (product.client)(reach(kind))))
        });
        Self(Arc::new(clients.collect()))
    }

    /// Uses this client only.
    pub fn only(kind: Kind, client: Arc<dyn HelpdeskClient>) -> Self {
        Self(Arc::new(HashMap::from([(kind, client)])))
    }

    /// Returns the client of this helpdesk.
    pub fn get(&self, kind: Kind) -> &dyn HelpdeskClient {
        &*self.0[&kind]
    }
}
