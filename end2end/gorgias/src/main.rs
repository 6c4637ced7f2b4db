//! The emulator as a program.

use std::{net::SocketAddr, path::PathBuf};

use anyhow::Context;
use clap::Parser;
use gorgias_emulator::{DEMO_ACCOUNTS, Emulator, Options};

/// A Gorgias for tests, and for a first try without an account.
#[derive(Debug, Parser)]
#[command(version)]
struct Arguments {
    /// Where to listen; port 0 picks one and prints it.
    #[arg(long, default_value = "127.0.0.1:4010")]
    listen: SocketAddr,
    /// Keep everything in this JSON file across restarts.
    #[arg(long, value_name = "FILE")]
    data: Option<PathBuf>,
    /// Begin without the demo accounts.
    #[arg(long)]
    empty: bool,
    /// Let the control API move the clock.
    #[arg(long)]
    test_clock: bool,
}

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let arguments = Arguments::parse();
    let filter = tracing_subscriber::EnvFilter::try_from_default_env().unwrap_or_else(|_| "info".into());
    tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr).init();
    let options = Options {
        listen: arguments.listen,
        may_move_clock: arguments.test_clock,
        data: arguments.data,
        ..Options::default()
    };
    let emulator = Emulator::start_with(options).await.context("the emulator could not start")?;
    if !arguments.empty && emulator.subdomains().is_empty() {
        emulator.seed_demo();
    }
    introduce(&emulator);
    ended().await?;
    emulator.stop().await;
    Ok(())
}

/// Prints what somebody needs to try it. The first line is for programs that wait for it.
fn introduce(emulator: &Emulator) {
    println!("Gorgias emulator listening on {}", emulator.origin());
    println!("  CONVI_GORGIAS_URL={}", emulator.template());
    println!("  control page      {}/_control", emulator.origin());
    let there = emulator.subdomains();
    for demo in DEMO_ACCOUNTS.iter().filter(|demo| there.iter().any(|it| it == demo.subdomain)) {
        println!("\n  {} ({}; {})", demo.subdomain, demo.role, demo.purpose);
        println!("    Username (Email)  {}", demo.email);
        println!("    API key           {}", demo.key);
        println!("    helpdesk          {}/{}/app", emulator.origin(), demo.subdomain);
    }
}

/// Returns when somebody asks the program to end.
async fn ended() -> anyhow::Result<()> {
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
