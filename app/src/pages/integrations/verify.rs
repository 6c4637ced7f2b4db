//! A test handover: the button that sends it, and the result of each step.

use super::board::IntegrationsBoard;
use crate::api;
use crate::components::button::Weight;
use crate::components::{Button, Glyph, Icon, Live, Press, leads_out, named, shows, there_while};
use crate::model::{CallError, ConnectionState, Helpdesk, Integration, StepReport, TEST_TAG, Verification};
use crate::text::{sentence, t, tf};
use crate::words;
use leptos::ev::SubmitEvent;
use leptos::prelude::*;

/// Shows the steps of a test handover while its press is busy. In context of the page only: a panel stays small.
#[derive(Clone)]
pub(super) struct LiveSteps(pub(super) fn(Helpdesk, Press) -> AnyView);

/// The test handover of a connected helpdesk.
#[component]
pub(super) fn Verify(board: IntegrationsBoard, row: Memo<Integration>) -> impl IntoView {
    let helpdesk = row.with_untracked(|row| row.helpdesk);
    let live = Live::current();
    let press = Press::idle();
    let found = RwSignal::new(None::<Result<Verification, CallError>>);
    let send = move |event: SubmitEvent| {
        event.prevent_default();
        if press.is_busy() || !board.may_change {
            return;
        }
        found.set(None);
        press.ask(api::integrations::verify(helpdesk), move |answer| {
            // The row may be gone by now.
            found.try_set(Some(answer));
        });
    };
    // A result with a problem is outdated once the connection works again or has changed.
    let working = Memo::new(move |_| {
        row.with(|row| {
            let newest = row.changes.first().map(|change| change.at.clone());
            (row.state == ConnectionState::Connected).then_some(newest)
        })
    });
    Effect::new(move |before: Option<()>| {
        let works = working.with(Option::is_some);
        let found_a_problem =
            found.with_untracked(|found| found.as_ref().is_some_and(|it| !it.as_ref().is_ok_and(|it| it.ok)));
        if before.is_some() && works && found_a_problem {
            found.set(None);
        }
    });
    let steps = use_context::<LiveSteps>().map(|LiveSteps(show)| show(helpdesk, press));
    let told = move || {
        found.get().map(|found| match found {
            Ok(found) => view! { <Found found /> }.into_any(),
            Err(error) => view! { <p class="note note-attention">{words::error(&error)}</p> }.into_any(),
        })
    };
    view! {
        // Shown by the module, because without it nothing could show the steps.
        <form class="verify" {..named([("hidden", there_while(move || !live.get()))])} on:submit=send>
            <p>
                {tf(
                    "Check the whole path: we create a ticket with the tag {tag} in {helpdesk}, read it back and close it.",
                    &[("tag", TEST_TAG), ("helpdesk", helpdesk.name())],
                )}
            </p>
            <Button
                label=t("Send a test handover")
                weight=Weight::Plain
                busy=press
                disabled=!board.may_change
                described_by=board.why_not()
            />
            // Rendered from the start, because screen readers do not announce a region that appears together with its
            // content.
            <div class="verify-found" {..named([("aria-live", "polite".into())])}>
                {steps}
                {shows(told)}
            </div>
        </form>
    }
}

#[component]
fn Found(found: Verification) -> impl IntoView {
    let verdict =
        if found.ok { t("The test handover worked.") } else { t("The test handover found a problem.") };
    let link = found.ticket_id.zip(found.ticket_url).and_then(|(id, url)| {
        let url = words::web_address(&url)?.to_owned();
        Some(leads_out(url, tf("Ticket #{id}", &[("id", &id.to_string())])))
    });
    view! {
        <p class="verify-verdict">{verdict} " " {link}</p>
        <ol class="steps">{found.steps.into_iter().map(step).collect_view()}</ol>
    }
}

pub(super) fn step(report: StepReport) -> AnyView {
    let (class, glyph, how) = if report.ok {
        ("step step-good", Glyph::CHECK, t("done"))
    } else {
        ("step step-bad", Glyph::CROSS, t("failed"))
    };
    let said = report.message.map(|it| words::plain(&sentence(&it, report.code.as_deref(), &report.args)));
    view! {
        <li class=class>
            <Icon glyph />
            <span>{t(report.step.label())}<span class="hidden">{format!(": {how}")}</span></span>
            <span class="step-time">{took(report.milliseconds)}</span>
            {said.map(|said| view! { <p><bdi>{said}</bdi></p> }.into_any())}
        </li>
    }
    .into_any()
}

/// Returns how long a step took: `40 ms`, `4 s`.
fn took(milliseconds: u64) -> String {
    match milliseconds {
        0..1_000 => format!("{milliseconds} ms"),
        _ => format!("{} s", milliseconds.saturating_add(500) / 1_000),
    }
}
