//! The clients: one for each helpdesk, from its folder in `helpdesks/`.

use super::{AccountUrl, HelpdeskClient};
use domain::{Helpdesk as Kind, clock::Clock, helpdesk::Description};
use std::{
    collections::HashMap,
    sync::{Arc, OnceLock},
};

/// Takes each folder's client.
macro_rules! helpdesks {
    ($($folder:ident),* $(,)?) => {
        $(
            #[doc = concat!("The client in `helpdesks/", stringify!($folder), "/`.")]
            pub mod $folder { mod client; pub use client::*; }
        )*

        /// What the program ships with.
        pub(super) static SHIPPED: &[super::Product] = &[
            $(super::Product { description: &domain::helpdesk::$folder::DESCRIPTION, client: $folder::client }),*
        ];
    };
}

#[path = "../../../helpdesks/list.rs"]
mod list;

use list::SHIPPED;
pub use list::*;

/// A helpdesk as a whole.
pub struct Product {
    /// What it is.
    pub description: &'static Description,
    /// Makes what speaks to it.
    pub client: fn(Reach) -> Arc<dyn HelpdeskClient>,
}

/// What a client reaches its helpdesk by.
pub struct Reach {
    /// The one HTTP client of the server.
    pub http: reqwest::Client,
    /// Where accounts are.
    pub accounts: AccountUrl,
    /// Time.
    pub clock: Arc<dyn Clock>,
}

/// Those that a program added to the shipped ones.
static ADDED: OnceLock<&'static [Product]> = OnceLock::new();

/// Adds helpdesks to the shipped ones, for this whole process. Only the first call counts, and it has to come before
/// settings are read: [`Kind::all`] is the one list that everything is made from.
pub fn add(products: &'static [Product]) {
    ADDED.get_or_init(|| products);
    Kind::add(products.iter().map(|product| product.description));
}

/// Every helpdesk's client.
#[derive(Clone)]
pub struct Helpdesks(Arc<HashMap<Kind, Arc<dyn HelpdeskClient>>>);

impl Helpdesks {
    /// The client of every helpdesk, each with what it needs.
    pub fn build(reach: impl Fn(Kind) -> Reach) -> Self {
        let products = SHIPPED.iter().chain(ADDED.get().into_iter().copied().flatten());
        let clients = products.filter_map(|product| {
            let kind = Kind::from_slug(product.description.slug)?;
            Some((kind, (product.client)(reach(kind))))
        });
        Self(Arc::new(clients.collect()))
    }

    /// With this client alone.
    pub fn only(kind: Kind, client: Arc<dyn HelpdeskClient>) -> Self {
        Self(Arc::new(HashMap::from([(kind, client)])))
    }

    /// The client of this one.
    pub fn get(&self, kind: Kind) -> &dyn HelpdeskClient {
        &*self.0[&kind]
    }
}
