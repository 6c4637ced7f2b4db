//! Makes text from outside safe to show.

/// Removes what could disturb the text around it: control characters, and marks that change the writing direction
/// (U+200E, U+200F, U+202A to U+202E, U+2066 to U+2069). The renderer does the escaping.
pub fn plain(text: &str) -> String {
    text.chars()
        .map(|c| if c.is_control() { ' ' } else { c })
        .filter(|c| !matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{200e}' | '\u{200f}'))
        .collect::<String>()
        .trim()
        .to_owned()
}

/// Like [`plain`], but keeps line breaks and tabs.
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

/// Returns the address if a browser may open it: only http and https.
pub fn web_address(url: &str) -> Option<&str> {
    let lower = url.get(..8).unwrap_or(url).to_ascii_lowercase();
    let web = lower.starts_with("https://") || lower.starts_with("http://");
    (web && !url.chars().any(|c| c.is_control() || c.is_whitespace())).then_some(url)
}

/// Formats a time in UTC, as the server renders it before the browser shows its local format: `2026-11-22 10:00 UTC`. A
/// text that is not an RFC 3339 time stays as it is.
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
    fn only_web_addresses_are_accepted() {
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
    fn plain_removes_direction_marks() {
        assert_eq!(plain("\u{202e}evil\u{2069}\nx\u{0}"), "evil x");
    }

    #[test]
    fn utc_is_stable() {
        assert_eq!(utc("2026-11-22T10:00:00.123Z"), "2026-11-22 10:00 UTC");
        assert_eq!(utc("soon"), "soon");
        assert_eq!(utc(""), "");
    }

    #[test]
    fn lines_keeps_line_breaks_and_removes_direction_marks() {
        assert_eq!(lines(" a\r\nb\u{0}c\u{202e}\td\n"), "a\nb c\td");
        assert_eq!(lines("a\u{b}b\u{85}c\u{2028}  d"), "a\nb\nc\n  d");
    }
}
