//! A time in the reader's own time zone and language.

use super::{Live, named, says};
use crate::words;
use leptos::prelude::*;
use wasm_bindgen::{JsCast, JsValue};

/// How precisely a time is shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Precision {
    /// Date and time.
    DayAndTime,
    /// The time, with the date unless it is today.
    Time,
}

/// A `<time>` element. The server renders UTC; once live, the browser renders its local format.
#[component]
pub fn Moment(
    /// RFC 3339.
    #[prop(into)]
    at: Signal<String>,
    /// How precisely it is shown.
    #[prop(default = Precision::DayAndTime)]
    precision: Precision,
) -> impl IntoView {
    let live = Live::current();
    let text = Signal::derive(move || {
        at.with(|at| live.get().then(|| local(at, precision)).flatten().unwrap_or_else(|| words::utc(at)))
    });
    view! { <time {..named([("datetime", at.into())])}>{says(move || text.get())}</time> }
}

/// Formats with the browser's `Intl`, so that the module needs no calendar code.
fn local(at: &str, precision: Precision) -> Option<String> {
    let date = js_sys::Date::new(&JsValue::from_str(at));
    if date.get_time().is_nan() {
        return None;
    }
    let today = js_sys::Date::new_0().to_date_string() == date.to_date_string();
    let with_day = !(precision == Precision::Time && today);
    // Created once, because creating a formatter is slow and a long transcript shows a time with every message.
    thread_local! {
        static FORMATS: [std::cell::OnceCell<js_sys::Function>; 2] = const { [const { std::cell::OnceCell::new() }; 2] };
    }
    FORMATS.with(|formats| {
        let format = formats[usize::from(with_day)].get_or_init(|| format(with_day));
        format.call1(&JsValue::NULL, &date).ok()?.as_string()
    })
}

/// Returns the function that formats a time.
fn format(with_day: bool) -> js_sys::Function {
    let options = js_sys::Object::new();
    let set = |name: &str, value: &str| js_sys::Reflect::set(&options, &name.into(), &value.into()).is_ok();
    if with_day {
        set("dateStyle", "medium");
    }
    set("timeStyle", "short");
    let locales: js_sys::Array = crate::text::locale().into_iter().map(JsValue::from).collect();
    js_sys::Intl::DateTimeFormat::new(&locales, &options).format().unchecked_into()
}
