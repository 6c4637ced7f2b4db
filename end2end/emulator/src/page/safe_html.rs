//! Removes everything harmful from a message's HTML.
//!
//! A few harmless elements stay, without attributes; a link keeps its http address. The page's policy also forbids
//! scripts and foreign resources.

use std::{
    collections::{HashMap, HashSet},
    sync::LazyLock,
};

use ammonia::{Builder, UrlRelative};

use super::turns_direction;

/// The elements that stay.
const KEPT: &str = "a b blockquote br code dd div dl dt em h1 h2 h3 h4 h5 h6 hr i li ol p pre s small span strong \
                    table tbody td th thead tr u ul";

/// The elements that are removed with their content.
const DROPPED: &str = "head iframe math noembed noframes noscript object plaintext script select style svg template \
                       textarea title xmp";

static SANITIZER: LazyLock<Builder<'static>> = LazyLock::new(|| {
    // A message's headings must not mix with the page's.
    let plain =
        ["h1", "h2", "h3", "h4", "h5", "h6"].map(|name| (name, HashMap::from([("role", "presentation")])));
    let mut builder = Builder::empty();
    builder
        .tags(KEPT.split(' ').collect())
        .clean_content_tags(DROPPED.split(' ').collect())
        .tag_attributes(HashMap::from([("a", HashSet::from(["href"]))]))
        .set_tag_attribute_values(HashMap::from_iter(plain))
        .set_tag_attribute_value("a", "target", "_blank")
        .url_schemes(HashSet::from(["http", "https"]))
        .url_relative(UrlRelative::Deny)
        .link_rel(Some("noopener noreferrer nofollow"));
    builder
});

/// Returns the message, safe to put into a page.
pub fn safe_html(html: &str) -> String {
    let mut safe = SANITIZER.clean(html).to_string();
    safe.retain(|character| !turns_direction(character));
    safe
}

#[cfg(test)]
mod tests {
    use super::*;

    const LINK: &str = "target=\"_blank\" rel=\"noopener noreferrer nofollow\"";

    #[test]
    fn harmless_elements_and_entities_stay() {
        let html = "<p><strong>Jane</strong> &amp; Joe<br/>said</p><ul><li>one<li>two</ul>";
        let safe = "<p><strong>Jane</strong> &amp; Joe<br>said</p><ul><li>one</li><li>two</li></ul>";
        assert_eq!(safe_html(html), safe);
        let table = "<table><thead><tr><th>a</th></tr></thead><tbody><tr><td>b</td></tr></tbody></table>";
        assert_eq!(safe_html(table), table);
        assert_eq!(
            safe_html("<a href=\"https://x.test/?a=1&amp;b=2\">a</a>"),
            format!("<a href=\"https://x.test/?a=1&amp;b=2\" {LINK}>a</a>")
        );
    }

    #[test]
    fn elements_that_run_or_load_something_are_removed() {
        for (hostile, safe) in [
            ("<script>alert(1)</script>after", "after"),
            ("<SCRIPT\n>alert(1)</SCRIPT >after", "after"),
            ("<script>never closed", ""),
            ("<img src=x onerror=alert(1)>", ""),
            ("<p onclick=\"alert(1)\" style=\"x\">a</p>", "<p>a</p>"),
            ("<svg><a href=\"https://x.test\">a</a></svg>b", "b"),
            ("<iframe srcdoc=\"<p>\"></iframe>a", "a"),
            ("<!-- <p> -->a<!doctype html>b<?php c ?>d", "abd"),
            ("<b a='>'>c", "<b>c</b>"),
            ("<b a=\"never closed>c", ""),
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
    fn only_links_to_web_addresses_are_kept() {
        for hostile in [
            "<a href=\"javascript:alert(1)\">a</a>",
            "<a href=\" jav&#x61;script:alert(1)\">a</a>",
            "<a href=\"data:text/html,<script>alert(1)</script>\">a</a>",
            "<a href=\"/_control\">a</a>",
            "<a href=\"//x.test\">a</a>",
        ] {
            assert_eq!(safe_html(hostile), format!("<a {LINK}>a</a>"), "{hostile}");
        }
        assert_eq!(
            safe_html("<a href='https://x.test/\"onmouseover=\"alert(1)'>a</a>"),
            format!("<a href=\"https://x.test/&quot;onmouseover=&quot;alert(1)\" {LINK}>a</a>")
        );
    }

    #[test]
    fn headings_do_not_mix_with_the_pages() {
        assert_eq!(safe_html("<h1>Sale</h1>"), "<h1 role=\"presentation\">Sale</h1>");
    }

    #[test]
    fn direction_marks_are_removed() {
        assert_eq!(safe_html("<p>a\u{202e}b&#x202e;c</p>"), "<p>abc</p>");
    }

    #[test]
    fn deeply_nested_text_is_shown() {
        let deep = safe_html(&format!("{}deep", "<div>".repeat(1000)));
        assert!(deep.contains("deep</div>"));
        assert_eq!(deep.matches("<div>").count(), deep.matches("</div>").count());
    }

    #[test]
    fn any_input_yields_only_allowed_elements() {
        let pieces =
            "< > / \" ' = & ; a p h2 script svg href https://x.test/ é !-- -- onclick br textarea #x3c \
                      </ table math"
                .split(' ')
                .chain([" ", "\n", "\u{0}"])
                .collect::<Vec<_>>();
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
                let tag = tag.trim_start_matches('/');
                let (name, attributes) = tag.split_once(' ').unwrap_or((tag, ""));
                assert!(KEPT.split(' ').any(|kept| kept == name), "{html:?} became {safe:?}");
                let expected = match name {
                    "a" => {
                        attributes.is_empty() || attributes == LINK || attributes.starts_with("href=\"http")
                    }
                    "h2" => attributes.is_empty() || attributes == "role=\"presentation\"",
                    _ => attributes.is_empty(),
                };
                assert!(expected, "{html:?} became {safe:?}");
            }
        }
    }
}
