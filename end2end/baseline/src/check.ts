// Validates the fields before a call is sent.

import type { Credentials, FieldError, Integration } from "./api.ts";

const DOMAIN = ".gorgias.com";

/** Returns the account's name from what people paste: the label, the host, or the address of a page. */
export function subdomainIn(input: string): { label: string } | { error: string } {
  const text = input.trim().toLowerCase();
  if (text === "") return { error: "Enter your Gorgias subdomain." };
  const isUrl = /^https?:\/\//.test(text);
  const host = text.replace(/^https?:\/\//, "").split(/[/?#]/)[0] ?? "";
  if (isUrl && !host.endsWith(DOMAIN)) {
    return { error: "This is not a gorgias.com address. Enter the part before .gorgias.com, for example mystore." };
  }
  const label = host.endsWith(DOMAIN) ? host.slice(0, -DOMAIN.length) : text;
  if (label.length > 63) return { error: "A subdomain can have at most 63 characters." };
  if (!/^[a-z0-9-]*$/.test(label)) {
    return {
      error:
        "A subdomain can only contain letters, digits and hyphens. Enter the part before .gorgias.com, for example mystore.",
    };
  }
  if (!/^[a-z0-9]([a-z0-9-]*[a-z0-9])?$/.test(label)) return { error: "A subdomain must start and end with a letter or digit." };
  return { label };
}

function emailError(email: string): string | undefined {
  if (email === "") return "Enter an email address.";
  if (/\s/.test(email)) return "An email address cannot contain spaces or line breaks.";
  if (email.includes(":")) return "An email address cannot contain a colon.";
  if (!email.includes("@")) return "Enter a complete email address with an @, for example you@example.com.";
  if (!/^[^@]{1,64}@[a-z0-9-]+(\.[a-z0-9-]+)+$/i.test(email)) {
    return "Enter a complete email address, for example you@example.com.";
  }
  return undefined;
}

function keyError(key: string, kept: boolean, same: boolean): string | undefined {
  if (key === "" && kept) {
    return same
      ? undefined
      : "Enter the API key again. The saved key only works with the saved subdomain and username.";
  }
  if (key === "") return "Enter the API key.";
  if (/\s/.test(key)) return "This cannot contain spaces or line breaks. Copy it again, without the text around it.";
  if (key.length > 512) return "This can have at most 512 characters. Copy it again, without the text around it.";
  return undefined;
}

/** Returns the cleaned values, or the errors in display order. */
export function checked(row: Integration, typed: Required<Credentials>): Credentials | FieldError[] {
  const subdomain = subdomainIn(typed.subdomain);
  const username = typed.username.trim();
  const key = typed.api_key.trim();
  const same = "label" in subdomain && subdomain.label === row.subdomain && username === row.username;
  const found = {
    subdomain: "error" in subdomain ? subdomain.error : undefined,
    username: emailError(username),
    api_key: keyError(key, row.state !== "not_connected", same),
  };
  const errors = Object.entries(found).flatMap(([field, message]) => (message ? [{ field, message }] : []));
  if (errors.length > 0 || "error" in subdomain) return errors;
  return { subdomain: subdomain.label, username, ...(key === "" ? {} : { api_key: key }) };
}
