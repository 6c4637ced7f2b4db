//! The catalogues are whole: every sentence of the sources is in each of them, with its holes, and none besides.

#![allow(clippy::unwrap_used, reason = "its helpers are tests too")]

use super::sentences::ELSEWHERE;
use super::*;
use crate::model::{CallError, Helpdesk, Subdomain};
use leptos::prelude::{Owner, provide_context};
use std::collections::BTreeSet;
use std::path::Path;

/// In a language, as a page is rendered in it.
fn speaking<T>(language: Language, what: impl FnOnce() -> T) -> T {
    Owner::new().with(|| {
        provide_context(language);
        what()
    })
}

/// Every file of Rust below a folder.
fn sources(folder: &Path, out: &mut Vec<String>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            sources(&path, out);
        } else if path.extension().is_some_and(|it| it == "rs") && !path.ends_with("text/tests.rs") {
            let text = std::fs::read_to_string(&path).unwrap();
            // Tests name sentences that no reader sees.
            let code = text.split("#[cfg(test)]\nmod tests").next().unwrap_or_default();
            let code = code.lines().filter(|line| !line.trim_start().starts_with("//"));
            out.push(code.collect::<Vec<_>>().join("\n"));
        }
    }
}

/// What begins with a string literal: the string, and what follows it.
fn literal(text: &str) -> Option<(String, &str)> {
    let text = text.trim_start().strip_prefix('"')?;
    let mut string = String::new();
    let mut chars = text.char_indices();
    while let Some((at, c)) = chars.next() {
        match c {
            '"' => return Some((string, &text[at + 1..])),
            '\\' => string.push(chars.next()?.1),
            '\n' => panic!("a sentence stands on one line, so that it is found: {string}"),
            _ => string.push(c),
        }
    }
    None
}

/// The sentences that a source names: `t("…")`, `tf("…", …)`, `tn(n, "…", "…", …)`.
fn named(source: &str) -> Vec<String> {
    let mut found = Vec::new();
    for (call, sentences) in [("t(", 1), ("tf(", 1), ("tn(", 2)] {
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

/// The texts of a helpdesk's description.
fn described(helpdesk: Helpdesk) -> impl Iterator<Item = &'static str> {
    let it = helpdesk.details();
    let fields = [&it.account, &it.user, &it.secret];
    let of_fields = fields.into_iter().flat_map(|field| [field.label, field.help]);
    [it.about, it.where_to_find, it.new_credentials].into_iter().chain(of_fields)
}

fn holes(sentence: &str) -> BTreeSet<&str> {
    sentence.split('{').skip(1).filter_map(|part| part.split_once('}')).map(|(name, _)| name).collect()
}

#[test]
fn every_sentence_is_in_every_catalogue_and_none_besides() {
    let mut files = Vec::new();
    sources(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src"), &mut files);
    let mut known: BTreeSet<String> = files.iter().flat_map(|source| named(source)).collect();
    assert!(known.contains("Connection successful!"), "the sources are read");
    known.extend(Helpdesk::all().flat_map(described).filter(|it| !it.is_empty()).map(str::to_owned));
    known.extend(ELSEWHERE.iter().map(|&it| it.to_owned()));
    for (name, catalogue) in [("de", &server::GERMAN), ("fr", &server::FRENCH)] {
        let there: BTreeSet<String> = catalogue.sentences.keys().cloned().collect();
        let missing: Vec<_> = known.difference(&there).collect();
        assert!(missing.is_empty(), "{name}.json lacks {missing:#?}");
        let extra: Vec<_> = there.difference(&known).collect();
        assert!(extra.is_empty(), "nothing says {extra:#?}, which {name}.json translates");
        for (english, translation) in &catalogue.sentences {
            assert_eq!(holes(english), holes(translation), "{name}.json: {english}");
            assert!(!translation.trim().is_empty(), "{name}.json: {english}");
        }
    }
}

#[test]
fn a_source_is_read() {
    let source =
        r#"t("One") tf( "Two {n}", &[]) tn(n, "three", "threes", &[]) format("Four") t(name) let("x")"#;
    let mut found = named(source);
    found.sort();
    assert_eq!(found, ["One", "Two {n}", "three", "threes"]);
}

#[test]
fn without_a_language_it_is_english() {
    assert_eq!(t("Save"), "Save");
    assert_eq!(speaking(Language::English, || t("Save")), "Save");
    assert_eq!(speaking(Language::German, || t("Save")), "Speichern");
    assert_eq!(speaking(Language::French, || t("Save")), "Enregistrer");
    assert_eq!(speaking(Language::German, || t("Nobody translated this")), "Nobody translated this");
}

#[test]
fn holes_are_filled_once() {
    assert_eq!(filled("{a} and {b}, {a}", &[("a", "{b}"), ("b", "2")]), "{b} and 2, {b}");
    assert_eq!(filled("{c} } {", &[("a", "1")]), "{c} } {");
    assert_eq!(speaking(Language::German, || tf("Ticket #{id}", &[("id", "7")])), "Ticket #7");
}

#[test]
fn one_and_many_and_thousands() {
    let said = |language, n| speaking(language, || tn(n, "{n} handover", "{n} handovers", &[]));
    assert_eq!(said(Language::English, 1), "1 handover");
    assert_eq!(said(Language::English, 1_234_005), "1,234,005 handovers");
    assert_eq!(said(Language::German, 1_000), "1.000 Übergaben");
    assert_eq!(said(Language::French, 12_345), "12\u{202f}345 transferts");
    assert_eq!(speaking(Language::German, || number(999)), "999");
}

#[test]
fn what_the_server_says_is_translated_sentence_by_sentence() {
    let german = |text: &str| speaking(Language::German, || translated(text));
    // As a whole, with a hole, and two that the server puts together.
    assert_eq!(german("Enter the API key."), "Geben Sie den API-Schlüssel ein.");
    assert_eq!(
        german("There is no Gorgias account at x.gorgias.com. Copy the subdomain from your Gorgias address."),
        "Unter x.gorgias.com gibt es kein Gorgias-Konto. Kopieren Sie die Subdomain aus Ihrer Gorgias-Adresse."
    );
    assert_eq!(
        german("Gorgias has had too many requests for now. We try again by ourselves."),
        "Gorgias hat vorerst zu viele Anfragen erhalten. Wir versuchen es von selbst erneut."
    );
    // Words of ours in a hole, and a sentence of ours after a helpdesk's own words.
    assert_eq!(
        german("Gorgias could not be reached: no connection. We try again by ourselves."),
        "Gorgias war nicht erreichbar: keine Verbindung. Wir versuchen es von selbst erneut."
    );
    assert_eq!(
        german("Gorgias refuses: Nope. Check the subdomain under Configure."),
        "Gorgias lehnt ab: Nope. Prüfen Sie die Subdomain unter „Konfigurieren“."
    );
    assert_eq!(german("Something else entirely. Really."), "Something else entirely. Really.");
    assert_eq!(speaking(Language::English, || translated("Enter the API key.")), "Enter the API key.");
}

#[test]
fn errors_of_calls_and_fields_are_among_them() {
    speaking(Language::French, || {
        for error in [
            CallError::SignedOut,
            CallError::NotAllowed,
            CallError::TooManyCalls { retry_after: 7 },
            CallError::NotFound,
            CallError::Internal,
            CallError::Offline,
            CallError::Fields { errors: vec![] },
        ] {
            let english = error.to_string();
            assert_ne!(translated(&english), english);
        }
        for typed in ["", "https://a.example", "-", "é", &"x".repeat(64)] {
            let english = Subdomain::parse_field(Helpdesk::GORGIAS, typed).unwrap_err().message;
            assert_ne!(translated(&english), english);
        }
    });
}
