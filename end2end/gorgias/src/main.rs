//! The emulator as a program.

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let emulator = gorgias_emulator::Emulator::start().await?;
    println!("{}", emulator.template());
    tokio::signal::ctrl_c().await?;
    Ok(())
}
