//! The parameters of a list. An unsupported filter is a 400 (section 4).

use serde_json::{Map, Value};

use super::{Refusal, call::Call, reader::problem};

/// The parameters of one call.
pub(crate) struct Query<'a> {
    pairs: &'a [(String, String)],
    known: Vec<&'static str>,
    problems: Map<String, Value>,
}

impl<'a> Query<'a> {
    pub(crate) fn of(call: &'a Call) -> Self {
        Self { pairs: &call.request.query, known: Vec::new(), problems: Map::new() }
    }

    /// Returns the last value of a parameter.
    pub(crate) fn text(&mut self, name: &'static str) -> Option<&'a str> {
        self.known.push(name);
        self.pairs.iter().rev().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
    }

    /// Returns all values of a parameter that may be repeated or comma-separated.
    pub(crate) fn ids(&mut self, name: &'static str) -> Option<Vec<u64>> {
        self.known.push(name);
        let values = || self.pairs.iter().filter(|(key, _)| key == name);
        values().next()?;
        let ids: Result<Vec<u64>, _> =
            values().flat_map(|(_, value)| value.split(',')).map(|id| id.trim().parse()).collect();
        ids.map_err(|_| self.blame(name, "Not a valid integer.")).ok()
    }

    pub(crate) fn number(&mut self, name: &'static str) -> Option<u64> {
        let text = self.text(name)?;
        text.parse().map_err(|_| self.blame(name, "Not a valid integer.")).ok()
    }

    pub(crate) fn flag(&mut self, name: &'static str) -> Option<bool> {
        match self.text(name)? {
            "true" | "True" | "1" => Some(true),
            "false" | "False" | "0" => Some(false),
            _ => {
                self.blame(name, "Not a valid boolean.");
                None
            }
        }
    }

    pub(crate) fn blame(&mut self, name: &str, reason: &str) {
        self.problems.insert(name.to_owned(), problem(reason));
    }

    /// Rejects parameters that nothing asked for.
    pub(crate) fn finish(mut self) -> Result<(), Refusal> {
        for (key, _) in self.pairs {
            if !self.known.contains(&key.as_str()) {
                self.blame(key, "Unknown field.");
            }
        }
        if self.problems.is_empty() { Ok(()) } else { Err(Refusal::Invalid(Value::Object(self.problems))) }
    }
}
