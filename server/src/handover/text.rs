//! Chat text is hostile input: what may stay of it, and how it is put into HTML.

/// Drops what has no place in a ticket or a mail: control characters (NUL among them) except line breaks and
/// tabs, and the marks that make text read in another order than it is written (overrides, embeddings and
/// isolates; the plain left-to-right and right-to-left marks stay, since real Arabic and Hebrew use them).
pub fn clean(text: &str) -> String {
    let mut kept = String::with_capacity(text.len());
    let mut previous = '\0';
    for c in text.chars() {
        match c {
            '\r' => kept.push('\n'),
            '\n' if previous == '\r' => {}
            '\n' | '\t' => kept.push(c),
            '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{fff9}'..='\u{fffb}' => {}
            c if c.is_control() => {}
            c => kept.push(c),
        }
        previous = c;
    }
    kept
}

/// [`clean`], on one line: runs of white space become one space. For names, subjects and anything that ends up
/// in a mail header.
pub fn one_line(text: &str) -> String {
    let cleaned = clean(text);
    let mut line = String::with_capacity(cleaned.len());
    for word in cleaned.split_whitespace() {
        if !line.is_empty() {
            line.push(' ');
        }
        line.push_str(word);
    }
    line
}

/// The first `limit` characters, with an ellipsis as the last of them when something was left out.
pub fn shorten(text: &str, limit: usize) -> String {
    if text.chars().count() <= limit {
        return text.to_owned();
    }
    let mut short: String = text.chars().take(limit.saturating_sub(1)).collect();
    short.truncate(short.trim_end().len());
    short.push('…');
    short
}

/// Escapes text for an HTML body or a quoted attribute.
pub fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len() + text.len() / 8);
    for c in text.chars() {
        match c {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\'' => escaped.push_str("&#39;"),
            c => escaped.push(c),
        }
    }
    escaped
}

/// Escapes text of several lines: line breaks become `<br>`.
pub fn escape_lines(text: &str) -> String {
    escape(text).replace('\n', "<br>")
}

/// The address, if it may become a link: http or https with a host and without user info, which is there only
/// to deceive.
pub fn http_url(text: &str) -> Option<url::Url> {
    let url = url::Url::parse(text.trim()).ok()?;
    let plain = url.username().is_empty() && url.password().is_none();
    (matches!(url.scheme(), "http" | "https") && url.has_host() && plain).then_some(url)
}

/// A link when the address may be one, else the text alone.
pub fn link(address: &str, label: &str) -> String {
    match http_url(address) {
        Some(url) => format!(
            r#"<a href="{}" rel="noopener noreferrer nofollow">{}</a>"#,
            escape(url.as_str()),
            escape(label)
        ),
        None => escape(label),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn control_characters_go_and_line_breaks_stay() {
        assert_eq!(clean("a\u{0}b\u{7}c\r\nd\re\tf\u{202e}g\u{200f}h\u{85}"), "abc\nd\ne\tfg\u{200f}h");
    }

    #[test]
    fn one_line_is_one_line() {
        assert_eq!(one_line("  Jane\r\nBcc: x@example.com\u{0} \u{2028}Doe "), "Jane Bcc: x@example.com Doe");
    }

    #[test]
    fn shortening_counts_characters() {
        assert_eq!(shorten("äöü", 3), "äöü");
        assert_eq!(shorten("äöüß", 3), "äö…");
        assert_eq!(shorten("ab cd", 4), "ab…", "no space before the ellipsis");
    }

    #[test]
    fn markup_is_only_text() {
        assert_eq!(
            escape_lines("<script>alert('x')</script>\n\"&"),
            "&lt;script&gt;alert(&#39;x&#39;)&lt;/script&gt;<br>&quot;&amp;"
        );
    }

    #[test]
    fn only_web_addresses_become_links() {
        for bad in [
            "javascript:alert(1)",
            "data:text/html,x",
            "//shop.example",
            "shop.example",
            "https://",
            "mailto:a@b.c",
            "https://bank.example@evil.example/",
            "JaVaScRiPt:alert(1)",
            " java\nscript:alert(1)",
        ] {
            assert_eq!(link(bad, "x"), "x", "{bad:?}");
        }
        assert_eq!(
            link("https://shop.example/?a=1&b=\"<", "P & q"),
            r#"<a href="https://shop.example/?a=1&amp;b=%22%3C" rel="noopener noreferrer nofollow">P &amp; q</a>"#
        );
    }
}
