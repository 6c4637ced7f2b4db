//! The catalogues, and the sentences of scripts in each language. A script refers to a sentence as the screen does:
//! `t("English")`.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use anyhow::{Context, Result};

/// The languages with a catalogue, in `app/src/text` and in the folder of each helpdesk.
const LANGUAGES: [&str; 2] = ["de", "fr"];
/// The place for the sentences in a script.
const HOLE: &str = "__SAID__";

/// Translations by their English sentence, or by their code.
pub type Catalogue = BTreeMap<String, String>;

/// Returns every catalogue by its language: the screen's own sentences, and those of each helpdesk's folder.
pub fn catalogues(root: &Path) -> Result<BTreeMap<&'static str, Catalogue>> {
    let mut catalogues = BTreeMap::new();
    for language in LANGUAGES {
        let mut sentences = catalogue(&root.join(format!("app/src/text/{language}.json")))?;
        for helpdesk in fs::read_dir(root.join("helpdesks"))? {
            let own = helpdesk?.path().join(format!("{language}.json"));
            if own.exists() {
                sentences.append(&mut catalogue(&own)?);
            }
        }
        catalogues.insert(language, sentences);
    }
    Ok(catalogues)
}

fn catalogue(file: &Path) -> Result<Catalogue> {
    let text = fs::read(file).with_context(|| format!("cannot read {}", file.display()))?;
    serde_json::from_slice(&text).with_context(|| format!("cannot read {}", file.display()))
}

/// Returns the script with its sentences once per language, and with each sentence replaced by its number.
pub fn put(script: &str, catalogues: &BTreeMap<&str, Catalogue>) -> Result<String> {
    let mut english: Vec<&str> = Vec::new();
    let mut numbered = String::with_capacity(script.len());
    let mut rest = script;
    while let Some((before, after)) = rest.split_once("t(\"") {
        numbered.push_str(before);
        let (sentence, after) = after.split_once('"').context("a string does not end")?;
        if before.ends_with(|c: char| c.is_alphanumeric() || c == '_') {
            numbered.push_str(&format!("t(\"{sentence}\""));
        } else {
            let known = english.iter().position(|known| *known == sentence);
            let place = known.unwrap_or_else(|| {
                english.push(sentence);
                english.len() - 1
            });
            numbered.push_str(&format!("t({place}"));
        }
        rest = after;
    }
    numbered.push_str(rest);
    let mut said = BTreeMap::from([("en", english.clone())]);
    for (language, catalogue) in catalogues {
        let translated = |sentence: &&str| {
            let found = catalogue.get(*sentence).map(String::as_str);
            found.with_context(|| format!("{language}.json lacks {sentence:?}"))
        };
        said.insert(language, english.iter().map(translated).collect::<Result<_>>()?);
    }
    Ok(numbered.replace(HOLE, &serde_json::to_string(&said)?))
}

#[cfg(test)]
mod tests {
    use super::{Catalogue, put};
    use std::collections::BTreeMap;

    #[test]
    fn a_script_has_its_sentences_once_per_language() {
        let words = [("Try again", "Erneut versuchen"), ("Save", "Speichern"), ("Never", "Nie")];
        let german: Catalogue = words.map(|(english, german)| (english.to_owned(), german.to_owned())).into();
        let script =
            "const SAID = __SAID__;\nt(\"Save\"); this.#t(\"Try again\"); split(\"Never\"); t(\"Save\");";
        assert_eq!(
            put(script, &BTreeMap::from([("de", german)])).unwrap(),
            "const SAID = {\"de\":[\"Speichern\",\"Erneut versuchen\"],\"en\":[\"Save\",\"Try again\"]};\n\
             t(0); this.#t(1); split(\"Never\"); t(0);"
        );
        assert!(put("t(\"Nobody translated this\")", &BTreeMap::from([("de", Catalogue::new())])).is_err());
    }
}
