//! What is wrong with a connection, how to fix it, and how many handovers it holds.

use crate::components::{Glyph, Icon, named, says, shows, when};
use crate::model::{ConnectionState, Integration};
use crate::text::{sentence, tf};
use crate::words;
use leptos::prelude::*;

#[component]
pub(super) fn Attention(row: Memo<Integration>) -> impl IntoView {
    let broken = move || row.with(|row| row.state == ConnectionState::NeedsAttention);
    let note = move || {
        let reason = move || {
            row.with(|row| match &row.reason {
                Some(reason) => words::plain(&sentence(reason, row.code.as_deref(), &row.args)),
                None => tf(
                    "{helpdesk} does not accept the saved credentials.",
                    &[("helpdesk", row.helpdesk.name())],
                ),
            })
        };
        let held = move || row.with(|row| words::held(row.held, row.helpdesk));
        view! {
            <div class="note note-attention">
                <Icon glyph=Glyph::WARNING />
                <div>
                    <p class="note-title">{says(reason)}</p>
                    {shows(move || held().map(|held| view! { <p>{held}</p> }.into_any()))}
                </div>
            </div>
        }
        .into_any()
    };
    // Rendered from the start, because screen readers do not announce a region that appears together with its content.
    view! { <div {..named([("role", "status".into())])}>{when(broken, note)}</div> }
}
