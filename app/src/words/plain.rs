//! Text that came from outside, as the screen shows it.

/// Chat text without what could disturb the text around it: control characters, and the marks that turn the
/// direction of writing (U+202A to U+202E, U+2066 to U+2069). Escaping is the renderer's business.
pub fn plain(text: &str) -> String {
    text.chars()
        .map(|c| if c.is_control() { ' ' } else { c })
        .filter(|c| !matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{200e}' | '\u{200f}'))
        .collect::<String>()
        .trim()
        .to_owned()
}

/// Chat text of several lines, otherwise as [`plain`].
pub fn lines(text: &str) -> String {
    text.chars()
        .filter(|c| !matches!(c, '\r' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{200e}' | '\u{200f}'))
        .map(|c| match c {
            '\n' | '\u{b}' | '\u{c}' | '\u{85}' | '\u{2028}' | '\u{2029}' => '\n',
            '\t' => c,
            c if c.is_control() => ' ',
            c => c,
        })
        .collect::<String>()
        .trim()
        .to_owned()
}

/// The address if a browser may be sent there: http(s) and nothing else.
pub fn web_address(url: &str) -> Option<&str> {
    let lower = url.get(..8).unwrap_or(url).to_ascii_lowercase();
    let web = lower.starts_with("https://") || lower.starts_with("http://");
    (web && !url.chars().any(|c| c.is_control() || c.is_whitespace())).then_some(url)
}

/// A moment as the server can write it, before the browser puts it into its own zone and language:
/// `2026-11-22 10:00 UTC`. Something that is no RFC 3339 time stays as it is.
pub fn utc(moment: &str) -> String {
    match (moment.get(..10), moment.get(10..11), moment.get(11..16)) {
        (Some(day), Some("T" | "t" | " "), Some(time)) => format!("{day} {time} UTC"),
        _ => plain(moment),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_web_addresses_are_followed() {
        for good in ["https://a.example/x", "HTTP://a.example", "http://127.0.0.1:4010/x"] {
            assert_eq!(web_address(good), Some(good));
        }
        for bad in [
            "javascript:alert(1)",
            " https://a",
            "java\nscript:x",
            "https://a\n",
            "//a",
            "data:text/html,x",
            "",
            "httpsé",
        ] {
            assert_eq!(web_address(bad), None, "{bad:?}");
        }
    }

    #[test]
    fn marks_that_turn_the_text_around_go() {
        assert_eq!(plain("\u{202e}evil\u{2069}\nx\u{0}"), "evil x");
    }

    #[test]
    fn utc_is_stable() {
        assert_eq!(utc("2026-11-22T10:00:00.123Z"), "2026-11-22 10:00 UTC");
        assert_eq!(utc("soon"), "soon");
        assert_eq!(utc(""), "");
    }

    #[test]
    fn chat_text_keeps_its_lines_and_nothing_that_turns_it() {
        assert_eq!(lines(" a\r\nb\u{0}c\u{202e}\td\n"), "a\nb c\td");
        assert_eq!(lines("a\u{b}b\u{85}c\u{2028}  d"), "a\nb\nc\n  d");
    }
}
