//! The program `convi-integrations`: `convi_server::commands` has its commands.

use convi_server::{clock, commands, logging};
use mimalloc::MiMalloc;
use std::process::ExitCode;

#[global_allocator]
static ALLOCATOR: MiMalloc = MiMalloc;

fn main() -> ExitCode {
    // First of all: whatever speaks TLS later on finds it installed. An error only says that it is already.
    let _ = rustls::crypto::ring::default_provider().install_default();
    // Dropped at the end: the last lines are written.
    let _log = logging::init();
    commands::main(clock::system())
}
