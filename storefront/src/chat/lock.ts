import { newId } from "./id.ts";
import type { Store } from "./store.ts";

const LEASE_MS = 20_000;
const LOOK_AGAIN_MS = 60;

/** Work that one tab does at a time. */
export interface Turn {
  /** Names those who share the lock, and holds the lease if there are no locks. */
  store: Store;
  signal: AbortSignal;
  /** Returns whether there is still something to do. */
  wanted: () => boolean;
  /** @param waited whether another tab was doing it until now */
  work: (waited: boolean) => Promise<void>;
}

/** Does the work while no other tab does it. */
export async function alone(turn: Turn): Promise<void> {
  await (navigator.locks ? withLock(turn) : withLease(turn));
}

async function withLock({ store, signal, work }: Turn): Promise<void> {
  const name = `${store.prefix}send`;
  try {
    const free = await navigator.locks.request(name, { ifAvailable: true }, async (lock) => {
      if (lock) await work(false);
      return !!lock;
    });
    if (!free) {
      await navigator.locks.request(name, { signal }, () => work(true));
    }
  } catch {
    // Rejected if storage is blocked, and then no other tab has these messages; or because this chat ended.
    if (!signal.aborted) await work(false);
  }
}

/**
 * Without locks (plain http, old browsers), tabs write to a lease and read it back. Even if two of them got it, the
 * server would accept each message only once, by its id, and in order.
 */
async function withLease({ store, signal, wanted, work }: Turn): Promise<void> {
  const me = newId();
  const take = () => store.write("lease", { me, until: Date.now() + LEASE_MS });
  let waited = false;
  for (;;) {
    const lease = store.read("lease");
    waited ||= !!lease && lease.me !== me;
    if (!lease || lease.until < Date.now() || lease.until > Date.now() + LEASE_MS) {
      take();
    }
    await new Promise((done) => setTimeout(done, LOOK_AGAIN_MS));
    if (signal.aborted || !wanted()) {
      return;
    }
    if (store.read("lease")?.me === me) {
      break;
    }
  }
  const renew = setInterval(take, LEASE_MS / 4);
  await work(waited).finally(() => {
    clearInterval(renew);
    store.remove("lease");
  });
}
