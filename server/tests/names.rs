//! No two public types in `domain`, `app` and `server` have the same name.
//!
//! A type is public if it is visible outside its file. Two definitions in one file count as one, selected by a feature.
//! Associated types, macro-generated types and types in tests do not count.

#![allow(clippy::unwrap_used, reason = "a test that cannot continue has failed")]

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::{Path, PathBuf},
};

const CRATES: [&str; 3] = ["domain", "app", "server"];
const KINDS: [&str; 5] = ["struct", "enum", "union", "trait", "type"];

#[test]
fn no_public_type_name_is_defined_twice() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
    let mut files = BTreeMap::<String, BTreeSet<String>>::new();
    for source in CRATES.iter().flat_map(|name| sources(&root.join(name).join("src"))) {
        let file = source.strip_prefix(root).unwrap().display().to_string();
        for name in defined(&fs::read_to_string(&source).unwrap()) {
            files.entry(name).or_default().insert(file.clone());
        }
    }
    assert!(files.len() > 300, "only {} names were found", files.len());
    let double: Vec<_> = files.into_iter().filter(|(_, files)| files.len() > 1).collect();
    assert!(double.is_empty(), "rename one of each: {double:#?}");
}

/// Returns all Rust files below a folder, except tests.
fn sources(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let of_tests = |path: &PathBuf| path.file_stem().unwrap().to_string_lossy().ends_with("tests");
    let (folders, files): (Vec<_>, Vec<_>) =
        entries.filter(|path| !of_tests(path)).partition(|path| path.is_dir());
    let mut all: Vec<_> =
        files.into_iter().filter(|it| it.extension().is_some_and(|it| it == "rs")).collect();
    all.extend(folders.iter().flat_map(|folder| sources(folder)));
    all
}

/// Returns the public types that a file defines, without its tests.
fn defined(text: &str) -> BTreeSet<String> {
    let code = text.split("#[cfg(test)]\nmod tests {").next().unwrap_or_default();
    code.lines().filter_map(name).collect()
}

/// Returns the name in `pub struct Name<T>`, `pub(super) enum Name` and the like.
fn name(line: &str) -> Option<String> {
    let rest = line.trim_start().strip_prefix("pub")?;
    let rest = if rest.starts_with('(') { rest.split_once(')')?.1 } else { rest };
    let mut words = rest.split_whitespace();
    let kind = words.next().filter(|it| *it != "unsafe").or_else(|| words.next())?;
    let name = words.next().filter(|_| rest.starts_with(' ') && KINDS.contains(&kind))?;
    let end = name.find(|c: char| !c.is_ascii_alphanumeric() && c != '_').unwrap_or(name.len());
    (end > 0).then(|| name[..end].to_owned())
}

#[test]
fn public_types_are_found() {
    let text = "pub struct A<T>(T);\n    pub(super) enum B {\npub(in crate::x) type C = u8;\npub unsafe trait D: E {\n\
                struct F;\ntype G = u8;\npub fn struct_of() {}\npub use a::B;\npublic struct H\npub struct $name;\n\
                // pub struct I;\n#[cfg(test)]\nmod tests {\n    pub struct J;\n}\n";
    assert_eq!(defined(text).into_iter().collect::<Vec<_>>(), ["A", "B", "C", "D"]);
}
