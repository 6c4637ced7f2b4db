//! `cargo xtask build`: the server and its site beside it.

use std::fs;
use std::path::PathBuf;

use anyhow::Result;

use crate::assets::Size;
use crate::paths::Paths;
use crate::progress::{self, Show};
use crate::{cargo, site, tools};

/// The server's program.
pub const SERVER: &str = "convi-integrations";
/// The Gorgias emulator's program.
pub const EMULATOR: &str = "gorgias-emulator";

#[derive(clap::Args)]
pub struct Args {
    /// Small and fast instead of quickly built; goes to target/dist
    #[arg(long)]
    release: bool,
    /// Build only the site
    #[arg(long)]
    site_only: bool,
}

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

/// Builds, and says what it weighs.
pub fn run(args: &Args) -> Result<()> {
    let paths = Paths::find()?;
    tools::ensure_rust(&paths)?;
    let kind = if args.release { Kind::Release } else { Kind::Dev };
    if !args.site_only {
        programs(&paths, kind, Show::All)?;
    }
    let folder = site_folder(&paths, kind);
    let sizes = site::build(&paths, kind, Show::All, folder.clone())?;
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
        Kind::Dev => progress::run(show, "compile the server", &mut cargo::command(paths, &["build"])),
        Kind::Release => {
            let args = ["build", "--release", "-p", "server", "--bin", SERVER];
            progress::run(show, "compile the server", &mut cargo::command(paths, &args))?;
            fs::create_dir_all(paths.dist())?;
            // By rename: a running server keeps its program, and nobody starts half of one.
            let new = paths.dist().join(format!("{SERVER}.new"));
            fs::copy(paths.target.join("release").join(SERVER), &new)?;
            Ok(fs::rename(new, paths.dist().join(SERVER))?)
        }
    }
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
