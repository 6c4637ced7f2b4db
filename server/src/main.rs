//! The program `convi-integrations`: `convi_server::commands` has its commands.

use convi_server::{clock, commands, logging};
use mimalloc::MiMalloc;
use std::process::ExitCode;

#[global_allocator]
static ALLOCATOR: MiMalloc = MiMalloc;

fn main() -> ExitCode {
    // First, so that everything that uses TLS finds it installed. An error only means that it already is.
    let _ = rustls::crypto::ring::default_provider().install_default();
    // Dropped at the end, which writes the last lines.
    let _log = logging::init();
    commands::main(clock::system())
}
