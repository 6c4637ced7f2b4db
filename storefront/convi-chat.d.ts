/** What the shop knows of its visitor. It reaches the team with each message, typed by nobody and checked by nobody. */
export interface ConviChatContext {
  order_number?: string;
  cart?: { title: string; quantity: number; price?: string }[];
  /** At most 100 fields. They stand in the ticket's note. */
  custom?: Record<string, string | number | boolean>;
}

/**
 * ```html
 * <script type="module" async src="https://convi.example/storefront/convi-chat.js"></script>
 * <convi-chat merchant="demo" locale="en"></convi-chat>
 * ```
 *
 * Attributes
 * - `merchant`: required, whose shop this is
 * - `locale`: `en`, `fr`, `de`, `es`, with a region if wanted; else the page's `lang`, else the browser's
 * - `theme`: `light`, `dark`, or as the visitor's system says
 * - `heading`: above the conversation, instead of "Chat with us"
 * - `server`: Convi's origin, where it is not the one that this file came from
 *
 * Looks, as CSS custom properties on the element: `--convi-accent`, `--convi-on-accent` (else black or white, whichever
 * reads better), `--convi-font`, `--convi-radius`, `--convi-offset` (from the corner), `--convi-z`.
 *
 * A shop with a content security policy lists Convi's origin in `script-src` and `connect-src`, and nothing else.
 */
export interface ConviChatElement extends HTMLElement {
  /**
   * A value, or a function that is asked at each message. At most 16,000 characters of JSON. What of it cannot be sent or
   * read is left out, with a warning in the console; the message is sent all the same.
   */
  context?: ConviChatContext | (() => ConviChatContext | undefined);
  readonly isOpen: boolean;
  /** Opens the panel and moves the focus there. */
  open(): void;
  /** Closes the panel and gives the focus back to the button. */
  close(): void;
}

declare global {
  interface HTMLElementTagNameMap {
    "convi-chat": ConviChatElement;
  }
  interface HTMLElementEventMap {
    /** The button is there. Bubbles. */
    "convi-chat-ready": CustomEvent<null>;
    /** The panel was opened. Bubbles. */
    "convi-chat-open": CustomEvent<null>;
  }
}
