//! A short state with an icon: never told by colour alone.

use super::moment::Precision;
use super::{Glyph, Icon, Moment};
use crate::words::Tone;
use leptos::prelude::*;

/// A badge.
#[component]
pub fn Badge(
    /// Its colour and icon.
    #[prop(into)]
    tone: Signal<Tone>,
    /// Its icon, where that is not the one of its colour.
    #[prop(optional, into)]
    glyph: Option<Signal<Glyph>>,
    /// Its text.
    #[prop(into)]
    text: Signal<String>,
    /// A moment that ends the text.
    #[prop(optional_no_strip)]
    at: Option<String>,
) -> impl IntoView {
    let class = move || match tone.get() {
        Tone::Good => "badge badge-good",
        Tone::Busy => "badge badge-busy",
        Tone::Attention => "badge badge-attention",
        Tone::Bad => "badge badge-bad",
        Tone::Quiet => "badge badge-quiet",
    };
    view! {
        <span class=class>
            <Icon glyph=Signal::derive(move || {
                glyph.map_or_else(|| Glyph::from(tone.get()), |glyph| glyph.get())
            }) />
            <span class="badge-text">
                {text} {at.map(|at| view! { " "<Moment at precision=Precision::Time /> })}
            </span>
        </span>
    }
}
