//! What comes along when a person copies a text: white space, and characters that nobody sees.

/// The text without white space and invisible characters around it.
pub fn trim(text: &str) -> &str {
    text.trim_matches(is_invisible)
}

/// Whether a reader would see nothing at all.
pub fn is_blank(text: &str) -> bool {
    trim(text).is_empty()
}

/// White space, control characters, and what Unicode asks programs not to show: the property
/// `Default_Ignorable_Code_Point` of DerivedCoreProperties.txt, Unicode 16, and the blank Braille pattern.
pub fn is_invisible(c: char) -> bool {
    c.is_whitespace()
        || c.is_control()
        || matches!(c,
            '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{115f}' | '\u{1160}' | '\u{17b4}' | '\u{17b5}'
            | '\u{180b}'..='\u{180f}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}' | '\u{2800}' | '\u{3164}' | '\u{fe00}'..='\u{fe0f}' | '\u{feff}'
            | '\u{ffa0}' | '\u{fff0}'..='\u{fff8}' | '\u{1bca0}'..='\u{1bca3}'
            | '\u{1d173}'..='\u{1d17a}' | '\u{e0000}'..='\u{e0fff}')
}

/// The text as a reader sees it: without anything invisible around or inside it. Three kinds stay inside, for the
/// caller to refuse: white space, marks that change the order of reading, and letters that look like a space.
#[cfg(feature = "server")]
pub fn seen(text: &str) -> String {
    let stays = |c: &char| {
        !is_invisible(*c)
            || c.is_whitespace()
            || c.is_control()
            || matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
            || matches!(c, '\u{115f}' | '\u{1160}' | '\u{2800}' | '\u{3164}' | '\u{ffa0}')
    };
    trim(text).chars().filter(stays).collect()
}

/// [`trim`], for text that the panel sends.
#[cfg(feature = "server")]
pub fn ends(text: &str) -> &str {
    trim(text)
}

/// The browser's [`trim`], for the panel: it only reads ASCII by itself (see `check::connection`), so it needs no list of what is invisible.
#[cfg(not(feature = "server"))]
pub fn ends(text: &str) -> &str {
    text.trim()
}

/// As [`ends`].
#[cfg(not(feature = "server"))]
pub fn seen(text: &str) -> &str {
    text.trim()
}

#[cfg(test)]
mod tests {
    use super::{is_blank, trim};

    #[test]
    fn trims_what_is_not_seen() {
        for around in
            [" ", "\u{a0}", "\u{200b}", "\u{feff}", "\u{3164}", "\t\r\n", "\u{85}", "\u{2028}", "\u{ad}"]
        {
            let pasted = format!("{around}a b{around}");
            assert_eq!(trim(&pasted), "a b", "{around:?}");
            assert!(is_blank(around), "{around:?}");
        }
        assert_eq!(trim("\u{200b} \u{feff}key"), "key");
        assert!(is_blank("") && !is_blank("\u{200b}a"));
    }
}
