/** In characters of JSON. */
const MAX_CONTEXT = 16_000;

/**
 * Returns what the shop knows about its visitor, as far as it can be sent. A shop's mistake must not keep its shoppers
 * from writing.
 * @param host has the property `context`
 */
export function readContext(host: { context?: unknown }): Record<string, unknown> | undefined {
  try {
    const { context } = host;
    const value: unknown = typeof context === "function" ? context() : context;
    if (value === undefined || value === null) {
      return undefined;
    }
    if (typeof value === "object") {
      return copy(value);
    }
    warn("context is not an object");
  } catch (error) {
    warn("context was not sent:", error);
  }
  return undefined;
}

/** Copies the value once, so that later changes by the shop, or values that differ on each read, have no effect. */
function copy(value: object): Record<string, unknown> {
  const kept: Record<string, unknown> = {};
  let room = MAX_CONTEXT;
  for (const name of Object.keys(value)) {
    try {
      const field = (value as Record<string, unknown>)[name];
      const json = JSON.stringify(field, (_, it) => (typeof it === "bigint" ? String(it) : it));
      if (json === undefined) {
        continue;
      }
      if (json.length + name.length > room) {
        warn(`context.${name} is too long and was not sent: at most ${MAX_CONTEXT} characters`);
        continue;
      }
      room -= json.length + name.length;
      kept[name] = JSON.parse(json);
    } catch (error) {
      warn(`context.${name} was not sent:`, error);
    }
  }
  return kept;
}

/** Warns the developer of the page. */
function warn(what: string, why?: unknown): void {
  console.warn("<convi-chat>", what, ...(why ? [why] : []));
}
