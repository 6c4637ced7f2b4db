//! The site: everything that a browser loads, laid out as the server serves it.
//!
//! `manifest.json` names what the server links to, by the name that people write:
//! `{"app.css":"pkg/app-….css","page.js":…,"page.wasm":…,"start.js":…}`.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};

use crate::assets::{Assets, Effort, Size};
use crate::build::Kind;
use crate::paths::Paths;
use crate::progress::{self, Show};
use crate::scripts::lean;
use crate::{embed, storefront, wasm};

/// The last step's label.
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
        put_module(&mut assets, &mut manifest, &paths.root, &page, &words)?;
        let css = concatenate(&paths.root.join("style"))?;
        manifest.insert("app.css".to_owned(), assets.put_hashed("app", "css", css.as_bytes())?);
        put_folder(&mut assets, &paths.root.join("public"), "")?;
        for (path, text) in shop {
            assets.put(&path, text.as_bytes())?;
        }
        embed::put(&mut assets, paths, kind, &panel, &words)?;
        assets.put_plain("manifest.json", &serde_json::to_vec_pretty(&manifest)?)?;
        assets.finish()
    })
}

/// The module, its glue, and the script that starts them. Each names the next by its hashed name and relative to
/// itself, so the site works under any base path.
fn put_module(
    assets: &mut Assets,
    manifest: &mut BTreeMap<String, String>,
    root: &Path,
    module: &wasm::Module,
    words: &str,
) -> Result<()> {
    let name = module.name;
    let (js, wasm) = put_compiled(assets, module)?;
    let source = root.join("frontend/start.js");
    let source = fs::read_to_string(&source).with_context(|| format!("cannot read {}", source.display()))?;
    let start = assets.put_hashed("start", "js", start_script(&source, &js, &wasm, words).as_bytes())?;
    manifest.insert(format!("{name}.wasm"), wasm);
    manifest.insert(format!("{name}.js"), js);
    manifest.insert("start.js".to_owned(), start);
    Ok(())
}

/// The glue and the module itself: their paths.
pub fn put_compiled(assets: &mut Assets, module: &wasm::Module) -> Result<(String, String)> {
    let name = module.name;
    let read = |file: String| {
        let file = module.folder.join(file);
        fs::read(&file).with_context(|| format!("wasm-bindgen made no {}", file.display()))
    };
    let module_path = assets.put_hashed(name, "wasm", &read(format!("{name}_bg.wasm"))?)?;
    let mut glue = String::from_utf8(read(format!("{name}.js"))?)?;
    if let Some(later) = module.later() {
        let path = assets.put_hashed(&format!("{name}-{}", wasm::LATER), "wasm", &read(later.clone())?)?;
        glue = glue.replace(&later, path.trim_start_matches("pkg/"));
    }
    let js = assets.put_hashed(name, "js", glue.as_bytes())?;
    // The glue imports these as `./snippets/…`; their folder's name has a hash already.
    put_folder(assets, &module.folder.join("snippets"), "pkg/snippets/")?;
    Ok((js, module_path))
}

/// The languages that have a catalogue in `app/src/text`.
const LANGUAGES: [&str; 2] = ["de", "fr"];

/// The catalogues, and what scripts that start a module have in front to load one.
pub fn put_catalogues(
    assets: &mut Assets,
    manifest: &mut BTreeMap<String, String>,
    root: &Path,
) -> Result<String> {
    let mut names = BTreeMap::new();
    for language in LANGUAGES {
        let file = root.join(format!("app/src/text/{language}.json"));
        let text = fs::read(&file).with_context(|| format!("cannot read {}", file.display()))?;
        // On one line.
        let text = serde_json::to_vec(&serde_json::from_slice::<BTreeMap<String, String>>(&text)?)?;
        let path = assets.put_hashed(language, "json", &text)?;
        names.insert(language, path.trim_start_matches("pkg/").to_owned());
        manifest.insert(format!("{language}.json"), path);
    }
    let script = lean(&fs::read_to_string(root.join("embed/words.js"))?);
    Ok(script.replace("__CATALOGUES__", &serde_json::to_string(&names)?))
}

/// A file of its own and not a line in the page, so that the policy needs to allow no inline script.
fn start_script(source: &str, js: &str, wasm: &str, words: &str) -> String {
    let beside = |path: &str| path.trim_start_matches("pkg/").to_owned();
    let holes = [("__JS__", beside(js)), ("__WASM__", beside(wasm)), ("__WORDS__", words.to_owned())];
    holes.iter().fold(lean(source), |script, (hole, value)| script.replace(hole, value))
}

/// Every style as one file, in the order of their names: `10-tokens.css` comes before what uses the tokens.
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

fn put_folder(assets: &mut Assets, folder: &Path, prefix: &str) -> Result<()> {
    for file in files_below(folder)? {
        let inside = file.strip_prefix(folder)?.to_str().context("a file's name is no UTF-8")?;
        assets.put(&format!("{prefix}{inside}"), &fs::read(&file)?)?;
    }
    Ok(())
}

/// Every file below `folder` by name, none if there is no such folder; hidden ones are no assets.
fn files_below(folder: &Path) -> Result<Vec<PathBuf>> {
    let mut files = Vec::new();
    if !folder.is_dir() {
        return Ok(files);
    }
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        if entry.file_name().to_string_lossy().starts_with('.') {
            continue;
        }
        if entry.file_type()?.is_dir() {
            files.extend(files_below(&entry.path())?);
        } else {
            files.push(entry.path());
        }
    }
    files.sort();
    Ok(files)
}

#[cfg(test)]
mod tests {
    use super::start_script;

    #[test]
    fn the_start_script_names_its_neighbours() {
        let source = include_str!("../../frontend/start.js");
        let script = start_script(source, "pkg/page-1.js", "pkg/page-2.wasm", "let words;\n");
        for part in ["\"./page-1.js\"", "\"./page-2.wasm\"", "let words;"] {
            assert!(script.contains(part), "{script}");
        }
    }
}
