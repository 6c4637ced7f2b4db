//! Scripts that people write, as a browser loads them: lean in a dev build, minified in a release.

use std::fs;
use std::path::Path;

use anyhow::Result;

use crate::paths::Paths;
use crate::tools::{self, Packer};

/// Every script is a module, so that no name at its top is anybody else's.
const TERSER: [&str; 5] = ["--module", "--mangle", "toplevel", "--compress", "passes=2"];

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

/// A module of JavaScript with short names and no spaces. What stands in strings stays.
pub fn shortened(paths: &Paths, source: &str) -> Result<String> {
    let folder = paths.target.join("xtask");
    fs::create_dir_all(&folder)?;
    let copy = folder.join("shortened.js");
    fs::write(&copy, source)?;
    shorten(paths, &copy)?;
    Ok(fs::read_to_string(copy)?)
}

/// The same in its place.
pub fn shorten(paths: &Paths, script: &Path) -> Result<()> {
    tools::rewrite(tools::ensure_packer(paths, Packer::Terser)?.args(TERSER), "terser", script)
}

#[cfg(test)]
mod tests {
    use super::lean;

    #[test]
    fn comments_and_indentation_go_and_code_stays() {
        let source = "// one\nlet a = 1; // two\n\n/**\n * @type {string}\n */\nlet b = `x\n  y // z`;\n\
                      \t/* short */\n  let u = \"https://x\";\n  /** @type {A} */ (u).go();\n";
        assert_eq!(
            lean(source),
            "let a = 1; // two\nlet b = `x\ny // z`;\nlet u = \"https://x\";\n(u).go();\n"
        );
    }
}
