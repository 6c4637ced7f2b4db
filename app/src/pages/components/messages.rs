//! Notes in the page, and toasts at its edge.

use super::sample::{Sample, apart};
use crate::components::{ToastRegion, Toasts, Trouble};
use crate::model::{CallError, Problem, TestOutcome};
use crate::notice::Notice;
use crate::pages::conversations::Inactive;
use crate::pages::integrations::samples;
use domain::Said;
use leptos::prelude::*;

/// Every note and toast.
pub(super) fn all() -> AnyView {
    let why = Said::plain("Gorgias rejected this email address and API key.");
    let failed = TestOutcome::failed(Problem::BadCredentials, why);
    view! {
        <div class="gallery-pair">
            <Sample title="Good">{samples::told(TestOutcome::Passed { warnings: Vec::new() })}</Sample>
            <Sample title="Bad">{samples::told(failed)}</Sample>
            <Sample title="Attention"><Inactive /></Sample>
            <Sample title="An error, with a way out">
                <Trouble error=CallError::SignedOut />
            </Sample>
            <Sample title="Quiet">
                <p class="note">"You can view everything here. Only owners and admins can change it."</p>
            </Sample>
            <Sample title="A toast: disappears by itself, unless the pointer is on it">{toasts(true, &[])}</Sample>
            <Sample title="A toast with an error: stays until it is closed">
                {toasts(false, &[CallError::Offline])}
            </Sample>
            <Sample title="Stacked: the newest at the edge">{toasts(true, &[CallError::Internal, CallError::Offline])}</Sample>
        </div>
    }
    .into_any()
}

fn toasts(good: bool, bad: &[CallError]) -> AnyView {
    apart(|| {
        // The toast that a page starts with has no timer here.
        let toasts = Toasts::provide(good.then(|| Notice::Saved.sentence()));
        for error in bad {
            toasts.bad(error.to_string());
        }
        view! { <ToastRegion /> }.into_any()
    })
}
