/** Storage that works even if the browser blocks, fills up or clears it: memory keeps what storage rejects. */
export class Store {
  readonly prefix: string;
  readonly #memory = new Map<string, string>();
  #storage: Storage | null = null;

  constructor(name: "localStorage" | "sessionStorage", prefix: string) {
    this.prefix = prefix;
    try {
      // If storage is blocked, even reading the property throws.
      this.#storage = window[name];
      this.#storage.getItem(prefix);
    } catch {
      this.#storage = null;
    }
  }

  get(key: string): string | null {
    return this.#memory.get(key) ?? this.#storage?.getItem(this.prefix + key) ?? null;
  }

  set(key: string, value: string): void {
    try {
      if (!this.#storage) throw 0;
      this.#storage.setItem(this.prefix + key, value);
      this.#memory.delete(key);
    } catch {
      this.#memory.set(key, value);
    }
  }

  remove(key: string): void {
    this.#memory.delete(key);
    this.#storage?.removeItem(this.prefix + key);
  }

  /** Parses a stored value as JSON. Another script on the shop's page may have written anything. */
  read(key: string): any {
    try {
      return JSON.parse(this.get(key) ?? "null");
    } catch {
      return null;
    }
  }

  write(key: string, value: unknown): void {
    this.set(key, JSON.stringify(value));
  }

  /** Returns the keys that start with `start`, in order. */
  keys(start: string): string[] {
    const stored = this.#storage ? Object.keys(this.#storage) : [];
    const own = stored.filter((key) => key.startsWith(this.prefix)).map((key) => key.slice(this.prefix.length));
    return [...new Set([...own, ...this.#memory.keys()])].filter((key) => key.startsWith(start)).sort();
  }
}
