//! The emulator as a program.

use emulator::program::Program;
use gorgias_emulator::Gorgias;

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let program = Program {
        name: env!("CARGO_PKG_NAME"),
        version: env!("CARGO_PKG_VERSION"),
        about: "A Gorgias emulator for tests, and for trying Convi without an account",
        listen: "127.0.0.1:4010",
        setting: "CONVI_GORGIAS_URL",
    };
    program.run::<Gorgias>().await
}
