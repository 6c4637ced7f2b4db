//! The two kinds of builds.

/// What a build is for.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Working on it, trying it, testing it.
    Dev,
    /// Running it.
    Release,
}

impl Kind {
    /// A folder's name.
    pub fn name(self) -> &'static str {
        match self {
            Self::Dev => "dev",
            Self::Release => "release",
        }
    }
}
