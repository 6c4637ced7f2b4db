// Measures what is left in a page after the screen was mounted and unmounted many times.

import type { Browser, CDPSession, Page } from "@playwright/test";

import { expect } from "./test.ts";

export interface Left {
  /** JavaScript heap, in bytes. */
  heap: number;
  /** Documents and shadow roots. */
  nodes: number;
  listeners: number;
  documents: number;
  /** The module's memory, in bytes. It never shrinks; in a frame it goes away with the frame. */
  wasm: number;
}

interface Kept {
  __memories: WeakRef<WebAssembly.Memory>[];
}

/** Tracks the memory of each module that a document starts. */
function watch(): void {
  const memories: WeakRef<WebAssembly.Memory>[] = [];
  (window as unknown as Kept).__memories = memories;
  const noted = ({ exports }: WebAssembly.Instance) => {
    // By its type, because the build shortens the names of exports.
    for (const it of Object.values(exports)) {
      if (it instanceof WebAssembly.Memory) memories.push(new WeakRef(it));
    }
  };
  const { instantiateStreaming } = WebAssembly;
  WebAssembly.instantiateStreaming = async (...args) => {
    const source = await instantiateStreaming(...args);
    noted(source.instance);
    return source;
  };
}

/** Mounts it `times` times, each time until its dialog is open if the page can reach it, and unmounts it. */
function mount(page: Page, times: number): Promise<void> {
  return page.evaluate(async (times) => {
    const place = document.querySelector("main");
    const mode = new URLSearchParams(location.search).get("mode") ?? "frame";
    const token = await (await fetch("/token")).text();
    const drawn = () => new Promise((done) => requestAnimationFrame(done));
    for (let time = 0; time < times; time += 1) {
      const element = document.createElement("convi-integrations") as HTMLElement & { getToken: () => Promise<string> };
      element.setAttribute("mode", mode);
      element.getToken = async () => token;
      const ready = new Promise((done) => element.addEventListener("convi-ready", done, { once: true }));
      place?.append(element);
      await ready;
      const root = element.shadowRoot;
      const shown = async (selector: string) => {
        while (!root?.querySelector(selector)) await drawn();
        return root.querySelector<HTMLElement>(selector);
      };
      if (mode === "inline") {
        const button = await shown("#open-gorgias");
        // Ours is live once its module has taken over, which is what might leave something behind.
        if (root?.querySelector(".convi")) await shown(".convi[data-hydrated]");
        button?.click();
        await shown("dialog:modal");
      }
      element.remove();
      await drawn();
    }
    // The page's own record for tests.
    (window as unknown as { heard: unknown[] }).heard.length = 0;
  }, times);
}

async function left(page: Page, cdp: CDPSession): Promise<Left> {
  let metrics: { name: string; value: number }[] = [];
  const metric = (name: string) => metrics.find((it) => it.name === name)?.value ?? 0;
  // One collection may release what only the next one finds, so repeat until three in a row find nothing.
  let least = Infinity;
  for (let idle = 0; idle < 3; ) {
    await page.evaluate(() => new Promise((done) => requestIdleCallback(done)));
    await cdp.send("HeapProfiler.collectGarbage");
    ({ metrics } = await cdp.send("Performance.getMetrics"));
    idle = metric("Nodes") < least ? 0 : idle + 1;
    least = Math.min(least, metric("Nodes"));
  }
  const wasm = await page.evaluate(() =>
    (window as unknown as Kept).__memories.reduce((sum, it) => sum + (it.deref()?.buffer.byteLength ?? 0), 0),
  );
  return {
    heap: metric("JSHeapUsedSize"),
    nodes: metric("Nodes"),
    listeners: metric("JSEventListeners"),
    documents: metric("Documents"),
    wasm,
  };
}

/** Returns what is left after each of these total numbers of mounts. `url` is a host page without an element. */
export async function mounted(browser: Browser, url: string, times: number[]): Promise<Left[]> {
  const context = await browser.newContext();
  const page = await context.newPage();
  await page.addInitScript(watch);
  await page.goto(url);
  await expect(page.locator("convi-integrations")).toHaveCount(0);
  const cdp = await context.newCDPSession(page);
  await cdp.send("Performance.enable");
  const found: Left[] = [];
  let done = 0;
  for (const time of times) {
    await mount(page, time - done);
    done = time;
    found.push(await left(page, cdp));
  }
  await context.close();
  return found;
}
