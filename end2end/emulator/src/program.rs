//! The emulator as a program.

use std::{net::SocketAddr, path::PathBuf};

use anyhow::Context;
use clap::{Args, Command, FromArgMatches};

use crate::{
    emulator::{Emulator, Options},
    surface::Surface,
};

/// What differs between the programs of two helpdesks.
#[derive(Debug, Clone, Copy)]
pub struct Program {
    /// The program's name.
    pub name: &'static str,
    /// Its version.
    pub version: &'static str,
    /// One sentence for `--help`.
    pub about: &'static str,
    /// Where it listens by default.
    pub listen: &'static str,
    /// The server's setting that takes the emulator's URL.
    pub setting: &'static str,
}

#[derive(Debug, Args)]
struct Arguments {
    /// Where to listen; port 0 picks one and prints it.
    #[arg(long)]
    listen: SocketAddr,
    /// Keep everything in this JSON file across restarts.
    #[arg(long, value_name = "FILE")]
    data: Option<PathBuf>,
    /// Start without the demo accounts.
    #[arg(long)]
    empty: bool,
    /// Let the control API advance the clock.
    #[arg(long)]
    test_clock: bool,
}

impl Program {
    /// Runs until it is asked to stop.
    pub async fn run<P: Surface>(self) -> anyhow::Result<()> {
        let command = Command::new(self.name).version(self.version).about(self.about);
        let command = Arguments::augment_args(command)
            .mut_arg("listen", |listen| listen.required(false).default_value(self.listen));
        let arguments =
            Arguments::from_arg_matches(&command.get_matches()).unwrap_or_else(|error| error.exit());
        let filter = tracing_subscriber::EnvFilter::try_from_default_env().unwrap_or_else(|_| "info".into());
        tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr).init();
        let options = Options {
            listen: arguments.listen,
            may_move_clock: arguments.test_clock,
            data: arguments.data,
            ..Options::default()
        };
        let emulator = Emulator::<P>::start_with(options).await.context("the emulator could not start")?;
        if !arguments.empty && emulator.subdomains().is_empty() {
            emulator.seed_demo();
        }
        self.introduce(&emulator);
        ended().await?;
        emulator.stop().await;
        Ok(())
    }

    /// Prints what a person needs to try it. The first line is for programs that wait for it.
    fn introduce<P: Surface>(&self, emulator: &Emulator<P>) {
        let origin = emulator.origin();
        println!("{} emulator listening on {origin}", P::NAME);
        println!("  {}={}", self.setting, emulator.template());
        println!("  control page      {origin}/_control");
        let there = emulator.subdomains();
        for demo in P::demo_accounts() {
            if !there.iter().any(|subdomain| subdomain == demo.subdomain) {
                continue;
            }
            println!("\n  {} ({})", demo.subdomain, demo.purpose);
            for (label, value) in demo.credentials {
                println!("    {label:<16}  {value}");
            }
            if let Some((start, _)) = P::PAGES.first() {
                println!("    helpdesk          {origin}/{}/{start}", demo.subdomain);
            }
        }
    }
}

/// Returns when the program is asked to stop.
pub async fn ended() -> anyhow::Result<()> {
    #[cfg(unix)]
    {
        use tokio::signal::unix::{SignalKind, signal};
        let mut terminated = signal(SignalKind::terminate())?;
        tokio::select! {
            interrupted = tokio::signal::ctrl_c() => interrupted?,
            _ = terminated.recv() => {}
        }
    }
    #[cfg(not(unix))]
    tokio::signal::ctrl_c().await?;
    Ok(())
}
