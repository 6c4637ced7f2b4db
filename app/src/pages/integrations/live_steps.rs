//! The steps of a running test handover, one by one.

use super::verify::step;
use crate::api;
use crate::components::{Press, shows, when};
use crate::model::{Helpdesk, StepReport, VerificationStep};
use crate::text::{t, tf};
use leptos::prelude::*;
use leptos::reactive::spawn_local_scoped;
use std::time::Duration;

/// How often the steps are requested.
const EVERY: Duration = Duration::from_millis(300);

/// How many requests without a new step are slow: 3 s.
const SLOW: u32 = 10;

/// The steps of one test handover.
#[derive(Clone, Copy)]
struct Running {
    helpdesk: Helpdesk,
    steps: RwSignal<Vec<StepReport>>,
    /// Requests since the latest step.
    idle: RwSignal<u32>,
    asking: StoredValue<bool>,
}

impl Running {
    fn look(self) {
        if self.asking.get_value() {
            return;
        }
        self.asking.set_value(true);
        spawn_local_scoped(async move {
            let answer = api::integrations::verify_so_far(self.helpdesk).await;
            // The test may be over, and with it this list.
            if self.asking.try_set_value(false).is_some() {
                return;
            }
            let new =
                answer.ok().filter(|steps| self.steps.with_untracked(|shown| steps.len() > shown.len()));
            match new {
                Some(steps) => {
                    self.steps.set(steps);
                    self.idle.set(0);
                }
                None => self.idle.update(|n| *n += 1),
            }
        });
    }
}

/// Shows the steps while a test handover runs.
pub(super) fn live_steps(helpdesk: Helpdesk, press: Press) -> AnyView {
    let busy: Signal<bool> = press.into();
    when(
        move || busy.get(),
        move || {
            let running = Running {
                helpdesk,
                steps: RwSignal::new(Vec::new()),
                idle: RwSignal::new(0),
                asking: StoredValue::new(false),
            };
            let owner = Owner::current();
            let look = move || {
                if let Some(owner) = &owner {
                    owner.with(|| running.look());
                }
            };
            if let Ok(interval) = set_interval_with_handle(look, EVERY) {
                on_cleanup(move || interval.clear());
            }
            view! { <Steps running /> }.into_any()
        },
    )
}

#[component]
fn Steps(running: Running) -> impl IntoView {
    let lines = move || {
        let steps = running.steps.get();
        let done = steps.len();
        let failed = steps.iter().any(|step| !step.ok);
        let next = VerificationStep::ALL.into_iter().enumerate().skip(done).map(move |(at, step)| {
            // After a failure, the last steps may be left out.
            let class = if at == done && !failed { "step step-now" } else { "step step-later" };
            view! {
                <li class=class>
                    <span class="step-mark"></span>
                    <span>{t(step.label())}</span>
                </li>
            }
            .into_any()
        });
        steps.into_iter().map(step).chain(next).collect_view().into_any()
    };
    let slow = move || {
        let text = tf("{helpdesk} is taking longer than usual…", &[("helpdesk", running.helpdesk.name())]);
        (running.idle.get() >= SLOW).then(|| view! { <p class="quiet">{text}</p> }.into_any())
    };
    view! {
        <ol class="steps">{shows(move || Some(lines()))}</ol>
        {shows(slow)}
    }
}
