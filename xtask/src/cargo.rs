//! Runs cargo from xtask without rebuilding what the outer cargo has built.

use std::process::Command;

use crate::paths::{Paths, cargo};

/// Creates a cargo command that runs in the workspace root.
///
/// `cargo run` describes `xtask` in environment variables that some build scripts (such as ring's) watch. If they were
/// passed on, every build through xtask would differ from the same build by hand, and each would invalidate the other.
pub fn command(paths: &Paths, args: &[&str]) -> Command {
    let mut command = Command::new(cargo());
    command.args(args).current_dir(&paths.root);
    let about_xtask = |name: &str| {
        ["CARGO_PKG_", "CARGO_MANIFEST_", "CARGO_BIN_", "CARGO_CRATE_", "CARGO_PRIMARY_"]
            .iter()
            .any(|prefix| name.starts_with(prefix))
    };
    for (name, _) in std::env::vars_os() {
        if name.to_str().is_some_and(about_xtask) {
            command.env_remove(name);
        }
    }
    // CI builds a clean clone once, so the files for incremental builds would only fill the disk.
    if std::env::var_os("CI").is_some() && std::env::var_os("CARGO_INCREMENTAL").is_none() {
        command.env("CARGO_INCREMENTAL", "0");
    }
    command
}
