//! Acme Desk, a fictional helpdesk: all of its code is in this folder.

mod client;
mod description;

use convi_server::helpdesk::Product;

pub use description::DESCRIPTION;

pub const PRODUCT: Product = Product { description: &DESCRIPTION, client: client::client };
