//! `cargo xtask bench`: measures what is promised in numbers.

use anyhow::Result;

use crate::cargo;
use crate::paths::Paths;
use crate::progress::{self, Show};

#[derive(clap::Args)]
pub struct Args {
    /// Also list what the abilities got wrong in the part they are tuned on
    #[arg(long)]
    mistakes: bool,
}

/// Prints precision and recall of Handover to human, by mode and language.
pub fn run(args: &Args) -> Result<()> {
    let paths = Paths::find()?;
    let mut command = vec!["run", "--quiet", "-p", "server", "--example", "ability"];
    if args.mistakes {
        command.extend(["--", "--mistakes"]);
    }
    progress::run(Show::All, "the abilities' precision and recall", &mut cargo::command(&paths, &command))
}
