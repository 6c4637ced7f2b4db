//! The catalogues are complete: each contains every sentence of the sources with its placeholders, and no others. A sentence
//! of the screen is in a `t("…")`, in Rust or in a script of `embed`, and is its own key. A sentence of the server or of a
//! check is in a `sentences! { … }`, and its key is its code.

#![allow(clippy::unwrap_used, reason = "its helpers are tests too")]

use super::*;
use crate::model::{CallError, Helpdesk, Subdomain};
use domain::{Sentence, said};
use leptos::prelude::{Owner, provide_context};
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

/// Runs `what` in a language, as when a page is rendered in it.
fn speaking<T>(language: Language, what: impl FnOnce() -> T) -> T {
    Owner::new().with(|| {
        provide_context(language);
        what()
    })
}

/// Collects the code of every Rust file below a folder, and of every embedded script, without tests and build code.
fn sources(folder: &Path, out: &mut Vec<String>) {
    const LEFT_OUT: [&str; 6] = ["target", "tests", "benches", "ssr_tests", "end2end", "xtask"];
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
        if path.is_dir() {
            if !LEFT_OUT.contains(&name) && !name.starts_with('.') {
                sources(&path, out);
            }
        } else if is_source(&path) {
            let text = std::fs::read_to_string(&path).unwrap();
            // Tests contain sentences that no reader sees.
            let code = text.split("#[cfg(test)]\nmod tests").next().unwrap_or_default();
            let code = code.lines().filter(|line| !line.trim_start().starts_with("//"));
            out.push(code.collect::<Vec<_>>().join("\n"));
        }
    }
}

fn is_source(path: &Path) -> bool {
    let has = |extension| path.extension().is_some_and(|it| it == extension);
    let embedded = path.parent().is_some_and(|folder| folder.ends_with("embed"));
    (has("rs") && !path.ends_with("text/tests.rs")) || (has("js") && embedded)
}

fn all_sources() -> Vec<String> {
    let mut files = Vec::new();
    sources(&Path::new(env!("CARGO_MANIFEST_DIR")).join(".."), &mut files);
    files
}

/// Returns the sentences that a source declares: code and English of each `NAME = "code": "English";`.
fn declared(source: &str) -> Vec<(String, String)> {
    let mut found = Vec::new();
    for (at, _) in source.match_indices("sentences! {") {
        let block = source[at..].split("\n}").next().unwrap_or_default();
        for line in block.lines().skip(1).filter(|line| !line.trim().is_empty()) {
            let (_, rest) = line.split_once(" = ").unwrap_or_else(|| panic!("this declares nothing: {line}"));
            let (code, rest) = literal(rest).unwrap();
            let (english, _) = literal(rest.strip_prefix(':').unwrap()).unwrap();
            found.push((code, english));
        }
    }
    found
}

/// Parses a string literal at the start of a text. Returns the string and the rest.
fn literal(text: &str) -> Option<(String, &str)> {
    let text = text.trim_start().strip_prefix('"')?;
    let mut string = String::new();
    let mut chars = text.char_indices();
    while let Some((at, c)) = chars.next() {
        match c {
            '"' => return Some((string, &text[at + 1..])),
            '\\' => string.push(chars.next()?.1),
            '\n' => panic!("a sentence must be on one line to be found: {string}"),
            _ => string.push(c),
        }
    }
    None
}

/// Returns the sentences in a source's `t("…")`, `tf("…", …)`, `later("…")` and `tn(n, "…", "…", …)`.
fn named(source: &str) -> Vec<String> {
    let mut found = Vec::new();
    for (call, sentences) in [("t(", 1), ("tf(", 1), ("later(", 1), ("tn(", 2)] {
        for (at, _) in source.match_indices(call) {
            if source[..at].ends_with(|c: char| c.is_alphanumeric() || c == '_') {
                continue;
            }
            let mut rest = &source[at + call.len()..];
            if sentences == 2 {
                let Some((_, after)) = rest.split_once(',') else { continue };
                rest = after;
            }
            for _ in 0..sentences {
                let Some((sentence, after)) = literal(rest) else { break };
                found.push(sentence);
                rest = after.trim_start().strip_prefix(',').unwrap_or(after);
            }
        }
    }
    found
}

/// Returns the texts of a helpdesk's description.
fn described(helpdesk: Helpdesk) -> impl Iterator<Item = &'static str> {
    let it = helpdesk.details();
    let methods = helpdesk.methods().iter().flat_map(move |method| {
        let words = &method.words;
        // A method's name is only shown if there is a choice.
        let name = if helpdesk.methods().len() > 1 { words.name } else { "" };
        let fields = [&words.user, &words.secret].map(|field| [field.label, field.help]);
        [name, words.note, words.where_to_find].into_iter().chain(fields.into_iter().flatten())
    });
    let team = it.routing.as_ref().map_or("", |routing| routing.team);
    [it.about, it.account.label, it.account.help, team].into_iter().chain(methods)
}

fn holes(sentence: &str) -> BTreeSet<&str> {
    sentence.split('{').skip(1).filter_map(|part| part.split_once('}')).map(|(name, _)| name).collect()
}

#[test]
fn every_catalogue_has_exactly_the_sentences_of_the_sources() {
    let files = all_sources();
    let mut known: BTreeMap<String, String> =
        files.iter().flat_map(|source| named(source)).map(|english| (english.clone(), english)).collect();
    assert!(known.contains_key("Connection successful!"), "the sources are read");
    let described = Helpdesk::all().flat_map(described).filter(|it| !it.is_empty());
    known.extend(described.map(|english| (english.to_owned(), english.to_owned())));
    known.extend(files.iter().flat_map(|source| declared(source)));
    for code in ["api_key.empty", "call.offline", "gorgias.no_account", "helpdesk.rate_limited"] {
        assert!(known.contains_key(code), "{code} is declared");
    }
    for (name, catalogue) in [("de", &server::GERMAN), ("fr", &server::FRENCH)] {
        let missing: Vec<_> = known.keys().filter(|key| !catalogue.contains_key(*key)).collect();
        assert!(missing.is_empty(), "{name}.json lacks {missing:#?}");
        let extra: Vec<_> = catalogue.keys().filter(|key| !known.contains_key(*key)).collect();
        assert!(extra.is_empty(), "{name}.json translates {extra:#?}, which nothing uses");
        for (key, english) in &known {
            assert_eq!(holes(english), holes(&catalogue[key]), "{name}.json: {key}");
            assert!(!catalogue[key].trim().is_empty(), "{name}.json: {key}");
        }
    }
}

#[test]
fn a_helpdesks_sentences_are_translated_in_its_folder() {
    for helpdesk in Helpdesk::all() {
        let prefix = format!("{}.", helpdesk.slug());
        let words = &helpdesk.details().translations;
        let catalogues = [(include_str!("de.json"), words.german), (include_str!("fr.json"), words.french)];
        for (shared, own) in catalogues.map(|(shared, own)| (server::read(shared), server::read(own))) {
            assert!(!shared.keys().any(|key| key.starts_with(&prefix)), "{prefix} in a shared catalogue");
            let of_others = own.keys().filter(|key| !key.starts_with(&prefix));
            let wrong: Vec<_> = of_others
                .filter(|key| !described(helpdesk).any(|it| it == *key) || shared.contains_key(*key))
                .collect();
            assert!(wrong.is_empty(), "not of {} alone: {wrong:?}", helpdesk.name());
        }
    }
}

#[test]
fn every_code_is_unique_and_well_formed() {
    let mut seen = BTreeSet::new();
    for (code, english) in all_sources().iter().flat_map(|source| declared(source)) {
        let plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_';
        let parts: Vec<_> = code.split('.').collect();
        assert!(parts.len() == 2 && parts.iter().all(|it| !it.is_empty() && it.chars().all(plain)), "{code}");
        assert!(seen.insert(code.clone()), "{code} is declared twice, once for: {english}");
    }
}

#[test]
fn sentences_are_found_in_a_source() {
    let source = r#"t("One") tf( "Two {n}", &[]) tn(n, "three", "threes", &[]) later("Five") format("Four") t(name) let("x")"#;
    let mut found = named(source);
    found.sort();
    assert_eq!(found, ["Five", "One", "Two {n}", "three", "threes"]);
    let source = "sentences! {\n    pub(super) A = \"a.b\": \"One {n}: \\\"x\\\"; y\";\n\n    B = \"a.c\": \"Two\";\n}\n x = 1";
    let found = declared(source);
    assert_eq!(found, [("a.b".into(), "One {n}: \"x\"; y".into()), ("a.c".into(), "Two".into())]);
}

#[test]
fn english_is_the_default() {
    assert_eq!(t("Save"), "Save");
    assert_eq!(speaking(Language::English, || t("Save")), "Save");
    assert_eq!(speaking(Language::German, || t("Save")), "Speichern");
    assert_eq!(speaking(Language::French, || t("Save")), "Enregistrer");
    assert_eq!(speaking(Language::German, || t("Nobody translated this")), "Nobody translated this");
}

#[test]
fn holes_are_filled() {
    assert_eq!(speaking(Language::German, || tf("Ticket #{id}", &[("id", "7")])), "Ticket #7");
}

#[test]
fn numbers_and_plurals_are_formatted() {
    let said = |language, n| speaking(language, || tn(n, "{n} handover", "{n} handovers", &[]));
    assert_eq!(said(Language::English, 1), "1 handover");
    assert_eq!(said(Language::English, 1_234_005), "1,234,005 handovers");
    assert_eq!(said(Language::German, 1_000), "1.000 Übergaben");
    assert_eq!(said(Language::French, 12_345), "12\u{202f}345 transferts");
    assert_eq!(speaking(Language::German, || number(999)), "999");
}

const REFUSES: Sentence = Sentence { code: "helpdesk.forbidden", english: "{helpdesk} refused: {message}" };
const NOT_REACHED: Sentence =
    Sentence { code: "helpdesk.not_reached", english: "{helpdesk} could not be reached: {why}." };
const NO_CONNECTION: Sentence = Sentence { code: "gorgias.no_connection", english: "no connection" };
const AGAIN: Sentence = Sentence { code: "connection.again", english: "We will try again automatically." };

#[test]
fn the_servers_sentences_are_translated_by_code() {
    let german = |it: &Said| speaking(Language::German, || said(it));
    // A sentence of ours in a placeholder, and two sentences that belong together.
    let both = said!(NOT_REACHED, helpdesk = "Gorgias", why = NO_CONNECTION).and(AGAIN);
    assert_eq!(
        german(&both),
        "Gorgias war nicht erreichbar: keine Verbindung. Wir versuchen es automatisch erneut."
    );
    assert_eq!(speaking(Language::English, || said(&both)), both.english());
    // A sentence without a translation stays English.
    let new = Sentence { code: "test.new", english: "New: {why}" };
    assert_eq!(german(&said!(new, why = NO_CONNECTION)), "New: no connection");
}

#[test]
fn a_helpdesks_own_words_are_not_translated() {
    let german = |it: &Said| speaking(Language::German, || said(it));
    for words in
        ["{helpdesk} {host} {message}", "no connection", "helpdesk.not_reached", "Enter the API key."]
    {
        let refused = said!(REFUSES, helpdesk = "Gorgias", message = words).and(AGAIN);
        let stop = if words.ends_with('.') { "" } else { "." };
        let told = format!("Gorgias lehnt ab: {words}{stop} Wir versuchen es automatisch erneut.");
        assert_eq!(german(&refused), told);
        assert_eq!(german(&Said::plain(words)), words, "rows of older versions too");
    }
}

#[test]
fn errors_of_calls_and_fields_are_translated() {
    speaking(Language::French, || {
        for error in [
            CallError::SignedOut,
            CallError::NotAllowed,
            CallError::TooManyCalls { retry_after: 7 },
            CallError::TooManyCalls { retry_after: 700 },
            CallError::NotFound,
            CallError::Unavailable,
            CallError::Internal,
            CallError::Offline,
            CallError::Fields { errors: vec![] },
        ] {
            assert_ne!(said(&error.said()), error.to_string());
        }
        for typed in ["", "https://a.example", "-", "é", &"x".repeat(64)] {
            let error = Subdomain::parse_field(Helpdesk::GORGIAS, typed).unwrap_err();
            assert_ne!(sentence(&error.message, error.code.as_deref(), &error.args), error.message);
        }
    });
}
