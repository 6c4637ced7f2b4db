//! The `convi-integrations` program. Its commands are in `convi_server::commands`.

use convi_server::{clock, commands, logging};
use mimalloc::MiMalloc;
use std::process::ExitCode;

#[global_allocator]
static ALLOCATOR: MiMalloc = MiMalloc;

fn main() -> ExitCode {
    // Installed first, so that everything that uses TLS finds it. An error only means that a provider already is.
    let _ = rustls::crypto::ring::default_provider().install_default();
    // Dropping it at the end writes the last log lines.
    let _log = logging::init();
    commands::main(clock::system())
}
