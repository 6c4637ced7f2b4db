//! A short state with an icon, so that its meaning never depends on colour alone.

use super::{Glyph, Icon};
use crate::words::Tone;
use leptos::prelude::*;

/// A badge. To show a different state, render another badge.
#[component]
pub fn Badge(
    /// Colour and icon.
    tone: Tone,
    /// Icon, if not the tone's own.
    #[prop(optional)]
    glyph: Option<Glyph>,
    /// Text.
    #[prop(into)]
    text: String,
    /// What follows the text, such as a time.
    #[prop(optional_no_strip)]
    end: Option<AnyView>,
) -> impl IntoView {
    let class = match tone {
        Tone::Good => "badge badge-good",
        Tone::Busy => "badge badge-busy",
        Tone::Attention => "badge badge-attention",
        Tone::Bad => "badge badge-bad",
        Tone::Quiet => "badge badge-quiet",
    };
    view! {
        <span class=class>
            <Icon glyph=glyph.unwrap_or_else(|| tone.into()) />
            <span class="badge-text">{text} {end.map(|end| view! { " " {end} }.into_any())}</span>
        </span>
    }
}
