//! Where settings come from: the environment and a TOML file. Every error is collected, so that all are reported at
//! once.

use super::settings::{FILE_SUFFIX, Preset, settings};
use app::model::pasted;
use std::{collections::BTreeMap, ffi::OsString, fs, path::Path};

/// The prefix of our names; everything else in the environment is ignored.
const PREFIX: &str = "CONVI_";

/// The text of every setting that is set, and what is wrong so far.
#[derive(Default)]
pub(super) struct SettingsReader {
    values: BTreeMap<&'static str, String>,
    /// A line for each error.
    pub(super) errors: Vec<String>,
}

impl SettingsReader {
    /// Reads the environment.
    pub(super) fn read_environment(&mut self, environment: impl IntoIterator<Item = (OsString, OsString)>) {
        let mut names = BTreeMap::new();
        for (name, value) in environment {
            let Ok(name) = name.into_string() else { continue };
            if !name.starts_with(PREFIX) {
                continue;
            }
            match value.into_string() {
                // `NAME=` is how a shell or a compose file leaves something unset.
                Ok(value) if value.is_empty() => {}
                Ok(value) => {
                    names.insert(name, value);
                }
                Err(_) => self.errors.push(format!("{name} is not UTF-8 text")),
            }
        }
        self.take_in(names, "");
    }

    /// Reads a TOML file. What was read before wins over it.
    pub(super) fn read_file(&mut self, path: &Path) {
        let names = file_names(path, &mut self.errors);
        self.take_in(names, &format!("{}: ", path.display()));
    }

    /// Adds what one source has, unless an earlier one had it. `place` is put before each error.
    fn take_in(&mut self, mut names: BTreeMap<String, String>, place: &str) {
        for setting in settings() {
            let value = names.remove(setting.name);
            let file_name = format!("{}{FILE_SUFFIX}", setting.name);
            let file = if setting.secret { names.remove(&file_name) } else { None };
            if value.is_some() && file.is_some() {
                self.errors
                    .push(format!("{place}{} and {file_name} are both set; keep one of them", setting.name));
            }
            if self.is_set(setting.name) {
                continue;
            }
            let value = match (value, file) {
                (Some(value), _) => value,
                (None, Some(file)) => match fs::read_to_string(&file) {
                    Ok(text) => pasted::trim(&text).to_owned(),
                    Err(error) => {
                        self.errors.push(format!("{place}{file_name} cannot be read: {file}: {error}"));
                        continue;
                    }
                },
                (None, None) => continue,
            };
            self.values.insert(setting.name, value);
        }
        self.errors.extend(names.keys().map(|name| format!("{place}{}", unknown(name))));
    }

    /// Whether some source has the setting.
    pub(super) fn is_set(&self, name: &str) -> bool {
        self.values.contains_key(name)
    }

    /// Returns the setting, or its preset, parsed; `None` when there is neither or when it is wrong.
    pub(super) fn parse<T>(
        &mut self,
        name: &'static str,
        parse: impl FnOnce(&str) -> Result<T, String>,
    ) -> Option<T> {
        let setting = settings().find(|setting| setting.name == name)?;
        let text = match (self.values.get(name), setting.preset) {
            (Some(value), _) => value.as_str(),
            (None, Preset::Value(value)) => value,
            (None, Preset::Nothing(_)) => return None,
        };
        match parse(pasted::trim(text)) {
            Ok(value) => Some(value),
            Err(why) => {
                self.errors.push(format!("{name} {why}"));
                None
            }
        }
    }
}

/// The names in a TOML file.
fn file_names(path: &Path, errors: &mut Vec<String>) -> BTreeMap<String, String> {
    let text = match fs::read_to_string(path) {
        // Only the start of the first line is trimmed: errors name lines.
        Ok(text) => {
            let begun = text.trim_start_matches(|c| pasted::is_invisible(c) && c != '\n');
            begun.trim_end_matches(pasted::is_invisible).to_owned()
        }
        Err(error) => {
            errors.push(format!("{} (from --config) cannot be read: {error}", path.display()));
            return BTreeMap::new();
        }
    };
    let table = match text.parse::<toml::Table>() {
        Ok(table) => table,
        Err(error) => {
            // Not the error's own `Display`: it quotes the line, which may hold a secret.
            let line =
                error.span().map_or(1, |span| 1 + text[..span.start.min(text.len())].matches('\n').count());
            errors.push(format!("{}, line {line}: {}", path.display(), error.message()));
            return BTreeMap::new();
        }
    };
    let mut names = BTreeMap::new();
    for (name, value) in table {
        match value {
            toml::Value::String(text) if text.is_empty() => {}
            toml::Value::String(text) => {
                names.insert(name, text);
            }
            toml::Value::Integer(number) => {
                names.insert(name, number.to_string());
            }
            toml::Value::Boolean(yes) => {
                names.insert(name, if yes { "1" } else { "0" }.to_owned());
            }
            _ => errors.push(format!("{}: {name} must be a text, a number, true or false", path.display())),
        }
    }
    names
}

/// The error about an unknown name, with the nearest known one.
fn unknown(name: &str) -> String {
    let nearest = settings()
        .flat_map(|s| [Some(s.name.to_owned()), s.secret.then(|| format!("{}{FILE_SUFFIX}", s.name))])
        .flatten()
        .min_by_key(|known| strsim::damerau_levenshtein(name, known));
    match nearest {
        Some(known) => format!("{name} is no setting; did you mean {known}?"),
        None => format!("{name} is no setting"),
    }
}
