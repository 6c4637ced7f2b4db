//! `cargo xtask bench embed`: compares a release of the embedded screen with the same screen in React, in one browser.
//!
//! The measurements are in `end2end/bench`, the React screen in `end2end/baseline`. The React packages are installed
//! only here.

use std::fs;
use std::path::Path;
use std::process::Command;

use anyhow::{Context, Result};
use domain::Helpdesk;

use crate::assets::{Effort, brotli};
use crate::build::{self, SERVER};
use crate::kind::Kind;
use crate::paths::Paths;
use crate::progress::{self, Show};
use crate::{budget, site, tools};

/// The file that the baseline's build produces; pages load it under the same name.
const BASELINE: &str = "convi-react.js";
/// Name prefixes of the panel's files in a release.
const PANEL: [&str; 3] = ["panel-", "inline-", "host-"];

/// Builds everything and runs the measurements.
pub fn run(paths: &Paths, rounds: u32) -> Result<()> {
    tools::ensure_site(paths)?;
    tools::ensure_npm(paths, &paths.end2end())?;
    tools::ensure_chromium(paths)?;
    let baseline = paths.end2end().join("baseline");
    tools::ensure_npm(paths, &baseline)?;
    let mut vite = Command::new("npm");
    vite.args(["run", "--silent", "build"]).current_dir(&baseline);
    progress::run(Show::Summary, "build the baseline", &mut vite)?;
    build::programs(paths, Kind::Dev, Show::Summary)?;
    let dev = build::site_folder(paths, Kind::Dev);
    site::build(paths, Kind::Dev, Show::Summary, dev.clone())?;
    let (panel, _) = budget::panel(paths)?;

    let programs = paths.target.join("xtask/bench-embed");
    if programs.exists() {
        fs::remove_dir_all(&programs)?;
    }
    let folder = programs.join("site");
    copy(&dev, &folder, &|name| !PANEL.iter().any(|start| name.starts_with(start)))?;
    copy(&panel, &folder, &|_| true)?;
    for program in Helpdesk::all().map(build::emulator).chain([SERVER.to_owned()]) {
        fs::copy(paths.debug().join(&program), programs.join(&program))?;
    }
    put_baseline(&baseline.join("dist").join(BASELINE), &folder.join("embed/v1").join(BASELINE))?;

    let mut command = Command::new("npx");
    command
        .args(["--no-install", "playwright", "test", "--config", "bench/playwright.config.ts"])
        .current_dir(paths.end2end())
        .env("CONVI_PROGRAMS", &programs)
        .env("CONVI_BENCH_ROUNDS", rounds.to_string());
    progress::run(Show::All, "the embedded screen beside React", &mut command)
}

/// Copies the baseline's script into place, compressed like ours.
fn put_baseline(from: &Path, to: &Path) -> Result<()> {
    let script = fs::read(from).with_context(|| format!("Vite did not create {}", from.display()))?;
    fs::write(to.with_extension("js.br"), brotli(&script, Effort::Best)?)?;
    Ok(fs::write(to, script)?)
}

/// Copies the files of a folder and its subfolders whose name is `wanted`.
fn copy(from: &Path, to: &Path, wanted: &dyn Fn(&str) -> bool) -> Result<()> {
    fs::create_dir_all(to)?;
    for entry in fs::read_dir(from)? {
        let entry = entry?;
        let name = entry.file_name();
        if entry.file_type()?.is_dir() {
            copy(&entry.path(), &to.join(&name), wanted)?;
        } else if wanted(&name.to_string_lossy()) {
            fs::copy(entry.path(), to.join(&name))?;
        }
    }
    Ok(())
}
