// The picture in README.md, taken from the running product. Its words are stored next to it, so that this test fails if it
// shows an older screen. `UPDATE_DOCS=1 cargo xtask test --only site browser -- picture.spec.ts` takes a new one.

import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";

import { onCreate } from "./support/gorgias.ts";
import { handoverOf, INTEGRATIONS } from "./support/screen.ts";
import { test as base, expect } from "./support/test.ts";

const IMAGES = join(import.meta.dirname, "../../docs/images");

/** A shop whose name may be in a picture. */
const test = base.extend({
  merchant: async ({}, use) => use("mug-and-co"),
});

/** Returns the words without what differs each time: times and numbers. */
const lasting = (words: string): string =>
  words
    .replaceAll(/\d{1,2} \w{3,4} \d{4}, \d{2}:\d{2}|\d{2}:\d{2}/g, "…")
    .replaceAll(/#\d{6,}/g, "#…")
    .replaceAll(/\s*\n\s*/g, "\n")
    .trim();

test("the picture in README.md shows the screen as it is", async ({ page, account, api }) => {
  await api.notify("team@mug-and-co.test");
  await api.connect(account.credentials);
  await api.setHandover({ active: true });
  await api.setEmailCapture({ active: true });
  const story = [
    { summary: "Wrong size delivered", shopper: { name: "Amir Haddad", email: "amir@example.com" } },
    { summary: "Discount code does not work", shopper: { name: "Lena Fischer", email: "lena@example.com" }, fails: true },
    { summary: "Can I change the address?", shopper: { name: "Mei Tanaka", email: "mei@example.com" } },
    { summary: "Billing question", shopper: { name: "Jane Doe", email: "jane@example.com" } },
  ];
  for (const { fails, ...conversation } of story) {
    if (fails) {
      await account.fault({ kind: "reject", field: "via", ...onCreate, times: 1 });
    }
    const id = await api.handOver(conversation);
    await api.until(id, fails ? "failed" : "delivered");
    await api.until(id, "delivered", "email");
  }
  // Rejected again and again, so it waits for its next attempt.
  await account.fault({ kind: "status", status: 429, ...onCreate });
  const last = { summary: "Return of order #1042", shopper: { name: "Noah Berg", email: "noah@example.com" } };
  const id = await api.handOver(last);
  await api.until(id, "waiting");
  await api.until(id, "delivered", "email");

  await page.setViewportSize({ width: 1240, height: 1060 });
  await page.emulateMedia({ colorScheme: "light" });
  await page.goto(INTEGRATIONS);
  await handoverOf(page, last.summary).getByText("Trying again").waitFor();
  const words = async () => lasting(await page.locator("body").innerText());

  if (process.env.UPDATE_DOCS) {
    await page.screenshot({ path: join(IMAGES, "integrations.png"), animations: "disabled" });
    await writeFile(join(IMAGES, "integrations.txt"), `${await words()}\n`);
  }
  const inPicture = (await readFile(join(IMAGES, "integrations.txt"), "utf8")).trim();
  // Polled, because a waiting delivery is retried now and then, and says so.
  await expect.poll(words, { message: "take the picture anew: see the first lines of this file" }).toBe(inPicture);
});
