//! The real program, run as an operator runs it.

#![allow(clippy::unwrap_used, reason = "a test that cannot continue has failed")]

use std::{
    os::unix::fs::PermissionsExt,
    path::Path,
    process::{Command, Output, Stdio},
};

/// Returns a command for the program in its own folder, with a clean environment.
fn program(folder: &Path, arguments: &[&str], settings: &[(&str, &str)]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_convi-integrations"));
    command.args(arguments).current_dir(folder).env_clear().envs(settings.iter().copied());
    command.stdin(Stdio::null());
    command
}

/// Settings with which `doctor` has little to report.
const SETTINGS: [(&str, &str); 2] = [
    ("CONVI_TOKEN_SECRET", "a secret of at least thirty-two bytes"),
    ("CONVI_INGEST_SECRET", "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"),
];

fn said(output: &Output) -> String {
    String::from_utf8_lossy(&output.stdout).into_owned()
}

#[test]
fn closed_output_does_not_panic() {
    let folder = tempfile::tempdir().unwrap();
    for arguments in [
        &["doctor"][..],
        &["openapi"],
        &["migrate"],
        &["keys", "generate"],
        &["keys", "list"],
        &["token", "mint", "--merchant", "m1", "--role", "owner"],
    ] {
        let run = |closed: bool| {
            let mut command = program(folder.path(), arguments, &SETTINGS);
            let (reader, writer) = std::io::pipe().unwrap();
            if closed {
                drop(reader);
                command.stdout(writer);
            }
            command.output().unwrap()
        };
        let (read, unread) = (run(false), run(true));
        let complaint = String::from_utf8_lossy(&unread.stderr);
        assert!(!complaint.contains("panicked"), "{arguments:?}: {complaint}");
        assert_eq!(unread.status.code(), read.status.code(), "{arguments:?}: {complaint}");
        assert!(!said(&read).is_empty(), "{arguments:?}");
    }
}

#[test]
fn failure_with_closed_output_keeps_its_exit_code() {
    let folder = tempfile::tempdir().unwrap();
    let (reader, writer) = std::io::pipe().unwrap();
    drop(reader);
    let mut command = program(folder.path(), &["migrate"], &[("CONVI_LISTEN", "nowhere")]);
    assert_eq!(command.stderr(writer).output().unwrap().status.code(), Some(2));
}

#[test]
fn doctor_prints_counts_and_notes() {
    let folder = tempfile::tempdir().unwrap();
    let metrics = [("CONVI_METRICS_LISTEN", "127.0.0.1:0")];
    let text = said(&program(folder.path(), &["doctor"], &SETTINGS).output().unwrap());
    assert!(text.contains("ok    ingest: 1 secret\n") && !text.contains("METRICS"), "{text}");
    let noted = [&SETTINGS[..], &metrics].concat();
    let text = said(&program(folder.path(), &["doctor"], &noted).output().unwrap());
    assert!(text.contains("ok    metrics: 127.0.0.1:0 is free"), "{text}");
    // A database created by an older version.
    let path = folder.path().join("data/convi.db");
    for (mode, note) in [(0o644, true), (0o640, false), (0o600, false)] {
        program(folder.path(), &["migrate"], &SETTINGS).output().unwrap();
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(mode)).unwrap();
        let text = said(&program(folder.path(), &["doctor"], &SETTINGS).output().unwrap());
        let told =
            text.contains("note  database: opened, up to date; other users on this machine can read it");
        assert_eq!(told, note, "{mode:o}: {text}");
    }
}

#[test]
fn purge_requires_a_merchant_and_reports_what_it_erased() {
    let folder = tempfile::tempdir().unwrap();
    let run = |arguments: &[&str]| program(folder.path(), arguments, &SETTINGS).output().unwrap();
    assert_eq!(run(&["purge"]).status.code(), Some(2));
    assert_eq!(run(&["purge", "--merchant", "no/id"]).status.code(), Some(2));
    let nobody = run(&["purge", "--merchant", "m1"]);
    assert_eq!((nobody.status.code(), said(&nobody).as_str()), (Some(0), "m1 erased: 0 rows\n"));
}

#[test]
fn the_version_comes_with_its_commit() {
    let folder = tempfile::tempdir().unwrap();
    let output = program(folder.path(), &["--version"], &[]).output().unwrap();
    let said = said(&output);
    let commit = said.strip_prefix(concat!("convi-integrations ", env!("CARGO_PKG_VERSION"), " (")).unwrap();
    // A debug build does not ask git, see `build.rs`.
    assert!(commit.trim_end().ends_with(')') && commit.len() > 3, "{said}");
}
