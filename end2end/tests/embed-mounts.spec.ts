// Mounting and unmounting, as a host's router does all day.

import { heard, live, MODES, test } from "./support/embedded.ts";
import { POLICY } from "./support/host.ts";
import { mounted } from "./support/mounted.ts";
import { expect } from "./support/test.ts";

// A trace requests the element of each frame, and may never release a removed one.
test.use({ trace: "off" });

for (const mode of MODES) {
  test(`mode ${mode}: removing it leaves nothing in the page`, async ({ browser, host, embedded, merchant }) => {
    const token = await embedded.token(merchant, "owner");
    host.settings = { token: async () => token, policy: POLICY, convi: embedded.url };
    const [early, late] = await mounted(browser, `${host.near}/settings?mode=${mode}&count=0`, [5, 15]);
    for (const what of ["nodes", "listeners", "documents"] as const) {
      expect(late?.[what], what).toBe(early?.[what]);
    }
  });

  test(`mode ${mode}: removed before it was live, it sends no more requests`, async ({ page, visit }) => {
    let asked = 0;
    page.on("request", (call) => void (/\.wasm$/.test(call.url()) && (asked += 1)));
    await page.addInitScript(() => {
      // It is drawn by then, but its module has not been requested.
      const drawn = (then: () => void) => requestAnimationFrame(() => requestAnimationFrame(then));
      addEventListener("convi-ready", ({ target }) => drawn(() => (target as Element).remove()), { once: true });
    });
    await visit(`?mode=${mode}`);
    await expect(page.locator("convi-integrations")).toHaveCount(0);
    expect(await heard(page, "convi-ready")).toHaveLength(1);
    // The next one becomes live later than the first would have.
    await page.getByRole("link", { name: "Settings" }).click();
    await expect(live(page, mode)).toBeAttached();
    expect(asked).toBe(1);
  });
}
