//! The screen's words in the reader's language.
//!
//! The key of a sentence of the screen is the English sentence itself. What the server or a check says is a [`Said`],
//! whose key is its code: the module holds none of the server's sentences. What a catalogue does not know stays English.
//! The server holds every catalogue. A browser is handed the one it needs before the module starts, as a JavaScript
//! object: the module holds no words but the English ones, and no parser.

mod language;

use domain::Sentence;
use domain::said::{Args, Said, fill};
pub use language::Language;
#[cfg(feature = "ssr")]
pub use language::accepted;

/// An English sentence in the reader's language.
pub fn t(english: &str) -> String {
    catalogue::find(english).unwrap_or_else(|| english.to_owned())
}

/// An English sentence that is translated where it is shown: a test reads it here and asks every catalogue for it.
pub const fn later(english: &'static str) -> &'static str {
    english
}

/// A sentence with `{name}` where something goes.
pub fn tf(english: &str, holes: &[(&str, &str)]) -> String {
    fill(&t(english), holes)
}

/// A sentence about `n` things: `{n}` is where the number goes.
pub fn tn(n: u64, one: &str, many: &str, holes: &[(&str, &str)]) -> String {
    let n_written = number(n);
    let holes = [holes, &[("n", n_written.as_str())]].concat();
    fill(&t(if n == 1 { one } else { many }), &holes)
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

/// A sentence that has a code, in the reader's language.
pub fn of(sentence: Sentence, holes: &[(&str, &str)]) -> String {
    let translation = catalogue::find(sentence.code);
    fill(translation.as_deref().unwrap_or(sentence.english), holes)
}

/// What was said, in the reader's language; somebody else's words as they are.
pub fn said(said: &Said) -> String {
    sentence(said.english(), said.code(), said.args())
}

/// The same of the three fields as which it crosses the wire.
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

/// All catalogues, and in Leptos's context the language of the request.
#[cfg(feature = "ssr")]
mod server {
    use super::Language;
    use domain::{Helpdesk, helpdesk::Translations};
    use leptos::prelude::use_context;
    use std::{collections::BTreeMap, iter, sync::LazyLock};

    /// From a sentence's key to its translation.
    pub(super) type Catalogue = BTreeMap<String, String>;

    pub(super) static GERMAN: LazyLock<Catalogue> =
        LazyLock::new(|| with_helpdesks(include_str!("de.json"), |it| it.german));
    pub(super) static FRENCH: LazyLock<Catalogue> =
        LazyLock::new(|| with_helpdesks(include_str!("fr.json"), |it| it.french));

    /// The screen's own sentences, and those of each helpdesk's folder.
    fn with_helpdesks(own: &str, of_helpdesk: fn(&Translations) -> &'static str) -> Catalogue {
        let helpdesks = Helpdesk::all().map(|it| of_helpdesk(&it.details().translations));
        iter::once(own).chain(helpdesks).flat_map(read).collect()
    }

    /// Catalogues are part of the program, and a test reads all of them.
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
    }

    /// Which language the module speaks from now on: the first call decides. `locale` is a tag that the browser knows,
    /// `catalogue` an object from the sentences' keys to their translations, or nothing for English.
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
}

#[cfg(all(test, feature = "ssr"))]
mod tests;
