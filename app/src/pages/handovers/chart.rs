//! Handovers per day by outcome, and the time to ticket: two small charts, and a table with the same data.
//!
//! Plain SVG with sizes in percent, so that the charts fill their space and the patterns keep their scale. Attributes
//! only, because the content security policy forbids inline styles.

use super::asked::HandoverFilter;
use super::said;
use crate::components::Live;
use crate::model::{Day, DayCount, Ending};
use crate::text::{number, t};
use crate::words;
use leptos::prelude::*;
use wasm_bindgen::{JsCast, JsValue};

/// Both charts and the table.
#[component]
pub(in crate::pages) fn Charts(#[prop(into)] days: Signal<Vec<DayCount>>) -> impl IntoView {
    move || {
        let days = days.get();
        let total = said::total(&days);
        view! {
            <details class="charts" open=has_a_week(&days)>
                <summary id="charts-title">{t("The last 30 days")}</summary>
                <div class="charts-pair">
                    {endings(&days, &total)}
                    {times(&days)}
                </div>
                {table(&days)}
            </details>
        }
    }
}

/// Returns whether there is a week of data. With less, a chart is almost an empty sheet.
fn has_a_week(days: &[DayCount]) -> bool {
    days.iter().position(|day| day.total() > 0).is_some_and(|first| days.len() - first >= 7)
}

/// Returns an outcome's class and pattern, so that it never depends on colour alone.
fn look(ending: Ending) -> (&'static str, &'static str) {
    match ending {
        Ending::Ticket => ("chart-ticket", ""),
        Ending::Mailed => ("chart-mailed", "url(#chart-lines)"),
        Ending::Open => ("chart-open", "url(#chart-dots)"),
        Ending::Trouble => ("chart-trouble", "url(#chart-cross)"),
    }
}

/// Returns a filled rectangle with its pattern on top.
fn filled(ending: Ending, [x, y, width, height]: [f64; 4]) -> AnyView {
    let (class, pattern) = look(ending);
    let over = (!pattern.is_empty()).then(|| {
        view! { <rect x=percent(x) y=percent(y) width=percent(width) height=percent(height) fill=pattern /> }
    });
    view! {
        <rect class=class x=percent(x) y=percent(y) width=percent(width) height=percent(height) />
        {over}
    }
    .into_any()
}

/// Formats a percentage identically on the server and in a browser.
fn percent(value: f64) -> String {
    let thousandths = (value * 1_000.0).round() as i64;
    format!("{}.{:03}%", thousandths / 1_000, (thousandths % 1_000).abs())
}

/// Returns a share in percent.
fn share(part: u64, whole: u64) -> f64 {
    100.0 * part as f64 / whole.max(1) as f64
}

/// Returns the smallest round number that is not below `most`: the end of the scale.
fn scale(most: u64) -> u64 {
    let mut power = 1;
    loop {
        for step in [1, 2, 4, 5, 6, 8, 10_u64] {
            let end = step.saturating_mul(power);
            if end >= most || end == u64::MAX {
                return end.max(4);
            }
        }
        power = power.saturating_mul(10);
    }
}

/// Returns the left edge and the width of a day's bar.
fn place(index: usize, days: usize) -> (f64, f64) {
    let width = 100.0 / days.max(1) as f64;
    (width * index as f64 + width * 0.14, width * 0.72)
}

fn endings(days: &[DayCount], total: &str) -> AnyView {
    let end = scale(days.iter().map(DayCount::total).max().unwrap_or_default());
    let bars = days.iter().enumerate().map(|(index, day)| {
        let (x, width) = place(index, days.len());
        let mut below = 0;
        Ending::ALL
            .map(|ending| {
                let count = day.of(ending);
                below += count;
                (count > 0).then(|| filled(ending, [x, 100.0 - share(below, end), width, share(count, end)]))
            })
            .into_iter()
            .collect_view()
    });
    let legend = Ending::ALL.map(|ending| {
        let count: u64 = days.iter().map(|day| day.of(ending)).sum();
        view! {
            <li>
                <svg class="chart-key" aria-hidden="true" focusable="false">
                    {filled(ending, [0.0, 0.0, 100.0, 100.0])}
                </svg>
                <span>{said::ending(ending)}</span>
                <span class="chart-count">{number(count)}</span>
            </li>
        }
    });
    let label = total.to_owned();
    view! {
        <figure class="card chart">
            <figcaption>
                <h3>{t("Handovers per day")}</h3>
            </figcaption>
            <div class="chart-plot">
                {axis(number(end), number(end / 2))}
                <svg class="chart-bars" role="img" aria-label=label focusable="false">
                    {patterns()}
                    {grid()}
                    {bars.collect_view()}
                </svg>
                {links(days, |day| day.total().ne(&0).then(|| words::handovers(day.total())))}
                {ends(days)}
            </div>
            <ul class="chart-legend">{legend.into_iter().collect_view()}</ul>
        </figure>
    }
    .into_any()
}

fn times(days: &[DayCount]) -> AnyView {
    let most = days.iter().filter_map(|day| day.slow_ms).max();
    // Round times, because a ticket takes seconds, but hours while a helpdesk is down.
    let top = SPANS
        .iter()
        .copied()
        .find(|span| *span >= most.unwrap_or_default())
        .unwrap_or(most.unwrap_or_default());
    let at = |ms: u64| 100.0 - height(ms, top);
    let marks = days.iter().enumerate().filter_map(|(index, day)| {
        let (median, slow) = (day.median_ms?, day.slow_ms?);
        let (x, width) = place(index, days.len());
        let middle = percent(x + width / 2.0);
        let (left, right) = (percent(x), percent(x + width));
        Some(view! {
            <line class="chart-span" x1=middle.clone() x2=middle.clone() y1=percent(at(median)) y2=percent(at(slow)) />
            <line class="chart-slow" x1=left x2=right y1=percent(at(slow)) y2=percent(at(slow)) />
            <circle class="chart-median" cx=middle cy=percent(at(median)) r="3.5" />
        })
    });
    let label = match most {
        Some(_) => t("Median and 95th-percentile time to ticket, per day. The table has the numbers."),
        None => t("No tickets yet."),
    };
    let plot = if most.is_some() {
        view! {
            <div class="chart-plot">
                {axis(said::duration(top), said::duration(top / 2))}
                <svg class="chart-bars" role="img" aria-label=label focusable="false">
                    {grid()}
                    {marks.collect_view()}
                </svg>
                {links(days, |day| {
                    let (median, slow) = (said::duration(day.median_ms?), said::duration(day.slow_ms?));
                    Some(format!("{}: {median}, {}: {slow}", t("Median"), t("95th percentile")))
                })}
                {ends(days)}
            </div>
        }
        .into_any()
    } else {
        view! { <p class="chart-none quiet">{label}</p> }.into_any()
    };
    view! {
        <figure class="card chart">
            <figcaption>
                <h3>{t("Time to ticket")}</h3>
            </figcaption>
            {plot}
            <ul class="chart-legend">
                <li>
                    <svg class="chart-key" aria-hidden="true" focusable="false">
                        <circle class="chart-median" cx="50%" cy="50%" r="3.5" />
                    </svg>
                    <span>{t("Median")}</span>
                </li>
                <li>
                    <svg class="chart-key" aria-hidden="true" focusable="false">
                        <line class="chart-slow" x1="5%" x2="95%" y1="50%" y2="50%" />
                    </svg>
                    <span>{t("95th percentile")}</span>
                </li>
            </ul>
        </figure>
    }
    .into_any()
}

/// The possible ends of the time scale, in milliseconds, up to 32 days. Half of each is a round time too.
const SPANS: [u64; 21] = [
    100,
    200,
    400,
    1_000,
    2_000,
    4_000,
    8_000,
    20_000,
    40_000,
    120_000,
    240_000,
    480_000,
    1_200_000,
    2_400_000,
    7_200_000,
    14_400_000,
    28_800_000,
    86_400_000,
    345_600_000,
    691_200_000,
    2_764_800_000,
];

/// Returns the height of a time.
fn height(ms: u64, top: u64) -> f64 {
    share(ms, top).min(100.0)
}

/// The labels at the top, the middle and the bottom of a scale.
fn axis(top: String, middle: String) -> AnyView {
    view! {
        <div class="chart-axis" aria-hidden="true">
            <span>{top}</span>
            <span>{middle}</span>
            <span>"0"</span>
        </div>
    }
    .into_any()
}

/// Lines at the top, the middle and the bottom.
fn grid() -> AnyView {
    ["0%", "50%", "100%"]
        .map(|y| view! { <line class="chart-grid" x1="0%" x2="100%" y1=y y2=y /> })
        .into_iter()
        .collect_view()
        .into_any()
}

/// Patterns of lines, dots and crosses in the background colour.
fn patterns() -> AnyView {
    view! {
        <defs>
            <pattern id="chart-lines" width="5" height="5" patternUnits="userSpaceOnUse" patternTransform="rotate(45)">
                <rect class="chart-ink" width="1.6" height="5" />
            </pattern>
            <pattern id="chart-dots" width="5" height="5" patternUnits="userSpaceOnUse">
                <circle class="chart-ink" cx="2.5" cy="2.5" r="1.1" />
            </pattern>
            <pattern id="chart-cross" width="6" height="6" patternUnits="userSpaceOnUse" patternTransform="rotate(45)">
                <rect class="chart-ink" width="1.2" height="6" />
                <rect class="chart-ink" width="6" height="1.2" />
            </pattern>
        </defs>
    }
    .into_any()
}

/// A link over each day's bar, which says the numbers to a pointer and filters the list. The table has the same links for
/// the keyboard.
fn links(days: &[DayCount], says: impl Fn(&DayCount) -> Option<String>) -> AnyView {
    let link = |day: &DayCount| {
        let text = says(day)?;
        let of_day = HandoverFilter::default().of_days(Some(day.day), Some(day.day)).address();
        let title = format!("{}: {text}", day.day);
        Some(view! { <a href=of_day title=title tabindex="-1"></a> }.into_any())
    };
    let links = days.iter().map(|day| link(day).unwrap_or_else(|| view! { <span></span> }.into_any()));
    view! { <div class="chart-days" aria-hidden="true">{links.collect_view()}</div> }.into_any()
}

/// The first and the last day.
fn ends(days: &[DayCount]) -> AnyView {
    let end = |day: Option<&DayCount>| day.map(|day| view! { <OneDay day=day.day /> });
    view! { <div class="chart-ends" aria-hidden="true">{end(days.first())}{end(days.last())}</div> }
        .into_any()
}

/// The data as a table, without empty days.
///
/// On a narrow screen CSS turns the table into a list, which removes its semantics. The roles restore them, and each
/// number shows its column's name.
fn table(days: &[DayCount]) -> AnyView {
    let took = |ms: Option<u64>| ms.map_or_else(|| "–".to_owned(), said::duration);
    let [median, slow] = [t("Median"), t("95th percentile")];
    let cell = |value: String, name: &str| {
        let name = name.to_owned();
        view! { <td role="cell" data-name=name>{value}</td> }
    };
    let line = |day: &DayCount| {
        let of_day = HandoverFilter::default().of_days(Some(day.day), Some(day.day)).address();
        let counts = Ending::ALL.map(|ending| cell(number(day.of(ending)), &said::ending(ending)));
        view! {
            <tr role="row">
                <th scope="row" role="rowheader"><a class="link" href=of_day><OneDay day=day.day /></a></th>
                {counts.into_iter().collect_view()}
                {cell(took(day.median_ms), &median)}
                {cell(took(day.slow_ms), &slow)}
            </tr>
        }
    };
    let lines: Vec<_> = days.iter().rev().filter(|day| day.total() > 0).map(line).collect();
    let head =
        Ending::ALL.map(|ending| view! { <th scope="col" role="columnheader">{said::ending(ending)}</th> });
    view! {
        <details class="chart-table">
            <summary>{t("Show charts as a table")}</summary>
            <div class="table-around" role="region" aria-labelledby="charts-title" tabindex="0">
                <table role="table">
                    <thead role="rowgroup">
                        <tr role="row">
                            <th scope="col" role="columnheader">{t("Day")}</th>
                            {head.into_iter().collect_view()}
                            <th scope="col" role="columnheader">{median.clone()}</th>
                            <th scope="col" role="columnheader">{slow.clone()}</th>
                        </tr>
                    </thead>
                    <tbody role="rowgroup">{lines}</tbody>
                </table>
            </div>
        </details>
    }
    .into_any()
}

/// A day: as the server renders it, then in the reader's own format.
#[component]
fn OneDay(day: Day) -> impl IntoView {
    let live = Live::current();
    let written = day.to_string();
    let text = {
        let written = written.clone();
        move || live.get().then(|| local(&written)).flatten().unwrap_or_else(|| written.clone())
    };
    view! { <time datetime=written>{text}</time> }
}

fn local(day: &str) -> Option<String> {
    let date = js_sys::Date::new(&JsValue::from_str(day));
    if date.get_time().is_nan() {
        return None;
    }
    let options = js_sys::Object::new();
    for (name, value) in [("day", "numeric"), ("month", "short"), ("timeZone", "UTC")] {
        js_sys::Reflect::set(&options, &name.into(), &value.into()).ok()?;
    }
    let locales: js_sys::Array = crate::text::locale().into_iter().map(JsValue::from).collect();
    let format: js_sys::Function =
        js_sys::Intl::DateTimeFormat::new(&locales, &options).format().unchecked_into();
    format.call1(&JsValue::NULL, &date).ok()?.as_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_scale_ends_with_a_round_number() {
        let ends: Vec<_> = [0, 1, 4, 5, 7, 9, 11, 21, 99, 101, 6_001].map(scale).to_vec();
        assert_eq!(ends, [4, 4, 4, 5, 8, 10, 20, 40, 100, 200, 8_000]);
        assert!(scale(u64::MAX) == u64::MAX);
    }

    #[test]
    fn bars_do_not_overlap_and_fill_the_width() {
        let (first, width) = place(0, 30);
        let (last, _) = place(29, 30);
        assert!(first > 0.0 && width < 100.0 / 30.0 && last + width < 100.0);
        assert_eq!(
            (percent(33.333_33), percent(0.0), percent(100.0)),
            ("33.333%".into(), "0.000%".into(), "100.000%".into())
        );
    }

    #[test]
    fn heights_are_linear() {
        assert_eq!((height(0, 10), height(5, 10), height(10, 10), height(20, 10)), (0.0, 50.0, 100.0, 100.0));
        assert!(SPANS.iter().all(|&top| top % 2 == 0), "the label of the middle is exact");
    }

    #[test]
    fn the_charts_open_with_a_week_of_data() {
        let days = |ago: usize| {
            let mut days = vec![DayCount::empty(Day::of(0)); 30];
            days[30 - ago].endings[0] = 1;
            days
        };
        assert!(has_a_week(&days(7)) && !has_a_week(&days(6)) && !has_a_week(&[]));
    }
}
