//! A helpdesk is one folder and one line: no other code in the program refers to a specific one.

#![allow(clippy::unwrap_used, reason = "a test that cannot continue has failed")]

use domain::{Helpdesk, helpdesk::Takes};
use std::{
    collections::BTreeSet,
    fs,
    path::{Path, PathBuf},
};

/// The folders of the program and of its build.
const SHARED: [&str; 9] = [
    "app/src",
    "domain/src",
    "embed",
    "frontend",
    "public",
    "server/src",
    "storefront",
    "style",
    "xtask/src",
];

/// Exceptions by path prefix, with the reason.
const ALLOWED: [(&str, &str); 5] = [
    ("embed/convi-integrations.d.ts", "generated from the list, which a test checks"),
    ("app/src/text/tests.rs", "tests"),
    ("app/src/ssr_tests/", "tests"),
    ("app/src/pages/components/", "samples for the demo's component page"),
    ("app/src/pages/integrations/samples.rs", "samples for the demo's component page"),
];

/// Tests in separate files.
const TESTS: [&str; 2] = ["domain/src/delivery_tests.rs", "app/src/words/samples.rs"];

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

/// Collects all files below a folder, relative to the root.
fn files(folder: &Path, out: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        match path.file_name().unwrap().to_str().unwrap() {
            "node_modules" | "snapshots" => {}
            _ if path.is_dir() => files(&path, out),
            _ => out.push(path),
        }
    }
}

/// Returns the shipped part of a file, without the tests at its end.
fn shipped(text: &str) -> &str {
    text.split("#[cfg(test)]\nmod tests").next().unwrap_or_default()
}

/// Returns the numbers of the lines that name a helpdesk.
fn naming(text: &str, names: &[String]) -> Vec<usize> {
    let names_one = |line: &str| names.iter().any(|name| line.to_lowercase().contains(name));
    (1..).zip(shipped(text).lines()).filter(|(_, line)| names_one(line)).map(|(number, _)| number).collect()
}

/// Returns the slugs and names of all shipped helpdesks. One whose slug is an ordinary word, which the protocol of posted
/// handovers uses too, is only named by code.
fn names() -> Vec<String> {
    let named = |it: Helpdesk| match it.takes() {
        Takes::Tickets => [it.slug().to_lowercase(), it.name().to_lowercase()],
        Takes::Events => [format!("helpdesk::{}", it.slug()), format!("kind::{}", it.slug())],
    };
    Helpdesk::shipped().flat_map(named).collect()
}

#[test]
fn no_shared_code_names_a_helpdesk() {
    let (root, names) = (root(), names());
    let mut all = Vec::new();
    SHARED.iter().for_each(|folder| files(&root.join(folder), &mut all));
    assert!(all.len() > 200, "the sources could not be read");
    let (mut wrong, mut used) = (Vec::new(), BTreeSet::new());
    for file in all {
        let Ok(text) = fs::read_to_string(&file) else { continue };
        let path = file.strip_prefix(&root).unwrap().to_str().unwrap().to_owned();
        let lines = naming(&text, &names);
        match ALLOWED.iter().find(|(allowed, _)| path.starts_with(allowed)) {
            _ if lines.is_empty() || TESTS.contains(&path.as_str()) => {}
            Some((allowed, _)) => {
                used.insert(*allowed);
            }
            None => wrong.push(format!("{path}:{lines:?}")),
        }
    }
    assert_eq!(wrong, [""; 0], "move it into the helpdesk's folder, or take it from its description");
    let unused: Vec<_> = ALLOWED.iter().filter(|(allowed, _)| !used.contains(allowed)).collect();
    assert!(unused.is_empty(), "{unused:?} is no longer needed");
}

#[test]
fn names_are_found_in_code_but_not_in_tests() {
    let text = "match it {\n    Kind::GORGIAS => 1,\n}\n#[cfg(test)]\nmod tests {\n    // gorgias\n}\n";
    assert_eq!(naming(text, &["gorgias".to_owned()]), [2]);
}

#[test]
fn every_helpdesk_folder_is_listed() {
    let folder = root().join("helpdesks");
    let list = fs::read_to_string(folder.join("list.rs")).unwrap();
    let (_, lines) = list.split_once("helpdesks! {").unwrap();
    let listed: BTreeSet<_> = lines.split([',', '}']).map(str::trim).filter(|it| !it.is_empty()).collect();
    let there: BTreeSet<_> = fs::read_dir(&folder)
        .unwrap()
        .map(|entry| entry.unwrap())
        .filter(|entry| entry.path().is_dir())
        .map(|entry| entry.file_name().into_string().unwrap())
        .collect();
    assert_eq!(listed, there.iter().map(String::as_str).collect());
    let slugs: BTreeSet<_> = Helpdesk::shipped().map(Helpdesk::slug).collect();
    assert_eq!(listed, slugs, "the folder name must be the slug");
}
