import { type FormEvent, useRef, useState } from "react";

import { type Api, CallError, type Integration } from "./api.ts";
import { Button, Dialog, Note } from "./parts.tsx";

interface Props {
  api: Api;
  row: Integration;
  onClose: () => void;
  onDisconnected: () => void;
}

export function DisconnectDialog({ api, row, onClose, onDisconnected }: Props) {
  const [busy, setBusy] = useState(false);
  const [trouble, setTrouble] = useState<string>();
  const form = useRef<HTMLFormElement>(null);
  const close = () => form.current?.closest("dialog")?.close();

  async function submit(event: FormEvent) {
    event.preventDefault();
    if (busy) return;
    setBusy(true);
    setTrouble(undefined);
    try {
      await api.disconnect();
      onDisconnected();
      close();
    } catch (error) {
      if (!(error instanceof CallError)) throw error;
      setTrouble(error.message);
    } finally {
      setBusy(false);
    }
  }

  return (
    <Dialog id="disconnect-title" title="Disconnect Gorgias" onClose={onClose}>
      <form ref={form} className="form" onSubmit={submit}>
        <div className="dialog-body">
          <p>Are you sure you want to disconnect Gorgias? Ticket creation for handovers will stop working.</p>
          {row.waiting > 0 && (
            <p className="strong">
              {row.waiting === 1
                ? "1 handover is waiting. It will not become a ticket unless you connect a helpdesk again and send it."
                : `${row.waiting} handovers are waiting. They will not become tickets unless you connect a helpdesk again and send them.`}
            </p>
          )}
          <div role="status">{trouble && <Note tone="bad">{trouble}</Note>}</div>
        </div>
        <footer className="dialog-foot">
          <Button type="submit" weight="danger" busy={busy}>
            Disconnect
          </Button>
          <Button weight="quiet" onClick={close}>
            Cancel
          </Button>
        </footer>
      </form>
    </Dialog>
  );
}
