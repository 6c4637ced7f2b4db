//! Shortens the names that a module and its glue share. wasm-bindgen's names end in hashes, which do not compress.

use std::collections::HashMap;

use anyhow::{Result, anyhow, ensure};
use walrus::Module;

/// The prefix of the module's exports in the glue.
const EXPORTS: &str = "wasm.";

/// Returns the module and its glue with short names.
pub fn names(wasm: &[u8], glue: &str) -> Result<(Vec<u8>, String)> {
    let mut module = Module::from_buffer(wasm).map_err(|error| anyhow!("{error:#}"))?;
    let (mut imports, mut exports) = (HashMap::new(), HashMap::new());
    for import in module.imports.iter_mut() {
        let short = short(imports.len());
        imports.insert(std::mem::replace(&mut import.name, short.clone()), short);
    }
    for export in module.exports.iter_mut() {
        let short = short(exports.len());
        exports.insert(std::mem::replace(&mut export.name, short.clone()), short);
    }
    let glue = renamed(glue, &imports, &exports)?;
    Ok((module.emit_wasm(), glue))
}

/// wasm-bindgen writes an import as a property, `name: function…`, and an export as `wasm.name`.
fn renamed(
    glue: &str,
    imports: &HashMap<String, String>,
    exports: &HashMap<String, String>,
) -> Result<String> {
    let mut renamed = String::with_capacity(glue.len());
    let mut given = 0;
    let mut rest = glue;
    while let Some(start) = rest.find(is_of_a_name) {
        let (before, from) = rest.split_at(start);
        let (name, after) = from.split_at(from.find(|c| !is_of_a_name(c)).unwrap_or(from.len()));
        renamed.push_str(before);
        let short = if renamed.ends_with(EXPORTS) {
            exports.get(name)
        } else if after.starts_with(": ") {
            let import = imports.get(name);
            given += usize::from(import.is_some());
            import
        } else {
            None
        };
        renamed.push_str(short.map_or(name, String::as_str));
        rest = after;
    }
    renamed.push_str(rest);
    ensure!(
        given == imports.len(),
        "wasm-bindgen writes its glue otherwise: {given} of {} imports",
        imports.len()
    );
    Ok(renamed)
}

fn is_of_a_name(c: char) -> bool {
    c.is_ascii_alphanumeric() || c == '_' || c == '$'
}

/// `a`, `b`, … `z`, `ba`, …
fn short(mut number: usize) -> String {
    let mut name = String::new();
    loop {
        name.insert(0, char::from(b'a' + u8::try_from(number % 26).unwrap_or_default()));
        number /= 26;
        if number == 0 {
            return name;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{renamed, short};
    use std::collections::HashMap;

    #[test]
    fn no_two_names_are_the_same() {
        assert_eq!([0, 25, 26, 27].map(short), ["a", "z", "ba", "bb"]);
        let names: std::collections::HashSet<_> = (0..2_000).map(short).collect();
        assert_eq!(names.len(), 2_000);
    }

    #[test]
    fn glue_uses_the_short_names() {
        let glue = "export function hydrate(x) {\n    wasm.hydrate(x);\n}\n        __wbg_remove_1a: function(hydrate) {\n";
        let of = |long: &str, short: &str| HashMap::from([(long.to_owned(), short.to_owned())]);
        assert_eq!(
            renamed(glue, &of("__wbg_remove_1a", "a"), &of("hydrate", "b")).unwrap(),
            "export function hydrate(x) {\n    wasm.b(x);\n}\n        a: function(hydrate) {\n"
        );
        assert!(renamed(glue, &of("__wbg_remove_2b", "a"), &HashMap::new()).is_err());
    }
}
