//! Why a command fails, and its exit code.

use crate::{
    application::StartError,
    config::ConfigErrors,
    store::{OpenError, StoreError},
    vault::VaultError,
};

/// Why a command failed.
#[derive(Debug, thiserror::Error)]
pub enum CommandError {
    /// A setting is wrong: exit code 2. One line per setting.
    #[error("{0}")]
    Settings(String),
    /// Anything else: exit code 1.
    #[error("{0:#}")]
    Failed(#[from] anyhow::Error),
}

impl From<ConfigErrors> for CommandError {
    fn from(errors: ConfigErrors) -> Self {
        Self::Settings(errors.to_string())
    }
}

impl From<VaultError> for CommandError {
    fn from(error: VaultError) -> Self {
        // Fixed in the settings, or in the file that the message names.
        Self::Settings(error.to_string())
    }
}

impl From<OpenError> for CommandError {
    fn from(error: OpenError) -> Self {
        Self::Settings(error.to_string())
    }
}

impl From<StoreError> for CommandError {
    fn from(error: StoreError) -> Self {
        // The database itself failed; no setting can fix that.
        Self::Failed(error.into())
    }
}

impl From<StartError> for CommandError {
    fn from(error: StartError) -> Self {
        match error {
            StartError::Store(error) => error.into(),
            _ => Self::Settings(error.to_string()),
        }
    }
}

impl CommandError {
    /// Returns the exit code.
    pub(super) fn code(&self) -> u8 {
        match self {
            Self::Settings(_) => 2,
            // A `CommandError` or `VaultError` may be wrapped in an `anyhow` error.
            Self::Failed(error) => match error.downcast_ref::<Self>() {
                Some(inner) => inner.code(),
                None if error.is::<VaultError>() => 2,
                None => 1,
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_store_error_gives_its_reason_once() {
        let failed = CommandError::from(StoreError::unavailable("the disk is full"));
        assert_eq!(failed.to_string(), "the database failed: the disk is full");
    }

    #[test]
    fn wrong_settings_exit_with_2_even_when_wrapped() {
        let settings = || CommandError::Settings("x".into());
        assert_eq!(settings().code(), 2);
        assert_eq!(CommandError::from(anyhow::Error::new(settings()).context("y")).code(), 2);
        assert_eq!(CommandError::from(anyhow::Error::new(VaultError::Form)).code(), 2);
        assert_eq!(CommandError::from(anyhow::anyhow!("x")).code(), 1);
    }
}
