//! Reads the parts of Markdown that these tests need.

/// Returns the text between `<!-- name…-->` and `<!-- /name -->`.
pub fn between<'a>(document: &'a str, name: &str) -> &'a str {
    let found = document.split_once(&format!("<!-- {name}")).and_then(|(_, rest)| {
        let (_, rest) = rest.split_once("-->\n")?;
        Some(rest.split_once(&format!("<!-- /{name} -->"))?.0)
    });
    found.unwrap_or_else(|| panic!("no part is marked as {name}"))
}

/// Returns the cells of a table's rows, without its heading.
pub fn rows(table: &str) -> Vec<Vec<&str>> {
    let lines = table.lines().filter(|line| line.starts_with('|')).skip(2);
    lines.map(|line| line.trim_matches('|').split('|').map(str::trim).collect()).collect()
}

/// Returns the code spans of a text.
pub fn code(text: &str) -> impl Iterator<Item = &str> {
    text.split('`').skip(1).step_by(2)
}

/// A fenced block.
pub struct Block<'a> {
    /// The language after the fence.
    pub language: &'a str,
    /// The comment directly before it.
    pub mark: &'a str,
    /// Its content.
    pub text: &'a str,
}

/// Returns the fenced blocks of a document.
pub fn blocks(document: &str) -> Vec<Block<'_>> {
    let mut found = Vec::new();
    let mut rest = document;
    while let Some((before, after)) = rest.split_once("```") {
        let (language, after) = after.split_once('\n').unwrap();
        let (text, after) =
            after.split_once("```").unwrap_or_else(|| panic!("a block is not closed: {after}"));
        let last = before.lines().rev().find(|line| !line.trim().is_empty()).unwrap_or_default();
        let mark =
            last.trim().strip_prefix("<!--").and_then(|line| line.strip_suffix("-->")).unwrap_or_default();
        found.push(Block { language: language.trim(), mark: mark.trim(), text });
        rest = after;
    }
    found
}

/// Returns the text without its fenced blocks, line by line.
pub fn prose(document: &str) -> String {
    let mut fenced = false;
    let lines = document.lines().filter(|line| {
        let fence = line.trim_start().starts_with("```");
        fenced ^= fence;
        !fence && !fenced
    });
    lines.collect::<Vec<_>>().join("\n")
}

/// Returns the anchors of a document's headings.
pub fn anchors(document: &str) -> Vec<String> {
    let headings = prose(document);
    headings.lines().filter(|line| line.starts_with('#')).map(anchor).collect()
}

/// Returns a heading's anchor: lower case, hyphens for spaces, and only letters, digits, `-` and `_`.
fn anchor(heading: &str) -> String {
    let heading = heading.trim_start_matches('#').trim().to_lowercase();
    let kept = heading.chars().filter(|c| c.is_alphanumeric() || matches!(c, ' ' | '-' | '_'));
    kept.map(|c| if c == ' ' { '-' } else { c }).collect()
}

/// Returns the targets of a document's links and pictures.
pub fn links(document: &str) -> Vec<String> {
    let prose = prose(document);
    // Code contains no links.
    let text: String = prose.split('`').step_by(2).collect();
    text.split("](").skip(1).filter_map(|rest| rest.split(')').next()).map(str::to_owned).collect()
}

#[test]
fn a_document_is_read() {
    let document = "# One `two`: three!\n[a](b.md#c)\n```sh\n# no heading\n[no](link)\n```\n`[no](link)` ![x](y.png)\n\
                    <!-- list: about -->\n| a | b |\n|---|---|\n| `c` | d |\n<!-- /list -->\n";
    assert_eq!(anchors(document), ["one-two-three"]);
    assert_eq!(links(document), ["b.md#c", "y.png"]);
    assert_eq!(rows(between(document, "list")), [["`c`", "d"]]);
    let [block] = &blocks("a\n<!-- test: x -->\n```sh\n$ y\n```\n")[..] else { panic!("one block") };
    assert_eq!((block.language, block.mark, block.text), ("sh", "test: x", "$ y\n"));
    assert_eq!(code("a `b` c `d`").collect::<Vec<_>>(), ["b", "d"]);
}
