//! `cargo xtask build`: the server and its site beside it.

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

/// The server's program.
pub const SERVER: &str = "convi-integrations";
/// The program that plays a helpdesk.
pub fn emulator(helpdesk: Helpdesk) -> String {
    format!("{}-emulator", helpdesk.slug())
}

#[derive(clap::Args)]
pub struct Args {
    /// Small and fast instead of quickly built; goes to target/dist
    #[arg(long)]
    release: bool,
    /// Build only the site
    #[arg(long)]
    site_only: bool,
}

/// The steps of a build, by their labels.
pub const STEPS: [&str; 4] = [COMPILE, wasm::COMPILE_PAGE, wasm::COMPILE_PANEL, site::LAY_OUT];
const COMPILE: &str = "compile the server";

/// What to expect of the first `what`.
pub fn first(what: &str) -> String {
    format!(
        "The first {what} compiles every dependency, for the server and for the browser. That takes some minutes, on a \
         slow machine a quarter of an hour, and happens once: the next one compiles only what changed."
    )
}

/// Builds, and says what it weighs.
pub fn run(args: &Args) -> Result<()> {
    let paths = Paths::find()?;
    tools::ensure_site(&paths)?;
    // A release is for who runs it: how far it is, and not each warning.
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

/// Builds the programs: in dev the emulator as well.
///
/// Dev names no package, as `cargo test` names none: cargo unites the features of what is built together, so another
/// choice of packages would build many dependencies twice.
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
            // By rename: a running server keeps its program, and nobody starts half of one.
            let new = paths.dist().join(format!("{SERVER}.new"));
            fs::copy(paths.target.join("release").join(SERVER), &new)?;
            Ok(fs::rename(new, paths.dist().join(SERVER))?)
        }
    }
}

/// What is built, for `--version`: the commit, and whether files differ from it. None if the environment says it, or if
/// there is no git to ask.
fn commit(paths: &Paths) -> Option<String> {
    if std::env::var_os("CONVI_COMMIT").is_some() {
        return None;
    }
    let mut git = Command::new("git");
    git.args(["describe", "--always", "--dirty", "--exclude=*", "--abbrev=12"]).current_dir(&paths.root);
    let output = git.output().ok().filter(|output| output.status.success())?;
    Some(String::from_utf8_lossy(&output.stdout).trim().to_owned())
}

/// The server looks for its site beside its own program.
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
