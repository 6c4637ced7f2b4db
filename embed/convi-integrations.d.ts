/** The typed properties of the element. */
export interface ConviIntegrationsElement extends HTMLElement {
  /**
   * Returns a promise of a dashboard token for the signed-in person. Called at the start and whenever a token has
   * expired.
   */
  getToken: () => Promise<string>;
  // Attributes: mode ("frame", "inline"), theme ("light", "dark", "system"), and locale: "en", "de" or "fr", perhaps with
  // a region ("de-AT"); without it the browser's own language, else English.
}

export type ConviHelpdesk = "gorgias" | "zendesk" | "webhook";

export type ConviProblem =
  | "unknown_subdomain"
  | "bad_credentials"
  | "role"
  | "quota"
  | "rate_limited"
  | "unreachable"
  | "not_a_helpdesk";

/** Why the screen is missing or incomplete. */
export type ConviErrorKind =
  | "no-token"
  | "token"
  | "policy"
  | "origin"
  | "offline"
  | "signed_out"
  | "not_allowed"
  | "failed";

export interface ConviEventMap {
  "convi-ready": CustomEvent<Record<string, never>>;
  "convi-connected": CustomEvent<{ helpdesk: ConviHelpdesk }>;
  "convi-disconnected": CustomEvent<{ helpdesk: ConviHelpdesk }>;
  "convi-test-result": CustomEvent<{ helpdesk: ConviHelpdesk; ok: boolean; problem?: ConviProblem }>;
  "convi-error": CustomEvent<{ kind: ConviErrorKind; message: string }>;
  "convi-resize": CustomEvent<{ height: number }>;
}

declare global {
  interface HTMLElementTagNameMap {
    "convi-integrations": ConviIntegrationsElement;
  }
  interface HTMLElementEventMap extends ConviEventMap {}
}
