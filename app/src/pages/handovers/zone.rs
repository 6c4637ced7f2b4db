//! The reader's time zone, which only a browser knows. Without it, dates and times are in UTC, and the page says so.

use crate::model::Day;
use wasm_bindgen::JsValue;

/// Returns its name, such as `America/Los_Angeles`.
pub(super) fn own() -> Option<String> {
    let options = js_sys::Intl::DateTimeFormat::default().resolved_options();
    js_sys::Reflect::get(&options, &JsValue::from_str("timeZone")).ok()?.as_string()
}

/// Returns today's date in it.
pub(super) fn today() -> Day {
    let now = js_sys::Date::new_0();
    Day::of((now.get_time() - now.get_timezone_offset() * 60_000.0) as i64)
}
