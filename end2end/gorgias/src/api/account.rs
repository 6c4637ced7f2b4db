//! `/api/account`

pub(crate) mod settings;
pub(crate) mod show;
