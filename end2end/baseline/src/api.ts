// The calls of the screen: Convi's JSON routes for programs, and two of the screen's own that `/v1` lacks.

export interface Integration {
  helpdesk: "gorgias";
  state: "not_connected" | "connected" | "needs_attention";
  subdomain: string | null;
  username: string | null;
  reason: string | null;
  held: number;
  waiting: number;
  receives_handovers: boolean;
  account_url: string | null;
  credentials_page: string;
}

export interface Credentials {
  subdomain: string;
  username: string;
  api_key?: string;
}

export interface Tested {
  ok: boolean;
  problem?: string;
  message?: string;
}

export interface Readiness {
  kind: string;
  ready: boolean;
  message: string;
  link: string | null;
  link_label: string | null;
}

export interface Delivery {
  destination: string;
  state: "queued" | "sending" | "waiting" | "unsure" | "held" | "delivered" | "failed" | "cancelled";
  ticket_id: number | null;
  ticket_url: string | null;
  last_error: string | null;
}

export interface Handover {
  handover_id: string;
  shopper_name: string | null;
  shopper_email: string | null;
  subject: string;
  occurred_at: string;
  deliveries: Delivery[];
}

export interface FieldError {
  field: string;
  message: string;
}

/** Why a call has no result, as a sentence. */
export class CallError extends Error {
  constructor(
    readonly status: number,
    message: string,
    readonly fields: FieldError[] = [],
    readonly problem?: string,
  ) {
    super(message);
  }
}

export class Api {
  private token: string | undefined;
  private asking: Promise<string> | undefined;

  constructor(
    private readonly base: string,
    private readonly getToken: () => Promise<string>,
  ) {}

  async viewer(): Promise<{ role: "owner" | "admin" | "member" }> {
    return (await this.send("POST", "/api/session/viewer", {})).json();
  }

  async integrations(): Promise<Integration[]> {
    return (await (await this.send("GET", "/v1/integrations")).json()).integrations;
  }

  async readiness(): Promise<Readiness[]> {
    return (await this.send("POST", "/api/readiness/list", {})).json();
  }

  /** Returns the latest handovers, or null if they still match this ETag. */
  async handovers(etag?: string): Promise<{ handovers: Handover[]; etag: string | undefined } | undefined> {
    const answer = await this.send("GET", "/v1/handovers?limit=10", undefined, etag ? { "if-none-match": etag } : {});
    if (answer.status === 304) return undefined;
    return { handovers: (await answer.json()).handovers, etag: answer.headers.get("etag") ?? undefined };
  }

  async test(credentials: Credentials): Promise<Tested> {
    return (await this.send("POST", "/v1/integrations/gorgias/test", credentials)).json();
  }

  async save(credentials: Credentials): Promise<Integration> {
    return (await this.send("PUT", "/v1/integrations/gorgias", credentials)).json();
  }

  async disconnect(): Promise<void> {
    await this.send("DELETE", "/v1/integrations/gorgias");
  }

  /** Sends a request. If the token has expired, it asks for a new one and sends the request once more. */
  private async send(method: string, path: string, body?: unknown, headers: Record<string, string> = {}): Promise<Response> {
    const attempt = async (token: string) => {
      try {
        return await fetch(this.base + path, {
          method,
          credentials: "omit",
          headers: {
            ...headers,
            authorization: `Bearer ${token}`,
            ...(body === undefined ? {} : { "content-type": "application/json" }),
          },
          ...(body === undefined ? {} : { body: JSON.stringify(body) }),
        });
      } catch {
        throw new CallError(0, "No connection. Check your network and try again.");
      }
    };
    let answer = await attempt(this.token ?? (await this.renewed()));
    if (answer.status === 401) answer = await attempt(await this.renewed());
    if (answer.ok || answer.status === 304) return answer;
    const problem = await answer.json().catch(() => ({}));
    throw new CallError(
      answer.status,
      problem.detail ?? "Something went wrong on our side. Please try again.",
      problem.errors ?? [],
      problem.problem,
    );
  }

  /** Concurrent calls share one renewal. */
  private renewed(): Promise<string> {
    this.asking ??= this.getToken()
      .then((token) => (this.token = token))
      .finally(() => (this.asking = undefined));
    return this.asking;
  }
}
