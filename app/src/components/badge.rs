//! A short state with an icon: never told by colour alone.

use super::{Glyph, Icon};
use crate::words::Tone;
use leptos::prelude::*;

/// A badge. What changes is shown by another one.
#[component]
pub fn Badge(
    /// Its colour and icon.
    tone: Tone,
    /// Its icon, where that is not the one of its colour.
    #[prop(optional)]
    glyph: Option<Glyph>,
    /// Its text.
    #[prop(into)]
    text: String,
    /// What ends the text: a moment.
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
