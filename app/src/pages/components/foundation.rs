//! The tokens: colour, type, space, shape and motion.

use super::sample::Sample;
use super::tokens::{self, ColourPair, PAIRS, Theme, Token};
use leptos::prelude::*;

/// The colours of both themes, and the contrast of their combinations.
pub(super) fn colour() -> AnyView {
    let theme = |theme: Theme, title: &'static str| {
        view! {
            <Sample title theme=Some(theme)>
                <ul class="swatches">
                    {tokens::colours(theme).into_iter().map(swatch).collect_view()}
                </ul>
                <h4>"Contrast"</h4>
                <ul class="pairs">{PAIRS.iter().map(|pair| seen(theme, *pair)).collect_view()}</ul>
            </Sample>
        }
    };
    view! { <div class="gallery-pair">{theme(Theme::Light, "Light")} {theme(Theme::Dark, "Dark")}</div> }
        .into_any()
}

fn swatch(token: Token) -> impl IntoView {
    let Token { name, value } = token;
    let fill = format!("var({name})");
    view! {
        <li>
            <svg viewBox="0 0 40 24" aria-hidden="true"><rect width="40" height="24" rx="6" fill=fill></rect></svg>
            <span><code>{name}</code> " " <span class="quiet">{value}</span></span>
        </li>
    }
}

fn seen(theme: Theme, pair: ColourPair) -> impl IntoView {
    let ratio = tokens::contrast(theme, pair).unwrap_or_default();
    // Rounded down, because 4.49 does not meet 4.5.
    let ratio = format!("{:.1} : 1", (ratio * 10.0).floor() / 10.0);
    let (under, over) = (format!("var({})", pair.under), format!("var({})", pair.over));
    let drawn = if pair.least > 4.0 {
        view! { <text x="20" y="17" text-anchor="middle" font-size="14" font-weight="600" fill=over>"Aa"</text> }.into_any()
    } else {
        view! { <rect x="9" y="7" width="22" height="10" rx="3" fill="none" stroke=over stroke-width="1.5"></rect> }.into_any()
    };
    view! {
        <li>
            <svg viewBox="0 0 40 24" aria-hidden="true">
                <rect width="40" height="24" rx="6" fill=under></rect>
                {drawn}
            </svg>
            <span class="pair-ratio">{ratio}</span>
            <span class="quiet"><code>{pair.over}</code>" on "<code>{pair.under}</code></span>
        </li>
    }
}

/// The type scale and both font families.
pub(super) fn typography() -> AnyView {
    let sizes = tokens::beginning("--text-").into_iter().map(|token| {
        view! {
            <li class="type-line">
                <span class="quiet"><code>{token.name.clone()}</code> " " {token.value}</span>
                <span data-token=token.name>"Every handover becomes one ticket"</span>
            </li>
        }
    });
    let families = ["--sans", "--mono"].map(|name| {
        let fonts = tokens::all().into_iter().find(|token| token.name == name).map(|token| token.value);
        view! {
            <li class="type-line">
                <span class="quiet"><code>{name}</code></span>
                <span data-token=name>{fonts}</span>
            </li>
        }
    });
    view! {
        <Sample title="Scale">
            <ul>{sizes.collect_view()}</ul>
        </Sample>
        <Sample title="Families">
            <ul>{families.into_iter().collect_view()}</ul>
        </Sample>
        <Sample title="Headings">
            <h1>"Integrations"</h1>
            <h2>"Recent handovers"</h2>
            <h3>"Where is my invoice?"</h3>
            <p class="lead">"A lead says what a page is for, in a sentence or two."</p>
            <p>"Text."</p>
            <p class="quiet">"Quiet text."</p>
        </Sample>
    }
    .into_any()
}

/// All other tokens, each drawn by its rule in this page's styles.
pub(super) fn shape() -> AnyView {
    let drawn = |title: &'static str, starts: &'static [&'static str]| {
        let tokens = starts.iter().flat_map(|start| tokens::beginning(start)).map(|Token { name, value }| {
            view! {
                <li>
                    <span class="drawn" data-token=name.clone()></span>
                    <span><code>{name}</code> " " <span class="quiet">{value}</span></span>
                </li>
            }
        });
        view! {
            <Sample title>
                <ul class="drawn-list">{tokens.collect_view()}</ul>
            </Sample>
        }
    };
    view! {
        <div class="gallery-pair">
            {drawn("Space", &["--gap-"])}
            {drawn("Targets", &["--target"])}
            {drawn("Radius", &["--round-"])}
            {drawn("Shadow and veil", &["--shadow-", "--veil"])}
        </div>
        {drawn("Motion: none with reduced motion", &["--quick", "--calm", "--ease"])}
    }
    .into_any()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_other_token_has_a_rule_that_draws_it() {
        for token in tokens::all().into_iter().filter(|token| !token.value.starts_with('#')) {
            let rule = format!("[data-token=\"{}\"]", token.name);
            assert!(super::super::STYLES.contains(&rule), "{} has no rule", token.name);
        }
    }
}
