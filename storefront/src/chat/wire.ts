// The protocol between the chat and the server: docs/chat-api.md.

export type State = "new" | "open" | "handed_over" | "resolved";

export interface Message {
  number: number;
  id: string | null;
  author: "shopper" | "assistant" | "agent" | "system";
  name: string | null;
  text: string;
  sent_at: string;
}

/** The conversation, as sent by the server. */
export interface Talk {
  state: State;
  needs_email: boolean;
  messages: Message[];
}

/** Why something was not sent. */
export type Why = "offline" | "busy" | "unavailable";

/** A failed call that can be repeated, after this many seconds if the server asked for it. */
export interface Later {
  kind: "later";
  why: Why;
  seconds: number;
}

/** The result of a call: `same` if nothing is new, `stranger` if the server does not know the visitor. */
export type Answer =
  | { kind: "done" }
  | { kind: "same" }
  | { kind: "stranger" }
  | { kind: "refused"; detail: string }
  | Later;
