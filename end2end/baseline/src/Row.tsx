import type { Integration } from "./api.ts";
import { Badge, Button, Note, Out } from "./parts.tsx";

const STATES = {
  not_connected: { tone: "quiet", text: "Not connected" },
  connected: { tone: "good", text: "Connected" },
  needs_attention: { tone: "attention", text: "Needs attention" },
} as const;

interface Props {
  row: Integration;
  mayChange: boolean;
  onConnect: () => void;
  onDisconnect: () => void;
}

export function Row({ row, mayChange, onConnect, onDisconnect }: Props) {
  const { tone, text } = STATES[row.state];
  const connected = row.state !== "not_connected";
  return (
    <section className="card row" aria-labelledby="gorgias-name">
      <div className="row-head">
        <Mark />
        <div className="row-name">
          <h2 id="gorgias-name">Gorgias</h2>
          <Badge tone={tone}>{text}</Badge>
          {row.receives_handovers && <span className="tag">Handovers go here</span>}
        </div>
        <p className="row-about">Every handover becomes a ticket with the whole conversation.</p>
        <div className="row-actions">
          <Button
            id="open-gorgias"
            {...(row.state === "connected" ? {} : { weight: "primary" as const })}
            disabled={!mayChange}
            onClick={onConnect}
          >
            {connected ? "Configure" : "Connect"}
          </Button>
          {connected && (
            <Button id="disconnect-gorgias" weight="quiet" disabled={!mayChange} onClick={onDisconnect}>
              Disconnect
            </Button>
          )}
        </div>
      </div>
      <div role="status">
        {row.state === "needs_attention" && (
          <Note tone="attention">
            <p className="note-title">{row.reason ?? "Gorgias does not accept the saved credentials."}</p>
            {row.held > 0 && <p>{held(row.held)}</p>}
          </Note>
        )}
      </div>
      {row.subdomain && (
        <dl className="facts">
          <div>
            <dt>Account</dt>
            <dd>{row.account_url ? <Out to={row.account_url}>{row.subdomain}.gorgias.com</Out> : row.subdomain}</dd>
          </div>
          <div>
            <dt>User</dt>
            <dd>{row.username}</dd>
          </div>
        </dl>
      )}
    </section>
  );
}

function held(n: number): string {
  return n === 1
    ? "1 handover is held. It becomes a ticket as soon as Gorgias works again."
    : `${n} handovers are held. They become tickets, in order, as soon as Gorgias works again.`;
}

function Mark() {
  return (
    <svg className="mark mark-gorgias" viewBox="0 0 48 48" aria-hidden="true">
      <rect className="mark-tile" width="48" height="48" rx="13" />
      <path className="mark-line" d="M33.5 18.5A10.5 10.5 0 1 0 34.5 24H25" />
      <path className="mark-dot" d="M34.5 24v9.5a1.5 1.5 0 0 1-2.5 1.1l-3.7-3.3Z" />
    </svg>
  );
}
