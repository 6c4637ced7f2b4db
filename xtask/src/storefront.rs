//! What shops load: the chat, and the demo shop's own files.

use std::fs;
use std::path::Path;
use std::process::Command;

use anyhow::{Context, Result};

use crate::kind::Kind;
use crate::paths::Paths;
use crate::progress::{self, Show};
use crate::scripts::lean;
use crate::tools;

/// The demo shop's files below `storefront/`. Like the chat, they keep fixed names, because pages refer to them.
const DEMO: [&str; 2] = ["demo/store.css", "demo/store.js"];

/// Returns each file's path in the site and its content.
pub fn files(paths: &Paths, kind: Kind) -> Result<Vec<(String, String)>> {
    let mut files = vec![("storefront/convi-chat.js".to_owned(), chat(paths, kind)?)];
    for file in DEMO {
        let source = read(&paths.storefront().join(file))?;
        files
            .push((format!("storefront/{file}"), if file.ends_with(".js") { lean(&source) } else { source }));
    }
    Ok(files)
}

/// Bundles the chat's modules and styles into one script.
pub fn chat(paths: &Paths, kind: Kind) -> Result<String> {
    tools::ensure_bundler(paths)?;
    let bundle = paths.target.join("xtask").join(kind.name()).join("convi-chat.js");
    let mut bundler = Command::new("node");
    bundler.arg("build.mjs").arg(&bundle).current_dir(paths.storefront());
    if kind == Kind::Release {
        bundler.arg("--minify");
    }
    progress::run(Show::Summary, "bundle the chat", &mut bundler)?;
    read(&bundle)
}

fn read(file: &Path) -> Result<String> {
    fs::read_to_string(file).with_context(|| format!("cannot read {}", file.display()))
}
