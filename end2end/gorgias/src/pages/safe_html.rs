//! A message's HTML with everything taken out that could do harm.
//!
//! Nothing of the input is passed on as it is: a few harmless elements are written anew, without attributes
//! (a link keeps its http address), everything else becomes text or goes. The page's policy forbids scripts
//! and foreign resources besides.

use super::html::Text;

/// What is written anew. A heading of a message must not join the page's headings, so it becomes bold text.
const KEPT: &[(&str, &str)] = &[
    ("a", "a"),
    ("b", "b"),
    ("blockquote", "blockquote"),
    ("br", "br"),
    ("code", "code"),
    ("dd", "dd"),
    ("div", "div"),
    ("dl", "dl"),
    ("dt", "dt"),
    ("em", "em"),
    ("h1", "strong"),
    ("h2", "strong"),
    ("h3", "strong"),
    ("h4", "strong"),
    ("h5", "strong"),
    ("h6", "strong"),
    ("hr", "hr"),
    ("i", "i"),
    ("li", "li"),
    ("ol", "ol"),
    ("p", "p"),
    ("pre", "pre"),
    ("s", "s"),
    ("small", "small"),
    ("span", "span"),
    ("strong", "strong"),
    ("table", "table"),
    ("tbody", "tbody"),
    ("td", "td"),
    ("th", "th"),
    ("thead", "thead"),
    ("tr", "tr"),
    ("u", "u"),
    ("ul", "ul"),
];

/// What goes with all that is in it.
const DROPPED: &[&str] = &[
    "head",
    "iframe",
    "math",
    "noembed",
    "noframes",
    "noscript",
    "object",
    "plaintext",
    "script",
    "select",
    "style",
    "svg",
    "template",
    "textarea",
    "title",
    "xmp",
];

/// How deep elements may be nested. Browsers give up at some hundreds.
const DEEPEST: usize = 64;

/// The message, safe to put into a page.
pub(super) fn safe_html(html: &str) -> String {
    let mut out = String::with_capacity(html.len());
    let mut open: Vec<&'static str> = Vec::new();
    let mut rest = html;
    while let Some(at) = rest.find('<') {
        write_text(&mut out, &rest[..at]);
        rest = &rest[at..];
        if let Some(comment) = rest.strip_prefix("<!--") {
            rest = comment.find("-->").map_or("", |end| &comment[end + 3..]);
        } else if rest.starts_with("<!") || rest.starts_with("<?") {
            rest = after(rest, ">");
        } else if let Some((tag, left)) = Tag::read(rest) {
            rest = left;
            if DROPPED.contains(&tag.name.as_str()) {
                if !tag.closes {
                    rest = after_closing(rest, &tag.name);
                }
            } else {
                write_tag(&mut out, &mut open, &tag);
            }
        } else {
            out.push_str("&lt;");
            rest = &rest[1..];
        }
    }
    write_text(&mut out, rest);
    while let Some(name) = open.pop() {
        close(&mut out, name);
    }
    out
}

fn write_tag(out: &mut String, open: &mut Vec<&'static str>, tag: &Tag) {
    let Some((_, name)) = KEPT.iter().find(|(from, _)| *from == tag.name) else {
        return;
    };
    match *name {
        "br" | "hr" => {
            if !tag.closes {
                out.push_str(&format!("<{name}>"));
            }
        }
        _ if tag.closes => {
            if open.contains(name) {
                while let Some(last) = open.pop() {
                    close(out, last);
                    if last == *name {
                        break;
                    }
                }
            }
        }
        // A link in a link makes browsers rearrange the tree.
        "a" if open.contains(&"a") => {}
        _ if open.len() >= DEEPEST => {}
        "a" => {
            let href = tag.href.as_deref().filter(|href| is_web_address(href));
            match href {
                Some(href) => out.push_str(&format!(
                    "<a href=\"{}\" rel=\"noopener noreferrer nofollow\" target=\"_blank\">",
                    escaped(href)
                )),
                None => out.push_str("<a>"),
            }
            open.push(name);
        }
        _ => {
            out.push_str(&format!("<{name}>"));
            open.push(name);
        }
    }
}

fn close(out: &mut String, name: &str) {
    out.push_str(&format!("</{name}>"));
}

/// Its beginning is literal, so no entity can hide another scheme.
fn is_web_address(href: &str) -> bool {
    let begins =
        |scheme: &str| href.get(..scheme.len()).is_some_and(|start| start.eq_ignore_ascii_case(scheme));
    begins("https://") || begins("http://")
}

fn write_text(out: &mut String, text: &str) {
    out.push_str(&escaped(text));
}

/// Text of the input, whose entities stay what they are.
fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut parts = text.split('&');
    if let Some(first) = parts.next() {
        out.push_str(&Text(first).to_string());
    }
    for part in parts {
        let entity = part.split_once(';').is_some_and(|(name, _)| is_entity(name));
        out.push_str(if entity { "&" } else { "&amp;" });
        out.push_str(&Text(part).to_string());
    }
    out
}

fn is_entity(name: &str) -> bool {
    let all = |text: &str, fits: fn(&u8) -> bool| !text.is_empty() && text.bytes().all(|byte| fits(&byte));
    match name.strip_prefix('#') {
        Some(number) => match number.strip_prefix(['x', 'X']) {
            Some(hex) => all(hex, u8::is_ascii_hexdigit),
            None => all(number, u8::is_ascii_digit),
        },
        None => name.len() < 32 && all(name, u8::is_ascii_alphanumeric),
    }
}

fn after<'a>(text: &'a str, end: &str) -> &'a str {
    text.find(end).map_or("", |at| &text[at + end.len()..])
}

/// What follows `</name …>`; nothing if that never comes.
fn after_closing<'a>(text: &'a str, name: &str) -> &'a str {
    let mut rest = text;
    while let Some(at) = rest.find("</") {
        rest = &rest[at + 2..];
        if rest.get(..name.len()).is_some_and(|it| it.eq_ignore_ascii_case(name)) {
            return after(rest, ">");
        }
    }
    ""
}

/// `<name …>` or `</name>`.
struct Tag {
    name: String,
    closes: bool,
    href: Option<String>,
}

impl Tag {
    /// The tag at the beginning of `text`, and what follows it.
    fn read(text: &str) -> Option<(Self, &str)> {
        let mut rest = text.strip_prefix('<')?;
        let closes = rest.starts_with('/');
        if closes {
            rest = &rest[1..];
        }
        let end = rest.find(|it: char| !it.is_ascii_alphanumeric()).unwrap_or(rest.len());
        let name = rest[..end].to_ascii_lowercase();
        if !name.starts_with(|it: char| it.is_ascii_alphabetic()) {
            return None;
        }
        rest = &rest[end..];
        let mut href = None;
        loop {
            rest = rest.trim_start_matches(|it: char| it.is_ascii_whitespace() || it == '/');
            if rest.is_empty() {
                break;
            }
            if let Some(left) = rest.strip_prefix('>') {
                rest = left;
                break;
            }
            let (key, value, left) = read_attribute(rest);
            if key.eq_ignore_ascii_case("href") && href.is_none() {
                href = Some(value.trim().to_owned());
            }
            rest = left;
        }
        Some((Self { name, closes, href }, rest))
    }
}

/// `key`, `key=value`, `key="value"`; at least one character is taken.
fn read_attribute(text: &str) -> (&str, &str, &str) {
    let first = text.chars().next().map_or(0, char::len_utf8);
    let ends = |it: char| it.is_ascii_whitespace() || matches!(it, '=' | '>' | '/');
    let end = text[first..].find(ends).map_or(text.len(), |at| at + first);
    let (key, rest) = text.split_at(end);
    let Some(value) = rest.trim_start().strip_prefix('=').map(str::trim_start) else {
        return (key, "", rest);
    };
    for quote in ['"', '\''] {
        if let Some(quoted) = value.strip_prefix(quote) {
            return match quoted.split_once(quote) {
                Some((value, rest)) => (key, value, rest),
                None => (key, "", ""),
            };
        }
    }
    let end = value.find(|it: char| it.is_ascii_whitespace() || it == '>').unwrap_or(value.len());
    (key, &value[..end], &value[end..])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_harmless_stays() {
        let html = "<p><strong>Jane</strong> &amp; Joe<br/>said</p><ul><li>one<li>two</ul>";
        let safe = "<p><strong>Jane</strong> &amp; Joe<br>said</p><ul><li>one<li>two</li></li></ul>";
        assert_eq!(safe_html(html), safe);
    }

    #[test]
    fn what_runs_goes() {
        for (hostile, safe) in [
            ("<script>alert(1)</script>after", "after"),
            ("<SCRIPT\n>alert(1)</SCRIPT >after", "after"),
            ("<script>never closed", ""),
            ("<img src=x onerror=alert(1)>", ""),
            ("<p onclick=\"alert(1)\" style=\"x\">a</p>", "<p>a</p>"),
            ("<svg><a href=\"https://x.test\">a</a></svg>b", "b"),
            ("<iframe srcdoc=\"<p>\"></iframe>a", "a"),
            ("<a href=\"javascript:alert(1)\">a</a>", "<a>a</a>"),
            ("<a href=\" jav&#x61;script:alert(1)\">a</a>", "<a>a</a>"),
            (
                "<a href='https://x.test/\"onmouseover=\"alert(1)'>a</a>",
                "<a href=\"https://x.test/&quot;onmouseover=&quot;alert(1)\" rel=\"noopener noreferrer nofollow\" target=\"_blank\">a</a>",
            ),
            ("<!-- <p> -->a<!doctype html>b<?php c ?>d", "abd"),
            ("<b a='>'>c", "<b>c</b>"),
            ("<b a=\"never closed>c", "<b></b>"),
            ("1 < 2 <3 <", "1 &lt; 2 &lt;3 &lt;"),
            ("</div></main>a", "a"),
            ("&lt;script&gt;", "&lt;script&gt;"),
            ("&<b>", "&amp;<b></b>"),
            ("<form action=/_control><input><button>go</button></form>", "go"),
            ("<meta http-equiv=refresh content=0><base href=https://x.test><link rel=stylesheet>", ""),
        ] {
            assert_eq!(safe_html(hostile), safe, "{hostile}");
        }
    }

    #[test]
    fn headings_do_not_join_the_pages_and_depth_is_limited() {
        assert_eq!(safe_html("<h1>Sale</h1>"), "<strong>Sale</strong>");
        let deep = safe_html(&"<div>".repeat(1000));
        assert_eq!(deep.matches("<div>").count(), DEEPEST);
        assert_eq!(deep.matches("</div>").count(), DEEPEST);
    }

    #[test]
    fn whatever_comes_only_kept_elements_go_out() {
        let pieces = [
            "<",
            ">",
            "/",
            "\"",
            "'",
            "=",
            " ",
            "&",
            ";",
            "a",
            "p",
            "script",
            "svg",
            "href",
            "https://x.test/",
            "é",
            "!--",
            "--",
            "onclick",
            "br",
            "textarea",
            "\n",
            "#x3c",
            "</",
            "table",
            "\u{0}",
        ];
        let mut state: u32 = 7;
        for _ in 0..20_000 {
            let mut html = String::new();
            for _ in 0..12 {
                state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
                html.push_str(pieces[(state >> 16) as usize % pieces.len()]);
            }
            let safe = safe_html(&html);
            for tag in safe.split('<').skip(1) {
                let (tag, _) = tag.split_once('>').unwrap();
                let name = tag.trim_start_matches('/').split(' ').next().unwrap();
                assert!(KEPT.iter().any(|(_, kept)| *kept == name), "{html:?} became {safe:?}");
                assert!(
                    name == tag.trim_start_matches('/') || tag.starts_with("a href=\"http"),
                    "{html:?}: {safe:?}"
                );
            }
        }
    }
}
