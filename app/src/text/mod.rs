//! The screen's texts in the reader's language.
//!
//! The key of a sentence of the screen is the English sentence itself. A sentence of the server or of a check is a
//! [`Said`], whose key is its code, so the module contains none of the server's sentences. A sentence without a
//! translation stays English. The server holds every catalogue. A browser gets the one it needs as a JavaScript object
//! before the module starts, so the module contains only English and no parser.

mod language;

use domain::Sentence;
use domain::said::{Args, Said, fill};
pub use language::Language;
#[cfg(feature = "ssr")]
pub use language::accepted;

/// Translates an English sentence.
pub fn t(english: &str) -> String {
    catalogue::find(english).unwrap_or_else(|| english.to_owned())
}

/// Marks an English sentence that is translated where it is shown. A test finds it here and requires it in every
/// catalogue.
pub const fn later(english: &'static str) -> &'static str {
    english
}

/// Translates a sentence and fills in its `{name}` holes.
pub fn tf(english: &str, holes: &[(&str, &str)]) -> String {
    fill(&t(english), holes)
}

/// Translates a sentence about `n` things, in singular or plural, and fills in `{n}`.
pub fn tn(n: u64, one: &str, many: &str, holes: &[(&str, &str)]) -> String {
    let n_written = number(n);
    let holes = [holes, &[("n", n_written.as_str())]].concat();
    fill(&t(if n == 1 { one } else { many }), &holes)
}

/// Formats a whole number for the reader.
pub fn number(n: u64) -> String {
    if n < 1000 {
        return n.to_string();
    }
    format!("{}{}{:03}", number(n / 1000), catalogue::language().separator(), n % 1000)
}

/// Returns the locale for dates and times, once a browser has reported it.
pub(crate) fn locale() -> Option<String> {
    catalogue::locale()
}

/// Returns the page's language, which is also its `lang` attribute.
pub fn language() -> Language {
    catalogue::language()
}

/// Translates a sentence by its code.
pub fn of(sentence: Sentence, holes: &[(&str, &str)]) -> String {
    let translation = catalogue::find(sentence.code);
    fill(translation.as_deref().unwrap_or(sentence.english), holes)
}

/// Translates what the server said. Words that are not ours stay as they are.
pub fn said(said: &Said) -> String {
    sentence(said.english(), said.code(), said.args())
}

/// Like [`said()`], from the three fields that cross the wire.
pub fn sentence(english: &str, code: Option<&str>, args: &Args) -> String {
    let Some(translation) = code.and_then(catalogue::find) else { return english.to_owned() };
    let args: Vec<_> = args.iter().map(|(name, value)| (name, said(value))).collect();
    let holes: Vec<_> = args.iter().map(|(name, value)| (*name, value.as_str())).collect();
    fill(&translation, &holes)
}

#[cfg(all(feature = "browser", not(feature = "ssr")))]
use browser as catalogue;
#[cfg(not(any(feature = "ssr", feature = "browser")))]
use nobody as catalogue;
#[cfg(feature = "ssr")]
use server as catalogue;

/// Holds all catalogues. The request's language is in Leptos's context.
#[cfg(feature = "ssr")]
mod server {
    use super::Language;
    use domain::{Helpdesk, helpdesk::Translations};
    use leptos::prelude::use_context;
    use std::{collections::BTreeMap, iter, sync::LazyLock};

    /// Maps a sentence's key to its translation.
    pub(super) type Catalogue = BTreeMap<String, String>;

    pub(super) static GERMAN: LazyLock<Catalogue> =
        LazyLock::new(|| with_helpdesks(include_str!("de.json"), |it| it.german));
    pub(super) static FRENCH: LazyLock<Catalogue> =
        LazyLock::new(|| with_helpdesks(include_str!("fr.json"), |it| it.french));

    /// Joins the screen's own sentences and those of each helpdesk's folder.
    fn with_helpdesks(own: &str, of_helpdesk: fn(&Translations) -> &'static str) -> Catalogue {
        let helpdesks = Helpdesk::all().map(|it| of_helpdesk(&it.details().translations));
        iter::once(own).chain(helpdesks).flat_map(read).collect()
    }

    /// The catalogues are part of the program, and a test parses all of them.
    pub(super) fn read(json: &str) -> Catalogue {
        serde_json::from_str(json).unwrap_or_default()
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

    pub(super) fn find(key: &str) -> Option<String> {
        current()?.get(key).cloned()
    }
}

/// Holds the catalogue that the page passed in.
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
    }

    /// Sets the module's language. Only the first call counts. `locale` is a language tag that the browser knows.
    /// `catalogue` is an object from keys to translations, or `None` for English.
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

    pub(super) fn find(key: &str) -> Option<String> {
        WORDS.with(|words| {
            let catalogue = words.get()?.catalogue.as_ref()?;
            Reflect::get(catalogue, &JsValue::from_str(key)).ok()?.as_string()
        })
    }
}
#[cfg(all(feature = "browser", not(feature = "ssr")))]
pub use browser::speak;

/// Without a server or a browser, everything is English.
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
}

#[cfg(all(test, feature = "ssr"))]
mod tests;
