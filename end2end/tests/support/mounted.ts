// What is left in a page after the screen was shown and taken away again, many times.

import type { Browser, CDPSession, Page } from "@playwright/test";

import { expect } from "./test.ts";

export interface Left {
  /** Of JavaScript, in bytes. */
  heap: number;
  /** Of documents and shadow roots. */
  nodes: number;
  listeners: number;
  documents: number;
  /** Of the module, in bytes: it never gets smaller, and in a frame it goes with the frame. */
  wasm: number;
}

interface Kept {
  __memories: WeakRef<WebAssembly.Memory>[];
}

/** Keeps an eye on the memory of each module that a document starts. */
function watch(): void {
  const memories: WeakRef<WebAssembly.Memory>[] = [];
  (window as unknown as Kept).__memories = memories;
  const noted = ({ exports }: WebAssembly.Instance) => {
    if (exports["memory"] instanceof WebAssembly.Memory) memories.push(new WeakRef(exports["memory"]));
  };
  const { instantiateStreaming } = WebAssembly;
  WebAssembly.instantiateStreaming = async (...args) => {
    const source = await instantiateStreaming(...args);
    noted(source.instance);
    return source;
  };
}

/** Shows it `times` times, each until its dialog is open where the page can reach it, and takes it away. */
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
        // Ours is live when its module has taken over, which is what may leave something behind.
        if (root?.querySelector(".convi")) await shown(".convi[data-hydrated]");
        button?.click();
        await shown("dialog:modal");
      }
      element.remove();
      await drawn();
    }
    // The page's own notes for tests.
    (window as unknown as { heard: unknown[] }).heard.length = 0;
  }, times);
}

async function left(page: Page, cdp: CDPSession): Promise<Left> {
  let metrics: { name: string; value: number }[] = [];
  const metric = (name: string) => metrics.find((it) => it.name === name)?.value ?? 0;
  // What one collection sets free another may only then find: until three in a row have found nothing.
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

/** What is left after each of these many times in all. `url` is a page of the host without an element. */
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
