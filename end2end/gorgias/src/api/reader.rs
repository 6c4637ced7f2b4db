//! Parses a JSON object field by field and collects everything wrong with it, in the nested shape of the error
//! envelope: `{"messages": {"0": {"body_text": ["…"]}}}`.

use jiff::Timestamp;
use serde_json::{Map, Value, json};

use super::{datetime, refusal::Refusal};

/// What is wrong with a value: `["reason"]`, or an object of these for nested fields.
pub(crate) type Problems = Value;

/// Maximum length of an email address, in characters (D).
const LONGEST_ADDRESS: usize = 320;

/// Returns a single reason.
pub(crate) fn problem(reason: &str) -> Problems {
    json!([reason])
}

/// Parses the body of a call as JSON. It must also be declared as JSON.
pub(crate) fn body(call: &super::Call) -> Result<Value, Refusal> {
    if !call.request.is_json() {
        return Err(Refusal::field("body", "The content type must be application/json."));
    }
    serde_json::from_slice(&call.body).map_err(|_| Refusal::field("body", "Not valid JSON."))
}

/// Parses one object.
pub(crate) struct Reader<'a> {
    object: &'a Map<String, Value>,
    known: Vec<&'static str>,
    problems: Map<String, Value>,
}

impl<'a> Reader<'a> {
    pub(crate) fn new(value: &'a Value) -> Result<Self, Problems> {
        let object = value.as_object().ok_or_else(|| problem("Not a valid object."))?;
        Ok(Self { object, known: Vec::new(), problems: Map::new() })
    }

    /// Returns whether the field is present, even if it is `null`.
    pub(crate) fn has(&self, name: &str) -> bool {
        self.object.contains_key(name)
    }

    /// Returns the raw field. `null` counts as absent.
    pub(crate) fn raw(&mut self, name: &'static str) -> Option<&'a Value> {
        self.known.push(name);
        self.object.get(name).filter(|value| !value.is_null())
    }

    /// Parses the field with a function.
    pub(crate) fn with<T>(
        &mut self,
        name: &'static str,
        read: impl FnOnce(&'a Value) -> Result<T, Problems>,
    ) -> Option<T> {
        match read(self.raw(name)?) {
            Ok(value) => Some(value),
            Err(problems) => {
                self.blame(name, problems);
                None
            }
        }
    }

    /// Parses a list, each item with a function. Problems are listed under the item's index.
    pub(crate) fn list<T>(
        &mut self,
        name: &'static str,
        mut read: impl FnMut(&'a Value) -> Result<T, Problems>,
    ) -> Option<Vec<T>> {
        self.with(name, |value| {
            let items = value.as_array().ok_or_else(|| problem("Not a valid list."))?;
            let (mut good, mut bad) = (Vec::with_capacity(items.len()), Map::new());
            for (index, item) in items.iter().enumerate() {
                match read(item) {
                    Ok(item) => good.push(item),
                    Err(problems) => {
                        bad.insert(index.to_string(), problems);
                    }
                }
            }
            if bad.is_empty() { Ok(good) } else { Err(Value::Object(bad)) }
        })
    }

    /// Parses text of a maximum length in characters.
    pub(crate) fn text(&mut self, name: &'static str, longest: usize) -> Option<String> {
        self.with(name, |value| {
            let text = value.as_str().ok_or_else(|| problem("Not a valid string."))?;
            match text.chars().count() <= longest {
                true => Ok(text.to_owned()),
                false => Err(problem(&format!("Longer than maximum length {longest}."))),
            }
        })
    }

    /// Parses text of a maximum size in bytes.
    pub(crate) fn body_text(&mut self, name: &'static str, most_bytes: usize) -> Option<String> {
        self.with(name, |value| {
            let text = value.as_str().ok_or_else(|| problem("Not a valid string."))?;
            match text.len() <= most_bytes {
                true => Ok(text.to_owned()),
                false => Err(problem(&format!("Larger than the maximum of {most_bytes} bytes."))),
            }
        })
    }

    /// Parses an email address.
    pub(crate) fn email(&mut self, name: &'static str) -> Option<String> {
        self.with(name, |value| {
            let text = value.as_str().ok_or_else(|| problem("Not a valid string."))?;
            match is_email(text) {
                true => Ok(text.to_owned()),
                false => Err(problem("Not a valid email address.")),
            }
        })
    }

    /// Parses `true` or `false`.
    pub(crate) fn flag(&mut self, name: &'static str) -> Option<bool> {
        self.with(name, |value| value.as_bool().ok_or_else(|| problem("Not a valid boolean.")))
    }

    /// Parses an id.
    pub(crate) fn id(&mut self, name: &'static str) -> Option<u64> {
        self.with(name, |value| value.as_u64().ok_or_else(|| problem("Not a valid integer.")))
    }

    /// Parses one of a few words.
    pub(crate) fn choice(&mut self, name: &'static str, words: &[&str]) -> Option<String> {
        self.with(name, |value| match value.as_str() {
            Some(word) if words.contains(&word) => Ok(word.to_owned()),
            _ => Err(problem(&format!("Must be one of: {}.", words.join(", ")))),
        })
    }

    /// Parses a datetime.
    pub(crate) fn datetime(&mut self, name: &'static str) -> Option<Timestamp> {
        self.with(name, |value| {
            value.as_str().and_then(datetime::read).ok_or_else(|| problem("Not a valid datetime."))
        })
    }

    /// Parses an object of the caller's own.
    pub(crate) fn object(&mut self, name: &'static str) -> Option<Value> {
        self.with(name, |value| match value.is_object() {
            true => Ok(value.clone()),
            false => Err(problem("Not a valid object.")),
        })
    }

    /// Reports a missing field.
    pub(crate) fn required<T>(&mut self, name: &'static str, value: Option<T>) -> Option<T> {
        if value.is_none() && !self.problems.contains_key(name) {
            self.blame(name, problem("Missing data for required field."));
        }
        value
    }

    /// Adds the problems of a field.
    pub(crate) fn blame(&mut self, name: &str, problems: Problems) {
        self.problems.insert(name.to_owned(), problems);
    }

    /// Returns `value` if nothing was wrong. Unknown keys are wrong unless `lenient` (D; not always enforced).
    pub(crate) fn finish<T>(mut self, lenient: bool, value: T) -> Result<T, Problems> {
        if !lenient {
            for key in self.object.keys().filter(|key| !self.known.contains(&key.as_str())) {
                self.problems.insert(key.clone(), problem("Unknown field."));
            }
        }
        if self.problems.is_empty() { Ok(value) } else { Err(Value::Object(self.problems)) }
    }
}

/// Returns whether Gorgias accepts it as an address: something, one `@`, a domain, no spaces, at most 320 characters
/// (D).
pub(crate) fn is_email(text: &str) -> bool {
    let plain =
        |part: &str| !part.is_empty() && !part.contains(|c: char| c.is_whitespace() || c.is_control());
    text.chars().count() <= LONGEST_ADDRESS
        && text.split_once('@').is_some_and(|(local, domain)| {
            plain(local)
                && plain(domain)
                && !domain.contains('@')
                && !domain.starts_with('.')
                && !domain.ends_with('.')
        })
}
