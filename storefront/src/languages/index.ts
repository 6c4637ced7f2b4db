import { de } from "./de.ts";
import { en, type Words } from "./en.ts";
import { es } from "./es.ts";
import { fr } from "./fr.ts";

export type { Words };

const WORDS: Record<string, Words> = { en, fr, de, es };

/** A language, and the locale for its dates and times. */
export interface Language {
  words: Words;
  locale: string;
}

/** Returns the language of the tag `wanted`, or English if the chat does not speak it. */
export function languageFor(wanted: string): Language {
  const code = wanted.slice(0, 2).toLowerCase();
  const words = WORDS[code];
  const language = words ? code : "en";
  return { words: words ?? en, locale: localeFor(language, wanted) };
}

/** The region decides the time format: that of `wanted`, else the reader's own. */
function localeFor(language: string, wanted: string): string {
  try {
    const tags = [wanted, ...navigator.languages].filter((tag) => tag.toLowerCase().startsWith(language));
    return Intl.getCanonicalLocales(tags).find((tag) => tag.length > 2) ?? language;
  } catch {
    // An invalid tag throws. The language alone is good enough.
    return language;
  }
}

/** Fills `values` into the holes of a sentence. */
export const fill = (sentence: string, values: Record<string, string | number>): string =>
  sentence.replace(/\{(\w+)\}/g, (_, name) => String(values[name]));
