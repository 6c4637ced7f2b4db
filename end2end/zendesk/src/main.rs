//! The emulator as a program.

use emulator::program::Program;
use zendesk_emulator::Zendesk;

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let program = Program {
        name: env!("CARGO_PKG_NAME"),
        version: env!("CARGO_PKG_VERSION"),
        about: "A Zendesk for tests, and for a first try without an account",
        listen: "127.0.0.1:4011",
        setting: "CONVI_ZENDESK_URL",
    };
    program.run::<Zendesk>().await
}
