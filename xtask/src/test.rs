//! `cargo xtask test`: runs all tests, quick failures first.
//!
//! `frontend` only makes sense in the browser, since it consists of wasm exports. So clippy checks it for wasm32,
//! together with the browser build of `app`, and the native steps leave it out.

use std::process::Command;
use std::time::{Duration, Instant};

use anyhow::{Result, bail};
use domain::Helpdesk;

use crate::build;
use crate::checkers::{self, Checker};
use crate::database::Database;
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
    /// Arguments for Playwright after `--`, such as a file or -g TEXT
    #[arg(last = true)]
    playwright: Vec<String>,
}

/// The steps, in the order in which they run.
#[derive(Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
enum Step {
    /// Check formatting with rustfmt
    Fmt,
    /// Check spelling against a list of common mistakes
    Typos,
    /// Check the licenses and sources of all dependencies
    Deny,
    /// Type-check the browser tests and the chat
    Types,
    /// Clippy, warnings denied
    Clippy,
    /// Clippy on the browser code
    ClippyWasm,
    /// Build the documentation of the code, with its links checked
    Docs,
    /// Unit, contract and black-box tests in Rust
    Rust,
    /// Handovers while everything breaks, on both databases, for about four minutes
    Faults,
    /// Hostile next to honest traffic, for about two minutes
    Soak,
    /// Build the server, the emulators and the site for the browser tests
    Site,
    /// Check the size of the embedded screen and the chat in a release
    Budget,
    /// Browser tests
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

/// Runs the steps, stops at the first failure, and prints how long each took.
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
            // `--all-targets` skips the two targets that have their own steps.
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
            // A link to a private item is for those who read the source.
            docs.env("RUSTDOCFLAGS", "-D warnings -A rustdoc::private-intra-doc-links");
            progress::run(Show::All, "documentation", &mut docs)
        }
        Step::Rust => {
            tools::ensure_postgres()?;
            cargo_step(paths, "tests in Rust", &["test"])?;
            cargo_step(paths, "tests of the build", &["test", "-p", "xtask"])
        }
        Step::Faults => {
            faults::run(&faults::Args::short(Database::Sqlite))?;
            faults::run(&faults::Args::short(Database::Postgres))
        }
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

/// `cargo fmt` does not find modules that a macro declares, as in `helpdesks/list.rs`.
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
        bail!("the site has not been built; run `cargo xtask build` first");
    }
    let mut command = Command::new("npx");
    command.args(["--no-install", "playwright", "test"]).args(arguments).current_dir(paths.end2end());
    // The target folder can be elsewhere, and only cargo knows where.
    command.env("CONVI_PROGRAMS", paths.debug());
    progress::run(Show::All, "browser tests", &mut command)
}

fn cargo_step(paths: &Paths, label: &str, args: &[&str]) -> Result<()> {
    progress::run(Show::All, label, &mut cargo::command(paths, args))
}

fn npm_step(paths: &Paths, label: &str, args: &[&str]) -> Result<()> {
    progress::run(Show::All, label, Command::new("npm").args(args).current_dir(paths.end2end()))
}

/// The time that a step took. If the CPU time is much lower than the real time, the step was waiting, or the machine was
/// busy with something else.
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
