//! Warnings of a test or of the last save, and warnings that stay on a row, with text to copy into the helpdesk.

use super::board::IntegrationsBoard;
use crate::components::{Glyph, Icon, Live, named, says, shows, there_while};
use crate::model::{Integration, Warning};
use crate::text::{sentence, t};
use crate::words;
use leptos::prelude::*;
use std::time::Duration;

/// The row's own warnings, and those of the last save if this row was saved.
#[component]
pub(super) fn Warnings(board: IntegrationsBoard, row: Memo<Integration>) -> impl IntoView {
    shows(move || {
        row.with(|row| {
            let mut all = row.warnings.clone();
            board.warnings.with(|(of, saved)| {
                let saved = saved.iter().filter(|_| *of == Some(row.helpdesk));
                all.extend(saved.filter(|it| row.warnings.iter().all(|own| own.kind != it.kind)).cloned());
            });
            (!all.is_empty()).then(|| view! { <WarningList warnings=all /> }.into_any())
        })
    })
}

/// Warnings, each with its text to copy.
#[component]
pub(super) fn WarningList(warnings: Vec<Warning>) -> impl IntoView {
    let item = |warning: Warning| {
        view! {
            <li class="note note-attention">
                <Icon glyph=Glyph::WARNING />
                <div>
                    <p>{words::plain(&sentence(&warning.message, warning.code.as_deref(), &warning.args))}</p>
                    {warning.remedy.map(|remedy| view! { <Remedy remedy /> }.into_any())}
                </div>
            </li>
        }
        .into_any()
    };
    view! { <ul class="warnings">{warnings.into_iter().map(item).collect_view()}</ul> }
}

/// How long the button says that it copied.
const COPIED_STAYS: Duration = Duration::from_secs(4);

/// A text to copy.
#[component]
pub(in crate::pages) fn Remedy(remedy: String) -> impl IntoView {
    let live = Live::current();
    let copied = RwSignal::new(false);
    let text = remedy.clone();
    let copy = move |_| {
        // An insecure page has no clipboard. The text can still be selected.
        if window().is_secure_context() {
            let _ = window().navigator().clipboard().write_text(&text);
            copied.set(true);
            set_timeout(
                move || {
                    copied.try_set(false);
                },
                COPIED_STAYS,
            );
        }
    };
    let attributes = named([("type", "button".into()), ("hidden", there_while(move || !live.get()))]);
    view! {
        <div class="remedy">
            <code>{remedy}</code>
            <button class="button button-small" {..attributes} on:click=copy>
                {shows(move || {
                    let glyph = if copied.get() { Glyph::CHECK } else { Glyph::COPY };
                    Some(view! { <Icon glyph /> }.into_any())
                })}
                <span {..named([("aria-live", "polite".into())])}>{says(move || if copied.get() { t("Copied") } else { t("Copy") })}</span>
            </button>
        </div>
    }
}
