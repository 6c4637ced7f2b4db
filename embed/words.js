// Loads the catalogue of a language beside its module. The build puts it before every script that starts a module.

const CATALOGUES = __CATALOGUES__;

/** Returns the catalogue of a language. Returns none for English, or if it does not load; then the texts are in English. */
const words = async (locale) => {
  const file = CATALOGUES[locale.slice(0, 2).toLowerCase()];
  try {
    return file && (await (await fetch(new URL(`__PKG__/${file}`, import.meta.url))).json());
  } catch {}
};

