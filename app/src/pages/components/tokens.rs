//! Parses the tokens in `style/10-tokens.css`, and computes the contrast of colours shown on each other.

/// The file itself, so that this page cannot drift from it.
const SOURCE: &str = include_str!("../../../../style/10-tokens.css");

/// A theme.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Theme {
    Light,
    Dark,
}

impl Theme {
    /// Returns its name in the `theme` attribute.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Light => "light",
            Self::Dark => "dark",
        }
    }

    /// Returns the theme with this name.
    pub(super) fn from_name(name: &str) -> Option<Self> {
        [Self::Light, Self::Dark].into_iter().find(|theme| theme.name() == name)
    }
}

/// A token: its name with the dashes, and our own value if a host may override it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Token {
    pub(super) name: String,
    pub(super) value: String,
}

/// Returns every token of the light theme. Tokens other than colours apply to both themes.
pub(super) fn all() -> Vec<Token> {
    declarations(":root,")
}

/// Returns the tokens whose name has this prefix.
pub(super) fn beginning(start: &str) -> Vec<Token> {
    all().into_iter().filter(|token| token.name.starts_with(start)).collect()
}

/// Returns the colours of a theme.
pub(super) fn colours(theme: Theme) -> Vec<Token> {
    let dark = declarations(":root[data-theme=\"dark\"]");
    let of_theme = |light: Token| match theme {
        Theme::Light => light,
        Theme::Dark => dark.iter().find(|token| token.name == light.name).cloned().unwrap_or(light),
    };
    all().into_iter().map(of_theme).filter(|token| token.value.starts_with('#')).collect()
}

/// Returns the declarations of the first rule whose selector starts with this text.
fn declarations(selector: &str) -> Vec<Token> {
    let block = SOURCE.split_once(selector).and_then(|(_, rest)| rest.split_once('{'));
    let block = block.and_then(|(_, rest)| rest.split_once('}')).map(|(block, _)| block).unwrap_or_default();
    let mut bare = String::new();
    for part in block.split("/*") {
        // Drops the comments.
        bare.push_str(part.split_once("*/").map_or(part, |(_, rest)| rest));
    }
    bare.split(';')
        .filter_map(|line| line.trim().split_once(':'))
        .filter(|(name, _)| name.starts_with("--"))
        .map(|(name, value)| Token { name: name.to_owned(), value: own(value) })
        .collect()
}

/// Returns our own value, on one line: `var(--convi-ink, #1b2426)` becomes `#1b2426`.
fn own(value: &str) -> String {
    let value = value.split_whitespace().collect::<Vec<_>>().join(" ");
    match value.strip_prefix("var(--convi-").and_then(|rest| rest.strip_suffix(')')) {
        Some(rest) => rest.split_once(", ").map_or(rest, |(_, own)| own).to_owned(),
        None => value,
    }
}

/// A colour shown on another.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct ColourPair {
    pub(super) over: &'static str,
    pub(super) under: &'static str,
    /// The minimum contrast of WCAG 2.2: 4.5 for text, 3 for a meaningful edge.
    pub(super) least: f64,
}

const fn text(over: &'static str, under: &'static str) -> ColourPair {
    ColourPair { over, under, least: 4.5 }
}

const fn edge(over: &'static str, under: &'static str) -> ColourPair {
    ColourPair { over, under, least: 3.0 }
}

/// Every combination of a foreground and its background.
pub(super) const PAIRS: &[ColourPair] = &[
    text("--ink", "--ground"),
    text("--ink", "--surface"),
    text("--ink", "--sunken"),
    text("--ink-soft", "--ground"),
    text("--ink-soft", "--surface"),
    text("--ink-soft", "--sunken"),
    text("--accent", "--ground"),
    text("--accent", "--surface"),
    text("--accent-strong", "--surface"),
    text("--ink", "--accent-wash"),
    text("--on-accent", "--accent"),
    text("--on-accent", "--accent-strong"),
    text("--on-own", "--own"),
    text("--side-ink", "--side"),
    text("--side-ink", "--side-hover"),
    text("--side-ink", "--side-current"),
    text("--side-soft", "--side"),
    text("--good", "--good-wash"),
    text("--ink", "--good-wash"),
    text("--busy", "--busy-wash"),
    text("--attention", "--attention-wash"),
    text("--ink", "--attention-wash"),
    text("--bad", "--bad-wash"),
    text("--ink", "--bad-wash"),
    text("--bad", "--surface"),
    text("--on-bad", "--bad"),
    text("--on-bad", "--bad-strong"),
    text("--quiet", "--quiet-wash"),
    edge("--edge-strong", "--surface"),
    edge("--edge-strong", "--ground"),
    edge("--accent", "--ground"),
    edge("--bad", "--surface"),
    edge("--spark", "--side"),
    edge("--spark", "--side-current"),
];

/// Returns the contrast ratio in a theme, from 1 to 21. `None` if one of them is not a colour.
pub(super) fn contrast(theme: Theme, pair: ColourPair) -> Option<f64> {
    let colours = colours(theme);
    let luminance = |name: &str| luminance(&colours.iter().find(|colour| colour.name == name)?.value);
    let (over, under) = (luminance(pair.over)?, luminance(pair.under)?);
    Some((over.max(under) + 0.05) / (over.min(under) + 0.05))
}

/// Returns the relative luminance of `#rrggbb`, as defined by WCAG.
fn luminance(colour: &str) -> Option<f64> {
    let digits = colour.strip_prefix('#').filter(|digits| digits.len() == 6)?;
    let channel = |at: usize| {
        let value = f64::from(u8::from_str_radix(digits.get(at..at + 2)?, 16).ok()?) / 255.0;
        Some(if value <= 0.040_45 { value / 12.92 } else { ((value + 0.055) / 1.055).powf(2.4) })
    };
    Some(0.2126 * channel(0)? + 0.7152 * channel(2)? + 0.0722 * channel(4)?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_colour_pair_has_enough_contrast_in_both_themes() {
        let mut weak = Vec::new();
        for theme in [Theme::Light, Theme::Dark] {
            for pair in PAIRS {
                let found = contrast(theme, *pair).unwrap();
                if found < pair.least {
                    weak.push(format!("{} on {} in {theme:?}: {found:.2}", pair.over, pair.under));
                }
            }
        }
        assert_eq!(weak, Vec::<String>::new());
    }

    #[test]
    fn both_declarations_of_the_dark_tokens_are_equal() {
        let chosen = declarations(":root[data-theme=\"dark\"]");
        assert_eq!(declarations(":root:not([data-theme=\"light\"])"), chosen);
        assert!(chosen.len() > 30, "{chosen:?}");
        let light = all();
        for token in &chosen {
            assert!(
                light.iter().any(|other| other.name == token.name),
                "{} is in the dark alone",
                token.name
            );
        }
    }

    #[test]
    fn contrast_matches_wcag() {
        assert_eq!(luminance("#000000"), Some(0.0));
        assert!((luminance("#ffffff").unwrap() - 1.0).abs() < 1e-9);
        assert!((luminance("#777777").unwrap() - 0.1845).abs() < 1e-3);
        assert_eq!(luminance("rgb(0 0 0)"), None);
        assert_eq!(own("var(--convi-ink, #1b2426)"), "#1b2426");
    }
}
