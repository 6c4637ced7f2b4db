import { newId } from "./id.ts";
import type { Store } from "./store.ts";

const LEASE_MS = 20_000;
const LOOK_AGAIN_MS = 60;

/** What one tab at a time does. */
export interface Turn {
  /** Names who shares the lock, and keeps the lease where there are no locks. */
  store: Store;
  signal: AbortSignal;
  /** Whether there is still something to do. */
  wanted: () => boolean;
  /** @param waited whether another tab did it until now */
  work: (waited: boolean) => Promise<void>;
}

/** Does the work while no other tab does. */
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
    // Rejected where storage is, and then no other tab has these messages; or this chat ends.
    if (!signal.aborted) await work(false);
  }
}

/**
 * Without locks (plain http, old browsers) tabs write to a lease and read it back. Were two to get it, the server would
 * take each message once all the same, since its id is the same, and in order.
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
