//! Tools that a clean machine may lack: installed if possible, otherwise named in a one-line error.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, bail};
use sha2::{Digest, Sha256};

use crate::assets::hex;
use crate::paths::Paths;
use crate::progress::{self, Show};

/// The compile target of the browser's modules.
pub const WASM_TARGET: &str = "wasm32-unknown-unknown";
/// Playwright's own minimum.
const NODE_MAJOR: u32 = 20;
/// Where Debian's package installs it; `end2end/playwright.config.ts` looks there too.
const CHROMIUM: &str = "/usr/bin/chromium";

/// Finds `program` in PATH.
pub fn find(program: &str) -> Option<PathBuf> {
    let path = std::env::var_os("PATH")?;
    std::env::split_paths(&path).map(|folder| folder.join(program)).find(|file| file.is_file())
}

/// Checks for a C compiler, which does the linking, and installs the WASM target.
pub fn ensure_rust(paths: &Paths) -> Result<()> {
    if find("cc").is_none() {
        bail!("no C compiler found; install one (Debian: apt-get install build-essential)");
    }
    let output = Command::new("rustc")
        .args(["--print", "target-libdir", "--target", WASM_TARGET])
        .current_dir(&paths.root)
        .output()
        .context("cannot start rustc")?;
    if output.status.success() && Path::new(String::from_utf8_lossy(&output.stdout).trim()).is_dir() {
        return Ok(());
    }
    if find("rustup").is_none() {
        bail!("the Rust target {WASM_TARGET} is missing; install rustup so that it can be added");
    }
    progress::run(
        Show::Summary,
        &format!("install the Rust target {WASM_TARGET}"),
        Command::new("rustup").args(["target", "add", WASM_TARGET]).current_dir(&paths.root),
    )
}

/// Checks for npm, and for a Node version that is new enough for Playwright.
fn ensure_node() -> Result<()> {
    let install = "install Node.js 20 or newer with npm";
    if find("npm").is_none() {
        bail!("npm is missing; {install}");
    }
    let output = Command::new("node")
        .arg("--version")
        .output()
        .with_context(|| format!("node is missing; {install}"))?;
    let version = String::from_utf8_lossy(&output.stdout).trim().to_owned();
    let major = version.trim_start_matches('v').split('.').next().and_then(|major| major.parse::<u32>().ok());
    match major {
        Some(major) if major >= NODE_MAJOR => Ok(()),
        _ => bail!("Node.js {version} is too old; {install}"),
    }
}

/// Installs exactly the npm packages in `folder/package-lock.json`.
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
        // None of these packages needs its install script, and no script should run as root on a build machine.
        Command::new("npm").args(["ci", "--ignore-scripts", "--no-audit", "--no-fund"]).current_dir(folder),
    )?;
    Ok(std::fs::write(stamp, wanted)?)
}

/// Returns whether Debian packages can be installed here.
fn may_install() -> bool {
    rustix::process::geteuid().is_root() && find("apt-get").is_some()
}

/// Installs a Debian package.
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

/// Installs libfaketime, which can change a process's clock. Without it, the fault test leaves the clock alone and says
/// so.
pub fn ensure_faketime() -> Result<()> {
    if find("faketime").is_some() || !may_install() {
        return Ok(());
    }
    install("libfaketime", "faketime")
}

/// Makes sure that a task can start a private PostgreSQL.
pub fn ensure_postgres() -> Result<()> {
    if postgres_cluster::programs().is_some() {
        return Ok(());
    }
    if may_install() {
        return install("PostgreSQL", "postgresql");
    }
    bail!("PostgreSQL's programs are missing; install them (Debian: apt-get install postgresql)")
}

/// Makes sure that Playwright has a Chromium.
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
    .context("the browser tests need Chromium; install it as /usr/bin/chromium, or fix the error below")
}

/// Makes sure that the tools that a site needs are installed. Called before compiling, so that a missing Node.js is
/// reported immediately and not after minutes.
pub fn ensure_site(paths: &Paths) -> Result<()> {
    ensure_rust(paths)?;
    ensure_bundler(paths)
}

/// Installs esbuild, which bundles the chat's modules into one script.
pub fn ensure_bundler(paths: &Paths) -> Result<()> {
    ensure_npm(paths, &paths.storefront())
}

/// The npm tools that release builds need.
#[derive(Clone, Copy)]
pub enum Packer {
    /// wasm-opt from npm: Debian's version (108) does not understand rustc's output.
    WasmOpt,
    /// The JavaScript minifier.
    Terser,
}

/// Returns a command that runs the tool, ready for its arguments.
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

/// Runs a program that reads one file and writes another, and replaces the first with the result.
pub fn rewrite(command: &mut Command, name: &str, file: &Path) -> Result<()> {
    let new = file.with_extension("new");
    progress::run(Show::Summary, name, command.arg(file).arg("-o").arg(&new))?;
    Ok(std::fs::rename(new, file)?)
}

#[cfg(test)]
mod tests {
    use super::WASM_TARGET;

    #[test]
    fn the_toolchain_file_has_the_browsers_target() {
        assert!(include_str!("../../rust-toolchain.toml").contains(&format!("\"{WASM_TARGET}\"")));
    }
}
