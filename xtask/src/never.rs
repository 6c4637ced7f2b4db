//! Functions of a module that never run: each becomes a trap, and what only they call goes with them.
//!
//! Neither the compiler nor wasm-opt can know it of what stands behind a pointer or an export. Browser tests would meet the
//! traps, since the modules of a dev build are treated alike.
//!
//! The compiler makes one of functions that are alike, and keeps the name of either. So only such are listed here as nothing
//! that runs can be alike: no helpers, and nothing generic that is merely used there.

use anyhow::{Result, anyhow, ensure};
use walrus::{FunctionKind, Module};

/// By a part of their mangled names, in which the names of types have no lengths before them.
const NEVER: [&str; 7] = [
    // Hydration that waits for code which is loaded later. Every type of view carries it.
    "8into_any13hydrate_async17h",
    "13hydrate_async28_$u7b$$u7b$closure$u7d$$u7d$",
    // A promise for JavaScript. Only streams give one, which `server_fn`'s feature `browser` exports.
    "17future_to_promise28_$u7b$$u7b$closure$u7d$$u7d$",
    // What a panic does before it traps: it words a message, and nobody has asked for that.
    "4core9panicking",
    "13unwrap_failed",
    "13expect_failed",
    "16slice_error_fail",
];
/// And by how they begin: those streams.
const NEVER_EXPORTS: &str = "intounderlying";

/// The module without them.
pub fn without(wasm: &[u8]) -> Result<Vec<u8>> {
    // wasm-bindgen has an `anyhow` of its own version, and so has its parser.
    let mut module = Module::from_buffer(wasm).map_err(|error| anyhow!("{error:#}"))?;
    let mut found = 0;
    for function in module.funcs.iter_mut() {
        let never = function.name.as_deref().is_some_and(never_runs);
        if let FunctionKind::Local(local) = &mut function.kind
            && never
        {
            let mut body = local.builder_mut().func_body();
            body.instrs_mut().clear();
            body.unreachable();
            found += 1;
        }
    }
    ensure!(found > 0, "the module's functions have no names any more, or others");
    Ok(module.emit_wasm())
}

fn never_runs(name: &str) -> bool {
    name.starts_with(NEVER_EXPORTS) || NEVER.iter().any(|part| name.contains(part))
}

#[cfg(test)]
mod tests {
    use super::never_runs;

    #[test]
    fn only_what_is_meant() {
        for never in [
            "_ZN65_$LT$T$u20$as$u20$tachys..view..any_view..IntoAny$GT$8into_any13hydrate_async17h0123456789abcdefE",
            "_ZN4view13hydrate_async28_$u7b$$u7b$closure$u7d$$u7d$17h0123456789abcdefE",
            "_RNvNtCsgXGp5Oqx2Ny_4core9panicking9panic_fmt",
            "intounderlyingsource_pull",
        ] {
            assert!(never_runs(never), "{never}");
        }
        for runs in [
            // Hydration that does not wait may have the same.
            "_ZN4view13hydrate_async17h0123456789abcdefE",
            "_ZN4view13hydrate_async7inner_117h0123456789abcdefE",
            "_ZN4core3ptr40drop_in_place$LT$view..hydrate_async..$u7b$$u7b$closure$u7d$$u7d$$GT$17h0123456789abcdefE",
            "__wbindgen_describe_intounderlyingsource_pull",
        ] {
            assert!(!never_runs(runs), "{runs}");
        }
    }
}
