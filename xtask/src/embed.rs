//! What other sites load: the custom element, and the frame or inline panel behind it.
//!
//! Each file refers to the next by its hashed name. Only the element keeps a fixed name, because other sites' pages
//! refer to it.

use std::fs;
#[cfg(test)]
use std::path::Path;

use anyhow::{Context, Result, ensure};

use crate::assets::Assets;
use crate::kind::Kind;
use crate::paths::Paths;
use crate::scripts::{lean, shortened};
use crate::{sentences, wasm};

/// The panel's stylesheets, in order. The styles of Convi's own frame and pages are left out.
const STYLES: [&str; 10] = [
    "10-tokens.css",
    "20-base.css",
    "40-controls.css",
    "50-dialog.css",
    "60-rows.css",
    "61-checklist.css",
    "61-handovers.css",
    "61-verify.css",
    "70-toasts.css",
    "80-embed.css",
];

/// Adds all embed files to the site.
///
/// `words` is the code that goes in front of the script that starts the module.
pub fn put(assets: &mut Assets, paths: &Paths, kind: Kind, panel: &wasm::Module, words: &str) -> Result<()> {
    let root = &paths.root;
    let read = |path: &str| {
        let path = root.join(path);
        fs::read_to_string(&path).with_context(|| format!("cannot read {}", path.display()))
    };
    let catalogues = sentences::catalogues(root)?;
    // Bundle several scripts into one: each additional file would cost a round trip.
    let script = |names: &[&str], words: &str| {
        let sources = names.iter().map(|name| read(&format!("embed/{name}"))).collect::<Result<String>>()?;
        let source = sentences::put(&(words.to_owned() + &sources), &catalogues)?;
        match kind {
            Kind::Dev => Ok(lean(&source)),
            Kind::Release => shortened(paths, &source),
        }
    };
    let mut styles = String::new();
    for name in STYLES {
        styles += &lean(&read(&format!("style/{name}"))?);
    }
    let css = assets.put_hashed("panel", "css", tight(&styles).as_bytes())?;
    let (glue, module) = panel.put(assets)?;
    // Paths relative to the script. The frame's script is part of its document.
    let around = |folder| {
        [
            ("__PKG__", folder),
            ("__GLUE_JS__", beside(&glue)),
            ("__WASM__", beside(&module)),
            ("__CSS__", beside(&css)),
        ]
    };
    let inline_js = filled(script(&["host.js", "acts.js", "show.js", "inline.js"], words)?, &around("."));
    let inline_js = assets.put_hashed("inline", "js", inline_js.as_bytes())?;
    let host_js = script(&["host.js", "host-frame.js"], "")?;
    let host_js = assets.put_hashed("host", "js", host_js.as_bytes())?;
    let above = |path: &str| format!("../../{path}");
    let names = [
        ("__INLINE_JS__", above(&inline_js)),
        ("__FRAME_HOST_JS__", above(&host_js)),
        ("__CSS__", above(&css)),
    ];
    let element = filled(
        script(&["convi-integrations.js"], "")?,
        &names.each_ref().map(|(hole, name)| (*hole, name.as_str())),
    );
    assets.put("embed/v1/convi-integrations.js", element.as_bytes())?;
    assets.put("embed/v1/convi-integrations.d.ts", read("embed/convi-integrations.d.ts")?.as_bytes())?;
    let frame_js = filled(script(&["acts.js", "show.js", "frame.js"], words)?, &around("../../pkg"));
    ensure!(stays_in_its_element(&frame_js), "the frame's script would end its element");
    // The server reads this file and adds who may frame it.
    let frame = filled(read("embed/frame.html")?, &[("__FRAME_JS__", frame_js.trim())]);
    assets.put_plain("frame.html", frame.as_bytes())
}

/// Strips whitespace that only people need. Quoted strings contain none of these characters.
fn tight(css: &str) -> String {
    let mut tight = css.split_whitespace().collect::<Vec<_>>().join(" ");
    for mark in ["{", "}", ";"] {
        tight = tight.replace(&format!("{mark} "), mark).replace(&format!(" {mark}"), mark);
    }
    tight.replace(": ", ":").replace(", ", ",").replace(";}", "}")
}

/// Returns whether an HTML parser leaves the script unchanged.
fn stays_in_its_element(script: &str) -> bool {
    !script.contains("</script") && !script.contains("<!--")
}

fn beside(path: &str) -> &str {
    path.trim_start_matches("pkg/")
}

fn filled(text: String, names: &[(&str, &str)]) -> String {
    names.iter().fold(text, |text, (hole, name)| text.replace(hole, name))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::assets::{Effort, brotli};

    #[test]
    fn css_loses_only_whitespace() {
        let css = "a :hover,\nb {\n  margin: 0 calc(1px + 2px);\n  font: 1em \"A B\", serif;\n}\n@media (width < 1px) {\n  c { d: e }\n}\n";
        let tight = "a :hover,b{margin:0 calc(1px + 2px);font:1em \"A B\",serif}@media (width < 1px){c{d:e}}";
        assert_eq!(super::tight(css), tight);
    }

    /// Every page of a host site loads the element, whether or not anyone opens the settings.
    #[test]
    fn element_stays_within_its_size_budget() {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
        let source = fs::read_to_string(root.join("embed/convi-integrations.js")).unwrap();
        let packed = brotli(lean(&source).as_bytes(), Effort::Best).unwrap().len();
        // A release is minified too, and then below 2,000.
        assert!(packed <= 2_100, "{packed} bytes of brotli");
    }
}
