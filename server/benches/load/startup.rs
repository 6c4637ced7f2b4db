//! Time from start to the first 200, and the server's memory at that point. Linux only.

use crate::{
    figures::{Line, median, ms},
    program::Place,
};
use anyhow::{Result, ensure};
use gorgias_emulator::Emulator;
use std::time::Duration;

const STARTS: usize = 7;

pub async fn measure() -> Result<Vec<Line>> {
    let gorgias = Emulator::start().await?;
    let place = Place::new()?;
    let http = reqwest::Client::builder().no_proxy().build()?;
    let (mut first, mut later, mut nothing, mut idle) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
    for _ in 0..STARTS {
        let fresh = Place::new()?;
        for (place, times) in [(&fresh, &mut first), (&place, &mut later)] {
            nothing.push(ms(place.says_its_help().await?));
            let program = place.start(&gorgias.template()).await?;
            let answer = http.get(format!("{}/health/ready", program.address)).send().await?;
            ensure!(answer.status() == 200, "the server is not ready: {}", answer.status());
            times.push(ms(program.began.elapsed()));
            tokio::time::sleep(Duration::from_millis(300)).await;
            idle.push(program.memory()? / 1e6);
            program.end().await?;
        }
    }
    // Skip the first start in the reused folder, which creates its database.
    later.remove(0);
    let (first, later, nothing) = (median(&first), median(&later), median(&nothing));
    Ok(vec![
        Line::new(
            "startup: to the first 200 of `/health/ready`; baseline: `convi-integrations --help`",
            format!("{later:.0} ms"),
            format!("{nothing:.0} ms"),
        )
        .with_ratio(later, nothing),
        Line::new(
            "startup: the same on an empty folder, with all migrations",
            format!("{first:.0} ms"),
            format!("{nothing:.0} ms"),
        )
        .with_ratio(first, nothing),
        Line::new("startup: resident memory, idle", format!("{:.0} MB", median(&idle)), ""),
    ])
}
