import { useCallback, useEffect, useRef, useState } from "react";

import { type Api, CallError, type Handover, type Integration, type Readiness } from "./api.ts";
import { Checklist, Recent } from "./Below.tsx";
import { ConnectDialog } from "./ConnectDialog.tsx";
import { DisconnectDialog } from "./DisconnectDialog.tsx";
import { type Toast, Toasts } from "./parts.tsx";
import { Row } from "./Row.tsx";

/** The contract promises that a change appears within 5 s. */
const EVERY = 3_000;

export type Tell = (name: string, detail?: Record<string, unknown>) => void;

interface Props {
  api: Api;
  base: string;
  tell: Tell;
}

export function Screen({ api, base, tell }: Props) {
  const [row, setRow] = useState<Integration>();
  const [mayChange, setMayChange] = useState(false);
  const [trouble, setTrouble] = useState<string>();
  const [tries, setTries] = useState(0);
  const [readiness, setReadiness] = useState<Readiness[]>([]);
  const [handovers, setHandovers] = useState<Handover[]>();
  const [offline, setOffline] = useState(false);
  const [open, setOpen] = useState<"connect" | "disconnect">();
  const [toasts, setToasts] = useState<Toast[]>([]);
  const etag = useRef<string>(undefined);
  const nextToast = useRef(0);

  useEffect(() => {
    let gone = false;
    setTrouble(undefined);
    Promise.all([api.viewer(), api.integrations()])
      .then(([viewer, rows]) => {
        if (gone) return;
        setMayChange(viewer.role !== "member");
        setRow(rows.find(({ helpdesk }) => helpdesk === "gorgias"));
        tell("ready");
      })
      .catch((error: unknown) => {
        if (gone) return;
        const { status, message } = error instanceof CallError ? error : new CallError(0, String(error));
        setTrouble(message);
        tell("error", { kind: status === 401 ? "signed_out" : status === 0 ? "offline" : "failed", message });
      });
    return () => {
      gone = true;
    };
  }, [api, tell, tries]);

  const look = useCallback(async () => {
    try {
      const first = etag.current === undefined;
      // The first checklist is shown together with the list below it, so that nothing is pushed down.
      const [news, begin] = await Promise.all([api.handovers(etag.current), first ? api.readiness() : undefined]);
      setOffline(false);
      if (!news) return;
      etag.current = news.etag;
      setHandovers(news.handovers);
      if (begin) return setReadiness(begin);
      const [rows, lines] = await Promise.all([api.integrations(), api.readiness()]);
      setRow(rows.find(({ helpdesk }) => helpdesk === "gorgias"));
      setReadiness(lines);
    } catch {
      setOffline(true);
      setHandovers((known) => known ?? []);
    }
  }, [api]);

  const loaded = row !== undefined;
  useEffect(() => {
    if (!loaded) return undefined;
    const whileVisible = () => {
      if (document.visibilityState === "visible") void look();
    };
    whileVisible();
    const timer = setInterval(whileVisible, EVERY);
    document.addEventListener("visibilitychange", whileVisible);
    return () => {
      clearInterval(timer);
      document.removeEventListener("visibilitychange", whileVisible);
    };
  }, [loaded, look]);

  const forget = useCallback((id: number) => setToasts((list) => list.filter((toast) => toast.id !== id)), []);
  const toast = (text: string) => setToasts((list) => [...list, { id: nextToast.current++, bad: false, text }]);
  const closed = () => setOpen(undefined);
  const helpdesk = "gorgias";

  return (
    <>
      <div className="panel">
        {trouble && (
          <div className="note note-bad" role="alert">
            <p>{trouble}</p>
            <button className="button button-small" type="button" onClick={() => setTries(tries + 1)}>
              Try again
            </button>
          </div>
        )}
        {!row && !trouble && <Skeleton />}
        {row && (
          <>
            {!mayChange && (
              <p className="note">You can view everything here. Only owners and admins can change it.</p>
            )}
            <div className="rows">
              <Row
                row={row}
                mayChange={mayChange}
                onConnect={() => setOpen("connect")}
                onDisconnect={() => setOpen("disconnect")}
              />
            </div>
            <Checklist lines={readiness} base={base} />
            {handovers ? <Recent handovers={handovers} offline={offline} /> : <Skeleton />}
          </>
        )}
      </div>
      {row && open === "connect" && (
        <ConnectDialog
          api={api}
          row={row}
          onClose={closed}
          onTested={({ ok, problem }) => tell("test-result", { helpdesk, ok, ...(problem ? { problem } : {}) })}
          onSaved={(row) => {
            setRow(row);
            toast("Helpdesk integration saved successfully.");
            tell("connected", { helpdesk });
            void look();
          }}
        />
      )}
      {row && open === "disconnect" && (
        <DisconnectDialog
          api={api}
          row={row}
          onClose={closed}
          onDisconnected={() => {
            setRow({ ...row, state: "not_connected", subdomain: null, username: null, receives_handovers: false });
            toast("Gorgias integration disconnected successfully.");
            tell("disconnected", { helpdesk });
            void look();
          }}
        />
      )}
      <Toasts list={toasts} onGone={forget} />
    </>
  );
}

function Skeleton() {
  return (
    <div className="card skeleton" role="status">
      <span className="hidden">Loading…</span>
    </div>
  );
}
