//! The webhook receiver as a program.

use std::{net::SocketAddr, path::PathBuf};

use anyhow::Context;
use clap::Parser;
use emulator::program::ended;
use webhook_emulator::{PAGE, PATH, serve};

/// A webhook receiver that shows the events it gets, for trying Convi without a program of your own
#[derive(Parser)]
#[command(version)]
struct Arguments {
    /// Where to listen; port 0 picks one and prints it.
    #[arg(long, default_value = "127.0.0.1:4012")]
    listen: SocketAddr,
    /// Keep everything in this JSON file across restarts.
    #[arg(long, value_name = "FILE")]
    data: Option<PathBuf>,
}

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let Arguments { listen, data } = Arguments::parse();
    let introduce = |address| {
        println!("Webhook receiver listening on http://{address}");
        println!("  URL for events    http://{address}{PATH}");
        println!("  received events   http://{address}{PAGE}");
    };
    let stop = async {
        if let Err(error) = ended().await {
            eprintln!("{error:#}");
        }
    };
    serve(listen, data, introduce, stop).await.context("the receiver could not start")
}
