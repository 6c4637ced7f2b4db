// The state of handovers, on a page that is never reloaded.

import type { Page } from "@playwright/test";

import { onCreate } from "./support/gorgias.ts";
import { badge, handoverOf, INTEGRATIONS, recent, row, toasts } from "./support/screen.ts";
import { expect, test } from "./support/test.ts";

/** The contract says 5 s, and the screen polls every 3 s. A busy machine may need longer. */
const SOON = { timeout: 30_000 };

/** Opens the page and marks it, so that a reload would be noticed. */
async function watch(page: Page): Promise<void> {
  await page.goto(INTEGRATIONS);
  await page.evaluate(() => document.documentElement.setAttribute("data-test-not-reloaded", ""));
}

const notReloaded = (page: Page) => expect(page.locator("html[data-test-not-reloaded]")).toBeAttached();

test("a posted handover appears with a link to its ticket", async ({ page, api, account }) => {
  await api.connect(account.credentials);
  await watch(page);
  await expect(recent(page)).toContainText("No handovers yet");
  const id = await api.handOver({
    summary: "Where is my invoice?",
    url: "https://app.example/conversations/c-42",
    context: {
      page_url: "https://shop.example/p/1",
      order_number: "#1042",
      cart: [{ title: "Mug", quantity: 2, price: "12.00 EUR" }],
      custom: { plan: "gold" },
    },
  });
  const handover = handoverOf(page, "Where is my invoice?");
  await expect(handover.locator(".badge")).toHaveText("Ticket created", SOON);
  await expect(recent(page)).not.toContainText("No handovers yet");
  await expect(handover).toContainText("Jane Doe");
  await expect(handover).toContainText("jane@example.com");
  await expect(handover).toContainText("asked for a person");
  await expect(handover.getByRole("time")).toHaveAttribute("datetime", /^\d{4}-\d\d-\d\dT/);
  await expect(handover.getByRole("link", { name: "Conversation" })).toHaveAttribute(
    "href",
    "https://app.example/conversations/c-42",
  );
  await notReloaded(page);

  // What the agent sees behind the link.
  const { ticket_id } = await api.until(id, "delivered");
  const link = handover.getByRole("link", { name: `Ticket #${ticket_id}` });
  await expect(link).toHaveAttribute("href", account.ticketPage(ticket_id as number));
  const opened = page.waitForEvent("popup");
  await link.click();
  const ticket = await opened;
  await expect(ticket.getByRole("heading", { level: 1 })).toHaveText("Where is my invoice?");
  const talk = ticket.getByRole("region", { name: "Conversation" });
  const messages = talk.getByRole("listitem").filter({ has: ticket.locator(".meta") });
  await expect(messages).toHaveCount(2);
  await expect(messages.nth(0)).toContainText("I need to talk to a human about a billing issue.");
  await expect(messages.nth(0)).toContainText("I will hand you over to a colleague.");
  await expect(messages.nth(0)).not.toContainText("Internal note");
  await expect(messages.nth(1)).toContainText("Internal note");
  for (const fact of ["#1042", "2 × Mug, 12.00 EUR", "https://shop.example/p/1", "plan: gold", "not verified"]) {
    await expect(messages.nth(1)).toContainText(fact);
  }
  await expect(ticket.locator(".chips")).toContainText("convi-handover");
  const customer = ticket.getByRole("complementary", { name: "Customer and ticket" });
  await expect(customer.getByRole("heading", { level: 2 }).first()).toHaveText("Jane Doe");
  await expect(customer).toContainText("jane@example.com");
  await expect(customer).toContainText("Unassigned");
  await expect(customer).toContainText(id);
  expect(await account.sentToShoppers()).toEqual([]);
});

test("changes of state appear by themselves: held, fixed, delivered", async ({ page, api, account }) => {
  await api.connect(account.credentials);
  await account.revokeKey();
  await watch(page);
  await expect(badge(page, "Connected")).toBeVisible();
  await api.handOverUntil("held", { summary: "Where is my invoice?" });
  const state = handoverOf(page, "Where is my invoice?").locator(".badge");
  await expect(state).toHaveText("Held until Gorgias works again", SOON);
  // The row follows the handover that revealed it.
  await expect(row(page).locator(".badge")).toHaveText("Needs attention", SOON);
  await expect(row(page)).toContainText("1 handover is held.");

  await account.changeKey("a-new-key");
  await api.connect({ ...account.credentials, key: "a-new-key" });
  await expect(state).toHaveText("Ticket created", SOON);
  await expect(row(page).locator(".badge")).toHaveText("Connected", SOON);
  await notReloaded(page);
});

test("a backlog visibly shrinks", async ({ page, api, account }) => {
  await api.connect(account.credentials);
  await account.revokeKey();
  await api.handOverUntil("held");
  // More than an account accepts at once. The rest goes out at two per second.
  const many = 70;
  await Promise.all(Array.from({ length: many - 1 }, () => api.handOver()));
  await watch(page);
  await expect(row(page)).toContainText(`${many} handovers are held.`);

  await account.changeKey("a-new-key");
  await api.connect({ ...account.credentials, key: "a-new-key" });
  const backlog = row(page).getByText("handovers are waiting their turn");
  const left = async () => Number.parseInt((await backlog.textContent()) ?? "", 10);
  await expect(row(page).locator(".badge")).toHaveText("Connected", SOON);
  await expect(backlog).toBeVisible(SOON);
  const first = await left();
  expect(first).toBeLessThan(many);
  await expect.poll(left, { message: "what is left after a while", ...SOON }).toBeLessThan(first);
  await expect(backlog).toHaveCount(0, { timeout: 30_000 });
  await expect.poll(async () => (await account.tickets()).length).toBe(many);
  await notReloaded(page);
});

test("Retry sends a failed delivery again", async ({ page, api, account }) => {
  await api.connect(account.credentials);
  await account.fault({ kind: "status", status: 413, ...onCreate, times: 1 });
  await api.handOverUntil("failed", { summary: "A very long story" });
  await watch(page);
  const handover = handoverOf(page, "A very long story");
  await expect(handover.locator(".badge")).toHaveText("Not delivered");
  await expect(handover).toContainText("The ticket is larger than Gorgias accepts.");
  await handover.getByRole("button", { name: "Retry" }).click();
  await expect(toasts(page)).toHaveText("Retrying the handover.");
  // The button disappears, but the focus does not go with it.
  await expect(handover.getByRole("heading")).toBeFocused();
  await expect(handover.locator(".badge")).toHaveText("Ticket created", SOON);
  await expect(handover.getByRole("button")).toHaveCount(0);
  expect(await account.tickets()).toHaveLength(1);
  await notReloaded(page);
});

test("a delivery that cannot be retried says why", async ({ page, api, account }) => {
  await api.connect(account.credentials);
  await account.revokeKey();
  const id = await api.handOverUntil("held", { summary: "Where is my invoice?" });
  await api.disconnect();
  await watch(page);
  await handoverOf(page, "Where is my invoice?").getByRole("button", { name: "Retry" }).click();
  await expect(toasts(page)).toHaveText("Connect Gorgias first, then try again.");
  expect((await api.delivery(id))?.state).toBe("cancelled");
});

test.describe("an unsure delivery that no look-up can settle", () => {
  test.beforeEach(async ({ api, account, gorgias }) => {
    await api.connect(account.credentials);
    await account.fault({ kind: "drop_after_commit", ...onCreate, times: 1 });
    await api.handOverUntil("unsure", { summary: "Is my parcel lost?" });
    // A different account is connected, so only a person can see what the first one created.
    await api.disconnect();
    const other = await gorgias.account(`${account.credentials.subdomain}-other`);
    await api.connect(other.credentials);
  });

  test("asks, and accepts that the ticket exists", async ({ page, api, account }) => {
    await watch(page);
    const handover = handoverOf(page, "Is my parcel lost?");
    await expect(handover.locator(".badge")).toHaveText("Your answer is needed");
    await expect(handover).toContainText(
      "We don't know whether Gorgias created a ticket for this handover. Search there for Is my parcel lost?. Is it there?",
    );
    await handover.getByRole("button", { name: "It is there" }).click();
    await expect(toasts(page)).toHaveText("Thank you. Your answer is saved.");
    await expect(handover.getByRole("heading")).toBeFocused();
    await expect(handover.locator(".badge")).toHaveText("Ticket created", SOON);
    expect(await account.tickets()).toHaveLength(1);
    expect((await api.integration()).state).toBe("connected");
  });

  test("asks, and is not resent before its ticket could be visible", async ({ page, gorgias, account }) => {
    await watch(page);
    const handover = handoverOf(page, "Is my parcel lost?");
    await handover.getByRole("button", { name: "Send again" }).click();
    await expect(toasts(page)).toHaveText("Thank you. Your answer is saved.");
    // Within W, a ticket of the first request may still appear. Nothing is sent until then.
    await expect(handover.locator(".badge")).toHaveText("Checking whether the ticket arrived", SOON);
    const { tickets } = await gorgias.control<{ tickets: unknown[] }>(
      "GET",
      `accounts/${account.credentials.subdomain}-other/tickets`,
    );
    expect(tickets).toHaveLength(0);
  });
});

test("an unchanged list is not sent again", async ({ page, api }) => {
  await api.handOver();
  const polls: { condition: string | undefined; status: number }[] = [];
  page.on("response", async (response) => {
    if (response.url().includes("/v1/handovers?")) {
      const condition = (await response.request().allHeaders())["if-none-match"];
      polls.push({ condition, status: response.status() });
    }
  });
  await watch(page);
  // The first poll requests the whole list, the second sends its ETag.
  await expect.poll(() => polls.length).toBeGreaterThanOrEqual(2);
  expect(polls[0]?.status).toBe(200);
  expect(polls[1]).toEqual({ condition: expect.stringMatching(/^(W\/)?".+"$/), status: 304 });
});

test("a hidden page does not poll, and polls at once when it is visible again", async ({ page, api }) => {
  // Advances the page's clock instead of waiting.
  await page.clock.install();
  let polls = 0;
  page.on("request", (request) => void (request.url().includes("/v1/handovers?") && (polls += 1)));
  const seen = (visible: boolean) =>
    page.evaluate((state) => {
      Object.defineProperty(document, "visibilityState", { configurable: true, get: () => state });
      window.dispatchEvent(new Event("visibilitychange"));
    }, visible ? "visible" : "hidden");
  await watch(page);
  await page.clock.runFor(3_100);
  await expect.poll(() => polls).toBe(1);
  await seen(false);
  await api.handOver({ summary: "Nobody looks" });
  await page.clock.runFor(60_000);
  expect(polls).toBe(1);
  await seen(true);
  await expect.poll(() => polls).toBe(2);
  await expect(handoverOf(page, "Nobody looks")).toBeVisible();
});

test("a lost connection is reported, and the list then updates by itself", async ({ page, context, api }) => {
  await watch(page);
  await context.setOffline(true);
  await expect(recent(page)).toContainText("You are offline. The list updates again when you are back online.", SOON);
  await api.handOver({ summary: "While nobody was there" });
  await context.setOffline(false);
  await expect(handoverOf(page, "While nobody was there")).toBeVisible(SOON);
  await expect(recent(page)).not.toContainText("You are offline.");
  await notReloaded(page);
});

test("the newest handover is on top, and hostile text is escaped", async ({ page, api }) => {
  await api.handOver({ summary: "First" });
  await watch(page);
  const evil = '<img src=x onerror="document.title=1"></textarea><script>document.title=2</script>';
  await api.handOver({ summary: evil, shopper: { name: evil }, url: "javascript:alert(1)" });
  await expect(recent(page).getByRole("heading", { level: 3 })).toHaveText([evil, "First"], SOON);
  await expect(page).toHaveTitle("Integrations · Convi");
  await expect(recent(page).locator("img, script, textarea")).toHaveCount(0);
  await expect(recent(page).locator(".handovers").getByRole("link")).toHaveCount(0);
});

test("an answer overtaken by a newer one is not shown", async ({ page, api, account }) => {
  await api.connect(account.credentials);
  await watch(page);
  await expect(row(page).locator(".badge")).toHaveText("Connected");
  // The next answer says "Connected", and stays in flight until the screen shows the broken connection.
  let arrive = () => {};
  const late = new Promise<void>((done) => {
    arrive = done;
  });
  const asked = new Promise<void>((done) => {
    void page.route(
      "**/api/integrations/list",
      async (route) => {
        const response = await route.fetch();
        done();
        await late;
        await route.fulfill({ response, headers: { ...response.headers(), "x-late": "1" } });
      },
      { times: 1 },
    );
  });
  await api.handOver({ summary: "Before" });
  await asked;
  await account.revokeKey();
  await api.handOverUntil("held", { summary: "After" });
  await expect(row(page).locator(".badge")).toHaveText("Needs attention", SOON);
  const answered = page.waitForResponse((response) => response.headers()["x-late"] === "1");
  arrive();
  await (await answered).finished();
  await page.evaluate(() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done))));
  await expect(row(page).locator(".badge")).toHaveText("Needs attention", { timeout: 1 });
});
