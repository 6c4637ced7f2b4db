// Measures how long a browser takes from the navigation until a dialog opened by a script can be used, cold and slow.

import type { Browser, CDPSession, Page } from "@playwright/test";

import { live, panel } from "../tests/support/embedded.ts";
import { expect } from "../tests/support/test.ts";
import type { Screen } from "./screens.ts";

/** A mid-range phone on a slow mobile network, as defined by Lighthouse; or a desktop with a fast connection. */
export const SLOW = process.env.CONVI_BENCH_FAST
  ? { cpu: 1, latency: 10, down: 100_000_000, up: 50_000_000 }
  : { cpu: 4, latency: 150, down: 1_600_000, up: 750_000 };

export interface Opened {
  /** From the navigation until the dialog can be used, in milliseconds. */
  usable: number;
  /** Bytes received from Convi by then, headers included. */
  bytes: number;
  /** Requests sent to Convi by then. */
  requests: number;
  /** From pressing Test connection, as soon as possible, until its result appears, in milliseconds. */
  told: number;
  /** Bytes received from Convi until the whole screen was live. */
  allBytes: number;
  /** Tasks longer than 50 ms by then. */
  longTasks: number;
  /** Their time beyond 50 ms each, in milliseconds. */
  blocking: number;
  /** All layout shifts until the last part of the screen has loaded, except those that answer a press. */
  shift: number;
}

interface Seen {
  longTasks: { start: number; duration: number }[];
  /** Without shifts between a press and the drawing of its result, which a person's press would excuse. */
  shift: number;
  press: { from: number; to: number };
}

declare global {
  interface Window {
    __seen: Seen;
    __usable: (at: number) => Promise<void>;
    __told: (after: number) => Promise<void>;
  }
}

/** Runs in each document before its own scripts. */
function watch(): void {
  const seen: Seen = { longTasks: [], shift: 0, press: { from: Infinity, to: Infinity } };
  window.__seen = seen;
  new PerformanceObserver((list) => {
    for (const { startTime, duration } of list.getEntries()) seen.longTasks.push({ start: startTime, duration });
  }).observe({ type: "longtask", buffered: true });
  new PerformanceObserver((list) => {
    for (const entry of list.getEntries()) {
      const { from, to } = seen.press;
      if (entry.startTime < from || entry.startTime > to) seen.shift += (entry as PerformanceEntry & { value: number }).value;
    }
  }).observe({ type: "layout-shift", buffered: true });

  const root = () => document.querySelector("convi-integrations")?.shadowRoot ?? document;
  const open = (): void => {
    const button = root().querySelector<HTMLButtonElement>("#open-gorgias");
    if (button && !button.disabled) {
      button.click();
      look();
    } else if (!root().querySelector("iframe")) {
      requestAnimationFrame(open);
    }
  };
  const look = (): void => {
    const dialog = root().querySelector("dialog:modal");
    const field = dialog?.querySelector<HTMLInputElement>("[name=subdomain]");
    const buttons = [...(dialog?.querySelectorAll<HTMLButtonElement>("[value=test], [value=save]") ?? [])];
    const usable = field && root().activeElement === field && buttons.length === 2 && buttons.every((it) => !it.disabled);
    if (!usable) {
      requestAnimationFrame(look);
      return;
    }
    const at = performance.timeOrigin + performance.now();
    // Types like a key press, bypassing a library's wrapper of the property.
    const type = (into: HTMLInputElement | null | undefined, text: string): void => {
      Object.getOwnPropertyDescriptor(HTMLInputElement.prototype, "value")?.set?.call(into, text);
      into?.dispatchEvent(new InputEvent("input", { bubbles: true, composed: true }));
    };
    const input = (name: string) => dialog?.querySelector<HTMLInputElement>(`[name=${name}]`);
    const test = (): void => {
      type(input("username"), "jane@shop.example");
      type(input("api_key"), "a-key");
      // A library first renders what it makes of the values.
      requestAnimationFrame(() => {
        const pressed = performance.now();
        seen.press.from = pressed;
        dialog?.querySelector<HTMLButtonElement>("[value=test]")?.click();
        const listen = (): void => {
          const said = root().querySelector(".told")?.textContent;
          if (!said?.includes("Connection failed")) {
            requestAnimationFrame(listen);
            return;
          }
          const after = performance.now() - pressed;
          requestAnimationFrame(() =>
            requestAnimationFrame(() => {
              seen.press.to = performance.now();
              void window.__told(after);
            }),
          );
        };
        listen();
      });
    };
    type(field, "mystore");
    requestAnimationFrame(() =>
      requestAnimationFrame(() => {
        if (field.value !== "mystore") return;
        void window.__usable(at);
        test();
      }),
    );
  };
  requestAnimationFrame(open);
}

/** Opens it once in a fresh context. */
export async function opened(browser: Browser, screen: Screen, url: string, convi: string): Promise<Opened> {
  const context = await browser.newContext();
  const page = await context.newPage();
  const cdp = await context.newCDPSession(page);
  const traffic = await counted(cdp, convi);
  const requests = process.env.CONVI_BENCH_REQUESTS ? await listed(cdp) : undefined;
  const usable = new Promise<number>((resolve) => void page.exposeFunction("__usable", resolve));
  const told = new Promise<number>((resolve) => void page.exposeFunction("__told", resolve));
  await page.addInitScript(watch);
  const { cpu, latency, down, up } = SLOW;
  await cdp.send("Network.emulateNetworkConditions", {
    offline: false,
    latency,
    downloadThroughput: down / 8,
    uploadThroughput: up / 8,
  });
  await cdp.send("Emulation.setCPUThrottlingRate", { rate: cpu });
  await page.goto(url, { waitUntil: "commit" });
  const at = await usable;
  const after = await told;
  await expect(panel(page, screen.mode).getByRole("heading", { name: "Recent handovers" })).toBeAttached();
  if (screen.hydrates) await expect(live(page, screen.mode)).toBeAttached();
  const begin = await page.evaluate(() => performance.timeOrigin);
  const shifts = await Promise.all(page.frames().map(async (frame) => (await seen(frame)).shift));
  // The page also reports the tasks of its frames.
  const tasks = (await seen(page.mainFrame())).longTasks.filter(({ start }) => begin + start < at);
  const result = {
    usable: at - begin,
    ...traffic(at),
    told: after,
    allBytes: traffic(Infinity).bytes,
    longTasks: tasks.length,
    blocking: tasks.reduce((sum, { duration }) => sum + duration - 50, 0),
    shift: shifts.reduce((sum, shift) => sum + shift, 0),
  };
  requests?.(begin, at, screen.name);
  await context.close();
  return result;
}

/** Lists all requests with their times. Returns a function that prints those sent before `at`. */
async function listed(cdp: CDPSession): Promise<(begin: number, at: number, name: string) => void> {
  const sent = new Map<string, { path: string; from: number; clock: number; to?: number }>();
  cdp.on("Network.requestWillBeSent", ({ requestId, request, wallTime, timestamp }) => {
    const path = `${request.method} ${new URL(request.url).pathname}`;
    sent.set(requestId, { path, from: wallTime * 1000, clock: wallTime - timestamp });
  });
  cdp.on("Network.loadingFinished", ({ requestId, timestamp }) => {
    const it = sent.get(requestId);
    if (it) it.to = (timestamp + it.clock) * 1000;
  });
  await cdp.send("Network.enable");
  return (begin, at, name) => {
    const lines = [...sent.values()].filter(({ from }) => from < at).map(({ path, from, to }) => {
      return `  ${[from - begin, (to ?? NaN) - begin].map((it) => it.toFixed(0).padStart(6)).join("")}  ${path}`;
    });
    console.log(`${name}: usable after ${(at - begin).toFixed(0)} ms\n${lines.join("\n")}`);
  };
}

/** Returns what a document has recorded, once the browser has reported everything it has drawn. */
function seen(frame: ReturnType<Page["mainFrame"]>): Promise<Seen> {
  return frame.evaluate(async () => {
    await new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(() => setTimeout(done))));
    return window.__seen;
  });
}

/** Counts the bytes received from `origin`. Returns a function that tells how many had arrived at a time. */
async function counted(cdp: CDPSession, origin: string): Promise<(at: number) => { bytes: number; requests: number }> {
  const asked = new Map<string, { from: number; clock: number }>();
  const came: { at: number; from: number; bytes: number }[] = [];
  let sum = 0;
  cdp.on("Network.requestWillBeSent", ({ requestId, request, wallTime, timestamp }) => {
    if (request.url.startsWith(origin)) asked.set(requestId, { from: wallTime * 1000, clock: wallTime - timestamp });
  });
  cdp.on("Network.loadingFinished", ({ requestId, timestamp, encodedDataLength }) => {
    const request = asked.get(requestId);
    if (request) came.push({ at: (timestamp + request.clock) * 1000, from: request.from, bytes: encodedDataLength });
  });
  await cdp.send("Network.enable");
  return (at) => {
    const before = came.filter((it) => it.at <= at);
    sum = before.reduce((sum, { bytes }) => sum + bytes, 0);
    return { bytes: sum, requests: before.length };
  };
}
