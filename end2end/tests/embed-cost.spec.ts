// What a browser asks for until a script has opened the dialog: these files and no others. What they weigh in a release is
// counted by `cargo xtask test --only budget`.

import { MODES, panel, test } from "./support/embedded.ts";
import { expect } from "./support/test.ts";

interface Opened {
  __opened?: number;
}

const FILES = {
  frame: [/convi-integrations\.js/, /\/host-/, /\/embed\/v1\/frame$/, /\/frame-/, /\/panel-\w+\.css/, /\/panel-\w+\.js/, /\/panel-\w+\.wasm/],
  inline: [/convi-integrations\.js/, /\/host-/, /\/inline-/, /\/panel-\w+\.js/, /\/panel-\w+\.wasm/],
};
const CALLS = ["/api/session/viewer", "/api/integrations/list"];

for (const mode of MODES) {
  test(`mode ${mode}: the dialog needs only the first piece of the module`, async ({ page, visit, embedded }) => {
    // As fast as a script can: in the frame's own document, or in the shadow root.
    await page.addInitScript(() => {
      const look = (): void => {
        const root = document.querySelector("convi-integrations")?.shadowRoot ?? document;
        const button = root.querySelector<HTMLButtonElement>("#open-gorgias");
        if (button === null) {
          requestAnimationFrame(look);
          return;
        }
        (window as Opened).__opened = performance.timeOrigin + performance.now();
        button.click();
      };
      requestAnimationFrame(look);
    });
    await visit(`?mode=${mode}`);
    await expect(panel(page, mode).getByRole("dialog").getByLabel("API key", { exact: true })).toBeEditable();
    const asked: { url: string; at: number }[] = [];
    let opened = 0;
    for (const frame of page.frames()) {
      const seen = await frame.evaluate(() => ({
        opened: (window as Opened).__opened ?? 0,
        asked: [...performance.getEntriesByType("resource"), ...performance.getEntriesByType("navigation")].map((it) => ({
          url: it.name,
          at: performance.timeOrigin + it.startTime,
        })),
      }));
      asked.push(...seen.asked);
      opened = Math.max(opened, seen.opened);
    }
    expect(opened).toBeGreaterThan(0);
    const before = asked.filter((it) => it.at < opened && it.url.startsWith(embedded.url));
    const paths = [...new Set(before.map((it) => new URL(it.url).pathname))];
    const calls = paths.filter((path) => path.startsWith("/api/")).toSorted();
    expect(calls).toEqual([...CALLS].toSorted());
    const files = paths.filter((path) => !path.startsWith("/api/"));
    for (const pattern of FILES[mode]) {
      expect(files.filter((path) => pattern.test(path)), String(pattern)).toHaveLength(1);
    }
    expect(files).toHaveLength(FILES[mode].length);
    // The second piece comes after that.
    await expect(panel(page, mode).getByRole("heading", { name: "Recent handovers" })).toBeAttached();
  });
}
