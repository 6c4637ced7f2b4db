import { type FormEvent, useRef, useState } from "react";

import { type Api, CallError, type FieldError, type Integration, type Tested } from "./api.ts";
import { checked, subdomainIn } from "./check.ts";
import { Button, Dialog, Field, Note, Out, SecretField } from "./parts.tsx";

interface Props {
  api: Api;
  row: Integration;
  onClose: () => void;
  onTested: (tested: Tested) => void;
  onSaved: (row: Integration) => void;
}

const WAY = "Gorgias → Settings → REST API";

export function ConnectDialog({ api, row, onClose, onTested, onSaved }: Props) {
  const connected = row.state !== "not_connected";
  const [subdomain, setSubdomain] = useState(row.subdomain ?? "");
  const [username, setUsername] = useState(row.username ?? "");
  const [apiKey, setApiKey] = useState("");
  const [errors, setErrors] = useState<FieldError[]>([]);
  const [told, setTold] = useState<{ ok: boolean; title: string; more?: string | undefined }>();
  const [busy, setBusy] = useState<string>();
  const form = useRef<HTMLFormElement>(null);

  const errorOf = (field: string) => errors.find((error) => error.field === field)?.message;
  const changed = (field: string, set: (value: string) => void) => (event: { target: { value: string } }) => {
    set(event.target.value);
    setTold(undefined);
    setErrors(errors.filter((error) => error.field !== field));
  };
  const refuse = (errors: FieldError[]) => {
    setErrors(errors);
    form.current?.querySelector<HTMLElement>(`[name=${errors[0]?.field}]`)?.focus();
  };
  const failed = (message?: string) =>
    setTold({ ok: false, title: "Connection failed. Please check your credentials and try again.", more: message });
  const tidy = () => {
    const parsed = subdomainIn(subdomain);
    if ("label" in parsed) setSubdomain(parsed.label);
  };

  async function submit(event: FormEvent) {
    event.preventDefault();
    if (busy) return;
    const { submitter } = event.nativeEvent as SubmitEvent;
    const intent = submitter?.getAttribute("value") ?? "test";
    tidy();
    const credentials = checked(row, { subdomain, username, api_key: apiKey });
    if (Array.isArray(credentials)) return refuse(credentials);
    setErrors([]);
    setTold(undefined);
    setBusy(intent);
    try {
      if (intent === "save") {
        onSaved(await api.save(credentials));
        form.current?.closest("dialog")?.close();
      } else {
        const tested = await api.test(credentials);
        onTested(tested);
        if (tested.ok) setTold({ ok: true, title: "Connection successful!" });
        else failed(tested.message);
      }
    } catch (error) {
      if (!(error instanceof CallError)) throw error;
      if (error.fields.length > 0) refuse(error.fields);
      else if (error.problem) failed(error.message);
      else setTold({ ok: false, title: error.message });
    } finally {
      setBusy(undefined);
    }
  }

  const parsed = subdomainIn(subdomain);
  return (
    <Dialog id="connect-title" title={connected ? "Configure Gorgias" : "Connect Gorgias"} onClose={onClose}>
      <form ref={form} className="form" noValidate autoComplete="off" onSubmit={submit}>
        <div className="dialog-body">
          <Field
            id="connect-subdomain"
            name="subdomain"
            label="Gorgias subdomain"
            help="Your Gorgias subdomain is a part of the Base API URL"
            placeholder="mystore"
            autoComplete="off"
            required
            data-first
            value={subdomain}
            error={errorOf("subdomain")}
            onChange={changed("subdomain", setSubdomain)}
            onBlur={tidy}
          />
          <Field
            id="connect-username"
            name="username"
            label="Username (Email)"
            inputMode="email"
            autoComplete="email"
            required
            value={username}
            error={errorOf("username")}
            onChange={changed("username", setUsername)}
          />
          <SecretField
            id="connect-api-key"
            name="api_key"
            label="API key"
            help={connected ? "Leave it empty to keep the saved key." : undefined}
            placeholder={connected ? "Saved" : ""}
            required={!connected}
            value={apiKey}
            error={errorOf("api_key")}
            onChange={changed("api_key", setApiKey)}
          />
          <p className="where">
            <span>Where do I find these?</span>{" "}
            {"label" in parsed ? (
              <Out to={row.credentials_page.replace("{subdomain}", parsed.label)}>{WAY}</Out>
            ) : (
              <span>{WAY}</span>
            )}
          </p>
          <div className="told" role="status" aria-live="polite">
            {told && (
              <Note tone={told.ok ? "good" : "bad"}>
                <p className="note-title">{told.title}</p>
                {told.more && <p>{told.more}</p>}
              </Note>
            )}
          </div>
        </div>
        <footer className="dialog-foot">
          <Button type="submit" value="test" busy={busy === "test"}>
            Test connection
          </Button>
          <Button type="submit" value="save" weight="primary" busy={busy === "save"}>
            Save
          </Button>
          <Button weight="quiet" onClick={() => form.current?.closest("dialog")?.close()}>
            Cancel
          </Button>
        </footer>
      </form>
    </Dialog>
  );
}
