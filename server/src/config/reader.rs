//! Reads settings from the environment and a TOML file. Errors are collected, so that all are reported at once.

use super::settings::{FILE_SUFFIX, Preset, settings};
use app::model::pasted;
use std::{collections::BTreeMap, ffi::OsString, fs, path::Path};

/// The prefix of our settings; other variables in the environment are ignored.
const PREFIX: &str = "CONVI_";

/// The values of the settings, and the errors so far.
#[derive(Default)]
pub(super) struct SettingsReader {
    values: BTreeMap<&'static str, String>,
    /// One line per error.
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

    /// Reads a TOML file. Values that were read before take precedence.
    pub(super) fn read_file(&mut self, path: &Path) {
        let names = file_names(path, &mut self.errors);
        self.take_in(names, &format!("{}: ", path.display()));
    }

    /// Adds the values of one source, unless an earlier one had them. `place` prefixes each error.
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

    /// Returns whether some source has the setting.
    pub(super) fn is_set(&self, name: &str) -> bool {
        self.values.contains_key(name)
    }

    /// Parses the setting or its default. Returns `None` if it has neither or is invalid.
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

/// Reads the names and values of a TOML file.
fn file_names(path: &Path, errors: &mut Vec<String>) -> BTreeMap<String, String> {
    let text = match fs::read_to_string(path) {
        // Only the start of the first line is trimmed, because errors give line numbers.
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
            // Not the error's own `Display`, which quotes the line, and that may contain a secret.
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
            _ => errors.push(format!("{}: {name} must be a string, a number, true or false", path.display())),
        }
    }
    names
}

/// Returns the error about an unknown name, with the closest known one.
fn unknown(name: &str) -> String {
    let nearest = settings()
        .flat_map(|s| [Some(s.name.to_owned()), s.secret.then(|| format!("{}{FILE_SUFFIX}", s.name))])
        .flatten()
        .min_by_key(|known| strsim::damerau_levenshtein(name, known));
    match nearest {
        Some(known) => format!("{name} is not a known setting; did you mean {known}?"),
        None => format!("{name} is not a known setting"),
    }
}
