//! Reads what other programs send, as close to what they meant as possible: for `POST /v1/handovers` and the chat.
//!
//! Only required fields can be rejected. Everything else is read leniently, because a slip in a price must not cost a
//! shopper their handover; whatever is left out, shortened or guessed becomes a warning that names the field. Warnings
//! and errors never repeat a value, which may be chat text.

pub mod context;
mod instant;
mod json;
mod posted;
pub(crate) mod sentences;

#[cfg(test)]
mod handover_tests;

pub use json::{LenientJson, LenientJsonError, read};
pub use posted::{BodyError, parse_handover, read_handover};

use app::model::{FieldError, pasted};
use domain::{
    Said, said,
    text::{one_line, shorten},
};
use instant::Instant;
use jiff::Timestamp;
use sentences::{
    EXPECTED_LIST, EXPECTED_OBJECT, FALSE_IS_NONE, KEPT_AS_JSON, MORE_NOT_READ, MORE_WRONG, NO_TIME, NO_ZONE,
    ONLY_FIRST, SHORTENED,
};
use serde_json::{Map, Value};
use std::{collections::BTreeMap, fmt};

/// The maximum number of warnings or errors in one response; an additional one says how many more there are.
const MOST_NAMED: usize = 50;

/// The names of fields in metrics. Chat and ingest share them, and keys chosen by senders are not among them.
const LABELS: &[&str] = &[
    "body",
    "context",
    "context.cart",
    "context.custom",
    "context.order_number",
    "context.page_url",
    "id",
    "locale",
    "messages",
    "messages.attachments",
    "messages.author",
    "messages.id",
    "messages.sent_at",
    "messages.text",
    "occurred_at",
    "page_url",
    "shopper",
    "shopper.email",
    "shopper.name",
    "shopper.phone",
    "summary",
    "text",
    "trigger",
    "trigger.by",
    "trigger.reason",
    "url",
];

static NULL: Value = Value::Null;

/// A value and its path.
#[derive(Clone, Copy, Debug)]
pub struct Node<'a> {
    /// The value, or null if it is missing.
    pub value: &'a Value,
    up: Option<&'a Node<'a>>,
    step: Step<'a>,
}

#[derive(Clone, Copy, Debug)]
enum Step<'a> {
    Key(&'a str),
    Index(usize),
}

impl<'a> Node<'a> {
    /// Starts at the whole body, or at a part of it under this name.
    pub fn root(name: &'a str, value: &'a Value) -> Self {
        Self { value, up: None, step: Step::Key(name) }
    }

    /// Returns the object's value under this key.
    pub fn get(&'a self, key: &'a str) -> Self {
        Self { value: self.value.get(key).unwrap_or(&NULL), up: Some(self), step: Step::Key(key) }
    }

    /// Returns whether there is no value: null, or what PHP sends instead.
    pub fn is_nothing(&self) -> bool {
        match self.value {
            Value::Null | Value::Bool(false) => true,
            Value::String(text) => pasted::is_blank(text),
            Value::Array(items) => items.is_empty(),
            Value::Object(map) => map.is_empty(),
            Value::Bool(true) | Value::Number(_) => false,
        }
    }

    fn with(self, value: &'a Value) -> Self {
        Self { value, ..self }
    }

    fn index(&'a self, index: usize, value: &'a Value) -> Self {
        Self { value, up: Some(self), step: Step::Index(index) }
    }
}

/// Writes the path: `conversation.messages[2].text`.
impl fmt::Display for Node<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let above = self.up.map(ToString::to_string).unwrap_or_default();
        f.write_str(&above)?;
        match self.step {
            Step::Key(key) if above.is_empty() => f.write_str(key),
            Step::Key(key) => write!(f, ".{}", shorten(&one_line(key), 60)),
            Step::Index(index) => write!(f, "[{index}]"),
        }
    }
}

/// Warnings about fields that were not read as they were sent.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Warnings {
    /// Where, and what was done about it.
    pub list: Vec<FieldError>,
    /// How many there were for each label of the metric.
    pub counts: BTreeMap<&'static str, u64>,
}

impl Warnings {
    /// Appends other warnings.
    pub fn and(mut self, others: Self) -> Self {
        self.list.extend(others.list);
        for (label, count) in others.counts {
            *self.counts.entry(label).or_default() += count;
        }
        self
    }
}

/// Reads values and collects what is wrong with them.
#[derive(Debug, Default)]
pub struct Reader {
    warnings: Vec<FieldError>,
    counts: BTreeMap<&'static str, u64>,
    errors: Vec<FieldError>,
    more_errors: usize,
}

impl Reader {
    /// A reader for this body, starting with what was repaired in it.
    pub fn of(json: &LenientJson) -> Self {
        let mut reader = Self::default();
        for sentence in &json.repairs {
            reader.warn(&Node::root("body", &json.value), *sentence);
        }
        reader
    }

    /// Warns that a value was read differently than sent, or left out.
    pub fn warn(&mut self, node: &Node<'_>, said: impl Into<Said>) {
        let field = node.to_string();
        *self.counts.entry(label(&field)).or_default() += 1;
        if self.warnings.len() < MOST_NAMED {
            self.warnings.push(FieldError::new(field, said));
        }
    }

    /// Rejects a required value.
    pub fn refuse(&mut self, node: &Node<'_>, said: impl Into<Said>) {
        if self.errors.len() < MOST_NAMED {
            self.errors.push(FieldError::new(node.to_string(), said));
        } else {
            self.more_errors += 1;
        }
    }

    /// Returns the warnings, or the errors if any value was rejected.
    pub fn finish(mut self) -> Result<Warnings, Vec<FieldError>> {
        if !self.errors.is_empty() {
            if self.more_errors > 0 {
                self.errors.push(FieldError::new("body", said!(MORE_WRONG, n = self.more_errors)));
            }
            return Err(self.errors);
        }
        let more = self.counts.values().sum::<u64>() - self.warnings.len() as u64;
        if more > 0 {
            self.warnings.push(FieldError::new("body", said!(MORE_NOT_READ, n = more)));
        }
        Ok(Warnings { list: self.warnings, counts: self.counts })
    }

    /// Returns the object, or an empty one if there is none.
    pub fn object<'a>(&mut self, node: &Node<'a>) -> Node<'a> {
        match node.value {
            Value::Object(_) => *node,
            Value::Array(items) if let [one @ Value::Object(_)] = items.as_slice() => node.with(one),
            _ => {
                if !node.is_nothing() {
                    self.warn(node, EXPECTED_OBJECT);
                }
                node.with(&NULL)
            }
        }
    }

    /// Returns the values of a list, without nulls.
    ///
    /// An object with the keys 0, 1, … is a PHP list, and one that contains only objects is a list by id. Any other
    /// object, text or number is a list of one.
    pub fn list<'a>(&mut self, node: &'a Node<'a>) -> Vec<Node<'a>> {
        let mut items: Vec<(usize, &Value)> = match node.value {
            _ if node.is_nothing() => return Vec::new(),
            Value::Array(items) => items.iter().enumerate().collect(),
            Value::Object(map) => {
                if let Some(Value::Array(items)) = map.get("items") {
                    // Shopify's `/cart.js` puts the lines under `items`.
                    items.iter().enumerate().collect()
                } else {
                    let numbered = map.iter().map(|(key, value)| Some((key.parse().ok()?, value))).collect();
                    let numbered: Option<Vec<_>> = numbered;
                    numbered.unwrap_or_else(|| match by_id(map) {
                        true => map.values().enumerate().collect(),
                        false => vec![(0, node.value)],
                    })
                }
            }
            Value::Bool(_) => {
                self.warn(node, EXPECTED_LIST);
                return Vec::new();
            }
            one => vec![(0, one)],
        };
        items.sort_by_key(|(index, _)| *index);
        items.retain(|(_, value)| !value.is_null());
        items.into_iter().map(|(index, value)| node.index(index, value)).collect()
    }

    /// Keeps the first `most` items and returns how many were left out.
    pub fn first<T>(&mut self, node: &Node<'_>, items: &mut Vec<T>, most: usize) -> usize {
        let left_out = items.len().saturating_sub(most);
        if left_out > 0 {
            items.truncate(most);
            self.warn(node, said!(ONLY_FIRST, most = most, left_out = left_out));
        }
        left_out
    }

    /// Returns the text of a value: a string, a number, `true`, a price, or a list of those. The text is not cleaned.
    ///
    /// `false` counts as none, because PHP and JavaScript use it that way.
    pub fn text(&mut self, node: &Node<'_>) -> Option<String> {
        match node.value {
            Value::Null => None,
            Value::String(text) => Some(text.clone()),
            Value::Bool(true) => Some("true".to_owned()),
            Value::Bool(false) => {
                self.warn(node, FALSE_IS_NONE);
                None
            }
            Value::Number(number) => Some(number.to_string()),
            _ if node.is_nothing() => None,
            _ => plain(node.value).or_else(|| {
                self.warn(node, KEPT_AS_JSON);
                Some(node.value.to_string())
            }),
        }
    }

    /// Returns one cleaned line of at most `most` characters, or `None` if nothing is left.
    pub fn line(&mut self, node: &Node<'_>, most: usize) -> Option<String> {
        let text = self.text(node)?;
        self.fitting(node, &text, most)
    }

    /// Like `line`, for text that was already read.
    pub fn fitting(&mut self, node: &Node<'_>, text: &str, most: usize) -> Option<String> {
        let line = one_line(text);
        let line = pasted::trim(&line);
        if line.is_empty() {
            return None;
        }
        let short = shorten(line, most);
        if short != line {
            self.warn(node, said!(SHORTENED, most = most));
        }
        Some(short)
    }

    /// Reads a time.
    pub fn instant(&mut self, node: &Node<'_>) -> Option<Timestamp> {
        match instant::read(node.value) {
            Some(Instant::Exact(time)) => Some(time),
            Some(Instant::WithoutZone(time)) => {
                self.warn(node, NO_ZONE);
                Some(time)
            }
            None => {
                if !node.is_nothing() {
                    self.warn(node, NO_TIME);
                }
                None
            }
        }
    }
}

/// Returns whether an object is a list of objects by id, like a WooCommerce cart. An object with a field of an item is
/// itself an item.
fn by_id(map: &Map<String, Value>) -> bool {
    const FIELDS: [&str; 7] = ["title", "name", "quantity", "price", "author", "text", "url"];
    map.values().all(Value::is_object) && !FIELDS.iter().any(|name| map.contains_key(*name))
}

/// Returns the text of a value, unless it is a structure without one.
fn plain(value: &Value) -> Option<String> {
    match value {
        Value::Object(map) => price(map).or_else(|| words(map)),
        Value::Array(items) => {
            let texts: Option<Vec<_>> = items.iter().filter(|item| !item.is_null()).map(plain).collect();
            texts.map(|texts| texts.join(", "))
        }
        one => scalar(one),
    }
}

/// Reads a price from an object: `{"amount":"12.00","currency":"EUR"}`, or Shopify's pairs of two currencies.
fn price(map: &Map<String, Value>) -> Option<String> {
    let scalar = |names: &[&str]| names.iter().find_map(|name| scalar(map.get(*name)?));
    if let Some(amount) = scalar(&["amount", "value"]) {
        return match scalar(&["currency", "currency_code", "currencyCode"]) {
            Some(currency) => Some(format!("{amount} {currency}")),
            None if map.len() == 1 || map.contains_key("amount") => Some(amount),
            None => None,
        };
    }
    ["presentment_money", "presentmentMoney", "shop_money", "shopMoney"]
        .iter()
        .find_map(|name| price(map.get(*name)?.as_object()?))
}

/// Reads the text of an object that exists for one text: `{"type":"text","text":"Hello"}`, `{"en":"Mug"}`.
fn words(map: &Map<String, Value>) -> Option<String> {
    match map.get("text") {
        Some(text) => scalar(text),
        None if map.len() == 1 => map.values().next().and_then(scalar),
        None => None,
    }
}

fn scalar(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    }
}

/// Returns the label for a path. The list is fixed, so that a sender's keys cannot create series.
fn label(field: &str) -> &'static str {
    let mut plain = String::new();
    let mut inside = false;
    for c in field.chars() {
        match c {
            '[' => inside = true,
            ']' => inside = false,
            c if !inside => plain.push(c),
            _ => {}
        }
    }
    let plain = plain.strip_prefix("conversation.").unwrap_or(&plain);
    let fits = |label: &&&str| {
        plain.strip_prefix(**label).is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
    };
    LABELS.iter().filter(fits).max_by_key(|label| label.len()).copied().unwrap_or("other")
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn line(value: &Value) -> (Option<String>, usize) {
        let mut read = Reader::default();
        let line = read.line(&Node::root("x", value), 20);
        (line, read.finish().unwrap().list.len())
    }

    #[test]
    fn line_is_read_leniently() {
        for (value, expected, warnings) in [
            (json!("Mug"), Some("Mug"), 0),
            (json!(" \u{feff}Mug\r\n"), Some("Mug"), 0),
            (json!(1042), Some("1042"), 0),
            (json!(12.5), Some("12.5"), 0),
            (json!(true), Some("true"), 0),
            (json!(false), None, 1),
            (json!(null), None, 0),
            (json!(""), None, 0),
            (json!("\u{200b}"), None, 0),
            (json!("\u{3164}"), None, 0),
            (json!([]), None, 0),
            (json!({}), None, 0),
            (json!(["a", null, 1]), Some("a, 1"), 0),
            (json!({"amount": "12.00", "currency": "EUR"}), Some("12.00 EUR"), 0),
            (json!({"amount": 12, "currency_code": "EUR"}), Some("12 EUR"), 0),
            (json!({"amount": "9.50", "currencyCode": "USD"}), Some("9.50 USD"), 0),
            (json!({"value": 3, "currency": "CHF"}), Some("3 CHF"), 0),
            (json!({"amount": "3"}), Some("3"), 0),
            (json!({"shop_money": {"amount": "1.00", "currency_code": "EUR"}}), Some("1.00 EUR"), 0),
            (json!({"en": "Mug"}), Some("Mug"), 0),
            (json!({"type": "text", "text": "Hello"}), Some("Hello"), 0),
            (json!({"a": 1, "b": 2}), Some(r#"{"a":1,"b":2}"#), 1),
            (json!("a long line of more than twenty"), Some("a long line of more…"), 1),
        ] {
            let (read, warned) = line(&value);
            assert_eq!((read.as_deref(), warned), (expected, warnings), "{value}");
        }
    }

    #[test]
    fn list_is_read_leniently() {
        for (value, expected, warnings) in [
            (json!([1, null, 2]), vec!["x[0]", "x[2]"], 0),
            (json!({"1": "b", "0": "a", "10": "c"}), vec!["x[0]", "x[1]", "x[10]"], 0),
            (json!({"items": [1]}), vec!["x[0]"], 0),
            (json!({"title": "Mug"}), vec!["x[0]"], 0),
            (json!({"a1": {"title": "Mug"}, "b2": {"title": "Cup"}}), vec!["x[0]", "x[1]"], 0),
            (json!({"title": {"en": "Mug"}}), vec!["x[0]"], 0),
            (json!("Mug"), vec!["x[0]"], 0),
            (json!(null), vec![], 0),
            (json!({}), vec![], 0),
            (json!(""), vec![], 0),
            (json!(true), vec![], 1),
        ] {
            let mut read = Reader::default();
            let root = Node::root("x", &value);
            let paths: Vec<_> = read.list(&root).iter().map(ToString::to_string).collect();
            assert_eq!(paths, expected, "{value}");
            assert_eq!(read.finish().unwrap().list.len(), warnings, "{value}");
        }
    }

    #[test]
    fn object_is_read_leniently() {
        for (value, expected, warnings) in [
            (json!({"a": 1}), json!({"a": 1}), 0),
            (json!([{"a": 1}]), json!({"a": 1}), 0),
            (json!([]), json!(null), 0),
            (json!(null), json!(null), 0),
            (json!("x"), json!(null), 1),
            (json!(["x"]), json!(null), 1),
        ] {
            let mut read = Reader::default();
            assert_eq!(*read.object(&Node::root("x", &value)).value, expected, "{value}");
            assert_eq!(read.finish().unwrap().list.len(), warnings, "{value}");
        }
    }

    #[test]
    fn warnings_beyond_the_limit_are_counted() {
        let (mut warned, mut refused) = (Reader::default(), Reader::default());
        let value = json!({"k": "secret"});
        let root = Node::root("conversation", &value);
        for _ in 0..60 {
            warned.warn(&root.get("k"), Said::plain("Left out."));
            refused.refuse(&root.get("k"), Said::plain("Wrong."));
        }
        let warnings = warned.finish().unwrap();
        assert_eq!(warnings.list.len(), 51);
        assert!(warnings.list[50].message.starts_with("10 more"));
        assert_eq!(warnings.counts, BTreeMap::from([("other", 60)]));
        assert_eq!(refused.finish().unwrap_err().len(), 51);
    }

    #[test]
    fn labels_come_from_a_fixed_list() {
        for (field, expected) in [
            ("conversation.messages[17].attachments[2].url", "messages.attachments"),
            ("conversation.messages[17]", "messages"),
            ("conversation.context.custom.a[b]c", "context.custom"),
            ("context.cart[0].title", "context.cart"),
            ("contextual", "other"),
            ("evil", "other"),
        ] {
            assert_eq!(label(field), expected, "{field}");
        }
    }
}
