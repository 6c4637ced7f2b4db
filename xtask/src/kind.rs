//! The two build kinds.

/// The purpose of a build.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Development and tests.
    Dev,
    /// Production.
    Release,
}

impl Kind {
    /// Returns the name of the build's folder.
    pub fn name(self) -> &'static str {
        match self {
            Self::Dev => "dev",
            Self::Release => "release",
        }
    }
}
