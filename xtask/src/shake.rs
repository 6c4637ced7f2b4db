//! The glue of a module without what nobody calls, and with the loader of its second piece.
//!
//! `server_fn`'s feature `browser`, which Leptos insists on, exports classes for streams. Nothing of ours uses them, but
//! an export is a root: wasm-opt and minifiers keep it, with all that it calls on both sides.

use std::collections::BTreeSet;

use anyhow::{Context, Result, ensure};
use serde_json::json;
use wasmparser::{Parser, Payload};

/// What the names of those exports begin with, in the module.
const UNUSED: [&str; 2] = ["intounderlying", "__wbg_intounderlying"];
/// What the names of those classes begin with, in the glue.
const UNUSED_CLASS: &str = "IntoUnderlying";

/// What `wasm-metadce` needs to know: every export but those is a root.
pub fn roots(wasm: &[u8]) -> Result<String> {
    let used =
        exports(wasm)?.into_iter().filter(|name| !UNUSED.iter().any(|unused| name.starts_with(unused)));
    let roots: Vec<_> = used
        .enumerate()
        .map(|(number, name)| json!({"name": format!("export-{number}"), "export": name, "root": true}))
        .collect();
    Ok(serde_json::to_string(&roots)?)
}

fn exports(wasm: &[u8]) -> Result<Vec<String>> {
    let mut names = Vec::new();
    for payload in Parser::new(0).parse_all(wasm) {
        if let Payload::ExportSection(exports) = payload? {
            for export in exports {
                names.push(export?.name.to_owned());
            }
        }
    }
    Ok(names)
}

fn imports(wasm: &[u8]) -> Result<BTreeSet<String>> {
    let mut names = BTreeSet::new();
    for payload in Parser::new(0).parse_all(wasm) {
        if let Payload::ImportSection(imports) = payload? {
            for import in imports.into_imports() {
                names.insert(import?.name.to_owned());
            }
        }
    }
    Ok(names)
}

/// The glue with only the functions that the module still imports, and without the classes of [`UNUSED_CLASS`].
///
/// wasm-bindgen writes each import of the module as a property of one object: `        name: function…` to a line that
/// ends with `},` at the same depth.
pub fn glue(glue: &str, wasm: &[u8]) -> Result<String> {
    let imports = imports(wasm)?;
    let mut lines = glue.lines();
    let mut kept = String::with_capacity(glue.len());
    while let Some(line) = lines.next() {
        let import = line.strip_prefix("        __wb").and_then(|rest| rest.split_once(": function"));
        let end = if import.is_some_and(|(name, _)| !imports.contains(&format!("__wb{name}"))) {
            Some("        }")
        } else if line.starts_with(&format!("export class {UNUSED_CLASS}")) {
            Some("}")
        } else if line.starts_with(&format!("const {UNUSED_CLASS}")) {
            Some("    : ")
        } else if line.starts_with(&format!("if (Symbol.dispose) {UNUSED_CLASS}")) {
            continue;
        } else {
            None
        };
        match end {
            Some(end) => {
                lines
                    .by_ref()
                    .find(|line| line.starts_with(end))
                    .context("wasm-bindgen writes its glue otherwise")?;
            }
            None => {
                kept.push_str(line);
                kept.push('\n');
            }
        }
    }
    ensure!(!kept.contains(UNUSED_CLASS), "wasm-bindgen writes its glue otherwise: {UNUSED_CLASS} is left");
    Ok(kept)
}

/// Where the glue calls `frontend/glue.js`: a text that is changed, removed or asked where it stands, and HTML.
const CALLS: [(&str, &str); 4] = [
    ("            arg0.nodeValue = ", "            back(arg0).nodeValue = "),
    ("            arg0.remove();", "            back(arg0).remove();"),
    (" = arg0.parentNode;", " = back(arg0).parentNode;"),
    (".innerHTML = getStringFromWasm0(arg1, arg2);", ".innerHTML = trusted(getStringFromWasm0(arg1, arg2));"),
];

/// Where each module begins, and what is then watched.
const BEGINNINGS: [(&str, &str); 2] = [
    ("export function mount(", "    watch(parent);\n"),
    ("export function begin(", "    watch(document.body);\n"),
];

/// Starts the module from an answer, also where something on the way has called it by another type.
const LOAD: &str = "async function __wbg_load(module, imports) {
    if (!module.ok) throw new Error(module.status);
    return module.headers.get('Content-Type') === 'application/wasm'
        ? WebAssembly.instantiateStreaming(module, imports)
        : WebAssembly.instantiate(await module.arrayBuffer(), imports);
}
";

/// What is for other servers, other ways to start and browsers that cannot run these modules: from where to where, and
/// what stands there instead.
const UNNEEDED: [(&str, &str, &str); 7] = [
    ("if (!('encodeInto' in cachedTextEncoder)) {", "\n}\n", ""),
    ("async function __wbg_load(module, imports) {", "\n}\n", LOAD),
    (" else {\n            console.warn('using deprecated parameters for the init", "\n        }", ""),
    ("function initSync(module) {", "\n}\n", ""),
    ("export { initSync,", " ", "export { "),
    ("initSync(", "undefined)", "wasm"),
    ("async function debugWrap(instantiate) {", "\n}\n", ""),
];

/// The glue with `front` before it and called where it must be, and without what is not needed.
pub fn mended(glue: &str, front: &str) -> Result<String> {
    let mut mended = glue.replace(
        "debugWrap(WebAssembly.instantiateStreaming(src, imports))",
        "WebAssembly.instantiateStreaming(src, imports)",
    );
    for (what, with) in CALLS {
        ensure!(mended.contains(what), "wasm-bindgen writes its glue otherwise: {what:?} is missing");
        mended = mended.replace(what, with);
    }
    for (start, end, instead) in UNNEEDED {
        if let Some(at) = mended.find(start) {
            let from = at + start.len();
            let length = mended[from..].find(end).context("wasm-bindgen writes its glue otherwise")?;
            mended.replace_range(at..from + length + end.len(), instead);
        }
    }
    ensure!(!mended.contains("initSync") && !mended.contains("debugWrap"), "the glue calls what it lacks");
    let mut begins = false;
    let lines = mended.lines().map(|line| {
        let beginning = BEGINNINGS.iter().find(|(start, _)| line.starts_with(start));
        begins |= beginning.is_some();
        format!("{line}\n{}", beginning.map_or("", |(_, watched)| watched))
    });
    let mended = lines.collect::<String>();
    ensure!(begins, "the glue begins nothing");
    Ok(format!("{front}{mended}"))
}

/// The glue and the loader of the second piece in one file: each would name the other by a name that holds its hash.
pub fn joined(glue: &str, loader: &str, loader_file: &str) -> Result<String> {
    let end = format!(" from \"{loader_file}\"");
    let imported = glue.lines().find(|line| line.starts_with("import * as ") && line.contains(&end));
    let imported = imported.context("the glue does not load the second piece")?;
    let binding = imported.trim_start_matches("import * as ").split(' ').next().unwrap_or_default();
    let names: Vec<_> =
        loader.lines().filter_map(|line| line.strip_prefix("export const ")?.split(' ').next()).collect();
    ensure!(!names.is_empty(), "the loader loads nothing");
    let loader: String = loader
        .lines()
        .filter(|line| !line.starts_with("import "))
        .map(|line| line.strip_prefix("export ").unwrap_or(line).to_owned() + "\n")
        .collect();
    Ok(format!("{}{loader}const {binding} = {{ {} }};\n", glue.replacen(imported, "", 1), names.join(", ")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_loader_moves_into_the_glue() {
        let glue = "import * as import1 from \"./l.js\"\nlet wasm;\nconst all = { \"./l.js\": import1 };\n";
        let loader = "import { initSync } from \"./g.js\";\nlet x;\nexport const load_it = () => x;\n";
        assert_eq!(
            joined(glue, loader, "./l.js").unwrap(),
            "\nlet wasm;\nconst all = { \"./l.js\": import1 };\nlet x;\nconst load_it = () => x;\nconst import1 = { load_it };\n"
        );
        assert!(joined("let wasm;\n", loader, "./l.js").is_err());
    }

    #[test]
    fn the_glue_is_mended_and_lighter() {
        let glue = "export function mount(parent, base) {\n    wasm.mount(parent);\n}\n            arg0.nodeValue = x;\n\
                    \x20           arg0.remove();\n const ret = arg0.parentNode;\n\
                    arg0.innerHTML = getStringFromWasm0(arg1, arg2);\n\
                    function initSync(module) {\n    x\n}\nexport { initSync, y as default };\nf(initSync(undefined, undefined));\n";
        let mended = mended(glue, "front;\n").unwrap();
        for part in [
            "front;\nexport function mount(parent, base) {\n    watch(parent);\n",
            "back(arg0).nodeValue = x;",
            "back(arg0).remove();",
            "back(arg0).parentNode;",
            ".innerHTML = trusted(getStringFromWasm0(arg1, arg2));",
            "export { y as default };\nf(wasm);\n",
        ] {
            assert!(mended.contains(part), "{part} in {mended}");
        }
        // Another wasm-bindgen would write something else.
        assert!(super::mended(&glue.replace("arg0.parentNode", "arg0.parent"), "").is_err());
    }

    #[test]
    fn what_is_not_imported_leaves_the_glue() {
        let glue = "export class IntoUnderlyingSink {\n    close() {\n    }\n}\nif (Symbol.dispose) IntoUnderlyingSink.x = 1;\n\
                    const o = {\n        __wbg_a_1: function(x) {\n            x();\n        },\n        ok: 1,\n};\n\
                    const IntoUnderlyingSinkFinalization = (1)\n    ? { a }\n    : new F(1);\nlet z;\n";
        // The smallest module: it imports nothing.
        let wasm = b"\0asm\x01\0\0\0";
        assert_eq!(super::glue(glue, wasm).unwrap(), "const o = {\n        ok: 1,\n};\nlet z;\n");
    }
}
