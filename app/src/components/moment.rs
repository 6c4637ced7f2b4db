//! A moment in the reader's own zone and language.

use super::Live;
use crate::words;
use leptos::prelude::*;
use wasm_bindgen::{JsCast, JsValue};

/// How much of a moment is shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Precision {
    /// Day and time.
    DayAndTime,
    /// The time, and the day too unless it is today.
    Time,
}

/// A `<time>`. The server writes UTC, the browser its own format once it is live.
#[component]
pub fn Moment(
    /// RFC 3339.
    #[prop(into)]
    at: Signal<String>,
    /// How much of it.
    #[prop(default = Precision::DayAndTime)]
    precision: Precision,
) -> impl IntoView {
    let live = Live::current();
    let text = Signal::derive(move || {
        at.with(|at| live.get().then(|| local(at, precision)).flatten().unwrap_or_else(|| words::utc(at)))
    });
    view! { <time datetime=at>{text}</time> }
}

/// By the browser's `Intl`, so that the module carries no calendar.
fn local(at: &str, precision: Precision) -> Option<String> {
    let date = js_sys::Date::new(&JsValue::from_str(at));
    if date.get_time().is_nan() {
        return None;
    }
    let today = js_sys::Date::new_0().to_date_string() == date.to_date_string();
    let options = js_sys::Object::new();
    let set = |name: &str, value: &str| js_sys::Reflect::set(&options, &name.into(), &value.into()).is_ok();
    if !(precision == Precision::Time && today) {
        set("dateStyle", "medium");
    }
    set("timeStyle", "short");
    let format = js_sys::Intl::DateTimeFormat::new(&js_sys::Array::new(), &options).format();
    format.unchecked_ref::<js_sys::Function>().call1(&JsValue::NULL, &date).ok()?.as_string()
}
