//! Puts a digest of each page into the page itself. Before hydrating, the page's script compares it with the document
//! in the browser, and so knows whether something on the way (a proxy that rewrites addresses, a minifier, a
//! translator, an extension) has changed the page. `frontend/start.js` computes the same digest.

use std::borrow::Cow;

/// Where the digest goes, as the shell writes it (`app/src/shell.rs`).
const HOLE: &str = r#"name="convi-sent" content="""#;

/// Attributes that people see or that lead somewhere; extensions may add any others.
const READ: [&str; 3] = ["action", "href", "value"];

/// Elements without an end tag.
const VOID: [&str; 13] =
    ["area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "track", "wbr"];

/// Elements whose text is not markup.
const RAW: [&str; 3] = ["script", "style", "noscript"];

/// Returns the page with its digest: the number of nodes in its body, what they are, and the module's data after them.
/// A page that cannot be parsed stays unchanged, and its script then renders it again.
pub fn marked(html: &str) -> Cow<'_, str> {
    let Some((head, body)) = html.split_once("<body>") else { return html.into() };
    let Some(Body { nodes, view, behind }) = read(body) else { return html.into() };
    let mut data = Digest::new();
    let mut rest = behind;
    while let Some((_, script)) = after(rest, "<script").and_then(|(_, tag)| tag.split_once('>')) {
        let (text, behind) = after(script, "</script>").unwrap_or((script, ""));
        data.add(text);
        rest = behind;
    }
    let told = format!(r#"name="convi-sent" content="{nodes} {} {}""#, view.0, data.0);
    format!("{}<body>{body}", head.replacen(HOLE, &told, 1)).into()
}

/// Splits at a tag. The data contains no `<`, so this is faster than searching for the whole tag.
fn after<'a>(html: &'a str, tag: &str) -> Option<(&'a str, &'a str)> {
    let mut from = 0;
    loop {
        let at = from + html[from..].find('<')?;
        if let Some(behind) = html[at..].strip_prefix(tag) {
            return Some((&html[..at], behind));
        }
        from = at + 1;
    }
}

/// FNV-1a over UTF-16, which is what JavaScript has.
struct Digest(u32);

impl Digest {
    const fn new() -> Self {
        Self(0x811c_9dc5)
    }

    fn add(&mut self, text: &str) {
        if text.is_ascii() {
            text.bytes().for_each(|byte| self.unit(byte.into()));
        } else {
            text.encode_utf16().for_each(|unit| self.unit(unit.into()));
        }
    }

    const fn unit(&mut self, unit: u32) {
        self.0 = (self.0 ^ unit).wrapping_mul(0x0100_0193);
    }
}

struct Body<'a> {
    /// The number of top-level nodes.
    nodes: usize,
    view: Digest,
    /// The rest of the page: scripts with the data.
    behind: &'a str,
}

/// Parses our own, well-formed HTML up to the end of the body.
fn read(mut rest: &str) -> Option<Body<'_>> {
    let (mut depth, mut nodes, mut view) = (0_usize, 0, Digest::new());
    loop {
        if let Some(after) = rest.strip_prefix("</") {
            let (_, after) = after.split_once('>')?;
            rest = after;
            if depth == 0 {
                return Some(Body { nodes, view, behind: rest });
            }
            depth -= 1;
            view.add(">");
            continue;
        }
        nodes += usize::from(depth == 0);
        if let Some(after) = rest.strip_prefix("<!") {
            rest = match after.strip_prefix("--") {
                Some(comment) => comment.split_once("-->")?.1,
                None => after.split_once('>')?.1,
            };
            view.add("!");
        } else if let Some(after) = rest.strip_prefix('<') {
            let end = after.find([' ', '/', '>'])?;
            let mut name = Cow::from(&after[..end]);
            if name.bytes().any(|byte| byte.is_ascii_uppercase()) {
                name.to_mut().make_ascii_lowercase();
            }
            let (closed, after) = read_attributes(&after[end..], &name, &mut view)?;
            rest = after;
            if RAW.contains(&&*name) {
                let (text, after) = rest.split_once(&format!("</{name}>"))?;
                rest = after;
                if !text.is_empty() {
                    add_text(text, &mut view);
                }
                view.add(">");
            } else if closed || VOID.contains(&&*name) {
                view.add(">");
            } else {
                depth += 1;
            }
        } else {
            let end = rest.find('<')?;
            add_text(&plain(&rest[..end]), &mut view);
            rest = &rest[end..];
        }
    }
}

/// Parses a tag after its name. Returns whether it closes itself, and the rest.
fn read_attributes<'a>(mut rest: &'a str, name: &str, view: &mut Digest) -> Option<(bool, &'a str)> {
    let mut read = [None; READ.len()];
    let closed = loop {
        rest = rest.trim_start();
        if let Some(after) = rest.strip_prefix("/>") {
            rest = after;
            break true;
        }
        if let Some(after) = rest.strip_prefix('>') {
            rest = after;
            break false;
        }
        let end = rest.find(['=', ' ', '/', '>']).filter(|&end| end > 0)?;
        let attribute = &rest[..end];
        let value = match rest[end..].strip_prefix("=\"") {
            Some(after) => {
                let (value, after) = after.split_once('"')?;
                rest = after;
                value
            }
            None => {
                rest = &rest[end..];
                ""
            }
        };
        if let Some(at) = READ.iter().position(|known| *known == attribute) {
            read[at] = Some(value);
        }
    };
    view.add("<");
    view.add(name);
    for (attribute, value) in READ.iter().zip(read) {
        if let Some(value) = value {
            view.add(" ");
            view.add(attribute);
            view.add("=");
            view.add(&plain(value));
        }
    }
    Some((closed, rest))
}

fn add_text(text: &str, view: &mut Digest) {
    view.add("\"");
    if text.contains('\r') {
        // Line breaks as an HTML parser reads them.
        view.add(&text.replace("\r\n", "\n").replace('\r', "\n"));
    } else {
        view.add(text);
    }
}

/// Unescapes text.
fn plain(html: &str) -> Cow<'_, str> {
    if !html.contains('&') {
        return html.into();
    }
    let pairs =
        [("&lt;", "<"), ("&gt;", ">"), ("&quot;", "\""), ("&#x27;", "'"), ("&#39;", "'"), ("&amp;", "&")];
    pairs.iter().fold(html.to_owned(), |text, (escaped, plain)| text.replace(escaped, plain)).into()
}

#[cfg(test)]
mod tests {
    use super::*;

    const PAGE: &str = "<html><head><meta name=\"convi-sent\" content=\"\"><title>a</title></head><body><p class=\"a>b\">\
                        jane@x.example &amp; <!>co</p><!--<() />--><svg><path d=\"M1\"/></svg><a href=\"/b?c&amp;d\">e</a>\
                        <input value=\"f\"></body><!></html><script nonce=\"n\">__R=[\"g\"];</script>";

    fn told(html: &str) -> Option<String> {
        let page = marked(html).into_owned();
        let content = page.split_once("name=\"convi-sent\" content=\"")?.1.split('"').next()?;
        Some(content.to_owned())
    }

    #[test]
    fn proxy_changes_alter_the_digest() {
        let sent = told(PAGE).unwrap();
        assert!(sent.starts_with("5 "), "{sent}");
        for (what, with) in [
            ("jane@x.example", "<a>[email protected]</a>"),
            ("jane@x.example", "[email protected]"),
            ("<!>", ""),
            ("<!--<() />-->", ""),
            (" <!>", "<!>"),
            ("<body>", "<body><div></div>"),
            ("/b?c&amp;d", "/elsewhere"),
            ("value=\"f\"", "value=\"\""),
            ("<p", "<div"),
        ] {
            let changed = told(&PAGE.replacen(what, with, 1)).unwrap();
            assert_ne!(
                sent.rsplit_once(' ').unwrap().0,
                changed.rsplit_once(' ').unwrap().0,
                "{what} → {with}"
            );
        }
        let changed = told(&PAGE.replacen("[\"g\"]", "[\"h\"]", 1)).unwrap();
        assert_ne!(sent.rsplit_once(' ').unwrap().1, changed.rsplit_once(' ').unwrap().1);
    }

    #[test]
    fn attributes_added_by_extensions_are_ignored() {
        for (what, with) in [
            ("<p ", "<p data-extension=\"1\" "),
            ("<input", "<input style=\"color:red\""),
            ("</html>", "</html>\n"),
        ] {
            assert_eq!(told(PAGE), told(&PAGE.replacen(what, with, 1)), "{what}");
        }
    }

    #[test]
    fn unparsable_page_is_unchanged() {
        for html in ["", "<html></html>", "<body><p", "<body><p a=\"", "<body>text"] {
            assert_eq!(marked(html), html);
        }
    }
}
