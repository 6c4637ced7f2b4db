//! What shops load: the chat, and the demo shop's own files.

use std::path::Path;

use anyhow::{Context, Result};

/// The files below `storefront/` that a browser loads. They keep their names: they stand in the pages of shops.
const FILES: [&str; 3] = ["convi-chat.js", "demo/store.css", "demo/store.js"];

/// Each file's path in the site, and what it is served as.
pub fn files(root: &Path) -> Result<Vec<(String, String)>> {
    let read = |file: &&str| {
        let path = root.join("storefront").join(file);
        let source =
            std::fs::read_to_string(&path).with_context(|| format!("cannot read {}", path.display()))?;
        Ok((format!("storefront/{file}"), if file.ends_with(".js") { lean(&source) } else { source }))
    };
    FILES.iter().map(read).collect()
}

/// A script without its lines of comment and its indentation, a fifth of what shoppers would load. The lines that are
/// left stay lines, so nothing has to understand the language.
pub fn lean(source: &str) -> String {
    let mut lean = String::with_capacity(source.len());
    let mut in_comment = false;
    for line in source.lines().map(str::trim_start) {
        let code = if in_comment || line.starts_with("/*") {
            let end = line.find("*/");
            in_comment = end.is_none();
            end.map_or("", |end| line[end + 2..].trim_start())
        } else if line.starts_with("//") {
            ""
        } else {
            line
        };
        if !code.is_empty() {
            lean.push_str(code);
            lean.push('\n');
        }
    }
    lean
}

#[cfg(test)]
mod tests {
    use super::{files, lean};
    use crate::assets::{Effort, brotli};

    #[test]
    fn comments_and_indentation_go_and_code_stays() {
        let source = "// one\nlet a = 1; // two\n\n/**\n * @type {string}\n */\nlet b = `x\n  y // z`;\n\
                      \t/* short */\n  let u = \"https://x\";\n  /** @type {A} */ (u).go();\n";
        assert_eq!(
            lean(source),
            "let a = 1; // two\nlet b = `x\ny // z`;\nlet u = \"https://x\";\n(u).go();\n"
        );
    }

    /// 25,000 bytes is what a shop was promised; the tighter figure is what the chat weighs now and a fifth, so that
    /// growing it is a decision.
    #[test]
    fn the_chat_stays_within_its_budget() {
        let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
        let files = files(&root).unwrap();
        let (_, chat) = files.iter().find(|(path, _)| path == "storefront/convi-chat.js").unwrap();
        let packed = brotli(chat.as_bytes(), Effort::Best).unwrap().len();
        assert!(packed <= 25_000, "{packed} bytes of brotli");
        assert!(packed <= 14_900, "{packed} bytes of brotli");
    }
}
