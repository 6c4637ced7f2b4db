//! A sentence as data: its code, its arguments and the English that they make.
//!
//! English is made here and nowhere else. Another language looks the code up in its catalogue and fills in the same
//! arguments. An argument may be a sentence itself. A text without a code is somebody else's, such as a helpdesk's own
//! words or a row of an older version, and is shown as it is.

use serde::de::value::MapAccessDeserializer;
use serde::de::{MapAccess, Visitor};
use serde::ser::SerializeMap;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::fmt;

/// A sentence that we say. [`sentences!`](crate::sentences) declares them, each in the file of its area.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Sentence {
    /// What programs and catalogues know it by: an area, a dot and a name. It never changes.
    pub code: &'static str,
    /// The sentence, with a `{name}` where an argument goes.
    pub english: &'static str,
}

/// Declares the sentences of an area, each on a line of its own: `NAME = "area.name": "English with {holes}.";`. A test
/// reads these lines and asks every catalogue for them.
#[macro_export]
macro_rules! sentences {
    ($($visibility:vis $name:ident = $code:literal: $english:literal;)+) => {
        $(
            #[doc = $english]
            $visibility const $name: $crate::Sentence = $crate::Sentence { code: $code, english: $english };
        )+
    };
}

/// A sentence with its arguments: `said!(NOT_REACHED, host = host, why = why)`.
#[macro_export]
macro_rules! said {
    ($sentence:expr, $($name:ident = $value:expr),+ $(,)?) => {
        $sentence.with(vec![$((stringify!($name), $crate::said::Argument::argument($value))),+])
    };
}

/// What can go into a hole: a sentence; or a text or a number, which are the same in every language.
pub trait Argument {
    /// As an argument.
    fn argument(self) -> Said;
}

impl Argument for Said {
    fn argument(self) -> Said {
        self
    }
}

impl Argument for Sentence {
    fn argument(self) -> Said {
        self.into()
    }
}

macro_rules! words {
    ($($kind:ty),+) => {$(
        impl Argument for $kind {
            fn argument(self) -> Said {
                Said::plain(self.to_string())
            }
        }
    )+};
}
words!(&str, String, &String, u16, u32, u64, usize, i64);

sentences! {
    pub BOTH = "said.both": "{first} {second}";
    ENDED = "said.ended": "{sentence}.";
}

impl Sentence {
    /// The sentence with these arguments, one for each hole.
    pub fn with(self, args: Vec<(&'static str, Said)>) -> Said {
        let holes: Vec<_> = args.iter().map(|(name, value)| (*name, value.english())).collect();
        let message = fill(self.english, &holes);
        let args = args.into_iter().map(|(name, value)| (name.to_owned(), value)).collect();
        Said { message, code: Some(self.code.to_owned()), args: Args(args) }
    }
}

/// A sentence that was said.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Said {
    message: String,
    code: Option<String>,
    args: Args,
}

impl Said {
    /// Somebody else's words, which are never translated.
    pub fn plain(words: impl Into<String>) -> Self {
        Self { message: words.into(), ..Self::default() }
    }

    /// A sentence that crossed the wire as three fields.
    pub fn of(message: &str, code: Option<&str>, args: &Args) -> Self {
        Self { message: message.to_owned(), code: code.map(str::to_owned), args: args.clone() }
    }

    /// In English.
    pub fn english(&self) -> &str {
        &self.message
    }

    /// Its code; none for somebody else's words.
    pub fn code(&self) -> Option<&str> {
        self.code.as_deref()
    }

    /// Its arguments.
    pub fn args(&self) -> &Args {
        &self.args
    }

    /// The three fields as which it crosses the wire: `message`, `code` and `args`.
    pub fn parts(self) -> (String, Option<String>, Args) {
        (self.message, self.code, self.args)
    }

    /// The three fields of a sentence that may be missing.
    pub fn parts_of(said: Option<Self>) -> (Option<String>, Option<String>, Args) {
        match said.map(Self::parts) {
            Some((message, code, args)) => (Some(message), code, args),
            None => (None, None, Args::default()),
        }
    }

    /// This, and then another sentence.
    pub fn and(self, then: impl Into<Self>) -> Self {
        said!(BOTH, first = self.ended(), second = then.into())
    }

    /// With a stop: a helpdesk's own words may end without one.
    fn ended(self) -> Self {
        match self.message.trim_end().ends_with(['.', '!', '?', '…']) {
            true => self,
            false => said!(ENDED, sentence = self),
        }
    }
}

impl fmt::Display for Said {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl fmt::Debug for Said {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(code) = &self.code {
            write!(f, "{code} ")?;
        }
        write!(f, "{:?}", self.message)
    }
}

impl From<Sentence> for Said {
    fn from(sentence: Sentence) -> Self {
        sentence.with(Vec::new())
    }
}

/// What goes into the holes of a sentence, by name.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Args(Vec<(String, Said)>);

impl Args {
    /// Each hole's name and what goes into it.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &Said)> {
        self.0.iter().map(|(name, value)| (name.as_str(), value))
    }
}

/// The sentence with its holes filled. A hole that is not named stays as it is, and what goes into one is not looked at
/// again.
pub fn fill(sentence: &str, holes: &[(&str, &str)]) -> String {
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

/// The fields of a [`Said`].
#[derive(Serialize, Deserialize)]
#[serde(remote = "Said")]
struct Fields {
    message: String,
    #[serde(default)]
    code: Option<String>,
    #[serde(default)]
    args: Args,
}

/// In JSON, words without a code are a text.
impl Serialize for Said {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self.code {
            None if serializer.is_human_readable() => serializer.serialize_str(&self.message),
            _ => Fields::serialize(self, serializer),
        }
    }
}

impl<'de> Deserialize<'de> for Said {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        if deserializer.is_human_readable() {
            deserializer.deserialize_any(TextOrFields)
        } else {
            Fields::deserialize(deserializer)
        }
    }
}

struct TextOrFields;

impl<'de> Visitor<'de> for TextOrFields {
    type Value = Said;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a sentence")
    }

    fn visit_str<E>(self, text: &str) -> Result<Said, E> {
        Ok(Said::plain(text))
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Said, A::Error> {
        Fields::deserialize(MapAccessDeserializer::new(map))
    }
}

impl Serialize for Args {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(self.0.len()))?;
        for (name, value) in &self.0 {
            map.serialize_entry(name, value)?;
        }
        map.end()
    }
}

impl<'de> Deserialize<'de> for Args {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(Pairs)
    }
}

struct Pairs;

impl<'de> Visitor<'de> for Pairs {
    type Value = Args;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("arguments by name")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Args, A::Error> {
        let mut pairs = Vec::new();
        while let Some(pair) = map.next_entry()? {
            pairs.push(pair);
        }
        Ok(Args(pairs))
    }
}

#[cfg(feature = "server")]
mod server {
    use super::{Args, Said};
    use std::borrow::Cow;
    use utoipa::openapi::schema::{AdditionalProperties, ObjectBuilder, OneOfBuilder, Schema};
    use utoipa::openapi::{RefOr, Type};
    use utoipa::{PartialSchema, ToSchema};

    impl Said {
        /// As a column keeps it: JSON; somebody else's words as they are.
        pub fn stored(&self) -> Cow<'_, str> {
            let json = || serde_json::to_string(self).map_or(Cow::Borrowed(self.english()), Cow::Owned);
            match self.code {
                Some(_) => json(),
                // Words that look like one of our sentences get a space in front, so that they do not come back as one.
                None if read(&self.message).is_some() => Cow::Owned(format!(" {}", self.message)),
                None => Cow::Borrowed(&self.message),
            }
        }

        /// What a column kept. Rows of versions that stored English come back as somebody else's words.
        pub fn restored(text: &str) -> Self {
            read(text).unwrap_or_else(|| Self::plain(text))
        }
    }

    fn read(text: &str) -> Option<Said> {
        let json = text.starts_with('{').then_some(text)?;
        serde_json::from_str(json).ok().filter(|said: &Said| said.code.is_some())
    }

    impl PartialSchema for Args {
        fn schema() -> RefOr<Schema> {
            let text = ObjectBuilder::new().schema_type(Type::String);
            let sentence = ObjectBuilder::new().schema_type(Type::Object).description(Some(SENTENCE));
            let either = OneOfBuilder::new().item(text).item(sentence).build();
            ObjectBuilder::new()
                .schema_type(Type::Object)
                .description(Some(ARGS))
                .additional_properties(Some(AdditionalProperties::RefOr(RefOr::T(Schema::OneOf(either)))))
                .build()
                .into()
        }
    }

    const ARGS: &str = "What goes into the holes of a sentence, by name.";
    const SENTENCE: &str = "A sentence itself: an object with `message`, `code` and `args`.";

    impl ToSchema for Args {}
}

#[cfg(test)]
mod tests {
    use super::*;

    sentences! {
        REFUSES = "test.refuses": "{helpdesk} refuses: {message}";
        NOT_REACHED = "test.not_reached": "{host} could not be reached ({why}).";
        NO_CONNECTION = "test.no_connection": "no connection";
        AGAIN = "test.again": "We try again.";
    }

    fn nested() -> Said {
        said!(NOT_REACHED, host = "a.example", why = NO_CONNECTION).and(AGAIN)
    }

    #[test]
    fn english_is_filled_in_and_put_together() {
        assert_eq!(nested().english(), "a.example could not be reached (no connection). We try again.");
        let refused =
            |words: &str| said!(REFUSES, helpdesk = "Gorgias", message = words).and(AGAIN).to_string();
        assert_eq!(refused("No."), "Gorgias refuses: No. We try again.");
        assert_eq!(refused("it answered 403"), "Gorgias refuses: it answered 403. We try again.");
    }

    #[test]
    fn holes_are_filled_once() {
        assert_eq!(fill("{a} and {b}, {a}", &[("a", "{b}"), ("b", "2")]), "{b} and 2, {b}");
        assert_eq!(fill("{c} } {", &[("a", "1")]), "{c} } {");
        let hostile = said!(REFUSES, helpdesk = "{message}", message = "{helpdesk} {host}");
        assert_eq!(hostile.english(), "{message} refuses: {helpdesk} {host}");
    }

    #[test]
    fn its_json_has_message_code_and_args() {
        let json = serde_json::to_value(nested()).unwrap();
        assert_eq!(json["code"], "said.both");
        let first = &json["args"]["first"];
        assert_eq!(first["message"], "a.example could not be reached (no connection).");
        assert_eq!(first["args"]["host"], "a.example");
        assert_eq!(first["args"]["why"]["code"], "test.no_connection");
        assert_eq!(serde_json::from_value::<Said>(json).unwrap(), nested());
        assert_eq!(serde_json::to_value(Said::plain("x")).unwrap(), "x");
    }

    #[cfg(feature = "server")]
    #[test]
    fn what_is_stored_comes_back() {
        let hostile = said!(REFUSES, message = r#"{"code":"x","message":"y"} {host}"#);
        for said in [nested(), hostile, Said::plain("delivered"), Said::plain("")] {
            assert_eq!(Said::restored(&said.stored()), said);
        }
    }

    #[cfg(feature = "server")]
    #[test]
    fn rows_of_older_versions_are_read_as_they_are() {
        for prose in ["Gorgias answered 500.", "{host} is {odd}", "{\"message\":\"x\"}", "{}", "[1]", "\"x\""]
        {
            assert_eq!(Said::restored(prose), Said::plain(prose));
            assert_eq!(Said::plain(prose).stored(), prose);
        }
    }

    #[cfg(feature = "server")]
    #[test]
    fn somebody_elses_words_never_become_one_of_our_sentences() {
        let words = nested().stored().into_owned();
        let back = Said::restored(&Said::plain(words.clone()).stored());
        assert_eq!((back.code(), back.english().trim_start()), (None, words.as_str()));
    }
}
