/**
 * What the shop knows about its visitor. It reaches the team with each message, although nobody typed or verified it.
 */
export interface ConviChatContext {
  order_number?: string;
  cart?: { title: string; quantity: number; price?: string }[];
  /** At most 100 fields. They appear in the ticket's note. */
  custom?: Record<string, string | number | boolean>;
}

/**
 * ```html
 * <script type="module" async src="https://convi.example/storefront/convi-chat.js"></script>
 * <convi-chat merchant="demo" locale="en"></convi-chat>
 * ```
 *
 * Attributes
 * - `merchant`: required; the shop's merchant
 * - `locale`: `en`, `fr`, `de`, `es`, optionally with a region; by default the page's `lang`, then the browser's language
 * - `theme`: `light`, `dark`, by default the visitor's system setting
 * - `heading`: the heading of the panel, instead of "Chat with us"
 * - `server`: Convi's origin, if this file came from elsewhere
 *
 * Styles, as CSS custom properties on the element: `--convi-accent`, `--convi-on-accent` (by default black or white,
 * whichever reads better), `--convi-font`, `--convi-radius`, `--convi-offset` (from the corner), `--convi-z`.
 *
 * A shop with a content security policy lists Convi's origin in `script-src` and `connect-src`, and nothing else.
 */
export interface ConviChatElement extends HTMLElement {
  /**
   * A value, or a function that is called for each message. At most 16,000 characters of JSON. Anything that cannot be
   * sent or read is left out, with a warning in the console; the message is still sent.
   */
  context?: ConviChatContext | (() => ConviChatContext | undefined);
  readonly isOpen: boolean;
  /** Opens the panel and moves the focus into it. */
  open(): void;
  /** Closes the panel and returns the focus to the button. */
  close(): void;
}

declare global {
  interface HTMLElementTagNameMap {
    "convi-chat": ConviChatElement;
  }
  interface HTMLElementEventMap {
    /** The button is ready. Bubbles. */
    "convi-chat-ready": CustomEvent<null>;
    /** The panel was opened. Bubbles. */
    "convi-chat-open": CustomEvent<null>;
  }
}
