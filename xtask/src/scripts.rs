//! Prepares hand-written scripts for the browser: stripped in a dev build, minified in a release.

use std::fs;
use std::path::Path;

use anyhow::Result;

use crate::paths::Paths;
use crate::tools::{self, Packer};

/// Every script is a module, so its top-level names cannot clash with others.
const TERSER: [&str; 5] = ["--module", "--mangle", "toplevel", "--compress", "passes=2"];

/// Removes comment lines and indentation, a fifth of what shoppers would download. Remaining lines stay lines, so this
/// needs no JavaScript parser.
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

/// Minifies a JavaScript module. String contents stay unchanged.
pub fn shortened(paths: &Paths, source: &str) -> Result<String> {
    let folder = paths.target.join("xtask");
    fs::create_dir_all(&folder)?;
    let copy = folder.join("shortened.js");
    fs::write(&copy, source)?;
    shorten(paths, &copy)?;
    Ok(fs::read_to_string(copy)?)
}

/// Minifies a file in place.
pub fn shorten(paths: &Paths, script: &Path) -> Result<()> {
    tools::rewrite(tools::ensure_packer(paths, Packer::Terser)?.args(TERSER), "terser", script)
}

#[cfg(test)]
mod tests {
    use super::lean;

    #[test]
    fn comments_and_indentation_are_removed_and_code_is_kept() {
        let source = "// one\nlet a = 1; // two\n\n/**\n * @type {string}\n */\nlet b = `x\n  y // z`;\n\
                      \t/* short */\n  let u = \"https://x\";\n  /** @type {A} */ (u).go();\n";
        assert_eq!(
            lean(source),
            "let a = 1; // two\nlet b = `x\ny // z`;\nlet u = \"https://x\";\n(u).go();\n"
        );
    }
}
