// The components of the screen.

import { type InputHTMLAttributes, type ReactNode, useEffect, useRef, useState } from "react";

export const GLYPHS = {
  check: "M4.5 10.5 8.2 14.2 15.5 6.3",
  warning: "M10 3.2 17.6 16.4H2.4Z M10 8v3.8 M10 14.2v.1",
  cross: "M5.5 5.5 14.5 14.5 M14.5 5.5 5.5 14.5",
  clock: "M10 3a7 7 0 1 0 0 14 7 7 0 0 0 0-14Z M10 6.4V10l2.6 1.7",
  dash: "M5.5 10h9",
  eye: "M2 10s2.9-5.2 8-5.2 8 5.2 8 5.2-2.9 5.2-8 5.2S2 10 2 10Z M10 7.6a2.4 2.4 0 1 0 0 4.8 2.4 2.4 0 0 0 0-4.8Z",
  eyeOff:
    "M3.5 3.5l13 13 M7.6 5.2A8.3 8.3 0 0 1 10 4.8c5.1 0 8 5.2 8 5.2a14 14 0 0 1-2.3 2.8 M4.6 6.9A13.6 13.6 0 0 0 2 10s2.9 5.2 8 5.2c1.2 0 2.3-.3 3.2-.7 M8.3 8.3a2.4 2.4 0 0 0 3.4 3.4",
  out: "M11.5 4H16v4.5 M16 4 9 11 M8 5H5.5A1.5 1.5 0 0 0 4 6.5v8A1.5 1.5 0 0 0 5.5 16h8a1.5 1.5 0 0 0 1.5-1.5V12",
  tray: "M3 11.5 5.2 4.5h9.6l2.2 7v4H3Z M3 11.5h4l1.2 2h3.6l1.2-2h4",
};

export type Tone = "good" | "busy" | "attention" | "bad" | "quiet";

const OF_TONE = { good: "check", busy: "clock", attention: "warning", bad: "cross", quiet: "dash" } as const;

export function Icon({ glyph }: { glyph: keyof typeof GLYPHS }) {
  return (
    <svg className="icon" viewBox="0 0 20 20" aria-hidden="true">
      <path d={GLYPHS[glyph]} />
    </svg>
  );
}

export function Badge({ tone, children }: { tone: Tone; children: ReactNode }) {
  return (
    <span className={`badge badge-${tone}`}>
      <Icon glyph={OF_TONE[tone]} />
      <span className="badge-text">{children}</span>
    </span>
  );
}

export function Note({ tone, children }: { tone: "good" | "bad" | "attention"; children: ReactNode }) {
  return (
    <div className={`note note-${tone}`}>
      <Icon glyph={OF_TONE[tone]} />
      <div>{children}</div>
    </div>
  );
}

export function Out({ to, children }: { to: string; children: ReactNode }) {
  return (
    <a className="link" href={to} target="_blank" rel="noreferrer">
      {children}
      <Icon glyph="out" />
    </a>
  );
}

interface FieldProps extends InputHTMLAttributes<HTMLInputElement> {
  id: string;
  label: string;
  help?: string | undefined;
  error?: string | undefined;
  /** Rendered next to the input. */
  beside?: ReactNode;
}

export function Field({ id, label, help, error, beside, ...input }: FieldProps) {
  const describedBy = [error && `${id}-error`, help && `${id}-help`].filter(Boolean).join(" ");
  const line = (
    <input
      className="input"
      id={id}
      autoCapitalize="none"
      spellCheck={false}
      aria-invalid={error ? true : undefined}
      aria-describedby={describedBy || undefined}
      {...input}
    />
  );
  return (
    <div className="field">
      <label className="field-label" htmlFor={id}>
        {label}
      </label>
      {beside ? (
        <div className="secret">
          {line}
          {beside}
        </div>
      ) : (
        line
      )}
      <p className="field-error" id={`${id}-error`} hidden={!error}>
        <Icon glyph="warning" />
        <span>{error}</span>
      </p>
      {help && (
        <p className="field-help" id={`${id}-help`}>
          {help}
        </p>
      )}
    </div>
  );
}

/** Masked until its eye is pressed. */
export function SecretField(props: FieldProps) {
  const [shown, setShown] = useState(false);
  const eye = (
    <button
      type="button"
      className="icon-button secret-eye"
      aria-label={`${shown ? "Hide" : "Show"} ${props.label}`}
      aria-controls={props.id}
      onClick={() => setShown(!shown)}
    >
      <Icon glyph={shown ? "eyeOff" : "eye"} />
    </button>
  );
  return <Field {...props} type={shown ? "text" : "password"} autoComplete="new-password" beside={eye} />;
}

interface ButtonProps {
  weight?: "primary" | "danger" | "quiet";
  busy?: boolean;
  disabled?: boolean;
  id?: string;
  value?: string;
  type?: "button" | "submit";
  autoFocus?: boolean;
  onClick?: () => void;
  children: ReactNode;
}

export function Button({ weight, busy, children, type = "button", ...rest }: ButtonProps) {
  return (
    <button className={weight ? `button button-${weight}` : "button"} type={type} aria-busy={busy || undefined} {...rest}>
      <span className="button-label">{children}</span>
    </button>
  );
}

interface DialogProps {
  id: string;
  title: string;
  onClose: () => void;
  children: ReactNode;
}

/** A modal on the native element. Escape, its buttons and a press outside close it. */
export function Dialog({ id, title, onClose, children }: DialogProps) {
  const node = useRef<HTMLDialogElement>(null);
  useEffect(() => {
    const dialog = node.current;
    dialog?.showModal();
    // React focuses an `autoFocus` element on mount, before the dialog is open.
    dialog?.querySelector<HTMLElement>("[data-first]")?.focus();
  }, []);
  return (
    <dialog
      ref={node}
      className="dialog"
      aria-labelledby={id}
      onClose={onClose}
      onPointerDown={(event) => event.target === node.current && node.current?.close()}
    >
      <div className="dialog-card">
        <header className="dialog-head">
          <h2 id={id}>{title}</h2>
          <button type="button" className="icon-button" aria-label="Close" onClick={() => node.current?.close()}>
            <Icon glyph="cross" />
          </button>
        </header>
        {children}
      </div>
    </dialog>
  );
}

export interface Toast {
  id: number;
  bad: boolean;
  text: string;
}

/** How long a success message stays, in milliseconds. */
const STAYS = 8_000;

export function Toasts({ list, onGone }: { list: Toast[]; onGone: (id: number) => void }) {
  return (
    <div className="toasts" role="status" aria-live="polite" aria-relevant="additions">
      {list.map((toast) => (
        <OneToast key={toast.id} toast={toast} onGone={onGone} />
      ))}
    </div>
  );
}

function OneToast({ toast, onGone }: { toast: Toast; onGone: (id: number) => void }) {
  useEffect(() => {
    if (toast.bad) return undefined;
    const timer = setTimeout(() => onGone(toast.id), STAYS);
    return () => clearTimeout(timer);
  }, [toast, onGone]);
  return (
    <div className={toast.bad ? "toast toast-bad" : "toast"}>
      <Icon glyph={toast.bad ? "cross" : "check"} />
      <p>{toast.text}</p>
      <button type="button" className="icon-button" aria-label="Dismiss" onClick={() => onGone(toast.id)}>
        <Icon glyph="cross" />
      </button>
    </div>
  );
}
