//! Every test that docs/security.md names is there.

use crate::repository::{root, text};
use std::fs;

/// Where a test that a document names may lie.
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

/// Whether this text of a test file has a test of this name. A title that ends in `…` goes on by a variable.
fn has_test(text: &str, name: &str) -> bool {
    match name.strip_suffix('…') {
        Some(start) => text.contains(&format!("test(`{start}")),
        None if name.contains(' ') => text.contains(&format!("test(\"{name}\"")),
        None => text.split(&format!("fn {name}(")).next().is_some_and(|before| {
            // The attributes of a function stand right before it, and a line between is a comment or another one.
            before.len() < text.len() && before.lines().rev().take(4).any(|line| line.contains("test"))
        }),
    }
}

/// Whether a file below one of the roots has a test of this name.
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
    assert!(missing.is_empty(), "docs/security.md names what is not there: {missing:#?}");
}
