//! Dependencies between the server's areas point downward only: no area uses one that is built on it.
//!
//! An area is a file or a folder of `server/src`. Tests inside a file may use anything.

#![allow(clippy::unwrap_used, reason = "a test that cannot continue has failed")]

use std::{
    collections::BTreeSet,
    fs,
    path::{Path, PathBuf},
};

/// The areas from the bottom up. Each may use only those before it.
const AREAS: [&str; 30] = [
    // Only the standard library and other crates.
    "address",
    "aside",
    "list",
    "client_address",
    "clock",
    "limits",
    "logging",
    "origin",
    "embed_origins",
    "outbound",
    "internet",
    "zone",
    // Infrastructure: keys, email, helpdesks.
    "vault",
    "mail",
    "smtp",
    "helpdesk",
    // Data.
    "ability",
    "store",
    "wire",
    "fleet",
    // Behaviour.
    "connection",
    "metrics",
    "handover",
    "services",
    "conversation",
    "retention",
    "ending",
    // The HTTP layer, and startup.
    "config",
    "http",
    "application",
];

/// These assemble everything and are used by no other area.
const TOP: [&str; 3] = ["commands", "lib", "main"];

#[test]
fn no_area_uses_one_above_it() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut wrong = Vec::new();
    let mut files: Vec<_> =
        sources(&root).into_iter().map(|file| (area(file.strip_prefix(&root).unwrap()), file)).collect();
    // Clients are in the helpdesks' own folders.
    let clients = sources(&root.join("../../helpdesks"));
    let clients = clients.into_iter().filter(|file| file.components().any(|it| it.as_os_str() == "client"));
    files.extend(clients.map(|file| ("helpdesk".to_owned(), file)));
    for (area, file) in files {
        let text = fs::read_to_string(&file).unwrap();
        for used in used(&text) {
            if let Some(why) = wrongs(&area, &used) {
                wrong.push(format!("{}: {why}", file.display()));
            }
        }
    }
    assert_eq!(
        wrong,
        [""; 0],
        "move the used code down or the using code up; the order is AREAS in {}",
        file!()
    );
}

/// Returns what is wrong if `area` uses `used`.
fn wrongs(area: &str, used: &str) -> Option<String> {
    let floor = |name: &str| AREAS.iter().position(|it| *it == name);
    match (floor(area), floor(used)) {
        _ if area == used => None,
        (None, _) if !TOP.contains(&area) => Some(format!("the area {area} is missing from the order")),
        // Types defined in `lib.rs` itself belong to no area.
        (_, None) if !TOP.contains(&used) => None,
        (None, _) => None,
        (Some(mine), Some(its)) if its < mine => None,
        _ => Some(format!("{area} uses {used}, which is above it")),
    }
}

/// Returns all Rust files below a folder.
fn sources(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let (folders, files): (Vec<_>, Vec<_>) = entries.partition(|path| path.is_dir());
    let mut all: Vec<_> =
        files.into_iter().filter(|it| it.extension().is_some_and(|it| it == "rs")).collect();
    all.extend(folders.iter().flat_map(|folder| sources(folder)));
    all
}

fn area(path: &Path) -> String {
    let first = path.components().next().unwrap().as_os_str().to_str().unwrap();
    first.strip_suffix(".rs").unwrap_or(first).to_owned()
}

/// Returns the areas that a file refers to by `crate::`, ignoring its tests.
fn used(text: &str) -> BTreeSet<String> {
    let code: String =
        text.lines().filter(|line| !line.trim_start().starts_with("//")).collect::<Vec<_>>().join("\n");
    let code = code.split("#[cfg(test)]\nmod tests {").next().unwrap_or_default();
    let mut used = BTreeSet::new();
    for rest in code.split("crate::").skip(1) {
        match rest.strip_prefix('{') {
            Some(group) => used.extend(group_of(group)),
            None => used.extend(name(rest)),
        }
    }
    used
}

/// Returns the first names of `a::b, c::{d, e}, f}`.
fn group_of(text: &str) -> Vec<String> {
    let (mut depth, mut names, mut start) = (0_u32, Vec::new(), 0);
    for (at, c) in text.char_indices() {
        match c {
            '{' => depth += 1,
            '}' if depth > 0 => depth -= 1,
            ',' | '}' if depth == 0 => {
                names.extend(name(text[start..at].trim_start()));
                start = at + 1;
                if c == '}' {
                    break;
                }
            }
            _ => {}
        }
    }
    names
}

fn name(text: &str) -> Option<String> {
    let end = text.find(|c: char| !c.is_ascii_alphanumeric() && c != '_').unwrap_or(text.len());
    (end > 0).then(|| text[..end].to_owned())
}

#[test]
fn upward_dependency_is_detected() {
    let text = "use crate::{\n    http::{self, Shared},\n    store::Store,\n};\n// crate::config::x\nfn f() { crate::clock::now() }\n\
                #[cfg(test)]\nmod tests {\n    use crate::commands;\n}\n";
    assert_eq!(used(text).into_iter().collect::<Vec<_>>(), ["clock", "http", "store"]);
    assert_eq!(wrongs("services", "http").unwrap(), "services uses http, which is above it");
    assert_eq!(wrongs("http", "commands").unwrap(), "http uses commands, which is above it");
    assert_eq!(wrongs("new_area", "clock").unwrap(), "the area new_area is missing from the order");
    assert_eq!(wrongs("http", "store"), None);
    assert_eq!(wrongs("commands", "http"), None);
}
