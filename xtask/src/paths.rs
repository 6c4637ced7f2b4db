//! Locations: the workspace, and cargo's build output.

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, bail};

/// The folders that every task needs.
pub struct Paths {
    /// The workspace root.
    pub root: PathBuf,
    /// Cargo's target folder, wherever the environment or a cargo config puts it.
    pub target: PathBuf,
}

impl Paths {
    /// Asks cargo, since CARGO_TARGET_DIR and `build.target-dir` can both move the target folder.
    pub fn find() -> Result<Self> {
        let manifest = std::env::var_os("CARGO_MANIFEST_DIR")
            .map_or_else(|| PathBuf::from(env!("CARGO_MANIFEST_DIR")), PathBuf::from);
        let root = manifest.parent().context("xtask is not in a workspace")?.to_owned();
        let output = Command::new(cargo())
            .args(["metadata", "--no-deps", "--offline", "--format-version", "1"])
            .current_dir(&root)
            .output()
            .context("cannot start cargo")?;
        if !output.status.success() {
            bail!("cargo metadata: {}", String::from_utf8_lossy(&output.stderr).trim());
        }
        let metadata: serde_json::Value = serde_json::from_slice(&output.stdout)?;
        let target = metadata["target_directory"]
            .as_str()
            .context("cargo metadata does not contain the target folder")?;
        Ok(Self { target: PathBuf::from(target), root })
    }

    /// Returns the output folder of `cargo build`: the programs, and in a dev build the site next to them.
    pub fn debug(&self) -> PathBuf {
        self.target.join("debug")
    }

    /// Returns the output folder of `cargo xtask build --release`.
    pub fn dist(&self) -> PathBuf {
        self.target.join("dist")
    }

    /// Returns the folder of the browser tests and their packages.
    pub fn end2end(&self) -> PathBuf {
        self.root.join("end2end")
    }

    /// Returns the folder of the chat's modules and the demo shop.
    pub fn storefront(&self) -> PathBuf {
        self.root.join("storefront")
    }

    /// Returns `path` relative to the workspace root, for display.
    pub fn short<'a>(&self, path: &'a Path) -> std::path::Display<'a> {
        path.strip_prefix(&self.root).unwrap_or(path).display()
    }
}

/// Returns the cargo that started this program.
pub fn cargo() -> OsString {
    std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into())
}
