//! Cleans pasted text of surrounding white space and invisible characters.

/// Returns the text without white space and invisible characters around it.
pub fn trim(text: &str) -> &str {
    text.trim_matches(is_invisible)
}

/// Returns whether the text shows nothing to a reader.
pub fn is_blank(text: &str) -> bool {
    !text.chars().any(|c| !is_invisible(c) && !is_alone_unreadable(c))
}

/// Returns whether a character means nothing by itself: a mark on the character before it (the blocks of combining marks),
/// one for private use, or none at all.
fn is_alone_unreadable(c: char) -> bool {
    matches!(c,
        '\u{300}'..='\u{36f}' | '\u{483}'..='\u{489}' | '\u{1ab0}'..='\u{1aff}' | '\u{1dc0}'..='\u{1dff}'
        | '\u{20d0}'..='\u{20ff}' | '\u{fe20}'..='\u{fe2f}' | '\u{e000}'..='\u{f8ff}' | '\u{fdd0}'..='\u{fdef}'
        | '\u{f0000}'..)
        || u32::from(c) & 0xfffe == 0xfffe
}

/// Returns whether a character is invisible: white space, a control character, the blank Braille pattern, or one with
/// the property `Default_Ignorable_Code_Point` (DerivedCoreProperties.txt, Unicode 16).
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

/// Returns the text as a reader sees it, without invisible characters around or inside it.
///
/// Three kinds stay inside, for the caller to reject: white space, marks that change the reading order, and letters
/// that look like a space.
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

/// Like [`trim`]; the panel has its own version under this name.
#[cfg(feature = "server")]
pub fn ends(text: &str) -> &str {
    trim(text)
}

/// The browser's [`trim`], for the panel. It reads only ASCII by itself (see `check::connection`), so it needs no list
/// of invisible characters.
#[cfg(not(feature = "server"))]
pub fn ends(text: &str) -> &str {
    text.trim()
}

/// Like [`ends`].
#[cfg(not(feature = "server"))]
pub fn seen(text: &str) -> &str {
    text.trim()
}

#[cfg(test)]
mod tests {
    use super::{is_blank, trim};

    #[test]
    fn marks_without_a_letter_are_blank() {
        for text in
            ["\u{301}", "\u{301}\u{301} \u{20e3}", "\u{fffe}", "\u{1ffff}", "\u{e000}", "\u{effff}", ""]
        {
            assert!(is_blank(text), "{text:?}");
        }
        for text in ["e\u{301}", "1\u{20e3}", "?", "👍", "好", "\u{301}x"] {
            assert!(!is_blank(text), "{text:?}");
        }
    }

    #[test]
    fn invisible_characters_are_trimmed() {
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
