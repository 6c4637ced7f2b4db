//! `cargo xtask test`: every test there is, what fails fast first.
//!
//! `frontend` is built for the browser only: its whole purpose is a wasm export, so clippy sees it for wasm32, with
//! `app` as the browser gets it, and the native steps leave it out.

use std::process::Command;
use std::time::{Duration, Instant};

use anyhow::{Result, bail};
use domain::Helpdesk;

use crate::build;
use crate::checkers::{self, Checker};
use crate::duration::seconds;
use crate::kind::Kind;
use crate::paths::Paths;
use crate::progress::{self, Show};
use crate::{budget, cargo, faults, processes, site, soak, tools};

#[derive(clap::Args)]
pub struct Args {
    /// Run only these steps
    #[arg(long, value_enum, num_args = 1..)]
    only: Vec<Step>,
    /// Passed on to Playwright after `--`, such as a file or -g TEXT
    #[arg(last = true)]
    playwright: Vec<String>,
}

/// In the order in which they run.
#[derive(Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
enum Step {
    /// rustfmt would change nothing
    Fmt,
    /// No word is misspelled that a list of common mistakes has
    Typos,
    /// What comes into the build has a license that allows it, and comes from where it should
    Deny,
    /// The types of the browser tests and of the chat fit
    Types,
    /// Clippy, warnings denied
    Clippy,
    /// Clippy on what the browser gets
    ClippyWasm,
    /// The documentation of the code builds, and its links lead somewhere
    Docs,
    /// Unit, contract and black-box tests in Rust
    Rust,
    /// Handovers while everything breaks, for about two minutes
    Faults,
    /// Strangers beside honest traffic, for about two minutes
    Soak,
    /// The server, the emulator and the site as the browser tests need them
    Site,
    /// What an embedded screen and the chat cost, in a release
    Budget,
    /// The browser tests
    Browser,
}

const STEPS: [Step; 13] = [
    Step::Fmt,
    Step::Typos,
    Step::Deny,
    Step::Types,
    Step::Clippy,
    Step::ClippyWasm,
    Step::Docs,
    Step::Rust,
    Step::Faults,
    Step::Soak,
    Step::Site,
    Step::Budget,
    Step::Browser,
];

/// Runs the steps, stops at the first that fails, and says how long each took.
pub fn run(args: &Args) -> Result<()> {
    let paths = Paths::find()?;
    let start = Instant::now();
    let mut times = Vec::new();
    let mut failed = None;
    for step in STEPS.into_iter().filter(|step| args.only.is_empty() || args.only.contains(step)) {
        let (began, cpu) = (Instant::now(), processes::own_cpu());
        let result = run_step(&paths, step, &args.playwright);
        let cpu = processes::own_cpu().saturating_sub(cpu);
        times.push(Times { step, real: began.elapsed(), cpu, passed: result.is_ok() });
        if let Err(error) = result {
            failed = Some(error);
            break;
        }
    }
    report(&times, start.elapsed());
    failed.map_or(Ok(()), Err)
}

fn run_step(paths: &Paths, step: Step, playwright: &[String]) -> Result<()> {
    match step {
        Step::Fmt => {
            cargo_step(paths, "rustfmt", &["fmt", "--all", "--check"])?;
            format_helpdesks(paths)
        }
        Step::Typos => {
            let mut typos = checkers::ensure(paths, Checker::Typos)?;
            progress::run(Show::All, "spelling", typos.args(["--format", "brief"]))
        }
        Step::Deny => {
            let mut deny = checkers::ensure(paths, Checker::Deny)?;
            deny.args(["--locked", "check", "--hide-inclusion-graph", "licenses", "bans", "sources"]);
            progress::run(Show::All, "what comes into the build", &mut deny)
        }
        Step::Types => {
            tools::ensure_npm(paths, &paths.end2end())?;
            npm_step(paths, "types of the browser tests and the chat", &["run", "--silent", "check"])
        }
        Step::Clippy => {
            // `--all-targets` leaves out the two programs that have steps of their own.
            let targets = ["--all-targets", "--test", "faults", "--test", "soak", "--", "-D", "warnings"];
            let packages = ["clippy", "--workspace", "--exclude", "frontend"];
            cargo_step(paths, "clippy", &[&packages[..], &targets].concat())
        }
        Step::ClippyWasm => {
            tools::ensure_rust(paths)?;
            let packages = ["clippy", "-p", "app", "-p", "frontend", "--target", tools::WASM_TARGET];
            cargo_step(paths, "clippy for the browser", &[&packages[..], &["--", "-D", "warnings"]].concat())
        }
        Step::Docs => {
            let mut docs =
                cargo::command(paths, &["doc", "--no-deps", "--workspace", "--exclude", "frontend"]);
            progress::run(Show::All, "documentation", docs.env("RUSTDOCFLAGS", "-D warnings"))
        }
        Step::Rust => {
            cargo_step(paths, "tests in Rust", &["test"])?;
            cargo_step(paths, "tests of the build", &["test", "-p", "xtask"])
        }
        Step::Faults => faults::run(&faults::Args::short()),
        Step::Soak => soak::run(&soak::Args::short()),
        Step::Site => {
            tools::ensure_site(paths)?;
            build::programs(paths, Kind::Dev, Show::All)?;
            site::build(paths, Kind::Dev, Show::All, build::site_folder(paths, Kind::Dev)).map(drop)
        }
        Step::Budget => {
            tools::ensure_site(paths)?;
            budget::run(paths)
        }
        Step::Browser => browser(paths, playwright),
    }
}

/// `cargo fmt` finds no module that a macro declares, as `helpdesks/list.rs` does.
fn format_helpdesks(paths: &Paths) -> Result<()> {
    let mut command = Command::new("rustfmt");
    command.args(["--check", "--edition", "2024", "--config-path"]).arg(&paths.root);
    for helpdesk in Helpdesk::all() {
        let folder = paths.root.join("helpdesks").join(helpdesk.slug());
        command.args([folder.join("description.rs"), folder.join("client/mod.rs")]);
    }
    progress::run(Show::All, "rustfmt of the helpdesks", &mut command)
}

fn browser(paths: &Paths, arguments: &[String]) -> Result<()> {
    tools::ensure_npm(paths, &paths.end2end())?;
    tools::ensure_chromium(paths)?;
    if !build::site_folder(paths, Kind::Dev).join("manifest.json").exists() {
        bail!("there is no site to test: run `cargo xtask build` first");
    }
    let mut command = Command::new("npx");
    command.args(["--no-install", "playwright", "test"]).args(arguments).current_dir(paths.end2end());
    // The target folder may lie elsewhere, and only cargo knows.
    command.env("CONVI_PROGRAMS", paths.debug());
    progress::run(Show::All, "browser tests", &mut command)
}

fn cargo_step(paths: &Paths, label: &str, args: &[&str]) -> Result<()> {
    progress::run(Show::All, label, &mut cargo::command(paths, args))
}

fn npm_step(paths: &Paths, label: &str, args: &[&str]) -> Result<()> {
    progress::run(Show::All, label, Command::new("npm").args(args).current_dir(paths.end2end()))
}

/// What a step took. Much CPU time is work; little, beside much real time, is waiting, or a machine busy with other
/// things.
struct Times {
    step: Step,
    real: Duration,
    cpu: Duration,
    passed: bool,
}

fn report(times: &[Times], total: Duration) {
    println!("\n  {:<12} {:>12} {:>12}", "step", "time", "CPU time");
    for Times { step, real, cpu, passed } in times {
        let name = clap::ValueEnum::to_possible_value(step).map(|value| value.get_name().to_owned());
        let result = if *passed { "ok" } else { "FAILED" };
        println!("  {:<12} {:>12} {:>12}  {result}", name.unwrap_or_default(), seconds(*real), seconds(*cpu));
    }
    let cpu = times.iter().map(|it| it.cpu).sum();
    println!("  {:<12} {:>12} {:>12}\n", "total", seconds(total), seconds(cpu));
    let failed = times.iter().filter(|it| !it.passed).count();
    println!("steps: {} passed, {failed} failed", times.len() - failed);
}
