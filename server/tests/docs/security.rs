//! Every test that docs/security.md names exists.

use crate::repository::{root, text};
use std::fs;

/// The folders that may contain a test that a document names.
const ROOTS: [&str; 13] = [
    "",
    "domain/src",
    "end2end/tests",
    "server/tests",
    "server/src",
    "server/src/ability",
    "server/src/http",
    "server/src/helpdesk",
    "helpdesks/gorgias/client",
    "server/src/handover",
    "server/src/commands",
    "app/src",
    "app/src/model",
];

/// Returns whether a test file's text has a test of this name. A title that ends in `…` continues with a variable.
fn has_test(text: &str, name: &str) -> bool {
    match name.strip_suffix('…') {
        Some(start) => text.contains(&format!("test(`{start}")),
        None if name.contains(' ') => text.contains(&format!("test(\"{name}\"")),
        // The store's contract runs each of these on every store.
        None if text.contains(&format!("fn {name}(store: AnyStore)")) => true,
        None => text.split(&format!("fn {name}(")).next().is_some_and(|before| {
            // A function's attributes come directly before it, with only comments and other attributes between.
            before.len() < text.len() && before.lines().rev().take(4).any(|line| line.contains("test"))
        }),
    }
}

/// Returns whether a file below one of the roots has a test of this name.
pub fn is_a_test(file: &str, name: &str) -> bool {
    let texts = ROOTS.iter().filter_map(|it| fs::read_to_string(root().join(it).join(file)).ok());
    texts.into_iter().any(|text| has_test(&text, name))
}

#[test]
fn every_test_that_shows_a_requirement_is_there() {
    let document = text("docs/security.md");
    let named: Vec<_> = document
        .split('`')
        .skip(1)
        .step_by(2)
        .filter_map(|code| code.split_once("::"))
        .filter(|(file, _)| file.ends_with(".rs") || file.ends_with(".spec.ts"))
        .collect();
    assert!(named.len() > 100, "the table is read: {}", named.len());
    let missing: Vec<_> = named.into_iter().filter(|(file, name)| !is_a_test(file, name)).collect();
    assert!(missing.is_empty(), "docs/security.md names missing tests: {missing:#?}");
}
