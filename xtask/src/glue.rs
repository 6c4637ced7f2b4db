//! Patches the JavaScript glue between a wasm module and the browser: adds `frontend/glue.js` and calls it where
//! needed.

use anyhow::{Result, ensure};

/// The patched calls: a text node that is changed, removed or inspected, and inner HTML.
const CALLS: [(&str, &str); 4] = [
    ("            arg0.nodeValue = ", "            back(arg0).nodeValue = "),
    ("            arg0.remove();", "            back(arg0).remove();"),
    (" = arg0.parentNode;", " = back(arg0).parentNode;"),
    (".innerHTML = getStringFromWasm0(arg1, arg2);", ".innerHTML = trusted(getStringFromWasm0(arg1, arg2));"),
];

/// The start of each module and the call to add there, which begins watching the DOM.
const BEGINNINGS: [(&str, &str); 2] = [
    ("export function hydrate(", "    watch(parent);\n"),
    ("export function begin(", "    watch(document.body);\n"),
];

/// Returns the patched glue, with `front` in front.
pub fn patched(glue: &str, front: &str) -> Result<String> {
    let mut patched = glue.to_owned();
    for (what, with) in CALLS {
        ensure!(patched.contains(what), "wasm-bindgen's output has changed: {what:?} is missing");
        patched = patched.replace(what, with);
    }
    let mut begins = false;
    let lines = patched.lines().map(|line| {
        let beginning = BEGINNINGS.iter().find(|(start, _)| line.starts_with(start));
        begins |= beginning.is_some();
        format!("{line}\n{}", beginning.map_or("", |(_, watched)| watched))
    });
    let patched = lines.collect::<String>();
    ensure!(begins, "the glue has no known entry point");
    Ok(format!("{front}{patched}"))
}

#[cfg(test)]
mod tests {
    #[test]
    fn glue_is_patched() {
        let glue = "export function hydrate(parent, base) {\n    wasm.hydrate(parent);\n}\n            arg0.nodeValue = x;\n\
                    \x20           arg0.remove();\n const ret = arg0.parentNode;\n\
                    arg0.innerHTML = getStringFromWasm0(arg1, arg2);\n";
        let patched = super::patched(glue, "front;\n").unwrap();
        for part in [
            "front;\nexport function hydrate(parent, base) {\n    watch(parent);\n",
            "back(arg0).nodeValue = x;",
            "back(arg0).remove();",
            "back(arg0).parentNode;",
            ".innerHTML = trusted(getStringFromWasm0(arg1, arg2));",
        ] {
            assert!(patched.contains(part), "{part} in {patched}");
        }
        // A different wasm-bindgen version might generate different code.
        assert!(super::patched(&glue.replace("arg0.parentNode", "arg0.parent"), "").is_err());
    }
}
