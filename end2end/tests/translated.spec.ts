// A page that the browser translates: the module's texts are no longer in the document, but changes still appear in the
// right place, once.

import type { FrameLocator, Locator } from "@playwright/test";

import { inside, MODES, panel, test as embedded } from "./support/embedded.ts";
import type { Api } from "./support/api.ts";
import type { GorgiasAccount } from "./support/gorgias.ts";
import { ABILITIES, conversationPath, INTEGRATIONS } from "./support/screen.ts";
import { Shopper } from "./support/shopper.ts";
import { expect, test } from "./support/test.ts";
import { translate, WAYS } from "./support/translator.ts";

/** The screen polls every 3 s, and the rows every 9 s. A busy machine may need longer. */
const SOON = { timeout: 30_000 };
/** The translated text, or our own where the translator moves it. */
const said = (text: string) => new RegExp(`^${text.replace(/[.?#()]/g, "\\$&")}$`, "i");

/** Connect, a handover that is held and sent, a test handover, Disconnect. */
async function story(screen: FrameLocator | Locator, account: GorgiasAccount, api: Api): Promise<void> {
  const row = screen.locator(".row").first();
  const badge = row.locator(".badge");
  await expect(badge).toHaveText(said("Not connected"));
  await row.locator("#open-gorgias").click();
  const dialog = screen.getByRole("dialog");
  await dialog.locator("#connect-subdomain").fill("not a subdomain");
  await dialog.locator("#connect-username").fill("nobody");
  await dialog.locator("#connect-api-key").fill("wrong");
  await dialog.locator("button[value=test]").click();
  await expect(dialog.locator("#connect-subdomain-error")).toHaveText(/letters, digits and hyphens/i);
  await dialog.locator("#connect-subdomain").fill(account.credentials.subdomain);
  await dialog.locator("#connect-username").fill(account.credentials.username);
  await dialog.locator("button[value=test]").click();
  await expect(dialog.locator(".told .note-title")).toHaveText(
    said("Connection failed. Please check your credentials and try again."),
  );
  await dialog.locator("#connect-api-key").fill(account.credentials.key);
  await dialog.locator("button[value=save]").click();
  await expect(screen.locator(".toast p")).toHaveText(said("Helpdesk integration saved successfully."));
  await expect(badge).toHaveText(said("Connected"));
  await expect(row.locator("#open-gorgias")).toHaveText(said("Configure"));
  await expect(row.locator(".tag")).toHaveText(said("Handovers go here"));

  // Held, with a number that changes, and then a ticket.
  await account.revokeKey();
  await api.handOverUntil("held", { summary: "First" });
  const handover = screen.locator(".handover").first();
  await expect(handover.locator("h3")).toHaveText(said("First"), SOON);
  await expect(handover.locator(".badge")).toHaveText(said("Held until Gorgias works again"), SOON);
  await expect(badge).toHaveText(said("Needs attention"), SOON);
  await expect(row.locator(".note-attention p").last()).toHaveText(/^1 handover is held\./i);
  await api.handOver({ summary: "Second" });
  await expect(row.locator(".note-attention p").last()).toHaveText(/^2 handovers are held\./i, SOON);
  await account.revokeKey(false);
  await api.connect(account.credentials);
  await expect(badge).toHaveText(said("Connected"), SOON);
  await expect(screen.locator(".handover .badge")).toHaveText([said("Ticket created"), said("Ticket created")], SOON);
  await expect(screen.locator(".handover h3")).toHaveText([said("Second"), said("First")]);

  await row.locator(".verify button").click();
  await expect(row.locator(".verify-verdict")).toContainText(/The test handover worked\./i, SOON);

  await row.locator("#disconnect-gorgias").click();
  await screen.getByRole("dialog").locator("button[value=disconnect]").click();
  await expect(badge).toHaveText(said("Not connected"));
  await expect(row.locator("#open-gorgias")).toHaveText(said("Connect"));
  await expect(row.locator(".tag, .verify")).toHaveCount(0);
  await expect(screen.locator(".toast p").last()).toHaveText(said("Gorgias integration disconnected successfully."));
}

for (const way of WAYS) {
  test(`the page works with a translator that ${way} texts, from Connect to Disconnect`, async ({ page, account, api }) => {
    await page.goto(INTEGRATIONS);
    await translate(page.mainFrame(), way);
    await story(page.locator("body"), account, api);
  });
}

// The glue code is the same, so once each is enough.
for (const mode of MODES) {
  embedded(`mode ${mode}, a translator that replaces texts: from Connect to Disconnect`, async ({ page, visit, account, api }) => {
    await visit(`?mode=${mode}`);
    await expect(panel(page, mode).locator("#open-gorgias")).toBeVisible();
    await translate(inside(page, mode), "replaces");
    await story(panel(page, mode), account, api);
  });
}

test("a translated conversation and a translated ability work", async ({ page, convi, merchant, api }) => {
  const shopper = await Shopper.writes(convi, merchant, "Do you ship to Norway?");
  const { id } = await api.conversation();
  await page.goto(conversationPath(id));
  await translate(page.mainFrame(), "replaces");
  const head = page.locator(".conversation-head");
  await expect(head.locator("h1")).toHaveText("ANONYMOUS VISITOR");
  await expect(head.locator(".badge")).toHaveText("OPEN");
  await shopper.says("I am jane@example.com. I need to talk to a human.");
  await expect(head.locator(".badge")).toHaveText("HANDED OVER", SOON);
  await expect(head.locator("h1")).toHaveText("JANE@EXAMPLE.COM", SOON);
  await expect(page.locator(".avatar")).toHaveText("J");
  await expect(page.locator(".known bdi").nth(1)).toHaveText("JANE@EXAMPLE.COM");
  await expect(page.locator(".reply-foot .field-help")).toHaveText("PRESS CTRL + ENTER TO SEND.");

  await page.goto(ABILITIES);
  await translate(page.mainFrame(), "replaces");
  const card = page.locator(".ability").first();
  await expect(card.locator(".badge")).toHaveText("ACTIVE");
  await card.getByRole("switch").click();
  await expect(card.locator(".badge")).toHaveText("INACTIVE");
  await expect(card.locator(".ability-now li").first()).toHaveText("NOTHING IS HANDED OVER AUTOMATICALLY. YOU CAN STILL HAND OVER CONVERSATIONS YOURSELF.");
});
