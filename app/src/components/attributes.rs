//! Attributes by name, for elements with many of them.
//!
//! Leptos gives every attribute its own type, and with it a few hundred bytes of code; these share one type. A panel
//! uses them for everything that it shows first.

use leptos::prelude::*;
use leptos::tachys::html::attribute::any_attribute::{AnyAttribute, IntoAnyAttribute};
use leptos::tachys::html::attribute::custom::custom_attribute;

/// The value of an attribute or a text node. `None` leaves it out.
pub enum Value {
    /// A constant.
    Fixed(Option<String>),
    /// A function of signals.
    Follows(Box<dyn Fn() -> Option<String> + Send>),
}

impl From<&str> for Value {
    fn from(value: &str) -> Self {
        Self::Fixed(Some(value.to_owned()))
    }
}

impl From<String> for Value {
    fn from(value: String) -> Self {
        Self::Fixed(Some(value))
    }
}

impl From<Option<String>> for Value {
    fn from(value: Option<String>) -> Self {
        Self::Fixed(value)
    }
}

impl From<Option<&str>> for Value {
    fn from(value: Option<&str>) -> Self {
        Self::Fixed(value.map(str::to_owned))
    }
}

impl Default for Value {
    fn default() -> Self {
        Self::Fixed(None)
    }
}

impl From<Signal<String>> for Value {
    fn from(value: Signal<String>) -> Self {
        follows(move || Some(value.get()))
    }
}

impl From<Signal<bool>> for Value {
    fn from(there: Signal<bool>) -> Self {
        there_while(move || there.get())
    }
}

impl From<RwSignal<bool>> for Value {
    fn from(there: RwSignal<bool>) -> Self {
        there_while(move || there.get())
    }
}

impl From<bool> for Value {
    fn from(there: bool) -> Self {
        Self::Fixed(there.then(String::new))
    }
}

impl Value {
    /// Returns a value that is `text` while this one is present.
    pub fn says(self, text: &'static str) -> Self {
        match self {
            Self::Fixed(value) => Self::Fixed(value.map(|_| text.to_owned())),
            Self::Follows(value) => follows(move || value().map(|_| text.to_owned())),
        }
    }

    /// Renders the value as a text node.
    pub fn text(self) -> AnyView {
        match self {
            Self::Fixed(value) => value.unwrap_or_default().into_any(),
            Self::Follows(value) => (move || value().unwrap_or_default()).into_any(),
        }
    }
}

/// Returns a value that follows signals.
pub fn follows(value: impl Fn() -> Option<String> + Send + 'static) -> Value {
    Value::Follows(Box::new(value))
}

/// Returns a boolean attribute that is present while `there` returns `true`.
pub fn there_while(there: impl Fn() -> bool + Send + 'static) -> Value {
    follows(move || there().then(String::new))
}

/// Returns attributes to spread over an element: `<input {..named([("name", "email".into())])} />`.
pub fn named<const N: usize>(attributes: [(&'static str, Value); N]) -> Vec<AnyAttribute> {
    attributes.into_iter().map(attribute).collect()
}

fn attribute((name, value): (&'static str, Value)) -> AnyAttribute {
    match value {
        Value::Fixed(value) => custom_attribute(name, value).into_any_attr(),
        Value::Follows(value) => custom_attribute(name, value).into_any_attr(),
    }
}

/// Returns the attributes of a hidden field.
pub fn hidden(name: &'static str, value: &str) -> Vec<AnyAttribute> {
    named([("type", "hidden".into()), ("name", name.into()), ("value", value.into())])
}

/// Returns the attributes of a link that opens in a new tab.
pub fn out(address: String) -> Vec<AnyAttribute> {
    named([("href", address.into()), ("target", "_blank".into()), ("rel", "noreferrer".into())])
}
