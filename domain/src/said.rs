//! A sentence as data: its code, its arguments and the resulting English.
//!
//! English is produced only here. Another language looks the code up in its catalogue and fills in the same arguments,
//! which may be sentences themselves. A text without a code comes from elsewhere, such as a helpdesk's own message or a
//! row of an older version, and is shown as it is.

use serde::de::value::MapAccessDeserializer;
use serde::de::{MapAccess, Visitor};
use serde::ser::SerializeMap;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::fmt;

/// A sentence of ours. [`sentences!`](crate::sentences) declares them, in the file of their area.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Sentence {
    /// The code that programs and catalogues use: an area, a dot and a name. It never changes.
    pub code: &'static str,
    /// The English text, with `{name}` in place of each argument.
    pub english: &'static str,
}

/// Declares the sentences of an area, one per line: `NAME = "area.name": "English with {holes}.";`. A test reads these
/// lines and fails if a catalogue lacks one.
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

/// What can fill a hole: a sentence, or a text or number that is the same in every language.
pub trait Argument {
    /// Converts it to an argument.
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
    /// Returns the sentence with these arguments, one for each hole.
    pub fn with(self, args: Vec<(&'static str, Said)>) -> Said {
        let holes: Vec<_> = args.iter().map(|(name, value)| (*name, value.english())).collect();
        let message = fill(self.english, &holes);
        let args = args.into_iter().map(|(name, value)| (name.to_owned(), value)).collect();
        Said { message, code: Some(self.code.to_owned()), args: Args(args) }
    }
}

/// A sentence with its arguments filled in.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Said {
    message: String,
    code: Option<String>,
    args: Args,
}

impl Said {
    /// A text from elsewhere, which is never translated.
    pub fn plain(words: impl Into<String>) -> Self {
        Self { message: words.into(), ..Self::default() }
    }

    /// Rebuilds a sentence from its three fields on the wire.
    pub fn of(message: &str, code: Option<&str>, args: &Args) -> Self {
        Self { message: message.to_owned(), code: code.map(str::to_owned), args: args.clone() }
    }

    /// Returns the English text.
    pub fn english(&self) -> &str {
        &self.message
    }

    /// Returns the code, or `None` for a text from elsewhere.
    pub fn code(&self) -> Option<&str> {
        self.code.as_deref()
    }

    /// Returns the arguments.
    pub fn args(&self) -> &Args {
        &self.args
    }

    /// Returns the three fields on the wire: `message`, `code` and `args`.
    pub fn parts(self) -> (String, Option<String>, Args) {
        (self.message, self.code, self.args)
    }

    /// Returns the three fields of an optional sentence.
    pub fn parts_of(said: Option<Self>) -> (Option<String>, Option<String>, Args) {
        match said.map(Self::parts) {
            Some((message, code, args)) => (Some(message), code, args),
            None => (None, None, Args::default()),
        }
    }

    /// Appends another sentence.
    pub fn and(self, then: impl Into<Self>) -> Self {
        said!(BOTH, first = self.ended(), second = then.into())
    }

    /// Adds a full stop if it lacks one, as a helpdesk's message may.
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

/// The values of a sentence's holes, by name.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Args(Vec<(String, Said)>);

impl Args {
    /// Returns each hole's name and value.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &Said)> {
        self.0.iter().map(|(name, value)| (name.as_str(), value))
    }
}

/// Fills the holes of a sentence. A hole without a value stays as it is, and values are not scanned for holes.
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

/// In JSON, a text without a code is a plain string.
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
        /// Returns the form stored in a column: JSON, or the plain text if it has no code.
        pub fn stored(&self) -> Cow<'_, str> {
            let json = || serde_json::to_string(self).map_or(Cow::Borrowed(self.english()), Cow::Owned);
            match self.code {
                Some(_) => json(),
                // A text that looks like one of our stored sentences gets a leading space, so that it is not read back
                // as one.
                None if read(&self.message).is_some() => Cow::Owned(format!(" {}", self.message)),
                None => Cow::Borrowed(&self.message),
            }
        }

        /// Reads the form stored in a column. English stored by older versions comes back as plain text.
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
    fn english_is_filled_in_and_joined() {
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
    fn json_has_message_code_and_args() {
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
    fn stored_sentences_read_back() {
        let hostile = said!(REFUSES, message = r#"{"code":"x","message":"y"} {host}"#);
        for said in [nested(), hostile, Said::plain("delivered"), Said::plain("")] {
            assert_eq!(Said::restored(&said.stored()), said);
        }
    }

    #[cfg(feature = "server")]
    #[test]
    fn older_rows_are_read_as_plain_text() {
        for prose in ["Gorgias answered 500.", "{host} is {odd}", "{\"message\":\"x\"}", "{}", "[1]", "\"x\""]
        {
            assert_eq!(Said::restored(prose), Said::plain(prose));
            assert_eq!(Said::plain(prose).stored(), prose);
        }
    }

    #[cfg(feature = "server")]
    #[test]
    fn foreign_text_never_becomes_one_of_our_sentences() {
        let words = nested().stored().into_owned();
        let back = Said::restored(&Said::plain(words.clone()).stored());
        assert_eq!((back.code(), back.english().trim_start()), (None, words.as_str()));
    }
}
