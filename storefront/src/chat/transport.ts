import type { Answer, Later } from "./wire.ts";

const REQUEST_MS = 15_000;
/** The longest wait: a clock that was set back must not silence the chat. */
export const WAIT_MOST_MS = 3_600_000;
/** The server would answer the same again. Other errors may come from a proxy and pass. */
const FINAL = [400, 409, 413, 422];

/** A response of the server, or of something in front of it. */
export interface Reply {
  response: Response;
  /** Its JSON, or null. */
  body: any;
}

/** Sends requests to the chat's API. */
export class Transport {
  /** Whether the last request got no response. */
  offline = false;

  readonly #server: string;
  readonly #locale: string;
  readonly #stop: AbortSignal;

  /**
   * @param server the server's origin
   * @param locale the language of the chat
   */
  constructor(server: string, locale: string, stop: AbortSignal) {
    this.#server = server;
    this.#locale = locale;
    this.#stop = stop;
  }

  async request(path: string, body?: object, headers: Record<string, string> = {}): Promise<Reply | Later> {
    const late = new AbortController();
    const timer = setTimeout(() => late.abort(), REQUEST_MS);
    const ended = () => late.abort();
    this.#stop.addEventListener("abort", ended);
    try {
      const response = await fetch(`${this.#server}/chat/v1/${path}`, {
        method: body ? "POST" : "GET",
        headers: {
          ...headers,
          "accept-language": this.#locale,
          ...(body ? { "content-type": "application/json" } : {}),
        },
        body: body ? JSON.stringify(body) : null,
        credentials: "omit",
        cache: "no-store",
        signal: late.signal,
      });
      const text = await response.text();
      this.offline = false;
      return { response, body: parsed(text) };
    } catch {
      this.offline = true;
      return { kind: "later", why: "offline", seconds: 0 };
    } finally {
      clearTimeout(timer);
      this.#stop.removeEventListener("abort", ended);
    }
  }
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    // A proxy's page, or nothing: the status is enough.
    return null;
  }
}

/** Returns how many seconds the server asked to wait, or 0. */
export function retryAfter(response: Response): number {
  const value = response.headers.get("retry-after");
  const seconds = value === null ? 0 : Number(value) || (Date.parse(value) - Date.now()) / 1000;
  return Math.min(Math.max(Math.ceil(seconds) || 0, 0), WAIT_MOST_MS / 1000);
}

/** Returns what an unexpected response means. */
export function failure({ response, body }: Reply): Answer {
  const isProblem = response.headers.get("content-type")?.startsWith("application/problem+json");
  if (isProblem && FINAL.includes(response.status)) {
    const detail = body?.errors?.[0]?.message ?? body?.detail ?? body?.title;
    return { kind: "refused", detail: typeof detail === "string" ? detail : String(response.status) };
  }
  const seconds = retryAfter(response);
  return response.status === 429
    ? { kind: "later", why: "busy", seconds: seconds || 10 }
    : { kind: "later", why: "unavailable", seconds };
}
