//! Chat text is hostile input: which characters are kept, and how it is put into HTML.

use icu_normalizer::{ComposingNormalizerBorrowed, DecomposingNormalizerBorrowed};
use std::borrow::Cow;
use unicode_segmentation::GraphemeCursor;

/// Removes what has no place in a ticket or an email: control characters (including NUL) except line breaks and tabs,
/// and the marks that change the reading order (overrides, embeddings and isolates; the plain left-to-right and
/// right-to-left marks stay, since real Arabic and Hebrew use them).
///
/// Words stay separated: every Unicode line break (vertical tab, form feed, NEL, U+2028, U+2029) becomes `\n`, and the
/// separators U+001C to U+001F become a space.
pub fn clean(text: &str) -> String {
    let mut previous = '\0';
    replaced(text, |c| {
        let before = std::mem::replace(&mut previous, c);
        match c {
            '\n' if before == '\r' => Some(""),
            '\r' | '\u{b}' | '\u{c}' | '\u{85}' | '\u{2028}' | '\u{2029}' => Some("\n"),
            '\n' | '\t' => None,
            '\u{1c}'..='\u{1f}' => Some(" "),
            '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{fff9}'..='\u{fffb}' => Some(""),
            c => c.is_control().then_some(""),
        }
    })
}

/// Replaces some characters. Everything between two replacements is copied in one piece.
fn replaced(text: &str, mut other: impl FnMut(char) -> Option<&'static str>) -> String {
    let mut result = String::with_capacity(text.len() + text.len() / 8);
    let mut copied = 0;
    for (at, c) in text.char_indices() {
        if let Some(other) = other(c) {
            result.push_str(&text[copied..at]);
            result.push_str(other);
            copied = at + c.len_utf8();
        }
    }
    result.push_str(&text[copied..]);
    result
}

/// Like [`clean`], but on one line: runs of white space become one space. For names, subjects and anything that
/// ends up in a mail header.
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

/// From this many characters on, a cluster may be cut: no flag, family or accented letter is that long, and a longer
/// pile of accents must not exceed a limit.
const LONGEST_CLUSTER: usize = 32;

/// Returns the first `limit` characters, the last of them an ellipsis if something was left out. Never cuts through
/// what a reader sees as one character: a flag, a family, a letter with its accent.
pub fn shorten(text: &str, limit: usize) -> String {
    if text.chars().nth(limit).is_none() {
        return text.to_owned();
    }
    let end = text.char_indices().nth(limit.saturating_sub(1)).map_or(text.len(), |(at, _)| at);
    let mut short = text[..between_clusters(text, end)].to_owned();
    short.truncate(short.trim_end().len());
    short.push('…');
    short
}

/// Returns the last place at or before this byte where a cut does not split what a reader sees as one character. A pile
/// of more than [`LONGEST_CLUSTER`] characters is cut regardless.
pub fn between_clusters(text: &str, at: usize) -> usize {
    let at = text.floor_char_boundary(at);
    let mut cursor = GraphemeCursor::new(at, text.len(), true);
    // The text is one complete chunk, so the cursor never asks for more.
    if at == 0 || at == text.len() || cursor.is_boundary(text, 0) != Ok(false) {
        return at;
    }
    match cursor.prev_boundary(text, 0) {
        Ok(Some(before)) if text[before..at].chars().nth(LONGEST_CLUSTER).is_none() => before,
        _ => at,
    }
}

/// Returns the longest beginning of a text that [`escape_lines`] turns into at most `limit` bytes, and the rest.
pub fn fitting(text: &str, limit: usize) -> (&str, &str) {
    let (mut size, mut kept) = (0, false);
    for (at, c) in text.char_indices() {
        escape_one(c, &mut kept, |escaped| size += escaped.len());
        if size > limit {
            // Never empty, so that a caller who splits a text always makes progress.
            return text.split_at(match between_clusters(text, at) {
                0 => at,
                between => between,
            });
        }
    }
    (text, "")
}

/// Returns a text in Unicode's composed form: `é` is one character, however it was typed.
pub fn composed(text: &str) -> Cow<'_, str> {
    ComposingNormalizerBorrowed::new_nfc().normalize(text)
}

/// Returns a text in Unicode's decomposed form: `é` is `e` and an accent.
pub fn decomposed(text: &str) -> Cow<'_, str> {
    DecomposingNormalizerBorrowed::new_nfd().normalize(text)
}

/// Escapes text for an HTML body or a quoted attribute.
pub fn escape(text: &str) -> String {
    replaced(text, entity)
}

fn entity(c: char) -> Option<&'static str> {
    match c {
        '&' => Some("&amp;"),
        '<' => Some("&lt;"),
        '>' => Some("&gt;"),
        '"' => Some("&quot;"),
        '\'' => Some("&#39;"),
        _ => None,
    }
}

/// Escapes text of several lines: line breaks become `<br>`, and indents and runs of spaces are kept.
///
/// It uses non-breaking spaces, since a helpdesk removes styles: every space that HTML would drop becomes one, so that
/// long lines still wrap. A tab becomes four spaces.
pub fn escape_lines(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len() + text.len() / 8);
    let mut kept = false;
    for c in text.chars() {
        escape_one(c, &mut kept, |piece| escaped.push_str(piece));
    }
    escaped
}

/// Escapes one character. `kept` says whether HTML would keep a plain space here.
fn escape_one(c: char, kept: &mut bool, mut write: impl FnMut(&str)) {
    match c {
        ' ' | '\t' => {
            for _ in 0..if c == '\t' { 4 } else { 1 } {
                write(if *kept { " " } else { "&nbsp;" });
                *kept = !*kept;
            }
        }
        '\n' => {
            write("<br>");
            *kept = false;
        }
        c => {
            let mut own = [0; 4];
            write(entity(c).unwrap_or_else(|| c.encode_utf8(&mut own)));
            *kept = true;
        }
    }
}

/// Parses a URL that may become a link: http or https, with a host and without user info, which only serves to deceive.
pub fn http_url(text: &str) -> Option<url::Url> {
    let url = url::Url::parse(text.trim()).ok()?;
    let plain = url.username().is_empty() && url.password().is_none();
    (matches!(url.scheme(), "http" | "https") && url.has_host() && plain).then_some(url)
}

/// Returns a link if the address may become one, else the label as text.
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
    fn control_characters_are_removed_and_line_breaks_kept() {
        assert_eq!(clean("a\u{0}b\u{7}c\r\nd\re\tf\u{202e}g\u{200f}h\u{85}"), "abc\nd\ne\tfg\u{200f}h\n");
    }

    #[test]
    fn separators_still_separate_words() {
        for line in ["\r\n", "\r", "\n", "\u{b}", "\u{c}", "\u{85}", "\u{2028}", "\u{2029}"] {
            assert_eq!(clean(&format!("one{line}two")), "one\ntwo", "{line:?}");
            assert_eq!(one_line(&format!("one{line}two")), "one two", "{line:?}");
        }
        for space in ["\u{1c}", "\u{1d}", "\u{1e}", "\u{1f}"] {
            assert_eq!(clean(&format!("one{space}two")), "one two", "{space:?}");
        }
        assert_eq!(clean("a\r\r\n\nb"), "a\n\n\nb", "each line break stays one");
        assert_eq!(clean("a\u{1}\u{7f}\u{9f}b"), "ab");
    }

    #[test]
    fn one_line_has_no_line_breaks() {
        assert_eq!(one_line("  Jane\r\nBcc: x@example.com\u{0} \u{2028}Doe "), "Jane Bcc: x@example.com Doe");
    }

    #[test]
    fn shorten_counts_characters() {
        assert_eq!(shorten("äöü", 3), "äöü");
        assert_eq!(shorten("äöüß", 3), "äö…");
        assert_eq!(shorten("ab cd", 4), "ab…", "no space before the ellipsis");
    }

    /// Clusters that a reader sees as one character.
    const WHOLE: [&str; 12] = [
        "🇩🇪",
        "👨\u{200d}👩\u{200d}👧\u{200d}👦",
        "e\u{301}",
        "o\u{302}\u{323}",
        "👍🏽",
        "1\u{fe0f}\u{20e3}",
        "❤\u{fe0f}\u{200d}🔥",
        "🏴\u{e0067}\u{e0062}\u{e0073}\u{e0063}\u{e0074}\u{e007f}",
        "\u{1112}\u{1161}\u{11ab}",
        "\r\n",
        "क\u{94d}षि",
        "か\u{3099}",
    ];

    #[test]
    fn cuts_never_split_a_character() {
        for whole in WHOLE {
            let text = format!("ab{}", whole.repeat(8));
            let cluster = whole.chars().count();
            for limit in 1..text.chars().count() {
                let short = shorten(&text, limit);
                assert!(short.chars().count() <= limit, "{limit} of {whole:?}: {short:?}");
                let kept = short.strip_suffix('…').unwrap();
                let begun = kept.strip_prefix("ab").unwrap_or_default();
                assert_eq!(begun.chars().count() % cluster, 0, "{limit} of {whole:?}: {short:?}");
                let (piece, rest) = fitting(&text, limit * 4);
                assert_eq!(format!("{piece}{rest}"), text);
                if let Some(begun) = piece.strip_prefix("ab").filter(|_| whole != "\r\n") {
                    assert_eq!(begun.chars().count() % cluster, 0, "{limit} of {whole:?}: {piece:?}");
                }
            }
        }
        // A flag is a pair, counted from the start of the row.
        assert_eq!(shorten(&"🇩🇪🇫🇷".repeat(30), 6), "🇩🇪🇫🇷…");
    }

    #[test]
    fn piled_up_accents_respect_the_limit() {
        let pile = format!("a{}", "\u{301}".repeat(100_000));
        assert_eq!(shorten(&pile, 120).chars().count(), 120);
        let (piece, rest) = fitting(&pile, 900);
        assert_eq!((piece.len(), piece.len() + rest.len()), (899, pile.len()));
    }

    #[test]
    fn indents_and_runs_of_spaces_are_kept_in_html() {
        for (text, html) in [
            ("a b c", "a b c"),
            ("a  b", "a &nbsp;b"),
            ("a   b", "a &nbsp; b"),
            (" a", "&nbsp;a"),
            ("if x:\n    y", "if x:<br>&nbsp; &nbsp; y"),
            ("a\tb", "a &nbsp; &nbsp;b"),
            ("\ta", "&nbsp; &nbsp; a"),
            ("a \n b", "a <br>&nbsp;b"),
        ] {
            assert_eq!(escape_lines(text), html, "{text:?}");
            // Only spaces that HTML keeps, and as many as were written.
            let read = html.replace("<br>", "\n").replace("&nbsp;", " ");
            assert_eq!(read, text.replace('\t', "    "));
            assert!(!html.contains("  ") && !html.contains("<br> ") && !html.starts_with(' '), "{html}");
        }
    }

    #[test]
    fn fitting_measures_the_escaped_text() {
        let text = "a \t\"<é>\n  &'".repeat(500);
        for limit in [60, 100, 1_001, 4_000] {
            let (mut rest, mut back) = (text.as_str(), String::new());
            while !rest.is_empty() {
                let (piece, after) = fitting(rest, limit);
                assert!(escape_lines(piece).len() <= limit);
                back.push_str(piece);
                rest = after;
            }
            assert_eq!(back, text);
        }
    }

    #[test]
    fn composed_and_decomposed_names_are_equal() {
        assert_eq!(composed("Jose\u{301}"), "José");
        assert_eq!(decomposed("José"), "Jose\u{301}");
        assert_eq!(composed("Nguye\u{302}\u{303}n"), composed("Nguy\u{ea}\u{303}n"));
    }

    #[test]
    fn markup_is_escaped() {
        assert_eq!(
            escape_lines("<script>alert('x')</script>\n\"&"),
            "&lt;script&gt;alert(&#39;x&#39;)&lt;/script&gt;<br>&quot;&amp;"
        );
    }

    #[test]
    fn only_http_urls_become_links() {
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
