//! Icons drawn for this project: one stroke path each, on a 20 by 20 grid.

use crate::words::Tone;
use leptos::prelude::*;

/// An icon's path on a 20 by 20 grid. Each is a constant, so a module contains only those it uses.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Glyph(&'static str);

impl Glyph {
    /// Done.
    pub const CHECK: Self = Self("M4.5 10.5 8.2 14.2 15.5 6.3");
    /// Needs attention.
    pub const WARNING: Self = Self("M10 3.2 17.6 16.4H2.4Z M10 8v3.8 M10 14.2v.1");
    /// Failed.
    pub const CROSS: Self = Self("M5.5 5.5 14.5 14.5 M14.5 5.5 5.5 14.5");
    /// In progress.
    pub const CLOCK: Self = Self("M10 3a7 7 0 1 0 0 14 7 7 0 0 0 0-14Z M10 6.4V10l2.6 1.7");
    /// Nothing.
    pub const DASH: Self = Self("M5.5 10h9");
    /// Show.
    pub const EYE: Self = Self(
        "M2 10s2.9-5.2 8-5.2 8 5.2 8 5.2-2.9 5.2-8 5.2S2 10 2 10Z M10 7.6a2.4 2.4 0 1 0 0 4.8 2.4 2.4 0 0 0 0-4.8Z",
    );
    /// Hide.
    pub const EYE_OFF: Self = Self(
        "M3.5 3.5l13 13 M7.6 5.2A8.3 8.3 0 0 1 10 4.8c5.1 0 8 5.2 8 5.2a14 14 0 0 1-2.3 2.8 M4.6 6.9A13.6 13.6 0 0 0 2 10s2.9 5.2 8 5.2c1.2 0 2.3-.3 3.2-.7 M8.3 8.3a2.4 2.4 0 0 0 3.4 3.4",
    );
    /// Opens outside this app.
    pub const OUT: Self = Self(
        "M11.5 4H16v4.5 M16 4 9 11 M8 5H5.5A1.5 1.5 0 0 0 4 6.5v8A1.5 1.5 0 0 0 5.5 16h8a1.5 1.5 0 0 0 1.5-1.5V12",
    );
    /// A plug.
    pub const PLUG: Self = Self("M7 3v3.5 M13 3v3.5 M5 6.5h10v2.8a5 5 0 0 1-10 0Z M10 14.3V17");
    /// A bell.
    pub const BELL: Self = Self("M5.5 13.5V9a4.5 4.5 0 0 1 9 0v4.5l1.2 1.2H4.3Z M8.5 17h3");
    /// An empty tray.
    pub const TRAY: Self = Self("M3 11.5 5.2 4.5h9.6l2.2 7v4H3Z M3 11.5h4l1.2 2h3.6l1.2-2h4");
    /// Two sheets.
    pub const COPY: Self = Self("M7.5 7.5h8v8h-8Z M4.5 12.5v-8h8");
    /// A speech bubble.
    pub const CHAT: Self = Self(
        "M4.5 4h11A1.5 1.5 0 0 1 17 5.5v6.5a1.5 1.5 0 0 1-1.5 1.5H9.5L5.5 17v-3.5h-1A1.5 1.5 0 0 1 3 12V5.5A1.5 1.5 0 0 1 4.5 4Z",
    );
    /// A ticket.
    pub const TICKET: Self = Self(
        "M3 6.5h14v2.3a1.8 1.8 0 0 0 0 3.4v2.3H3v-2.3a1.8 1.8 0 0 0 0-3.4Z M12.2 6.5v1.6 M12.2 10v1.2 M12.2 13v1.5",
    );
    /// A person.
    pub const PERSON: Self =
        Self("M10 3.5a3.2 3.2 0 1 0 0 6.4 3.2 3.2 0 0 0 0-6.4Z M3.8 16.8a6.2 6.2 0 0 1 12.4 0");
    /// A spark: the assistant's abilities.
    pub const SPARK: Self =
        Self("M9 3.5 10.7 8 15 9.7 10.7 11.4 9 16 7.3 11.4 3 9.7 7.3 8Z M15.5 13.5v3.5 M13.8 15.3h3.4");
    /// A question mark in a circle.
    pub const HELP: Self =
        Self("M10 3a7 7 0 1 0 0 14 7 7 0 0 0 0-14Z M8 8a2 2 0 1 1 2.8 1.8c-.5.3-.8.6-.8 1.4 M10 13.6v.1");
    /// An arrow out of a door.
    pub const LEAVE: Self = Self("M8 4H4.5v12H8 M12.5 6.5 16 10l-3.5 3.5 M16 10H8");
    /// An envelope.
    pub const MAIL: Self = Self("M3 5.5h14v9.5H3Z M3.5 6l6.5 5 6.5-5");
    /// A magnifying glass.
    pub const SEARCH: Self = Self("M9 3.5a5.5 5.5 0 1 0 0 11 5.5 5.5 0 0 0 0-11Z M13 13l4 4");
    /// Back.
    pub const BACK: Self = Self("M12 4.5 6.5 10l5.5 5.5");
    /// Add.
    pub const PLUS: Self = Self("M10 4.5v11 M4.5 10h11");
    /// A bin.
    pub const BIN: Self = Self("M4 6h12 M8 6V4h4v2 M5.5 6l.7 10.5h7.6L14.5 6 M8.5 9v4.5 M11.5 9v4.5");
}

impl From<Tone> for Glyph {
    fn from(tone: Tone) -> Self {
        match tone {
            Tone::Good => Self::CHECK,
            Tone::Busy => Self::CLOCK,
            Tone::Attention => Self::WARNING,
            Tone::Bad => Self::CROSS,
            Tone::Quiet => Self::DASH,
        }
    }
}

/// An icon next to a text with the same meaning.
#[component]
pub fn Icon(
    /// What it shows.
    glyph: Glyph,
) -> impl IntoView {
    // Set as HTML and parsed by the browser: as a view, each kind of shape would add a type to the module.
    let drawing = format!("<path d=\"{}\"/>", glyph.0);
    view! { <svg class="icon" viewBox="0 0 20 20" aria-hidden="true" inner_html=drawing></svg> }
}

/// A helpdesk's logo tile.
#[component]
pub fn HelpdeskMark(
    /// The drawing from its description. It is set as HTML, so it must come from our server.
    drawing: String,
) -> impl IntoView {
    view! { <svg class="mark" viewBox="0 0 48 48" aria-hidden="true" inner_html=drawing></svg> }
}
