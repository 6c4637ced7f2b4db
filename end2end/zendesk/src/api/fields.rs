//! Parses a JSON object field by field and collects everything that is wrong with it, as the details of a 422.

use serde_json::{Map, Value};

use super::{
    Call, Refusal,
    refusal::{self, reason},
};

/// Parses the body of a call as JSON. It must also be declared as JSON.
pub(crate) fn body(call: &Call) -> Result<Value, Refusal> {
    let malformed =
        || Refusal::Bad("InvalidRequest", "The request could not be understood: it is not JSON.".to_owned());
    if !call.request.is_json() {
        return Err(malformed());
    }
    serde_json::from_slice(&call.body).map_err(|_| malformed())
}

/// Returns the object that a body wraps: `{"ticket":{…}}` and nothing else.
pub(crate) fn wrapped<'a>(body: &'a Value, name: &str) -> Result<&'a Map<String, Value>, Refusal> {
    let object = body.as_object().filter(|object| object.len() == 1);
    object
        .and_then(|object| object.get(name)?.as_object())
        .ok_or_else(|| Refusal::Bad("InvalidRequest", format!("The parameter {name} must be an object.")))
}

/// Parses one object.
pub(crate) struct Fields<'a> {
    object: &'a Map<String, Value>,
    known: Vec<&'static str>,
    pub(crate) problems: Map<String, Value>,
}

impl<'a> Fields<'a> {
    pub(crate) fn of(object: &'a Map<String, Value>) -> Self {
        Self { object, known: Vec::new(), problems: Map::new() }
    }

    /// Returns the raw field. `null` counts as absent.
    pub(crate) fn raw(&mut self, name: &'static str) -> Option<&'a Value> {
        self.known.push(name);
        self.object.get(name).filter(|value| !value.is_null())
    }

    /// Adds a problem of a field.
    pub(crate) fn blame(&mut self, name: &str, description: &str, code: &str) {
        self.problems.insert(name.to_owned(), refusal::reason(description, code));
    }

    /// Parses the field with a function.
    pub(crate) fn with<T>(
        &mut self,
        name: &'static str,
        read: impl FnOnce(&'a Value) -> Option<T>,
    ) -> Option<T> {
        let value = self.raw(name)?;
        let read = read(value);
        if read.is_none() {
            self.blame(name, &format!("{name} is not valid"), "InvalidValue");
        }
        read
    }

    pub(crate) fn text(&mut self, name: &'static str) -> Option<String> {
        self.with(name, |value| value.as_str().map(str::to_owned))
    }

    pub(crate) fn flag(&mut self, name: &'static str) -> Option<bool> {
        self.with(name, Value::as_bool)
    }

    pub(crate) fn id(&mut self, name: &'static str) -> Option<u64> {
        self.with(name, Value::as_u64)
    }

    pub(crate) fn choice(&mut self, name: &'static str, words: &[&str]) -> Option<String> {
        self.with(name, |value| value.as_str().filter(|word| words.contains(word)).map(str::to_owned))
    }

    /// Parses tags: lower-case strings without spaces (D).
    pub(crate) fn tags(&mut self, name: &'static str) -> Option<Vec<String>> {
        let is_tag =
            |tag: &&str| !tag.is_empty() && !tag.contains(|c: char| c.is_whitespace() || c.is_uppercase());
        self.with(name, |value| {
            let tags = value.as_array()?.iter();
            tags.map(|tag| tag.as_str().filter(is_tag).map(str::to_owned)).collect()
        })
    }

    /// Returns what is wrong, if anything is. Unknown keys are wrong if `strict`.
    pub(crate) fn finish(mut self, strict: bool) -> Result<(), Map<String, Value>> {
        for key in self.object.keys().filter(|key| strict && !self.known.contains(&key.as_str())) {
            self.problems.insert(key.clone(), reason(&format!("{key} is not a known field"), "Unknown"));
        }
        if self.problems.is_empty() { Ok(()) } else { Err(self.problems) }
    }
}

/// Returns whether Zendesk accepts it as an address.
pub(crate) fn is_email(text: &str) -> bool {
    let plain =
        |part: &str| !part.is_empty() && !part.contains(|c: char| c.is_whitespace() || c.is_control());
    text.split_once('@').is_some_and(|(local, domain)| {
        plain(local) && plain(domain) && !domain.contains('@') && domain.contains('.')
    })
}
