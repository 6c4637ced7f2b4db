//! A helpdesk is one folder and one line: no other code of the program names one.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use domain::Helpdesk;
use std::{
    collections::BTreeSet,
    fs,
    path::{Path, PathBuf},
};

/// The folders of what the program is made of, and of what builds it.
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

/// What may name one all the same, by the beginning of its path, and why.
const ALLOWED: [(&str, &str); 5] = [
    ("embed/convi-integrations.d.ts", "is made from the list, and a test keeps it so"),
    ("app/src/text/tests.rs", "tests"),
    ("app/src/ssr_tests/", "tests"),
    ("app/src/pages/components/", "samples for the demo's page of components"),
    ("app/src/pages/integrations/samples.rs", "samples for the demo's page of components"),
];

/// Tests that stand in files of their own.
const TESTS: [&str; 2] = ["domain/src/delivery_tests.rs", "app/src/words/samples.rs"];

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

/// All files below a folder, from the root.
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

/// What of a file is shipped: its tests at the end are not.
fn shipped(text: &str) -> &str {
    text.split("#[cfg(test)]\nmod tests").next().unwrap_or_default()
}

/// The lines that name a helpdesk.
fn naming(text: &str, names: &[String]) -> Vec<usize> {
    let names_one = |line: &str| names.iter().any(|name| line.to_lowercase().contains(name));
    (1..).zip(shipped(text).lines()).filter(|(_, line)| names_one(line)).map(|(number, _)| number).collect()
}

/// Slugs and names of all that are shipped.
fn names() -> Vec<String> {
    Helpdesk::shipped().flat_map(|it| [it.slug().to_lowercase(), it.name().to_lowercase()]).collect()
}

#[test]
fn no_shared_code_names_a_helpdesk() {
    let (root, names) = (root(), names());
    let mut all = Vec::new();
    SHARED.iter().for_each(|folder| files(&root.join(folder), &mut all));
    assert!(all.len() > 200, "the sources are read");
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
    assert!(unused.is_empty(), "nothing needs {unused:?} any more");
}

#[test]
fn a_name_is_seen_in_code_and_not_in_tests() {
    let text = "match it {\n    Kind::GORGIAS => 1,\n}\n#[cfg(test)]\nmod tests {\n    // gorgias\n}\n";
    assert_eq!(naming(text, &["gorgias".to_owned()]), [2]);
}

#[test]
fn every_folder_of_a_helpdesk_is_a_line_of_the_list() {
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
    assert_eq!(listed, slugs, "a folder is named as the slug");
}
