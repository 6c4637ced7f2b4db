//! Tools that a clean machine may lack: installed where that is possible, else named in one line.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, bail};
use sha2::{Digest, Sha256};

use crate::assets::hex;
use crate::paths::Paths;
use crate::progress::{self, Show};

/// The target of the browser's modules.
pub const WASM_TARGET: &str = "wasm32-unknown-unknown";
/// Playwright's own minimum.
const NODE_MAJOR: u32 = 20;
/// Where Debian's package puts it; `end2end/playwright.config.ts` looks there too.
const CHROMIUM: &str = "/usr/bin/chromium";

/// Whether the shell would find `program`.
pub fn find(program: &str) -> Option<PathBuf> {
    let path = std::env::var_os("PATH")?;
    std::env::split_paths(&path).map(|folder| folder.join(program)).find(|file| file.is_file())
}

/// The compiler's parts: a C compiler to link with, and the browser's target.
pub fn ensure_rust(paths: &Paths) -> Result<()> {
    if find("cc").is_none() {
        bail!("no C compiler: install one (Debian: apt-get install build-essential)");
    }
    let output = Command::new("rustc")
        .args(["--print", "target-libdir", "--target", WASM_TARGET])
        .current_dir(&paths.root)
        .output()
        .context("rustc does not start")?;
    if output.status.success() && Path::new(String::from_utf8_lossy(&output.stdout).trim()).is_dir() {
        return Ok(());
    }
    if find("rustup").is_none() {
        bail!("Rust's target {WASM_TARGET} is missing, and there is no rustup to add it: install rustup");
    }
    progress::run(
        Show::Summary,
        &format!("install Rust's target {WASM_TARGET}"),
        Command::new("rustup").args(["target", "add", WASM_TARGET]).current_dir(&paths.root),
    )
}

/// Node and npm, new enough for Playwright.
fn ensure_node() -> Result<()> {
    let install = "install Node.js 20 or newer with npm";
    if find("npm").is_none() {
        bail!("npm is missing: {install}");
    }
    let output = Command::new("node")
        .arg("--version")
        .output()
        .with_context(|| format!("node is missing: {install}"))?;
    let version = String::from_utf8_lossy(&output.stdout).trim().to_owned();
    let major = version.trim_start_matches('v').split('.').next().and_then(|major| major.parse::<u32>().ok());
    match major {
        Some(major) if major >= NODE_MAJOR => Ok(()),
        _ => bail!("Node.js {version} is too old: {install}"),
    }
}

/// The npm packages that `folder/package-lock.json` names, and no others.
pub fn ensure_npm(paths: &Paths, folder: &Path) -> Result<()> {
    ensure_node()?;
    let lock = folder.join("package-lock.json");
    let lock = std::fs::read(&lock).with_context(|| format!("{} is missing", paths.short(&lock)))?;
    let wanted = hex(&Sha256::digest(&lock));
    let stamp = folder.join("node_modules/.installed-lock");
    if std::fs::read_to_string(&stamp).is_ok_and(|installed| installed == wanted) {
        return Ok(());
    }
    progress::run(
        Show::Summary,
        &format!("install npm packages of {}", paths.short(folder)),
        // No package here needs its install script, and none should run as root on a builder.
        Command::new("npm").args(["ci", "--ignore-scripts", "--no-audit", "--no-fund"]).current_dir(folder),
    )?;
    Ok(std::fs::write(stamp, wanted)?)
}

/// Whether Debian's packages can be installed here.
fn may_install() -> bool {
    rustix::process::geteuid().is_root() && find("apt-get").is_some()
}

/// Installs a package of Debian's.
fn install(name: &str, package: &str) -> Result<()> {
    let apt = |args: &[&str]| {
        let mut command = Command::new("apt-get");
        command.args(args).env("DEBIAN_FRONTEND", "noninteractive");
        command
    };
    progress::run(Show::Summary, "update Debian's package lists", &mut apt(&["update"]))?;
    let install = ["install", "-y", "--no-install-recommends", package];
    progress::run(Show::Summary, &format!("install {name}"), &mut apt(&install))
}

/// libfaketime, with which the clock of a process can be set. Without it the faults go without: the driver says so.
pub fn ensure_faketime() -> Result<()> {
    if find("faketime").is_some() || !may_install() {
        return Ok(());
    }
    install("libfaketime", "faketime")
}

/// A Chromium for Playwright.
pub fn ensure_chromium(paths: &Paths) -> Result<()> {
    if Path::new(CHROMIUM).is_file() {
        return Ok(());
    }
    if may_install() {
        return install("Chromium", "chromium");
    }
    progress::run(
        Show::Summary,
        "install Playwright's Chromium",
        Command::new("npx").args(["playwright", "install", "chromium"]).current_dir(paths.end2end()),
    )
    .context(
        "the browser tests need Chromium: install it as /usr/bin/chromium, or see the error that follows",
    )
}

/// What a site is made with. Asked for before anything is compiled, so that nobody waits minutes to be told that Node is
/// missing.
pub fn ensure_site(paths: &Paths) -> Result<()> {
    ensure_rust(paths)?;
    ensure_bundler(paths)
}

/// esbuild, which makes one script of the chat's modules.
pub fn ensure_bundler(paths: &Paths) -> Result<()> {
    ensure_npm(paths, &paths.storefront())
}

/// What release builds need from npm.
#[derive(Clone, Copy)]
pub enum Packer {
    /// Debian's own (108) does not know what rustc emits.
    WasmOpt,
    /// Shortens JavaScript.
    Terser,
}

/// One of them, ready to be given its arguments.
pub fn ensure_packer(paths: &Paths, packer: Packer) -> Result<Command> {
    let folder = paths.root.join("xtask/npm");
    ensure_npm(paths, &folder)?;
    let program = match packer {
        Packer::WasmOpt => "binaryen/bin/wasm-opt",
        Packer::Terser => "terser/bin/terser",
    };
    let mut command = Command::new("node");
    command.arg(folder.join("node_modules").join(program));
    Ok(command)
}

/// Runs a program that takes a file and writes another, in its place.
pub fn rewrite(command: &mut Command, name: &str, file: &Path) -> Result<()> {
    let new = file.with_extension("new");
    progress::run(Show::Summary, name, command.arg(file).arg("-o").arg(&new))?;
    Ok(std::fs::rename(new, file)?)
}

#[cfg(test)]
mod tests {
    use super::WASM_TARGET;

    #[test]
    fn the_toolchain_is_the_promised_one_with_the_browsers_target() {
        let toolchain = include_str!("../../rust-toolchain.toml");
        let manifest = include_str!("../../Cargo.toml");
        let promised = manifest.split_once("rust-version = \"").and_then(|(_, rest)| rest.split('"').next());
        assert!(toolchain.contains(&format!("channel = \"{}.", promised.unwrap())));
        assert!(toolchain.contains(&format!("\"{WASM_TARGET}\"")));
    }
}
