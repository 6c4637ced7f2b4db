// The panel's module, started once for however many elements a page has.

import init, { mount } from "./__GLUE_JS__";

export const css = "__CSS__";

let started;

/** The module, compiled and ready, with the words of a language. A start that failed is tried again. */
export async function start(locale) {
  started ??= init({ module_or_path: new URL("./__WASM__", import.meta.url) });
  const catalogue = words(locale);
  try {
    await started;
  } catch (error) {
    started = undefined;
    throw error;
  }
  return { mount, catalogue: await catalogue };
}
