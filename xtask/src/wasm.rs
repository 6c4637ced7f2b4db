//! From Rust to a module that a browser loads: cargo, wasm-bindgen, and in a release wasm-opt.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, anyhow};
use sha2::{Digest, Sha256};
use wasm_bindgen_cli_support::Bindgen;

use crate::assets::hex;
use crate::build::Kind;
use crate::paths::Paths;
use crate::progress::{self, Show};
use crate::{cargo, tools};

/// What Chromium, Firefox and Safari have had for years. Never `--all-features`: Chromium refuses such a module.
const WASM_OPT: [&str; 8] = [
    "-Oz",
    "--enable-bulk-memory",
    "--enable-bulk-memory-opt",
    "--enable-nontrapping-float-to-int",
    "--enable-sign-ext",
    "--enable-mutable-globals",
    "--enable-reference-types",
    "--enable-multivalue",
];

/// A folder with `{name}.js`, `{name}_bg.wasm` and perhaps `snippets/`.
pub struct Module {
    /// The entry's name in `frontend/src/bin`.
    pub name: &'static str,
    /// Where wasm-bindgen wrote.
    pub folder: PathBuf,
}

/// Builds the entry `name`. What follows cargo is skipped while cargo's result is the same.
pub fn build(paths: &Paths, kind: Kind, show: Show, name: &'static str) -> Result<Module> {
    let raw = compile(paths, kind, show, name)?;
    let folder = paths.target.join("xtask").join(kind.name()).join(name);
    let stamp_file = folder.join("made-from");
    let stamp = stamp(&raw)?;
    if fs::read_to_string(&stamp_file).is_ok_and(|made_from| made_from == stamp) {
        return Ok(Module { name, folder });
    }
    if folder.exists() {
        fs::remove_dir_all(&folder)?;
    }
    progress::work(&format!("wasm-bindgen {name}"), || bind(&raw, &folder, name))?;
    if kind == Kind::Release {
        optimise(paths, &folder.join(format!("{name}_bg.wasm")))?;
    }
    fs::write(stamp_file, stamp)?;
    Ok(Module { name, folder })
}

/// In dev the module shares the profile `dev`, and with it every proc macro and build script, with the server's
/// build: a profile of its own would compile those again. Only what goes into the module is told to be small.
fn compile(paths: &Paths, kind: Kind, show: Show, name: &str) -> Result<PathBuf> {
    let build = ["build", "-p", "frontend", "--bin", name, "--features", name];
    let mut command = cargo::command(paths, &build);
    command.args(["--target", tools::WASM_TARGET]);
    let profile = match kind {
        Kind::Dev => {
            command.env("CARGO_PROFILE_DEV_OPT_LEVEL", "s").env("CARGO_PROFILE_DEV_DEBUG", "false");
            "debug"
        }
        Kind::Release => {
            command.args(["--profile", "wasm-release"]);
            "wasm-release"
        }
    };
    progress::run(show, &format!("compile {name} for the browser"), &mut command)?;
    Ok(paths.target.join(tools::WASM_TARGET).join(profile).join(format!("{name}.wasm")))
}

/// Names the input and the tool: this very program, since wasm-bindgen is a part of it.
fn stamp(raw: &Path) -> Result<String> {
    let bytes = fs::read(raw).with_context(|| format!("cargo made no {}", raw.display()))?;
    let this = fs::metadata(std::env::current_exe()?)?;
    Ok(format!("{} {} {:?}", hex(&Sha256::digest(&bytes)), this.len(), this.modified()?))
}

fn bind(raw: &Path, folder: &Path, name: &str) -> Result<()> {
    let mut bindgen = Bindgen::new();
    bindgen
        .input_path(raw)
        .out_name(name)
        .typescript(false)
        // The module's name carries a hash that the glue cannot know: `start.js` hands it over.
        .omit_default_module_path(true)
        .remove_producers_section(true)
        // More than half of a dev module, and a panic names its line without them.
        .remove_name_section(true);
    // wasm-bindgen has an `anyhow` of its own version.
    bindgen.web(true).map_err(|error| anyhow!("{error:#}"))?;
    bindgen.generate(folder).map_err(|error| anyhow!("{error:#}"))
}

fn optimise(paths: &Paths, wasm: &Path) -> Result<()> {
    let optimised = wasm.with_extension("opt");
    let mut command = tools::ensure_wasm_opt(paths)?;
    command.args(WASM_OPT).arg(wasm).arg("-o").arg(&optimised);
    progress::run(Show::Summary, "wasm-opt", &mut command)?;
    Ok(fs::rename(optimised, wasm)?)
}
