//! `cargo xtask build`: builds the server and the site next to it.

use std::fs;
use std::path::PathBuf;
use std::process::Command;

use anyhow::Result;
use domain::Helpdesk;

use crate::assets::Size;
use crate::kind::Kind;
use crate::paths::Paths;
use crate::progress::{self, Show};
use crate::{cargo, site, tools, wasm};

/// The server binary.
pub const SERVER: &str = "convi-integrations";
/// Returns the name of a helpdesk's emulator binary.
pub fn emulator(helpdesk: Helpdesk) -> String {
    format!("{}-emulator", helpdesk.slug())
}

#[derive(clap::Args)]
pub struct Args {
    /// Optimize for size and speed; writes to target/dist
    #[arg(long)]
    release: bool,
    /// Build only the site
    #[arg(long)]
    site_only: bool,
}

/// The labels of the build steps, in order.
pub const STEPS: [&str; 4] = [COMPILE, wasm::COMPILE_PAGE, wasm::COMPILE_PANEL, site::LAY_OUT];
const COMPILE: &str = "compile the server";

/// Returns a notice about how long the first `what` takes.
pub fn first(what: &str) -> String {
    format!(
        "The first {what} compiles every dependency for the server and the browser. This takes several minutes (up to 15 on a \
         slow machine) and happens only once: after that, only changes are compiled."
    )
}

/// Builds, and prints the sizes of the site's files.
pub fn run(args: &Args) -> Result<()> {
    let paths = Paths::find()?;
    tools::ensure_site(&paths)?;
    // The user of a release build wants to see progress, not every warning.
    let (kind, show) = if args.release { (Kind::Release, Show::Summary) } else { (Kind::Dev, Show::All) };
    progress::plan(if args.site_only { &STEPS[1..] } else { &STEPS });
    let folder = site_folder(&paths, kind);
    if args.release && !folder.exists() {
        eprintln!("{}", first("release build"));
    }
    if !args.site_only {
        programs(&paths, kind, show)?;
    }
    let sizes = site::build(&paths, kind, show, folder.clone())?;
    report(&sizes);
    println!("{}", paths.short(&folder));
    Ok(())
}

/// Builds the programs; in dev also the emulators.
///
/// In dev it names no package, just like `cargo test`: cargo unifies the features of the packages it builds together,
/// so a different selection would compile many dependencies twice.
pub fn programs(paths: &Paths, kind: Kind, show: Show) -> Result<()> {
    match kind {
        Kind::Dev => progress::run(show, COMPILE, &mut cargo::command(paths, &["build"])),
        Kind::Release => {
            let args = ["build", "--release", "-p", "server", "--bin", SERVER];
            let mut compile = cargo::command(paths, &args);
            if let Some(commit) = commit(paths) {
                compile.env("CONVI_COMMIT", commit);
            }
            progress::run(show, COMPILE, &mut compile)?;
            fs::create_dir_all(paths.dist())?;
            // Replace by rename: a running server keeps its binary, and nobody can start a half-written one.
            let new = paths.dist().join(format!("{SERVER}.new"));
            fs::copy(paths.target.join("release").join(SERVER), &new)?;
            Ok(fs::rename(new, paths.dist().join(SERVER))?)
        }
    }
}

/// Returns what `--version` shows: the commit, and whether files differ from it. `None` if the environment names it, or
/// there is no git.
fn commit(paths: &Paths) -> Option<String> {
    if std::env::var_os("CONVI_COMMIT").is_some() {
        return None;
    }
    let mut git = Command::new("git");
    git.args(["describe", "--always", "--dirty", "--exclude=*", "--abbrev=12"]).current_dir(&paths.root);
    let output = git.output().ok().filter(|output| output.status.success())?;
    Some(String::from_utf8_lossy(&output.stdout).trim().to_owned())
}

/// Returns the site's folder: the server looks for it next to its own binary.
pub fn site_folder(paths: &Paths, kind: Kind) -> PathBuf {
    match kind {
        Kind::Dev => paths.debug().join("site"),
        Kind::Release => paths.dist().join("site"),
    }
}

fn report(sizes: &[Size]) {
    println!("{:<44} {:>10} {:>10}", "", "bytes", "brotli");
    for Size { path, raw, brotli } in sizes {
        let brotli = brotli.map_or_else(|| "-".to_owned(), |bytes| bytes.to_string());
        println!("{path:<44} {raw:>10} {brotli:>10}");
    }
}
