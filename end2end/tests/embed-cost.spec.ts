// The exact list of files that a browser loads until the dialog can be used, and then until the screen is live. `cargo
// xtask test --only budget` checks their size in a release build.

import { connectButton, live, MODES, panel, test } from "./support/embedded.ts";
import { expect } from "./support/test.ts";

const FILES = {
  frame: [/convi-integrations\.js/, /\/host-/, /\/embed\/v1\/frame$/, /\/panel-\w+\.css/, /\/embed\/v1\/panel$/],
  inline: [/convi-integrations\.js/, /\/inline-/, /\/panel-\w+\.css/, /\/embed\/v1\/panel$/],
};
const LATER = [/\/panel-\w+\.js/, /\/panel-\w+\.wasm/];
/** The budget for the panel's HTML. */
const PANEL = 5_000;

for (const mode of MODES) {
  test(`mode ${mode}: the dialog needs no module, and the downloads stay within the budget`, async ({ page, visit, embedded }) => {
    const asked: string[] = [];
    page.on("request", (it) => {
      const { origin, pathname } = new URL(it.url());
      if (origin === embedded.url && it.method() !== "OPTIONS") asked.push(pathname);
    });
    const sizes: Promise<number>[] = [];
    page.on("requestfinished", (it) => {
      if (it.url().endsWith("/embed/v1/panel")) sizes.push(it.sizes().then(({ responseBodySize }) => responseBodySize));
    });
    await page.route("**/pkg/*.wasm", async (route) => {
      await may;
      await route.continue();
    });
    let go = () => {};
    const may = new Promise<void>((done) => (go = done));
    await visit(`?mode=${mode}`);
    await connectButton(panel(page, mode)).click();
    await expect(panel(page, mode).getByRole("dialog").getByLabel("API key", { exact: true })).toBeEditable();
    const before = asked.filter((path) => !LATER.some((it) => it.test(path)));
    for (const pattern of FILES[mode]) {
      expect(before.filter((path) => pattern.test(path)), String(pattern)).toHaveLength(1);
    }
    expect(before).toHaveLength(FILES[mode].length);
    expect(Math.max(...(await Promise.all(sizes)))).toBeLessThan(PANEL);
    go();
    await expect(live(page, mode)).toBeAttached();
    // From here on the list is polled. The module itself needed only its own files.
    const after = asked.filter((path) => path.startsWith("/pkg/") && !before.includes(path));
    for (const pattern of LATER) {
      expect(after.filter((path) => pattern.test(path)), String(pattern)).toHaveLength(1);
    }
    expect(after).toHaveLength(LATER.length);
  });
}
