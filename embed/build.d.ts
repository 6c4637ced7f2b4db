// Declares what the build puts into the scripts, or before them: xtask/src/embed.rs and xtask/src/sentences.rs.

/** The files of the catalogues, by language. */
declare const __CATALOGUES__: Record<string, string>;
/** The sentences of a script, by language. */
declare const __SAID__: Record<string, string[]>;

/** What the element passes to the code of a mode. */
interface Around {
  element: HTMLElement;
  root: ShadowRoot;
  /** Convi's base URL. */
  base: URL;
  /** Aborted when the panel is removed. */
  signal: AbortSignal;
  /** The token that was already requested, or true if none was. */
  first: true | Promise<string | undefined>;
  /** The panel's language. */
  locale: () => string;
  /** What an inline panel needs, asked for while its script loads. */
  early?: { style: Promise<Response>; panel: Promise<Response | undefined> };
  frame?: HTMLIFrameElement & { loaded: Promise<unknown>; listens: Promise<unknown> };
  token: (asked?: true | Promise<string | undefined>) => Promise<string | undefined>;
  tell: (name: string, detail?: Record<string, unknown>) => void;
  fail: (kind: string, message: string) => void;
  /** Reports why it did not start. */
  failed: () => void;
  /** Loads the element's script again. */
  fresh: () => Promise<unknown>;
}

/** From `words.js`. */
declare function words(locale: string): Promise<object | undefined>;
/** From `acts.js`. */
declare function speaking(locale: string): (sentence: string) => string;
declare function acts(around: {
  box: HTMLElement;
  signal: AbortSignal;
  live: () => unknown;
  trees: () => Element[];
  ours?: (form: HTMLFormElement) => boolean;
  ask: (form: HTMLFormElement, fields: URLSearchParams) => Promise<{ html?: string; message?: string }>;
  take: (answer: { html?: string }, closed?: boolean) => unknown;
  opened: (name: string, form?: HTMLFormElement) => unknown;
  settled?: () => void;
}): () => boolean;
/** From `show.js`. */
declare function panel(around: {
  box: HTMLElement;
  base: string;
  locale: string;
  token: () => Promise<string | undefined>;
  tell: (name: string, detail?: object) => void;
  signal: AbortSignal;
  early?: Promise<Response | undefined>;
  dressed?: Promise<unknown>;
  unreached?: () => Promise<boolean>;
}): void;

declare module "__PKG__/__GLUE_JS__" {
  /** Starts the module. */
  export default function start(options: { module_or_path: Promise<Response> }): Promise<unknown>;
  export const trust: (html: (html: string) => string) => void;
  export const hydrate: (...around: unknown[]) => { unmount(): void } | undefined;
}

declare module "__INLINE_JS__" {
  export const show: (around: Around) => (() => void) | undefined;
}

declare module "__FRAME_HOST_JS__" {
  export const show: (around: Around) => (() => void) | undefined;
}
