//! The lists in docs/contract.md match the code.

use crate::{
    markdown::{between, code, rows},
    repository::{files, name, text},
};
use convi_server::http::router::TABLE;
use std::{collections::BTreeSet, fs, process::Command};

fn contract() -> String {
    text("docs/contract.md")
}

#[test]
fn it_has_every_route_and_no_other() {
    let contract = contract();
    let documented: BTreeSet<_> = rows(between(&contract, "routes"))
        .into_iter()
        .map(|row| row[0].trim_matches('`').to_owned())
        .collect();
    let served: BTreeSet<_> = TABLE.iter().map(|route| format!("{} {}", route.method, route.path)).collect();
    assert_eq!(documented, served);
}

#[test]
fn it_has_every_command_and_no_other() {
    let contract = contract();
    let documented: BTreeSet<_> = rows(between(&contract, "commands"))
        .into_iter()
        .map(|row| row[0].trim_matches('`').to_owned())
        .collect();
    let mut there = BTreeSet::new();
    let help = Command::new(env!("CARGO_BIN_EXE_convi-integrations")).arg("--help").output().unwrap();
    let help = String::from_utf8(help.stdout).unwrap();
    let (_, listed) = help.split_once("Commands:\n").unwrap();
    let listed =
        listed.split("\n\n").next().unwrap().lines().filter_map(|line| line.split_whitespace().next());
    there.extend(listed.filter(|it| *it != "help").map(|it| format!("convi-integrations {it}")));
    let tasks = text("xtask/src/main.rs");
    let (_, tasks) = tasks.split_once("enum Task {\n").unwrap();
    // Tasks that only xtask starts are hidden.
    let (tasks, _) = tasks.split_once("#[command(hide = true)]").unwrap();
    let tasks = tasks.lines().filter_map(|line| Some(line.trim().split_once('(')?.0));
    there.extend(tasks.filter(|it| !it.contains(' ')).map(|it| format!("cargo xtask {}", it.to_lowercase())));
    assert_eq!(documented, there);
}

#[test]
fn it_has_every_page_and_no_other() {
    let contract = contract();
    let documented: BTreeSet<_> = code(between(&contract, "pages")).map(str::to_owned).collect();
    let app = text("app/src/app.rs");
    let paths = app.split("path!(\"").skip(1).filter_map(|rest| rest.split('"').next());
    let there: BTreeSet<_> = paths.filter(|it| *it != "/").map(|it| it.replace(":id", "{id}")).collect();
    assert_eq!(documented, there);
}

#[test]
fn its_strings_are_the_sources() {
    let sources: String = files()
        .iter()
        .filter(|file| {
            let name = name(file);
            ["app/src/", "domain/src/", "helpdesks/"].iter().any(|top| name.starts_with(top))
                && name.ends_with(".rs")
        })
        .map(|file| fs::read_to_string(file).unwrap())
        .collect();
    let contract = contract();
    let rows = rows(between(&contract, "strings"));
    let strings: Vec<_> = rows.iter().flat_map(|row| code(row[1])).collect();
    assert!(strings.len() > 30, "{strings:?}");
    let missing: Vec<_> = strings.into_iter().filter(|it| !sources.contains(&format!("\"{it}\""))).collect();
    assert!(missing.is_empty(), "not in the sources: {missing:?}");
}

/// The events of the embedded screen are in its types, the contract and the guide.
#[test]
fn its_events_are_those_of_the_element() {
    let types = text("embed/convi-integrations.d.ts");
    let events: BTreeSet<_> = types
        .lines()
        .filter_map(|line| line.trim().strip_prefix('"')?.split_once("\": CustomEvent"))
        .map(|it| it.0)
        .collect();
    assert!(events.len() > 4, "{events:?}");
    for (document, body) in
        [("docs/contract.md", contract()), ("docs/embedding.md", text("docs/embedding.md"))]
    {
        let named: BTreeSet<_> = code(&body).filter(|it| events.contains(it)).collect();
        assert_eq!(named, events, "{document}");
    }
}
