//! The languages of the screen.

/// A language of the screen.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Language {
    /// The language of the source code.
    #[default]
    English,
    /// Formal, with `Sie`.
    German,
    /// Formal, with `vous`.
    French,
}

impl Language {
    /// Every language, in the order in which they are offered.
    pub const ALL: [Self; 3] = [Self::English, Self::German, Self::French];

    /// Returns the ISO 639 code, as in `lang`.
    pub fn code(self) -> &'static str {
        match self {
            Self::English => "en",
            Self::German => "de",
            Self::French => "fr",
        }
    }

    /// Returns its name in the language itself.
    pub fn name(self) -> &'static str {
        match self {
            Self::English => "English",
            Self::German => "Deutsch",
            Self::French => "Français",
        }
    }

    /// Returns the thousands separator.
    pub(super) fn separator(self) -> &'static str {
        match self {
            Self::English => ",",
            Self::German => ".",
            Self::French => "\u{202f}",
        }
    }

    /// Returns the language of a tag such as `de-AT`.
    pub fn of_tag(tag: &str) -> Option<Self> {
        let code = tag.as_bytes().get(..2)?;
        let ends = matches!(tag.as_bytes().get(2), None | Some(b'-'));
        Self::ALL.into_iter().find(|language| ends && code.eq_ignore_ascii_case(language.code().as_bytes()))
    }
}

/// Returns the supported language that `Accept-Language` prefers most; the first one if several are preferred equally.
#[cfg(feature = "ssr")]
pub fn accepted(header: &str) -> Option<Language> {
    let mut best = None;
    for range in header.split(',') {
        let mut parts = range.split(';').map(str::trim);
        let language = Language::of_tag(parts.next().unwrap_or_default());
        let quality = parts.find_map(|part| part.strip_prefix("q=")).map_or(Ok(1.0), str::parse::<f32>);
        if let (Some(language), Ok(quality)) = (language, quality)
            && quality > best.map_or(0.0, |(_, quality)| quality)
        {
            best = Some((language, quality));
        }
    }
    best.map(|(language, _)| language)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tags_may_include_a_region() {
        for (tag, language) in [
            ("de", Some(Language::German)),
            ("de-AT", Some(Language::German)),
            ("FR-ca", Some(Language::French)),
            ("en-GB", Some(Language::English)),
            ("deu", None),
            ("es", None),
            ("d", None),
            ("é", None),
            ("", None),
        ] {
            assert_eq!(Language::of_tag(tag), language, "{tag}");
        }
    }

    #[cfg(feature = "ssr")]
    #[test]
    fn accepted_returns_the_preferred_supported_language() {
        for (header, language) in [
            ("de-CH,de;q=0.9,en;q=0.8", Some(Language::German)),
            ("es, fr;q=0.5, en;q=0.7", Some(Language::English)),
            ("en;q=0.5,fr;q=0.5", Some(Language::English)),
            ("fr;q=0, en;q=0.1", Some(Language::English)),
            ("*", None),
            ("de;q=many", None),
            ("", None),
        ] {
            assert_eq!(accepted(header), language, "{header}");
        }
    }
}
