// The panel's module, started once for however many elements a page has.

import init, { mount } from "./__GLUE_JS__";

export const css = "__CSS__";

let started;

/**
 * The module, compiled and ready, with the words of a language. A start that failed is tried again. `wasm` is the answer
 * with the module, if somebody has asked for it.
 */
export async function start(locale, wasm = new URL("./__WASM__", import.meta.url)) {
  started ??= init({ module_or_path: wasm });
  const catalogue = words(locale);
  try {
    await started;
  } catch (error) {
    started = undefined;
    throw error;
  }
  return { mount, catalogue: await catalogue };
}
