//! Parses JSON and repairs what many senders get wrong: a sender cannot undo such a slip later, because a message that
//! is rejected once is rejected on every retry.
//!
//! One pass over the bytes, which copies them only if something has to be repaired. Any other error is rejected.

use super::sentences::{CONTROL, DEEP, HALF, NOT_A_NUMBER, NOT_UTF8, PLACE, SYNTAX, TOO_MANY};
use domain::{Said, Sentence, said};
use serde_json::Value;
use std::borrow::Cow;

/// The deepest nesting of lists and objects. serde_json stops at 128.
const DEEPEST: usize = 100;
/// The maximum number of keys and values in a body: 8 MiB of `{"a":0}` would take half a gigabyte of memory.
pub const MAX_VALUES: usize = 500_000;
/// From this many characters on, a number may not fit into 64 bits.
const LONG_NUMBER: usize = 18;

/// What Python and Java write for a float that is not a number.
const NOT_NUMBERS: [&[u8]; 3] = [b"NaN", b"Infinity", b"-Infinity"];

const BYTE_ORDER_MARK: &[u8] = b"\xef\xbb\xbf";

/// A parsed body.
#[derive(Debug)]
pub struct LenientJson {
    /// The value. Numbers with a fraction, an exponent or many digits are strings, so that `12.50` keeps its zero and a
    /// long order number its last digits.
    pub value: Value,
    /// What was repaired, one sentence each.
    pub repairs: Vec<Sentence>,
}

/// Why bytes are not JSON.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{}", self.said())]
pub enum LenientJsonError {
    /// They do not follow the grammar.
    Syntax {
        /// Counted from 1.
        line: usize,
        /// Counted from 1.
        column: usize,
    },
    /// They would take too much memory.
    TooMany,
}

impl LenientJsonError {
    /// Returns what is wrong with the body.
    pub fn said(&self) -> Said {
        match self {
            Self::Syntax { line, column } => {
                said!(SYNTAX, why = said!(PLACE, line = *line, column = *column))
            }
            Self::TooMany => said!(TOO_MANY, most = MAX_VALUES),
        }
    }
}

/// Parses a body.
pub fn read(bytes: &[u8]) -> Result<LenientJson, LenientJsonError> {
    let bytes = bytes.strip_prefix(BYTE_ORDER_MARK).unwrap_or(bytes);
    let text = String::from_utf8_lossy(bytes);
    let mut pass = Pass { bytes: text.as_bytes(), ..Pass::default() };
    pass.run();
    if pass.values > MAX_VALUES {
        return Err(LenientJsonError::TooMany);
    }
    let mut repairs = Vec::new();
    let mut note = |happened, sentence| repairs.extend(Some(sentence).filter(|_| happened));
    note(matches!(text, Cow::Owned(_)), NOT_UTF8);
    note(pass.half, HALF);
    note(pass.control, CONTROL);
    note(pass.not_a_number, NOT_A_NUMBER);
    note(pass.deep, DEEP);
    let patched = pass.finish();
    match serde_json::from_slice(&patched) {
        Ok(value) => Ok(LenientJson { value, repairs }),
        Err(error) => Err(LenientJsonError::Syntax { line: error.line(), column: error.column() }),
    }
}

/// Walks over the bytes. Whatever it copies or replaces begins and ends at an ASCII character.
#[derive(Default)]
struct Pass<'a> {
    bytes: &'a [u8],
    patched: Vec<u8>,
    /// How many bytes have been copied to `patched`.
    copied: usize,
    values: usize,
    half: bool,
    control: bool,
    not_a_number: bool,
    deep: bool,
}

impl<'a> Pass<'a> {
    fn run(&mut self) {
        let (mut at, mut depth) = (0, 0_usize);
        while let Some(&byte) = self.bytes.get(at) {
            at = match byte {
                b'"' => {
                    self.values += 1;
                    self.string(at)
                }
                b'-' | b'0'..=b'9' | b'N' | b'I' => {
                    self.values += 1;
                    self.number(at)
                }
                b'[' | b'{' if depth == DEEPEST => {
                    let end = self.end_of(at);
                    self.replace(at, end, b"null");
                    self.deep = true;
                    end
                }
                b'[' | b'{' => {
                    self.values += 1;
                    depth += 1;
                    at + 1
                }
                b']' | b'}' => {
                    depth = depth.saturating_sub(1);
                    at + 1
                }
                // `true`, `false` or `null`.
                b't' | b'f' | b'n' => {
                    self.values += 1;
                    at + 1
                }
                _ => at + 1,
            };
        }
    }

    /// Skips the string that begins here and returns where it ends.
    fn string(&mut self, start: usize) -> usize {
        let mut at = start + 1;
        while let Some(&byte) = self.bytes.get(at) {
            match byte {
                b'"' => return at + 1,
                b'\\' => {
                    let Some(unit) = self.unit(at) else {
                        at += 2;
                        continue;
                    };
                    let paired = is_high(unit)
                        && self.unit(at + 6).is_some_and(|next| (0xdc00..0xe000).contains(&next));
                    if (0xd800..0xe000).contains(&unit) && !paired {
                        self.replace(at, at + 6, b"\\ufffd");
                        self.half = true;
                    }
                    at += if paired { 12 } else { 6 };
                }
                control @ 0..0x20 => {
                    self.replace(at, at + 1, format!("\\u{control:04x}").as_bytes());
                    self.control = true;
                    at += 1;
                }
                _ => at += 1,
            }
        }
        at.min(self.bytes.len())
    }

    /// Returns the UTF-16 unit of the escape (such as `\ud83d`) that begins here.
    fn unit(&self, at: usize) -> Option<u16> {
        let digits = self.bytes.get(at..at + 6)?.strip_prefix(b"\\u")?;
        digits.iter().try_fold(0, |unit, digit| {
            let digit = char::from(*digit).to_digit(16)?;
            Some(unit << 4 | u16::try_from(digit).ok()?)
        })
    }

    /// Skips the number that begins here and returns where it ends.
    fn number(&mut self, start: usize) -> usize {
        let rest = self.bytes.get(start..).unwrap_or_default();
        if let Some(name) = NOT_NUMBERS.iter().find(|name| rest.starts_with(name)) {
            let end = start + name.len();
            self.replace(start, end, b"null");
            self.not_a_number = true;
            return end;
        }
        let ours = |byte: &u8| matches!(byte, b'0'..=b'9' | b'-' | b'+' | b'.' | b'e' | b'E');
        let token = rest.get(..rest.iter().take_while(|byte| ours(byte)).count()).unwrap_or_default();
        let end = start + token.len().max(1);
        let whole = token.iter().all(|byte| matches!(byte, b'0'..=b'9' | b'-'));
        if (!whole || token.len() >= LONG_NUMBER) && is_number(token) {
            self.replace(start, end, &[b"\"", token, b"\""].concat());
        }
        end
    }

    /// Returns where the list or object that begins here ends.
    fn end_of(&self, start: usize) -> usize {
        let (mut at, mut depth) = (start, 0_usize);
        while let Some(&byte) = self.bytes.get(at) {
            at += 1;
            match byte {
                b'[' | b'{' => depth += 1,
                b']' | b'}' => {
                    depth -= 1;
                    if depth == 0 {
                        return at;
                    }
                }
                b'"' => {
                    while let Some(&byte) = self.bytes.get(at) {
                        at += if byte == b'\\' { 2 } else { 1 };
                        if byte == b'"' {
                            break;
                        }
                    }
                }
                _ => {}
            }
        }
        self.bytes.len()
    }

    fn replace(&mut self, from: usize, to: usize, by: &[u8]) {
        self.patched.extend_from_slice(self.bytes.get(self.copied..from).unwrap_or_default());
        self.patched.extend_from_slice(by);
        self.copied = to;
    }

    fn finish(mut self) -> Cow<'a, [u8]> {
        if self.copied == 0 {
            return Cow::Borrowed(self.bytes);
        }
        self.patched.extend_from_slice(self.bytes.get(self.copied..).unwrap_or_default());
        Cow::Owned(self.patched)
    }
}

fn is_high(unit: u16) -> bool {
    (0xd800..0xdc00).contains(&unit)
}

/// Returns whether this is a JSON number (RFC 8259 section 6), of any size.
fn is_number(token: &[u8]) -> bool {
    fn digits(text: &[u8]) -> (usize, &[u8]) {
        let count = text.iter().take_while(|byte| byte.is_ascii_digit()).count();
        (count, text.get(count..).unwrap_or_default())
    }
    let unsigned = token.strip_prefix(b"-").unwrap_or(token);
    let (whole, mut rest) = digits(unsigned);
    if whole == 0 || (whole > 1 && unsigned.starts_with(b"0")) {
        return false;
    }
    if let Some(fraction) = rest.strip_prefix(b".") {
        let (count, after) = digits(fraction);
        if count == 0 {
            return false;
        }
        rest = after;
    }
    if let Some(exponent) = rest.strip_prefix(b"e").or_else(|| rest.strip_prefix(b"E")) {
        let exponent =
            exponent.strip_prefix(b"-").or_else(|| exponent.strip_prefix(b"+")).unwrap_or(exponent);
        let (count, after) = digits(exponent);
        return count > 0 && after.is_empty();
    }
    rest.is_empty()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use serde_json::json;

    fn value(text: &str) -> Value {
        read(text.as_bytes()).unwrap_or_else(|error| panic!("{text}: {error}")).value
    }

    #[test]
    fn unpaired_surrogates_are_replaced_everywhere() {
        for (text, expected) in [
            (r#""Bill \ud83d""#, json!("Bill \u{fffd}")),
            (r#""\uDE00 Bill""#, json!("\u{fffd} Bill")),
            (r#""\ud83d\ud83d\ude00""#, json!("\u{fffd}😀")),
            (r#""\ud83d\u0041""#, json!("\u{fffd}A")),
            (r#""\ude00\ud83d""#, json!("\u{fffd}\u{fffd}")),
            (r#"{"a\ud83d":[{"b":"\udfff"}]}"#, json!({"a\u{fffd}": [{"b": "\u{fffd}"}]})),
            // A pair is one character, and an escaped backslash does not start an escape.
            (r#""\ud83d\ude00""#, json!("😀")),
            (r#""\\ud83d""#, json!("\\ud83d")),
            (r#""\\\ud83d""#, json!("\\\u{fffd}")),
            (r#""\"\ud83d""#, json!("\"\u{fffd}")),
        ] {
            assert_eq!(value(text), expected, "{text}");
        }
        assert_eq!(read(br#""\ud83d""#).unwrap().repairs.len(), 1);
        assert!(read(br#"["\ud83d\ude00", 1, "\\ud83d"]"#).unwrap().repairs.is_empty());
    }

    #[test]
    fn invalid_bytes_are_repaired() {
        assert_eq!(value("\u{feff}{}"), json!({}));
        assert_eq!(read(b"\"caf\xe9\"").unwrap().value, json!("caf\u{fffd}"));
        assert_eq!(value("\"a\nb\u{1}\""), json!("a\nb\u{1}"));
        assert_eq!(read(b"\"a\nb\"").unwrap().repairs.len(), 1);
    }

    #[test]
    fn numbers_keep_all_digits() {
        for (text, expected) in [
            ("[12.50]", json!(["12.50"])),
            ("[1e999,-1E+5]", json!(["1e999", "-1E+5"])),
            ("[12345678901234567890123]", json!(["12345678901234567890123"])),
            ("[1042,-7,0]", json!([1042, -7, 0])),
            (r#"{"a":1.5}"#, json!({"a": "1.5"})),
        ] {
            assert_eq!(value(text), expected);
        }
        for bad in [
            "[01]",
            "[1.]",
            "[.5]",
            "[1e]",
            "[-]",
            "[1.2.3]",
            "[+1]",
            "[NaNa]",
            "[+NaN]",
            "[nan]",
            "[Inf]",
            "[00000000000000000001]",
        ] {
            assert!(read(bad.as_bytes()).is_err(), "{bad}");
        }
    }

    #[test]
    fn nan_and_infinity_become_null() {
        let read = read(br#"{"a":NaN,"b":[Infinity,-Infinity , 1],"c":"NaN -Infinity"}"#).unwrap();
        assert_eq!(read.value, json!({"a": null, "b": [null, null, 1], "c": "NaN -Infinity"}));
        assert_eq!(read.repairs.len(), 1);
    }

    #[test]
    fn too_deep_nesting_is_left_out() {
        let deep = format!(r#"{{"a":1,"b":{}"]"{}}}"#, "[".repeat(100_000), "]".repeat(100_000));
        let json = read(deep.as_bytes()).unwrap();
        assert_eq!((&json.value["a"], json.repairs.len()), (&json!(1), 1));
        assert!(read("[".repeat(100_000).as_bytes()).is_err());
        assert!(read(format!("{}1{}", "[".repeat(DEEPEST), "]".repeat(DEEPEST)).as_bytes()).is_ok());
    }

    #[test]
    fn too_many_values_are_rejected() {
        let many = format!("[{}0]", "0,".repeat(MAX_VALUES));
        assert_eq!(read(many.as_bytes()).unwrap_err(), LenientJsonError::TooMany);
    }

    proptest! {
        #[test]
        fn arbitrary_bytes_never_panic(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
            let _ = read(&bytes);
        }

        #[test]
        fn json_like_text_never_panics(text in r#"[\[\]{}",:\\ud83e0-9.\-é]{0,80}"#) {
            let _ = read(text.as_bytes());
        }

        #[test]
        fn valid_json_is_unchanged(texts in proptest::collection::vec(any::<String>(), 0..5), n in any::<i32>()) {
            let good = json!({"texts": texts, "n": n});
            prop_assert_eq!(read(good.to_string().as_bytes()).unwrap().value, good);
        }
    }
}
