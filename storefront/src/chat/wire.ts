// What travels between the chat and the server: docs/chat-api.md.

export type State = "new" | "open" | "handed_over" | "resolved";

export interface Message {
  number: number;
  id: string | null;
  author: "shopper" | "assistant" | "agent" | "system";
  name: string | null;
  text: string;
  sent_at: string;
}

/** The conversation as the server tells it. */
export interface Talk {
  state: State;
  needs_email: boolean;
  messages: Message[];
}

/** Why something was not sent. */
export type Why = "offline" | "busy" | "unavailable";

/** A call that failed and can be repeated, after so many seconds if the server asked for that. */
export interface Later {
  kind: "later";
  why: Why;
  seconds: number;
}

/** How a call ended: `same` when nothing is new, `stranger` when the server does not know the visitor. */
export type Answer =
  | { kind: "done" }
  | { kind: "same" }
  | { kind: "stranger" }
  | { kind: "refused"; detail: string }
  | Later;
