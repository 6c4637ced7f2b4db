//! Functions of a module that never run: each becomes a trap, and what only they call goes with them.
//!
//! Neither the compiler nor wasm-opt can know it of what stands behind a pointer or an export. A browser test would meet the
//! trap, since the modules of a dev build are treated alike.

use anyhow::{Result, ensure};
use walrus::{FunctionKind, Module};

/// By a part of their names.
const NEVER: [&str; 4] = [
    // Hydration that waits for code which is loaded later. Every type of view carries it.
    "hydrate_async",
    // Hydration of a template that the browser has copied.
    "hydrate_from_template",
    // Streams, which `server_fn`'s feature `browser` exports.
    "into_underlying",
    "intounderlying",
];
/// What a panic does before it traps: it words a message, and nobody has asked for that.
const PANICS: [&str; 4] =
    ["4core9panicking", "13unwrap_failed", "13expect_failed", "4core3str16slice_error_fail"];
/// wasm-bindgen runs these itself, to learn about the types.
const RUN_BY_BINDGEN: &str = "describe";

/// The module without them.
pub fn without(wasm: &[u8]) -> Result<Vec<u8>> {
    // wasm-bindgen has an `anyhow` of its own version, and so has its parser.
    let mut module = Module::from_buffer(wasm).map_err(|error| anyhow::anyhow!("{error:#}"))?;
    let mut found = 0;
    for function in module.funcs.iter_mut() {
        let Some(name) = &function.name else { continue };
        let listed = NEVER.iter().chain(&PANICS).any(|part| name.contains(part));
        if let FunctionKind::Local(local) = &mut function.kind
            && listed
            && !name.contains(RUN_BY_BINDGEN)
        {
            let mut body = local.builder_mut().func_body();
            body.instrs_mut().clear();
            body.unreachable();
            found += 1;
        }
    }
    ensure!(found > 0, "the module's functions have no names any more");
    Ok(module.emit_wasm())
}
