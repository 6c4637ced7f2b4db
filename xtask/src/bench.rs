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
    /// Measure what is optimised, as it runs for real; the first such build takes minutes
    #[arg(long)]
    release: bool,
}

/// Prints precision and recall of Handover to human, by mode and language; then how long Conversations and the chat
/// wait for the server.
pub fn run(args: &Args) -> Result<()> {
    let paths = Paths::find()?;
    let example = |name| {
        let mut command = vec!["run", "--quiet", "-p", "server"];
        if args.release {
            command.push("--release");
        }
        command.extend(["--example", name]);
        command
    };
    let mut ability = example("ability");
    if args.mistakes {
        ability.extend(["--", "--mistakes"]);
    }
    progress::run(Show::All, "the abilities' precision and recall", &mut cargo::command(&paths, &ability))?;
    let what = "searching 10,000 conversations, and talking in a long one";
    progress::run(Show::All, what, &mut cargo::command(&paths, &example("conversations")))
}
