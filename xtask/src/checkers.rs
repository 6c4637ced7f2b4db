//! Checkers of the sources that are not part of Rust: spelling, and the licenses and sources of dependencies.
//!
//! They are installed below `target/tools`, in the versions that `xtask/pip/` lists: as a wheel if pip has one for this
//! machine, which takes seconds, otherwise compiled, which takes minutes.

use std::fs;
use std::path::Path;
use std::process::Command;

use anyhow::{Context, Result};

use crate::cargo;
use crate::paths::Paths;
use crate::progress::{self, Show};

/// A checker.
#[derive(Clone, Copy)]
pub enum Checker {
    /// Spelling, configured in `typos.toml`.
    Typos,
    /// Licenses, sources and unwanted crates, configured in `deny.toml`.
    Deny,
}

impl Checker {
    /// Returns the name of its program, which is also the name of the file in `xtask/pip` with its version.
    fn program(self) -> &'static str {
        match self {
            Self::Typos => "typos",
            Self::Deny => "cargo-deny",
        }
    }

    /// Returns the crate that it is compiled from.
    fn crate_name(self) -> &'static str {
        match self {
            Self::Typos => "typos-cli",
            Self::Deny => "cargo-deny",
        }
    }
}

/// Returns a command that runs the checker in the workspace's folder, ready for its arguments.
pub fn ensure(paths: &Paths, checker: Checker) -> Result<Command> {
    let program = checker.program();
    let requirement = paths.root.join(format!("xtask/pip/{program}.txt"));
    let text = fs::read_to_string(&requirement)
        .with_context(|| format!("{} is missing", paths.short(&requirement)))?;
    let version = version(&text).with_context(|| format!("{} has no version", paths.short(&requirement)))?;
    let tools = paths.target.join("tools");
    let folder = tools.join(format!("{program}-{version}"));
    if !folder.exists() {
        fs::create_dir_all(&tools)?;
        // Moved into place by rename, so that half an installation is never used.
        let new = tools.join(format!("{program}-{version}.new"));
        if new.exists() {
            fs::remove_dir_all(&new)?;
        }
        if from_wheel(program, &requirement, &new).is_err() {
            compile(paths, checker, version, &new)?;
        }
        fs::rename(&new, &folder)?;
    }
    let mut command = Command::new(folder.join("bin").join(program));
    command.current_dir(&paths.root);
    Ok(command)
}

/// Returns the version in `name==1.2.3 \`.
fn version(requirement: &str) -> Option<&str> {
    requirement.split_once("==")?.1.split_whitespace().next()
}

fn from_wheel(program: &str, requirement: &Path, folder: &Path) -> Result<()> {
    let mut pip = Command::new("python3");
    pip.args([
        "-m",
        "pip",
        "install",
        "--quiet",
        "--disable-pip-version-check",
        "--no-deps",
        "--require-hashes",
    ])
    .args(["--only-binary", ":all:", "--target"])
    .arg(folder)
    .arg("--requirement")
    .arg(requirement);
    progress::run(Show::Summary, &format!("install {program}"), &mut pip)
}

fn compile(paths: &Paths, checker: Checker, version: &str, folder: &Path) -> Result<()> {
    let mut install =
        cargo::command(paths, &["install", "--locked", checker.crate_name(), "--version", version]);
    install.arg("--root").arg(folder);
    progress::run(
        Show::Summary,
        &format!("compile {}, since pip has no wheel of it", checker.program()),
        &mut install,
    )
}

#[cfg(test)]
mod tests {
    use super::version;

    #[test]
    fn a_requirement_has_its_version() {
        assert_eq!(version("# about it\ntypos==1.52.0 \\\n    --hash=sha256:00\n"), Some("1.52.0"));
        assert_eq!(version("typos\n"), None);
    }
}
