//! The documentation matches the code.

#![allow(clippy::unwrap_used, reason = "a test that cannot continue has failed")]

use convi_server::config;
use domain::Helpdesk;
use std::{
    fs,
    path::{Path, PathBuf},
};

const BEGIN: &str = "<!-- settings";
const END: &str = "<!-- /settings -->";

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

/// Returns the document with the current table between its markers.
fn with_table(text: &str) -> String {
    let (before, rest) = text.split_once(BEGIN).unwrap();
    let (marker, rest) = rest.split_once("-->\n").unwrap();
    let (_, after) = rest.split_once(END).unwrap();
    format!("{before}{BEGIN}{marker}-->\n{}{END}{after}", config::markdown())
}

#[test]
fn readme_lists_every_setting() {
    let path = root().join("README.md");
    let text = fs::read_to_string(&path).unwrap();
    let fresh = with_table(&text);
    if std::env::var_os("UPDATE_DOCS").is_some() {
        fs::write(&path, &fresh).unwrap();
    } else {
        assert!(text == fresh, "README.md is stale: UPDATE_DOCS=1 cargo test -p server --test docs");
    }
}

/// The element's TypeScript types, for sites that embed the screen, list every helpdesk.
#[test]
fn element_types_list_every_helpdesk() {
    let path = root().join("embed/convi-integrations.d.ts");
    let text = fs::read_to_string(&path).unwrap();
    let slugs: Vec<_> = Helpdesk::shipped().map(|helpdesk| format!("\"{}\"", helpdesk.slug())).collect();
    let fresh = format!("export type ConviHelpdesk = {};", slugs.join(" | "));
    let line = text.lines().find(|line| line.starts_with("export type ConviHelpdesk")).unwrap();
    if std::env::var_os("UPDATE_DOCS").is_some() {
        fs::write(&path, text.replace(line, &fresh)).unwrap();
    } else {
        assert_eq!(
            line, fresh,
            "embed/convi-integrations.d.ts is stale: UPDATE_DOCS=1 cargo test -p server --test docs"
        );
    }
}

#[test]
fn files_named_in_documents_exist() {
    for document in ["README.md", "ARCHITECTURE.md"] {
        let text = fs::read_to_string(root().join(document)).unwrap();
        // Links, and paths in code spans such as `server/src/clock.rs`.
        let links = text.split("](").skip(1).filter_map(|rest| rest.split([')', '#']).next());
        let code = text.split('`').skip(1).step_by(2);
        let tops = [
            "app/",
            "docs/",
            "domain/",
            "end2end/",
            "frontend/",
            "helpdesks/",
            "public/",
            "server/",
            "storefront/",
            "style/",
            "xtask/",
        ];
        let paths = code.filter(|code| {
            tops.iter().any(|top| code.starts_with(top)) && !code.contains([' ', '{', '*', '…'])
        });
        for named in links.filter(|link| !link.contains("://") && !link.is_empty()).chain(paths) {
            assert!(root().join(named).exists(), "{document} names {named}, which does not exist");
        }
    }
}

/// Folders that may contain a test named in docs/security.md.
const ROOTS: [&str; 12] = [
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

/// Returns true if this test file has a test of this name. A title that ends in `…` continues with a variable.
fn has_test(text: &str, name: &str) -> bool {
    match name.strip_suffix('…') {
        Some(start) => text.contains(&format!("test(`{start}")),
        None if name.contains(' ') => text.contains(&format!("test(\"{name}\"")),
        None => text.split(&format!("fn {name}(")).next().is_some_and(|before| {
            // A function's attributes are directly before it, apart from comments and other attributes.
            before.len() < text.len() && before.lines().rev().take(4).any(|line| line.contains("test"))
        }),
    }
}

#[test]
fn tests_named_in_security_md_exist() {
    let document = fs::read_to_string(root().join("docs/security.md")).unwrap();
    let named: Vec<_> = document
        .split('`')
        .skip(1)
        .step_by(2)
        .filter_map(|code| code.split_once("::"))
        .filter(|(file, _)| file.ends_with(".rs") || file.ends_with(".spec.ts"))
        .collect();
    assert!(named.len() > 100, "the table could not be read: {}", named.len());
    let missing: Vec<_> = named
        .into_iter()
        .filter(|(file, name)| {
            let texts = ROOTS.iter().filter_map(|it| fs::read_to_string(root().join(it).join(file)).ok());
            !texts.into_iter().any(|text| has_test(&text, name))
        })
        .collect();
    assert!(missing.is_empty(), "docs/security.md names tests that do not exist: {missing:#?}");
}
