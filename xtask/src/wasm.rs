//! Compiles Rust to browser modules: cargo and wasm-bindgen, then wasm-opt and a minifier for a release.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, anyhow};
use sha2::{Digest, Sha256};
use wasm_bindgen_cli_support::Bindgen;

use crate::assets::{Assets, hex};
use crate::kind::Kind;
use crate::paths::Paths;
use crate::progress::{self, Show};
use crate::scripts::lean;
use crate::tools::Packer;
use crate::{cargo, glue, never, scripts, short, tools};

/// Wasm features that Chromium, Firefox and Safari have supported for years. Never use `--all-features`: Chromium
/// rejects such modules.
const FEATURES: [&str; 7] = [
    "--enable-bulk-memory",
    "--enable-bulk-memory-opt",
    "--enable-nontrapping-float-to-int",
    "--enable-sign-ext",
    "--enable-mutable-globals",
    "--enable-reference-types",
    "--enable-multivalue",
];

/// The labels of the long steps.
pub const COMPILE_PAGE: &str = "compile the page for the browser";
pub const COMPILE_PANEL: &str = "compile the panel for the browser";
/// The code that goes in front of the glue.
const FRONT: &str = "frontend/glue.js";

/// A folder with `{name}.js`, `{name}_bg.wasm` and possibly `snippets/`.
pub struct Module {
    /// The entry's name in `frontend/src/bin`.
    pub name: &'static str,
    /// wasm-bindgen's output folder.
    pub folder: PathBuf,
}

impl Module {
    /// Adds the module and its glue to the site and returns their paths.
    pub fn put(&self, assets: &mut Assets) -> Result<(String, String)> {
        let name = self.name;
        let read = |file: String| {
            let file = self.folder.join(file);
            fs::read(&file).with_context(|| format!("wasm-bindgen did not create {}", file.display()))
        };
        let wasm = assets.put_hashed(name, "wasm", &read(format!("{name}_bg.wasm"))?)?;
        let js = assets.put_hashed(name, "js", &read(format!("{name}.js"))?)?;
        // The glue imports these as `./snippets/…`; the folder names already contain a hash.
        assets.put_folder(&self.folder.join("snippets"), "pkg/snippets/")?;
        Ok((js, wasm))
    }
}

/// Builds the entry `name`. The steps after cargo are skipped if cargo's output is unchanged.
pub fn build(paths: &Paths, kind: Kind, show: Show, name: &'static str) -> Result<Module> {
    let raw = compile(paths, kind, show, name)?;
    let folder = paths.target.join("xtask").join(kind.name()).join(name);
    let stamp_file = folder.join("made-from");
    let stamp = stamp(paths, &raw)?;
    if fs::read_to_string(&stamp_file).is_ok_and(|made_from| made_from == stamp) {
        return Ok(Module { name, folder });
    }
    if folder.exists() {
        fs::remove_dir_all(&folder)?;
    }
    let module = Module { name, folder };
    progress::work(&format!("wasm-bindgen {name}"), || bind(&raw, &module, kind))?;
    patch(paths, &module)?;
    if kind == Kind::Release {
        pack(paths, &module)?;
    }
    fs::write(stamp_file, stamp)?;
    Ok(module)
}

/// In dev the module uses the server's `dev` profile, so that proc macros and build scripts are shared; a separate
/// profile would compile them again. Only the crates inside the module are optimized for size.
fn compile(paths: &Paths, kind: Kind, show: Show, name: &str) -> Result<PathBuf> {
    let build = ["build", "-p", "frontend", "--bin", name];
    let mut command = cargo::command(paths, &build);
    command.args(["--target", tools::WASM_TARGET]);
    let profile = match kind {
        Kind::Dev => {
            command.env("CARGO_PROFILE_DEV_OPT_LEVEL", "s").env("CARGO_PROFILE_DEV_DEBUG", "false");
            "debug"
        }
        Kind::Release => {
            command.args(["--profile", "wasm-release"]).args(nameless()?);
            "wasm-release"
        }
    };
    let label = if name == "panel" { COMPILE_PANEL } else { COMPILE_PAGE };
    progress::run(show, label, &mut command)?;
    Ok(paths.target.join(tools::WASM_TARGET).join(profile).join(format!("{name}.wasm")))
}

/// Returns cargo options that remove this machine's crate paths from the module. Panic messages contain source paths,
/// which would otherwise be sent to every visitor.
fn nameless() -> Result<Vec<String>> {
    let cargo = std::env::var_os("CARGO_HOME").map(PathBuf::from);
    let cargo = cargo.or_else(|| std::env::home_dir().map(|home| home.join(".cargo")));
    let crates = cargo.map(|cargo| cargo.join("registry/src")).filter(|crates| crates.is_dir());
    let Some(crates) = crates else { return Ok(Vec::new()) };
    let mut flags = Vec::new();
    for registry in fs::read_dir(crates)? {
        flags.push(format!("--remap-path-prefix={}/=", registry?.path().display()));
    }
    Ok(vec!["--config".to_owned(), format!("build.rustflags={flags:?}")])
}

/// Returns a hash of the input and of the tool. The tool is this program, because wasm-bindgen is linked into it.
fn stamp(paths: &Paths, raw: &Path) -> Result<String> {
    let mut bytes = fs::read(raw).with_context(|| format!("cargo did not create {}", raw.display()))?;
    bytes.extend(fs::read(paths.root.join(FRONT))?);
    let this = fs::metadata(std::env::current_exe()?)?;
    Ok(format!("{} {} {:?}", hex(&Sha256::digest(&bytes)), this.len(), this.modified()?))
}

/// Patches `frontend/glue.js` into the glue.
fn patch(paths: &Paths, module: &Module) -> Result<()> {
    let front = fs::read_to_string(paths.root.join(FRONT))?;
    let glue = module.folder.join(format!("{}.js", module.name));
    let patched = glue::patched(&fs::read_to_string(&glue)?, &lean(&front))?;
    Ok(fs::write(glue, patched)?)
}

fn bind(raw: &Path, module: &Module, kind: Kind) -> Result<()> {
    let mut bindgen = Bindgen::new();
    bindgen
        .input_bytes(module.name, never::without(&fs::read(raw)?)?)
        .out_name(module.name)
        .typescript(false)
        // The file name contains a hash that the glue cannot know: `start.js` passes it.
        .omit_default_module_path(true)
        .remove_producers_section(true)
        // The name section is more than half of a dev module, and nothing reads it. A release is sorted by it.
        .remove_name_section(kind == Kind::Dev);
    // wasm-bindgen uses a different version of `anyhow`.
    bindgen.web(true).map_err(|error| anyhow!("{error:#}"))?;
    bindgen.generate(&module.folder).map_err(|error| anyhow!("{error:#}"))
}

/// Optimizes the module and minifies its glue.
fn pack(paths: &Paths, module: &Module) -> Result<()> {
    let wasm = module.folder.join(format!("{}_bg.wasm", module.name));
    let glue = module.folder.join(format!("{}.js", module.name));
    let (short, text) = short::names(&fs::read(&wasm)?, &fs::read_to_string(&glue)?)?;
    fs::write(&wasm, short)?;
    fs::write(&glue, text)?;
    // Reshape loops and optimize twice: each pass saves another 0.5–1%.
    let shaped = ["--flatten", "--rereloop", "-Oz", "-Oz"];
    // Functions with similar names are similar, and pack better side by side. The second pass still saves 200 bytes.
    let last =
        ["--code-folding", "-Oz", "-Oz", "--reorder-functions-by-name", "--strip-debug", "--strip-producers"];
    // Memory begins as zeros, and its first kilobyte is the end of the stack, which nothing points to.
    let memory = ["--zero-filled-memory", "--low-memory-unused"];
    let args = [&memory[..], &shaped, &shaped, &last].concat();
    tools::rewrite(
        tools::ensure_packer(paths, Packer::WasmOpt)?.args(FEATURES).args(args),
        "wasm-opt",
        &wasm,
    )?;
    scripts::shorten(paths, &glue)
}
