//! Finds the commit that `--version` names, and fits the model that recognizes a request for a person
//! (`src/ability/person/`). The examples stay here; the program gets 32 kB of weights. The fit reads sentences with the
//! server's own code.

use std::{env, fs, io, path::Path, process::Command};

#[path = "src/ability/person/fit.rs"]
mod fit;
#[path = "src/ability/person/model.rs"]
#[allow(dead_code, reason = "the server weighs with it, the fit only reads features")]
mod model;
#[path = "src/ability/person/rules.rs"]
#[allow(dead_code, reason = "the server says what matched")]
mod rules;
#[path = "src/ability/words.rs"]
#[allow(dead_code, reason = "other abilities need the rest")]
mod words;

fn main() -> io::Result<()> {
    println!("cargo::rustc-env=PROGRAM_VERSION={}", version());
    fit_person()
}

/// Returns the version and the commit that it is built from: `CONVI_COMMIT` if it is set, as for an image, else git's.
///
/// A debug build does not ask git, because every commit would then recompile the whole server.
fn version() -> String {
    println!("cargo::rerun-if-env-changed=CONVI_COMMIT");
    let version = env!("CARGO_PKG_VERSION");
    let given = env::var("CONVI_COMMIT").ok().filter(|commit| !commit.is_empty());
    let is_release = env::var("PROFILE").is_ok_and(|profile| profile == "release");
    match given.or_else(|| is_release.then(head).flatten()) {
        Some(commit) => format!("{version} ({commit})"),
        None => format!("{version} (unknown commit)"),
    }
}

/// Returns the commit that is checked out, if there is git and a repository.
fn head() -> Option<String> {
    // Every commit and every checkout adds a line to this log.
    let log = git(&["rev-parse", "--git-path", "logs/HEAD"])?;
    println!("cargo::rerun-if-changed={log}");
    git(&["rev-parse", "--short=12", "HEAD"])
}

fn git(arguments: &[&str]) -> Option<String> {
    let output =
        Command::new("git").args(arguments).output().ok().filter(|output| output.status.success())?;
    let text = String::from_utf8(output.stdout).ok()?;
    Some(text.trim().to_owned()).filter(|text| !text.is_empty())
}

fn fit_person() -> io::Result<()> {
    let read = |file: &str| {
        println!("cargo::rerun-if-changed={file}");
        fs::read_to_string(file)
    };
    let examples = read("src/ability/person/examples.tsv")?;
    for code in ["words.rs", "person/rules.rs", "person/model.rs", "person/fit.rs"] {
        println!("cargo::rerun-if-changed=src/ability/{code}");
    }
    let folder = env::var_os("OUT_DIR").ok_or(io::ErrorKind::NotFound)?;
    fs::write(Path::new(&folder).join("person.weights"), fit::fit(&examples))
}
