//! Documents generated from the code are up to date. `UPDATE_DOCS=1 cargo test --test docs` writes them.

use crate::repository::{root, text};
use convi_server::config;
use domain::Helpdesk;
use std::fs;

/// Compares a part of a file with its expected text, or writes that.
fn keep_fresh(file: &str, fresh: impl FnOnce(&str) -> String) {
    let committed = text(file);
    let fresh = fresh(&committed);
    if std::env::var_os("UPDATE_DOCS").is_some() {
        fs::write(root().join(file), fresh).unwrap();
    } else {
        assert!(committed == fresh, "{file} is out of date; run UPDATE_DOCS=1 cargo test --test docs");
    }
}

#[test]
fn every_setting_is_documented_as_it_is() {
    keep_fresh("docs/operating.md", |document| {
        let (before, rest) = document.split_once("<!-- settings").unwrap();
        let (marker, rest) = rest.split_once("-->\n").unwrap();
        let (_, after) = rest.split_once("<!-- /settings -->").unwrap();
        format!("{before}<!-- settings{marker}-->\n{}<!-- /settings -->{after}", config::markdown())
    });
}

/// The types for people who embed the screen name every helpdesk.
#[test]
fn the_types_of_the_element_have_every_helpdesk() {
    keep_fresh("embed/convi-integrations.d.ts", |types| {
        let slugs: Vec<_> = Helpdesk::shipped().map(|helpdesk| format!("\"{}\"", helpdesk.slug())).collect();
        let line = types.lines().find(|line| line.starts_with("export type ConviHelpdesk")).unwrap();
        types.replace(line, &format!("export type ConviHelpdesk = {};", slugs.join(" | ")))
    });
}
