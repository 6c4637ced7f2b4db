// What follows the rows: the checklist and the latest handovers.

import type { Delivery, Handover, Readiness } from "./api.ts";
import { Badge, Icon, Out, type Tone } from "./parts.tsx";

export function Checklist({ lines, base }: { lines: Readiness[]; base: string }) {
  const missing = lines.filter((line) => !line.ready);
  if (missing.length === 0) return null;
  return (
    <section className="card checklist" aria-labelledby="checklist-title">
      <div className="checklist-head">
        <h2 id="checklist-title">Ready for handovers</h2>
        <span className="quiet">
          {lines.length - missing.length} of {lines.length} done
        </span>
      </div>
      <ul>
        {missing.map((line) => (
          <li key={line.kind} className="checklist-line">
            <span className="checklist-box" />
            <p>
              {line.message} {line.link && <Out to={new URL(line.link, base).href}>{line.link_label ?? "Fix this"}</Out>}
            </p>
          </li>
        ))}
      </ul>
    </section>
  );
}

export function Recent({ handovers, offline }: { handovers: Handover[]; offline: boolean }) {
  return (
    <section className="recent" aria-labelledby="recent-title">
      <h2 id="recent-title" tabIndex={-1}>
        Recent handovers
      </h2>
      <div role="status">
        {offline && <p className="note">You are offline. The list updates again when you are back online.</p>}
      </div>
      {handovers.length === 0 && !offline && (
        <div className="card empty">
          <Icon glyph="tray" />
          <p className="strong">No handovers yet</p>
          <p>
            When a conversation is handed over to a person, it appears here with its ticket. The list updates by itself.
          </p>
        </div>
      )}
      <ul className="handovers">
        {handovers.map((handover) => (
          <OneHandover key={handover.handover_id} handover={handover} />
        ))}
      </ul>
    </section>
  );
}

const MOMENT = new Intl.DateTimeFormat(undefined, { dateStyle: "medium", timeStyle: "short" });

function OneHandover({ handover }: { handover: Handover }) {
  return (
    <li className="card handover">
      <div className="handover-what">
        <h3 tabIndex={-1}>
          <bdi>{handover.subject || "No subject"}</bdi>
        </h3>
        <p className="handover-who">
          <bdi>{handover.shopper_name ?? handover.shopper_email ?? "Anonymous visitor"}</bdi>
        </p>
        <p className="handover-when">
          <time dateTime={handover.occurred_at}>{MOMENT.format(new Date(handover.occurred_at))}</time>
        </p>
      </div>
      <ul className="deliveries">
        {handover.deliveries.length === 0 && (
          <li className="delivery">
            <Badge tone="attention">Nobody was told</Badge>
          </li>
        )}
        {handover.deliveries.map((delivery) => (
          <OneDelivery key={delivery.destination} delivery={delivery} />
        ))}
      </ul>
    </li>
  );
}

const TICKET: Record<Delivery["state"], [Tone, string]> = {
  queued: ["busy", "On its way"],
  sending: ["busy", "Sending"],
  waiting: ["busy", "Trying again soon"],
  unsure: ["busy", "Checking whether the ticket arrived"],
  held: ["attention", "Held until Gorgias works again"],
  delivered: ["good", "Ticket created"],
  failed: ["bad", "Not delivered"],
  cancelled: ["quiet", "Cancelled: Gorgias was disconnected"],
};

const MAIL: Record<Delivery["state"], [Tone, string]> = {
  queued: ["busy", "Email on its way"],
  sending: ["busy", "Email on its way"],
  waiting: ["busy", "Emailing the team again soon"],
  unsure: ["busy", "Emailing the team again soon"],
  held: ["busy", "Emailing the team again soon"],
  delivered: ["good", "Team emailed"],
  failed: ["bad", "Email not delivered"],
  cancelled: ["quiet", "Email cancelled"],
};

function OneDelivery({ delivery }: { delivery: Delivery }) {
  const [tone, text] = (delivery.destination === "email" ? MAIL : TICKET)[delivery.state];
  const ticket = delivery.ticket_id === null ? null : `Ticket #${delivery.ticket_id}`;
  return (
    <li className="delivery">
      <div className="delivery-line">
        <Badge tone={tone}>{text}</Badge>
        {ticket && (delivery.ticket_url ? <Out to={delivery.ticket_url}>{ticket}</Out> : <span>{ticket}</span>)}
      </div>
      {delivery.last_error && delivery.state !== "held" && <p className="delivery-why">{delivery.last_error}</p>}
    </li>
  );
}
