//! The glue between a module and the browser, with `frontend/glue.js` before it and called where it must be.

use anyhow::{Result, ensure};

/// Where the glue calls `frontend/glue.js`: a text that is changed, removed or asked where it stands, and HTML.
const CALLS: [(&str, &str); 4] = [
    ("            arg0.nodeValue = ", "            back(arg0).nodeValue = "),
    ("            arg0.remove();", "            back(arg0).remove();"),
    (" = arg0.parentNode;", " = back(arg0).parentNode;"),
    (".innerHTML = getStringFromWasm0(arg1, arg2);", ".innerHTML = trusted(getStringFromWasm0(arg1, arg2));"),
];

/// Where each module begins, and what is then watched.
const BEGINNINGS: [(&str, &str); 2] = [
    ("export function hydrate(", "    watch(parent);\n"),
    ("export function begin(", "    watch(document.body);\n"),
];

/// The glue with `front` before it.
pub fn mended(glue: &str, front: &str) -> Result<String> {
    let mut mended = glue.to_owned();
    for (what, with) in CALLS {
        ensure!(mended.contains(what), "wasm-bindgen writes its glue otherwise: {what:?} is missing");
        mended = mended.replace(what, with);
    }
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

#[cfg(test)]
mod tests {
    #[test]
    fn the_glue_is_mended() {
        let glue = "export function hydrate(parent, base) {\n    wasm.hydrate(parent);\n}\n            arg0.nodeValue = x;\n\
                    \x20           arg0.remove();\n const ret = arg0.parentNode;\n\
                    arg0.innerHTML = getStringFromWasm0(arg1, arg2);\n";
        let mended = super::mended(glue, "front;\n").unwrap();
        for part in [
            "front;\nexport function hydrate(parent, base) {\n    watch(parent);\n",
            "back(arg0).nodeValue = x;",
            "back(arg0).remove();",
            "back(arg0).parentNode;",
            ".innerHTML = trusted(getStringFromWasm0(arg1, arg2));",
        ] {
            assert!(mended.contains(part), "{part} in {mended}");
        }
        // Another wasm-bindgen would write something else.
        assert!(super::mended(&glue.replace("arg0.parentNode", "arg0.parent"), "").is_err());
    }
}
