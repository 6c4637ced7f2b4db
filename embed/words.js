// Placed before every script that starts a module: loads the catalogue of its language alongside.

const CATALOGUES = __CATALOGUES__;

/** The catalogue of a language; none for English, nor where it cannot be had: then the words are English too. */
const words = async (locale) => {
  const file = CATALOGUES[locale.slice(0, 2).toLowerCase()];
  try {
    return file && (await (await fetch(new URL(`__PKG__/${file}`, import.meta.url))).json());
  } catch {}
};

