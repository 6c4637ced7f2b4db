//! Where things are: the workspace, and what cargo builds into.

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, bail};

/// The folders that every task needs.
pub struct Paths {
    /// The workspace's own folder.
    pub root: PathBuf,
    /// Cargo's target folder, wherever the environment or a cargo config puts it.
    pub target: PathBuf,
}

impl Paths {
    /// Asks cargo, since CARGO_TARGET_DIR and `build.target-dir` both move the target folder.
    pub fn find() -> Result<Self> {
        let manifest = std::env::var_os("CARGO_MANIFEST_DIR")
            .map_or_else(|| PathBuf::from(env!("CARGO_MANIFEST_DIR")), PathBuf::from);
        let root = manifest.parent().context("xtask lies in no workspace")?.to_owned();
        let output = Command::new(cargo())
            .args(["metadata", "--no-deps", "--offline", "--format-version", "1"])
            .current_dir(&root)
            .output()
            .context("cargo does not start")?;
        if !output.status.success() {
            bail!("cargo metadata: {}", String::from_utf8_lossy(&output.stderr).trim());
        }
        let metadata: serde_json::Value = serde_json::from_slice(&output.stdout)?;
        let target =
            metadata["target_directory"].as_str().context("cargo metadata names no target folder")?;
        Ok(Self { target: PathBuf::from(target), root })
    }

    /// What `cargo build` makes: the programs, and in a dev build the site beside them.
    pub fn debug(&self) -> PathBuf {
        self.target.join("debug")
    }

    /// What `cargo xtask build --release` makes.
    pub fn dist(&self) -> PathBuf {
        self.target.join("dist")
    }

    /// Where browser tests and their packages live.
    pub fn end2end(&self) -> PathBuf {
        self.root.join("end2end")
    }

    /// The chat's modules, and the demo's shop.
    pub fn storefront(&self) -> PathBuf {
        self.root.join("storefront")
    }

    /// `path` as a person would type it from the workspace's folder.
    pub fn short<'a>(&self, path: &'a Path) -> std::path::Display<'a> {
        path.strip_prefix(&self.root).unwrap_or(path).display()
    }
}

/// The cargo that started this program.
pub fn cargo() -> OsString {
    std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into())
}
