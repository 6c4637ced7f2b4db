//! `cargo xtask bench`: measures what is promised in numbers.

use anyhow::Result;

use crate::paths::Paths;
use crate::progress::{self, Show};
use crate::{bench_embed, cargo};

#[derive(clap::Args)]
pub struct Args {
    /// What to measure; nothing: the server
    #[arg(value_enum)]
    names: Vec<Name>,
    /// How often a screen is opened, for `embed`
    #[arg(long, default_value_t = 5)]
    rounds: u32,
    /// Also list what the abilities got wrong in the part they are tuned on
    #[arg(long)]
    mistakes: bool,
    /// Measure what is optimised, as it runs for real; the first such build takes minutes
    #[arg(long)]
    release: bool,
}

/// What can be measured by its name.
#[derive(Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
enum Name {
    /// The embedded screen in a browser, beside the same screen in React
    Embed,
}

/// Prints precision and recall of Handover to human, by mode and language; then how long Conversations and the chat
/// wait for the server.
pub fn run(args: &Args) -> Result<()> {
    let paths = Paths::find()?;
    if args.names.contains(&Name::Embed) {
        return bench_embed::run(&paths, args.rounds);
    }
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
