//! The site: everything that a browser loads, laid out as the server serves it.
//!
//! `manifest.json` maps source names to the files that the server links to:
//! `{"app.css":"pkg/app-….css","page.js":…,"page.wasm":…,"start.js":…}`.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};

use crate::assets::{Assets, Effort, Size, files_below};
use crate::kind::Kind;
use crate::paths::Paths;
use crate::progress::{self, Show};
use crate::scripts::{lean, shortened};
use crate::{embed, sentences, storefront, wasm};

/// The label of the last step.
pub const LAY_OUT: &str = "lay out the site";

/// Builds the site into `folder`.
pub fn build(paths: &Paths, kind: Kind, show: Show, folder: PathBuf) -> Result<Vec<Size>> {
    let shop = storefront::files(paths, kind)?;
    let page = wasm::build(paths, kind, show, "page")?;
    let panel = wasm::build(paths, kind, show, "panel")?;
    let effort = match kind {
        Kind::Dev => Effort::Quick,
        Kind::Release => Effort::Best,
    };
    progress::work(LAY_OUT, || {
        let mut assets = Assets::open(folder, effort)?;
        let mut manifest = BTreeMap::new();
        let words = put_catalogues(&mut assets, &mut manifest, &paths.root)?;
        put_module(&mut assets, &mut manifest, paths, kind, &page, &words)?;
        let css = concatenate(&paths.root.join("style"))?;
        manifest.insert("app.css".to_owned(), assets.put_hashed("app", "css", css.as_bytes())?);
        assets.put_folder(&paths.root.join("public"), "")?;
        for (path, text) in shop {
            assets.put(&path, text.as_bytes())?;
        }
        embed::put(&mut assets, paths, kind, &panel, &words)?;
        assets.put_plain("manifest.json", &serde_json::to_vec_pretty(&manifest)?)?;
        assets.finish()
    })
}

/// The scripts that make up the one that starts the page. The first is shared with the panel.
const START: [&str; 3] = ["embed/acts.js", "frontend/plain.js", "frontend/start.js"];

/// Adds the module, its glue and the script that starts them. Each refers to the next by hashed name and relative path,
/// so that the site works under any base path.
fn put_module(
    assets: &mut Assets,
    manifest: &mut BTreeMap<String, String>,
    paths: &Paths,
    kind: Kind,
    module: &wasm::Module,
    words: &str,
) -> Result<()> {
    let name = module.name;
    let (js, wasm) = module.put(assets)?;
    let mut source = words.to_owned();
    for file in START {
        let file = paths.root.join(file);
        source += &fs::read_to_string(&file).with_context(|| format!("cannot read {}", file.display()))?;
    }
    let source = sentences::put(&source, &sentences::catalogues(&paths.root)?)?;
    let source = match kind {
        Kind::Dev => lean(&source),
        Kind::Release => shortened(paths, &source)?,
    };
    let start = assets.put_hashed("start", "js", start_script(&source, &js, &wasm).as_bytes())?;
    manifest.insert(format!("{name}.wasm"), wasm);
    manifest.insert(format!("{name}.js"), js);
    manifest.insert("start.js".to_owned(), start);
    Ok(())
}

/// Adds the catalogues and returns the code that goes in front of start scripts to load one.
pub fn put_catalogues(
    assets: &mut Assets,
    manifest: &mut BTreeMap<String, String>,
    root: &Path,
) -> Result<String> {
    let mut names = BTreeMap::new();
    for (language, catalogue) in sentences::catalogues(root)? {
        // Put it on one line.
        let path = assets.put_hashed(language, "json", &serde_json::to_vec(&catalogue)?)?;
        names.insert(language, path.trim_start_matches("pkg/").to_owned());
        manifest.insert(format!("{language}.json"), path);
    }
    let script = lean(&fs::read_to_string(root.join("embed/words.js"))?);
    Ok(script.replace("__CATALOGUES__", &serde_json::to_string(&names)?))
}

/// A separate file instead of an inline script, so that the content security policy does not have to allow inline
/// scripts.
fn start_script(source: &str, js: &str, wasm: &str) -> String {
    let beside = |path: &str| path.trim_start_matches("pkg/").to_owned();
    let holes = [("__JS__", beside(js)), ("__WASM__", beside(wasm)), ("__PKG__", ".".to_owned())];
    holes.iter().fold(source.to_owned(), |script, (hole, value)| script.replace(hole, value))
}

/// Concatenates all stylesheets in name order: `10-tokens.css` comes before the files that use the tokens.
fn concatenate(folder: &Path) -> Result<String> {
    let mut css = String::new();
    for file in files_below(folder)? {
        if file.extension().is_some_and(|extension| extension == "css") {
            css.push_str(&fs::read_to_string(&file)?);
            css.push('\n');
        }
    }
    Ok(css)
}

#[cfg(test)]
mod tests {
    use super::start_script;

    #[test]
    fn start_script_refers_to_glue_and_module() {
        let source = include_str!("../../frontend/start.js");
        let script = start_script(source, "pkg/page-1.js", "pkg/page-2.wasm");
        for part in ["`./page-1.js$", "\"./page-2.wasm\""] {
            assert!(script.contains(part), "{script}");
        }
    }
}
