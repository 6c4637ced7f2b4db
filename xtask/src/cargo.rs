//! Cargo inside cargo, without rebuilding what the outer one has built.

use std::process::Command;

use crate::paths::{Paths, cargo};

/// A cargo command in the workspace's folder.
///
/// `cargo run` describes `xtask` in variables that some build scripts watch (ring's does). Passed on, they would
/// make every build through xtask differ from the same build by hand, and each would undo the other.
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
    // A clean clone is built once: what makes the second build fast would only fill its disk.
    if std::env::var_os("CI").is_some() && std::env::var_os("CARGO_INCREMENTAL").is_none() {
        command.env("CARGO_INCREMENTAL", "0");
    }
    command
}
