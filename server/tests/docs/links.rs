//! Links in documents and sources lead to something that exists.

use crate::{
    markdown::{anchors, code, links},
    repository::{documents, files, name, root, text},
};
use std::{fs, path::Path};

#[test]
fn every_relative_link_leads_somewhere() {
    let mut wrong = Vec::new();
    for (document, body) in documents() {
        for link in links(&body) {
            if link.contains("://") || link.starts_with("mailto:") {
                continue;
            }
            let (path, anchor) = link.split_once('#').unwrap_or((&link, ""));
            let file = match path {
                "" => root().join(&document),
                path => root().join(&document).parent().unwrap().join(path),
            };
            let is_there = file.exists()
                && (anchor.is_empty()
                    || anchors(&fs::read_to_string(&file).unwrap()).iter().any(|it| it == anchor));
            if !is_there {
                wrong.push(format!("{document} links to {link}"));
            }
        }
    }
    assert_eq!(wrong, [""; 0]);
}

/// The first folders of paths in code spans, such as `server/src/clock.rs`.
const TOPS: [&str; 12] = [
    "app/",
    "docs/",
    "domain/",
    "embed/",
    "end2end/",
    "frontend/",
    "helpdesks/",
    "public/",
    "server/",
    "storefront/",
    "style/",
    "xtask/",
];

#[test]
fn the_files_that_documents_name_exist() {
    let mut wrong = Vec::new();
    for (document, body) in documents() {
        let is_path = |code: &&str| {
            TOPS.iter().any(|top| code.starts_with(top)) && !code.contains([' ', '{', '*', '…', '<', ':'])
        };
        let missing = code(&body).filter(is_path).filter(|path| !root().join(path).exists());
        wrong.extend(missing.map(|path| format!("{document} names {path}")));
    }
    assert_eq!(wrong, [""; 0]);
}

/// Returns the documents that a text names: words that end in `.md` and are not URLs.
fn documents_named(text: &str) -> Vec<&str> {
    let of_path = |c: char| c.is_alphanumeric() || matches!(c, '.' | '_' | '-' | '/');
    let ends = text.match_indices(".md").map(|(at, end)| at + end.len());
    let whole = ends.filter(|end| !text[*end..].starts_with(|c: char| c.is_alphanumeric() || c == '_'));
    let names = whole.map(|end| {
        let start = text[..end]
            .rfind(|c| !of_path(c))
            .map_or(0, |at| at + text[at..].chars().next().unwrap().len_utf8());
        &text[start..end]
    });
    let names = names.map(|name| name.strip_prefix("/../").unwrap_or(name));
    names.filter(|name| !name.starts_with("//") && *name != ".md").collect()
}

/// Files that people read or that are compiled. Lock files and examples of shoppers' messages name none of our files.
fn is_source(file: &Path) -> bool {
    let extension = file.extension().and_then(|it| it.to_str()).unwrap_or_default();
    let is_lock = file.file_name().is_some_and(|it| it == "package-lock.json" || it == "Cargo.lock");
    !is_lock && !matches!(extension, "png" | "svg" | "tsv" | "snap" | "ico")
}

#[test]
fn no_file_names_a_document_that_is_not_here() {
    let mut wrong = Vec::new();
    let outside = concat!("../", "shared");
    for file in files().into_iter().filter(|file| is_source(file)) {
        let Ok(body) = fs::read_to_string(&file) else { continue };
        // These lines contain invented names.
        let body = if file.ends_with("docs/links.rs") || file.ends_with("docs/markdown.rs") {
            body.lines().filter(|line| !line.contains('"')).collect::<Vec<_>>().join("\n")
        } else {
            body
        };
        let places = [file.parent().unwrap().to_owned(), root(), root().join("docs")];
        let missing = documents_named(&body)
            .into_iter()
            .filter(|it| !places.iter().any(|place| place.join(it).exists()));
        wrong.extend(missing.map(|it| format!("{} names {it}", name(&file))));
        if body.contains(outside) {
            wrong.push(format!("{} names a folder outside the repository", name(&file)));
        }
    }
    assert_eq!(wrong, [""; 0], "say what it says here, or link to a document in docs/");
}

#[test]
fn names_of_documents_are_seen() {
    let text = "(see notes.md section 3) `docs/a-b.md` https://example.com/x.md *.md …/c.md a.mdx É.md";
    assert_eq!(documents_named(text), ["notes.md", "docs/a-b.md", "/c.md", "É.md"]);
}

/// Files that newcomers expect at the root, under their usual names.
#[test]
fn what_strangers_look_for_is_there() {
    for file in
        ["README.md", "CONTRIBUTING.md", "CHANGELOG.md", "SECURITY.md", "LICENSE-MIT", "LICENSE-APACHE"]
    {
        assert!(!text(file).is_empty());
        assert!(file == "README.md" || text("README.md").contains(file), "README.md does not link to {file}");
    }
}
