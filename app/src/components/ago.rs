//! A time as a distance from now, or to the second. Only for pages that are never embedded.

use super::{Live, named, says};
use crate::words;
use leptos::prelude::*;
use std::time::Duration;
use wasm_bindgen::{JsCast, JsValue};

/// How often distances are computed again.
const EVERY: Duration = Duration::from_secs(20);

/// What makes all distances on a page follow the time together.
#[derive(Clone, Copy)]
struct Ticks(RwSignal<u32>);

/// Starts the clock of the page's distances.
pub fn provide_ticks() {
    let ticks = RwSignal::new(0_u32);
    provide_context(Ticks(ticks));
    Effect::new(move |_| {
        if let Ok(interval) =
            set_interval_with_handle(move || ticks.update(|n| *n = n.wrapping_add(1)), EVERY)
        {
            on_cleanup(move || interval.clear());
        }
    });
}

/// How a time is shown. Its exact form, with the time zone, is the element's title.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TimeForm {
    /// As a distance: `2 min ago`. After a week as a day.
    Ago,
    /// To the second, with the day unless it is today.
    Exact,
}

/// A `<time>` element. The server renders UTC; once live, the browser renders its local form.
#[component]
pub fn Ago(
    /// RFC 3339.
    #[prop(into)]
    at: Signal<String>,
    /// How it is shown.
    #[prop(default = TimeForm::Ago)]
    shown: TimeForm,
) -> impl IntoView {
    let live = Live::current();
    let ticks = use_context::<Ticks>();
    let date = move || {
        let date = js_sys::Date::new(&at.with(|at| JsValue::from_str(at)));
        (!date.get_time().is_nan()).then_some(date)
    };
    let text = move || {
        if !live.get() {
            return at.with(|at| words::utc(at));
        }
        if let (Some(Ticks(ticks)), TimeForm::Ago) = (ticks, shown) {
            ticks.track();
        }
        date().and_then(|date| local(&date, shown)).unwrap_or_else(|| at.with(|at| words::utc(at)))
    };
    let title = move || {
        let exact = live
            .get()
            .then(date)
            .flatten()
            .and_then(|date| formatted(&date, &[("dateStyle", "full"), ("timeStyle", "long")]));
        exact.unwrap_or_else(|| at.with(|at| words::utc(at)))
    };
    view! {
        <time {..named([("datetime", at.into()), ("title", Signal::derive(title).into())])}>{says(text)}</time>
    }
}

fn local(date: &js_sys::Date, shown: TimeForm) -> Option<String> {
    let now = js_sys::Date::new_0();
    let today = now.to_date_string() == date.to_date_string();
    match shown {
        TimeForm::Exact if today => formatted(date, &[("timeStyle", "medium")]),
        TimeForm::Exact => formatted(date, &[("dateStyle", "medium"), ("timeStyle", "medium")]),
        TimeForm::Ago => match distance(((now.get_time() - date.get_time()) / 1_000.0) as i64) {
            Some((n, unit)) => Some(relative(n, unit)),
            None => formatted(date, &[("dateStyle", "medium")]),
        },
    }
}

/// Returns how long ago that many seconds are, in the largest unit that fits. `None` after a week.
fn distance(seconds: i64) -> Option<(i64, &'static str)> {
    Some(match seconds {
        // The server's clock may be a little ahead.
        ..10 => (0, "second"),
        10..60 => (-seconds, "second"),
        60..3_600 => (-(seconds / 60), "minute"),
        3_600..86_400 => (-(seconds / 3_600), "hour"),
        86_400..604_800 => (-(seconds / 86_400), "day"),
        _ => return None,
    })
}

fn options(pairs: &[(&str, &str)]) -> js_sys::Object {
    let options = js_sys::Object::new();
    for (name, value) in pairs {
        let _ = js_sys::Reflect::set(&options, &(*name).into(), &(*value).into());
    }
    options
}

fn locales() -> js_sys::Array {
    crate::text::locale().into_iter().map(JsValue::from).collect()
}

fn formatted(date: &js_sys::Date, pairs: &[(&str, &str)]) -> Option<String> {
    let format: js_sys::Function =
        js_sys::Intl::DateTimeFormat::new(&locales(), &options(pairs)).format().unchecked_into();
    format.call1(&JsValue::NULL, date).ok()?.as_string()
}

fn relative(n: i64, unit: &str) -> String {
    let how = options(&[("numeric", "auto"), ("style", "short")]);
    let format = js_sys::Intl::RelativeTimeFormat::new(&locales(), &how);
    format.format(n as f64, unit).into()
}

#[cfg(test)]
mod tests {
    use super::distance;

    #[test]
    fn a_distance_has_the_largest_unit_that_fits() {
        for (seconds, expected) in [
            (-30, Some((0, "second"))),
            (9, Some((0, "second"))),
            (59, Some((-59, "second"))),
            (119, Some((-1, "minute"))),
            (7_199, Some((-1, "hour"))),
            (172_800, Some((-2, "day"))),
            (604_800, None),
        ] {
            assert_eq!(distance(seconds), expected, "{seconds}");
        }
    }
}
