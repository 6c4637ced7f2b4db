//! The screen's words in the reader's language.
//!
//! The key of a sentence is the English sentence itself; what a catalogue does not know stays English. The server holds
//! every catalogue. A browser is handed the one it needs before the module starts, as a JavaScript object: the module
//! holds no words but the English ones, and no parser.

mod language;
#[cfg(all(test, feature = "ssr"))]
mod sentences;

pub use language::Language;
#[cfg(feature = "ssr")]
pub use language::accepted;

/// An English sentence in the reader's language.
pub fn t(english: &str) -> String {
    catalogue::find(english).unwrap_or_else(|| english.to_owned())
}

/// A sentence with `{name}` where something goes.
pub fn tf(english: &str, holes: &[(&str, &str)]) -> String {
    filled(&t(english), holes)
}

/// A sentence about `n` things: `{n}` is where the number goes.
pub fn tn(n: u64, one: &str, many: &str, holes: &[(&str, &str)]) -> String {
    let n_written = number(n);
    let holes = [holes, &[("n", n_written.as_str())]].concat();
    filled(&t(if n == 1 { one } else { many }), &holes)
}

/// A whole number as the reader writes it.
pub fn number(n: u64) -> String {
    if n < 1000 {
        return n.to_string();
    }
    format!("{}{}{:03}", number(n / 1000), catalogue::language().separator(), n % 1000)
}

/// How the reader writes moments, where a browser has said so.
pub(crate) fn locale() -> Option<String> {
    catalogue::locale()
}

/// Who the page is for; its language stands in `lang` too.
pub fn language() -> Language {
    catalogue::language()
}

/// A hole that is not named stays as it is: what goes into one is not looked at again.
fn filled(sentence: &str, holes: &[(&str, &str)]) -> String {
    let mut out = String::with_capacity(sentence.len() + 16);
    for (at, part) in sentence.split('{').enumerate() {
        let hole = part.split_once('}');
        let value = hole.and_then(|(name, rest)| {
            holes.iter().find(|(known, _)| *known == name).map(|(_, value)| (*value, rest))
        });
        match value {
            Some((value, rest)) if at > 0 => {
                out.push_str(value);
                out.push_str(rest);
            }
            _ => {
                if at > 0 {
                    out.push('{');
                }
                out.push_str(part);
            }
        }
    }
    out
}

/// What the server says, which is English for every program: a whole text if the catalogue knows it, else its sentences
/// one by one. What nobody translated, a helpdesk's own words for example, stays as it is.
pub fn translated(text: &str) -> String {
    if catalogue::language() == Language::English {
        return text.to_owned();
    }
    if let Some(found) = whole(text) {
        return found;
    }
    // From the longest beginning on, so that sentences which belong together stay together.
    for (at, stop) in text.char_indices().rev() {
        let end = at + stop.len_utf8();
        if matches!(stop, '.' | '!' | '?')
            && text.as_bytes().get(end) == Some(&b' ')
            && let Some(found) = whole(&text[..end])
        {
            return format!("{found} {}", translated(&text[end + 1..]));
        }
    }
    // A helpdesk's own words, and then perhaps ours.
    match text.split_once(". ") {
        Some((first, rest)) => format!("{first}. {}", translated(rest)),
        None => text.to_owned(),
    }
}

fn whole(text: &str) -> Option<String> {
    catalogue::find(text).or_else(|| {
        catalogue::with_templates(|templates| {
            templates.iter().find_map(|(english, translation)| {
                let holes = matched(english, text)?;
                // Words of ours may stand in one too, and behind the last a sentence.
                let values: Vec<String> = holes.iter().map(|(_, value)| translated(value)).collect();
                let holes = holes.iter().zip(&values).map(|(&(name, _), value)| (name, value.as_str()));
                Some(filled(translation, &holes.collect::<Vec<_>>()))
            })
        })
    })
}

/// What stands in the holes, if the text is the sentence.
fn matched<'a>(english: &'a str, text: &'a str) -> Option<Vec<(&'a str, &'a str)>> {
    let (start, mut rest) = english.split_once('{')?;
    let mut text = text.strip_prefix(start)?;
    let mut holes = Vec::new();
    loop {
        let (name, after) = rest.split_once('}')?;
        let (literal, next) = match after.split_once('{') {
            Some((literal, next)) => (literal, Some(next)),
            None => (after, None),
        };
        let value = match next {
            Some(_) => text.find(literal).map(|at| &text[..at])?,
            None => text.strip_suffix(literal)?,
        };
        // A sentence is longer than a hole, but at the end, where a helpdesk's own words stand.
        if value.is_empty() || (!english.ends_with('}') && value.contains(". ")) {
            return None;
        }
        holes.push((name, value));
        text = &text[value.len() + literal.len()..];
        match next {
            Some(next) => rest = next,
            None => return Some(holes),
        }
    }
}

/// Whether a text of the server may be this sentence. A short one would be found in anybody's words.
#[cfg(any(feature = "ssr", feature = "browser"))]
fn is_template(english: &str) -> bool {
    let literal: usize = english.split('{').map(|part| part.rsplit('}').next().unwrap_or(part).len()).sum();
    english.contains('{') && english.ends_with(['.', ':', '}']) && literal >= 9
}

#[cfg(all(feature = "browser", not(feature = "ssr")))]
use browser as catalogue;
#[cfg(not(any(feature = "ssr", feature = "browser")))]
use nobody as catalogue;
#[cfg(feature = "ssr")]
use server as catalogue;

/// All catalogues, and in Leptos's context the language of the request.
#[cfg(feature = "ssr")]
mod server {
    use super::Language;
    use leptos::prelude::use_context;
    use std::collections::BTreeMap;
    use std::sync::LazyLock;

    /// A catalogue.
    pub(super) struct Catalogue {
        pub(super) sentences: BTreeMap<String, String>,
        templates: Vec<(String, String)>,
    }

    pub(super) static GERMAN: LazyLock<Catalogue> = LazyLock::new(|| read(include_str!("de.json")));
    pub(super) static FRENCH: LazyLock<Catalogue> = LazyLock::new(|| read(include_str!("fr.json")));

    /// They are part of the program, and a test reads both.
    fn read(json: &str) -> Catalogue {
        let sentences: BTreeMap<String, String> = serde_json::from_str(json).unwrap_or_default();
        let templates = sentences
            .iter()
            .filter(|(english, _)| super::is_template(english))
            .map(|(english, translation)| (english.clone(), translation.clone()))
            .collect();
        Catalogue { sentences, templates }
    }

    fn current() -> Option<&'static Catalogue> {
        match language() {
            Language::English => None,
            Language::German => Some(&GERMAN),
            Language::French => Some(&FRENCH),
        }
    }

    pub(super) fn language() -> Language {
        use_context().unwrap_or_default()
    }

    pub(super) fn locale() -> Option<String> {
        None
    }

    pub(super) fn find(english: &str) -> Option<String> {
        current()?.sentences.get(english).cloned()
    }

    pub(super) fn with_templates<T>(read: impl FnOnce(&[(String, String)]) -> T) -> T {
        read(current().map_or(&[], |catalogue| &catalogue.templates))
    }
}

/// The one catalogue that was handed over.
#[cfg(all(feature = "browser", not(feature = "ssr")))]
mod browser {
    use super::Language;
    use js_sys::{Object, Reflect};
    use std::cell::OnceCell;
    use wasm_bindgen::JsValue;

    struct Words {
        locale: String,
        language: Language,
        catalogue: Option<Object>,
    }

    thread_local! {
        static WORDS: OnceCell<Words> = const { OnceCell::new() };
        static TEMPLATES: OnceCell<Vec<(String, String)>> = const { OnceCell::new() };
    }

    /// Which language the module speaks from now on: the first call decides. `locale` is a tag that the browser knows,
    /// `catalogue` an object from English sentences to their translations, or nothing for English.
    pub fn speak(locale: String, catalogue: Option<Object>) {
        let language = catalogue.as_ref().and_then(|_| Language::of_tag(&locale)).unwrap_or_default();
        WORDS.with(|words| {
            let _ = words.set(Words { locale, language, catalogue });
        });
    }

    pub(super) fn locale() -> Option<String> {
        WORDS.with(|words| words.get().map(|words| words.locale.clone()))
    }

    pub(super) fn language() -> Language {
        WORDS.with(|words| words.get().map(|words| words.language).unwrap_or_default())
    }

    pub(super) fn find(english: &str) -> Option<String> {
        WORDS.with(|words| {
            let catalogue = words.get()?.catalogue.as_ref()?;
            Reflect::get(catalogue, &JsValue::from_str(english)).ok()?.as_string()
        })
    }

    pub(super) fn with_templates<T>(read: impl FnOnce(&[(String, String)]) -> T) -> T {
        TEMPLATES.with(|templates| read(templates.get_or_init(all_templates)))
    }

    fn all_templates() -> Vec<(String, String)> {
        let names = WORDS.with(|words| words.get()?.catalogue.as_ref().map(Object::keys));
        let names = names.into_iter().flat_map(|names| names.iter().collect::<Vec<_>>());
        names
            .filter_map(|name| name.as_string())
            .filter(|english| super::is_template(english))
            .filter_map(|english| find(&english).map(|translation| (english, translation)))
            .collect()
    }
}
#[cfg(all(feature = "browser", not(feature = "ssr")))]
pub use browser::speak;

/// Neither a server nor a browser: everything is English.
#[cfg(not(any(feature = "ssr", feature = "browser")))]
mod nobody {
    use super::Language;

    pub(super) fn language() -> Language {
        Language::English
    }

    pub(super) fn locale() -> Option<String> {
        None
    }

    pub(super) fn find(_: &str) -> Option<String> {
        None
    }

    pub(super) fn with_templates<T>(read: impl FnOnce(&[(String, String)]) -> T) -> T {
        read(&[])
    }
}

#[cfg(all(test, feature = "ssr"))]
mod tests;
