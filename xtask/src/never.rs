//! Replaces functions of a module that never run with traps, so that wasm-opt also removes what only they call.
//!
//! Neither the compiler nor wasm-opt can know that a function behind a pointer or an export never runs. Modules of a dev
//! build are treated the same way, so browser tests would run into the traps.
//!
//! The compiler merges identical functions and keeps either name. Therefore a function that other code calls stays, and
//! the list only names functions that cannot be identical to one that runs behind a pointer.

use std::collections::HashSet;

use anyhow::{Result, anyhow, ensure};
use walrus::ir::{Visitor, dfs_in_order};
use walrus::{FunctionId, FunctionKind, LocalFunction, Module};

use crate::places;

/// Parts of mangled names, in which the names of types have no length prefix.
const NEVER: [&str; 3] = [
    // Hydration that waits for code which is loaded later. Every view type contains it.
    "8into_any13hydrate_async17h",
    "13hydrate_async28_$u7b$$u7b$closure$u7d$$u7d$17h",
    // A promise for JavaScript. Only the streams that `server_fn`'s feature `browser` exports return one.
    "17future_to_promise28_$u7b$$u7b$closure$u7d$$u7d$",
];
/// The prefix of those streams' exports.
const NEVER_EXPORTS: &str = "intounderlying";
/// Functions that format a panic's message before it traps. All code calls them, and nothing shows the message.
const PANICS: [&str; 4] = ["4core9panicking", "13unwrap_failed", "13expect_failed", "16slice_error_fail"];

/// Returns the module without these functions.
pub fn without(wasm: &[u8]) -> Result<Vec<u8>> {
    // wasm-bindgen has an `anyhow` of its own version, and so has its parser.
    let mut module = Module::from_buffer(wasm).map_err(|error| anyhow!("{error:#}"))?;
    let named = |listed: fn(&str) -> bool| {
        let local = module.funcs.iter_local().map(|(id, _)| module.funcs.get(id));
        let named = local.filter(move |function| function.name.as_deref().is_some_and(listed));
        named.map(|function| function.id()).collect::<HashSet<_>>()
    };
    let mut never = uncalled(&module, named(never_runs));
    ensure!(!never.is_empty(), "the module's functions have no names any more, or others");
    never.extend(named(panics));
    for function in module.funcs.iter_mut().filter(|function| never.contains(&function.id())) {
        if let FunctionKind::Local(local) = &mut function.kind {
            let mut body = local.builder_mut().func_body();
            body.instrs_mut().clear();
            body.unreachable();
        }
    }
    places::blank(&mut module);
    Ok(module.emit_wasm())
}

fn never_runs(name: &str) -> bool {
    name.starts_with(NEVER_EXPORTS) || NEVER.iter().any(|part| name.contains(part))
}

fn panics(name: &str) -> bool {
    PANICS.iter().any(|part| name.contains(part))
}

/// Returns the functions that are called by nothing but one another.
fn uncalled(module: &Module, mut functions: HashSet<FunctionId>) -> HashSet<FunctionId> {
    loop {
        let others = module.funcs.iter_local().filter(|(id, _)| !functions.contains(id));
        let called: HashSet<_> = others.flat_map(|(_, function)| calls(function)).collect();
        let before = functions.len();
        functions.retain(|id| !called.contains(id));
        if functions.len() == before {
            return functions;
        }
    }
}

/// Returns the functions that this one calls, or takes the address of.
fn calls(function: &LocalFunction) -> Vec<FunctionId> {
    struct Calls(Vec<FunctionId>);
    impl Visitor<'_> for Calls {
        fn visit_function_id(&mut self, id: &FunctionId) {
            self.0.push(*id);
        }
    }
    let mut calls = Calls(Vec::new());
    dfs_in_order(&mut calls, function, function.entry_block());
    calls.0
}

#[cfg(test)]
mod tests {
    use super::{calls, never_runs, uncalled};
    use std::collections::HashSet;
    use walrus::{FunctionBuilder, Module};

    #[test]
    fn only_what_is_meant_is_listed() {
        for never in [
            "_ZN65_$LT$T$u20$as$u20$tachys..view..any_view..IntoAny$GT$8into_any13hydrate_async17h0123456789abcdefE",
            "_ZN4view13hydrate_async28_$u7b$$u7b$closure$u7d$$u7d$17h0123456789abcdefE",
            "intounderlyingsource_pull",
        ] {
            assert!(never_runs(never), "{never}");
        }
        for runs in [
            // Hydration that does not wait may have the same.
            "_ZN4view13hydrate_async17h0123456789abcdefE",
            "_ZN4view13hydrate_async28_$u7b$$u7b$closure$u7d$$u7d$7inner_117h0123456789abcdefE",
            "_ZN4core3ptr40drop_in_place$LT$view..hydrate_async..$u7b$$u7b$closure$u7d$$u7d$$GT$17h0123456789abcdefE",
            // wasm-bindgen runs it, to learn about types.
            "__wbindgen_describe_intounderlyingsource_pull",
        ] {
            assert!(!never_runs(runs), "{runs}");
        }
    }

    #[test]
    fn what_something_else_calls_stays() {
        let mut module = Module::default();
        let mut add = |callee: Option<_>| {
            let mut builder = FunctionBuilder::new(&mut module.types, &[], &[]);
            if let Some(callee) = callee {
                builder.func_body().call(callee);
            }
            builder.finish(vec![], &mut module.funcs)
        };
        let (deep, alone) = (add(None), add(None));
        let alike = add(Some(deep));
        let runs = add(Some(alike));
        assert_eq!(calls(module.funcs.get(runs).kind.unwrap_local()), [alike]);
        assert_eq!(uncalled(&module, HashSet::from([deep, alone, alike])), HashSet::from([alone]));
    }
}
