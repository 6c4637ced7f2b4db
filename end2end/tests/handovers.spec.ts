// Handovers: finding, following, retrying, counting and exporting them.

import { readFile } from "node:fs/promises";

import type { Locator, Page } from "@playwright/test";

import { expectAccessible } from "./support/axe.ts";
import { onCreate } from "./support/gorgias.ts";
import { handover, postHandover } from "./support/handover.ts";
import { allHandovers, allOf, HANDOVERS, INTEGRATIONS, recent, toasts } from "./support/screen.ts";
import { expectNoSideways } from "./support/sideways.ts";
import { expect, test } from "./support/test.ts";

/** The contract says 5 s, and the screen polls every 3 s. A busy machine may need longer. */
const SOON = { timeout: 30_000 };
/** Gorgias permanently rejects one ticket. */
const refused = { kind: "status", status: 413, ...onCreate, times: 1 } as const;

const rows = (page: Page): Locator => allHandovers(page).locator(".handover");
const filter = (page: Page): Locator => page.getByRole("navigation", { name: "Filter" });
const tab = (page: Page, name: string): Locator => filter(page).getByRole("link", { name: new RegExp(`^${name} \\d+$`) });
/** With less than a week of data, the charts are closed at first. */
const openCharts = (page: Page): Promise<void> => page.getByText("The last 30 days").click();
const search = (page: Page): Locator => page.getByRole("searchbox", { name: "Shopper or ticket" });

test("a link leads to all handovers with their states, and back", async ({ page, api, account }) => {
  await page.goto(INTEGRATIONS);
  await page.getByRole("link", { name: "All handovers" }).click();
  await expect(page.getByRole("heading", { level: 1 })).toHaveText("Handovers");
  await expect(page).toHaveURL(new RegExp(`${HANDOVERS}$`));
  await expect(page.getByText("No handovers yet")).toBeVisible();
  const main = page.getByRole("navigation", { name: "Main" });
  await expect(main.getByRole("link", { name: "Handovers" })).toHaveAttribute("aria-current", "page");
  await expect(main.locator("[aria-current]")).toHaveCount(1);

  // The page updates without a reload.
  await page.evaluate(() => document.documentElement.setAttribute("data-test-not-reloaded", ""));
  await api.connect(account.credentials);
  await api.handOverUntil("delivered", { summary: "Where is my invoice?" });
  await account.fault(refused);
  await api.handOverUntil("failed", { summary: "A very long story" });
  await expect(rows(page)).toHaveText([/A very long story.*Not delivered/s, /Where is my invoice\?.*Ticket created/s], SOON);
  await expect(page.locator(".figure")).toHaveText(
    [/Handovers today2/, /Tickets today1/, /Needs you1/, /Usual time to ticket\d+ m?s/],
    SOON,
  );
  await openCharts(page);
  await expect(page.getByRole("img", { name: "2 handovers in 30 days, 1 with a ticket." })).toBeVisible();
  await expect(page.locator("html[data-test-not-reloaded]")).toBeAttached();
  await main.getByRole("link", { name: "Integrations" }).click();
  await expect(recent(page)).toBeVisible();
});

test("filters are kept in the address, and Back works", async ({ page, api, account }) => {
  await api.connect(account.credentials);
  const { ticket_id } = await api.until(
    await api.handOver({ summary: "Where is my invoice?", shopper: { name: "Émile Zola", email: "zola@example.com" } }),
    "delivered",
  );
  await account.fault(refused);
  await api.handOverUntil("failed", { summary: "A story", shopper: { name: "50%_off", email: "jane@example.com" } });
  await page.goto(HANDOVERS);
  await expect(rows(page)).toHaveCount(2);
  await expect(filter(page).getByRole("link")).toHaveText(["All 2", "Needs you 1", "In progress 0", "Done 1"]);

  await tab(page, "Needs you").click();
  await expect(rows(page)).toHaveText([/A story/]);
  await expect(tab(page, "Needs you")).toHaveAttribute("aria-current", "page");
  await expect(page).toHaveURL(/\?progress=needs_you$/);
  await tab(page, "Done").click();
  await expect(rows(page)).toHaveText([/invoice/]);
  await tab(page, "In progress").click();
  await expect(page.getByText("No matching handovers")).toBeVisible();
  await page.goBack();
  await page.goBack();
  await expect(rows(page)).toHaveText([/A story/]);
  await tab(page, "All").click();

  for (const [typed, found] of [
    ["ÉMILE", /invoice/],
    ["zola@EXAMPLE", /invoice/],
    [`#${ticket_id}`, /invoice/],
    [`${ticket_id}`, /invoice/],
    ["%_", /A story/],
  ] as const) {
    await search(page).fill(typed);
    await expect(rows(page)).toHaveText([found]);
  }
  await expect(page).toHaveURL(/\?search=%25_$/);
  await search(page).fill("nobody at all");
  await page.getByRole("link", { name: "Show all handovers" }).click();
  await expect(rows(page)).toHaveCount(2);
  await expect(search(page)).toHaveValue("");
});

test("days can be filtered, and an invalid date shows its error at the field", async ({ page, api }) => {
  await api.handOver({ summary: "Where is my invoice?" });
  await page.goto(HANDOVERS);
  await page.getByRole("link", { name: "Today" }).click();
  await expect(page).toHaveURL(/\?from=\d{4}-\d\d-\d\d$/);
  await expect(rows(page)).toHaveCount(1);
  const from = page.getByLabel("From");
  const today = await from.inputValue();
  expect(today).toMatch(/^\d{4}-\d\d-\d\d$/);

  await page.getByLabel("To").fill("2020-01-01");
  await page.getByLabel("To").blur();
  await expect(page.getByLabel("To")).toHaveAccessibleDescription("The end date is before the start date.");
  await expect(rows(page)).toHaveCount(0);
  await from.fill("");
  await from.blur();
  await expect(page.getByText("No matching handovers")).toBeVisible();
  await page.getByRole("link", { name: "Any day" }).click();
  await expect(rows(page)).toHaveCount(1);

  const answer = await page.goto(`${HANDOVERS}?from=yesterday`);
  expect(answer?.status()).toBe(400);
  await expect(from).toHaveAccessibleDescription("Enter a date as year-month-day, for example 2026-11-22.");
  await expect(rows(page)).toHaveCount(0);
});

// At any time, one of the last two has a different date than UTC.
for (const timezoneId of [
  "America/Los_Angeles",
  "Asia/Kolkata",
  "Pacific/Auckland",
  "Pacific/Kiritimati",
  "Etc/GMT+12",
]) {
  test.describe(`in ${timezoneId}`, () => {
    test.use({ timezoneId });

    test("filtering by a day shows that day", async ({ page, api }) => {
      await api.handOver({ summary: "Where is my invoice?" });
      const { accepted_at: accepted } = await api.handover(await api.handOver({ summary: "And my parcel?" }));
      const day = (days: number) => {
        const at = new Date(Date.parse(accepted) + days * 86_400_000);
        return new Intl.DateTimeFormat("en-CA", { timeZone: timezoneId }).format(at);
      };
      await page.goto(HANDOVERS);
      // Intl's older name of the same zone is fine.
      const zone = await page.evaluate(() => new Intl.DateTimeFormat().resolvedOptions().timeZone);
      await expect(page.getByText(`Times and days are in your time zone, ${zone}.`)).toBeVisible();
      await expect(allOf(page, "And my parcel?").getByRole("time").first()).toHaveAttribute("datetime", accepted);

      const from = page.getByLabel("From");
      const to = page.getByLabel("To");
      await page.getByRole("link", { name: "Today" }).click();
      await expect(from).toHaveValue(day(0));
      await expect(rows(page)).toHaveCount(2);
      // The CSV file has the same bounds, and so has a page opened with them.
      const csv = await page.getByRole("link", { name: "Download CSV" }).getAttribute("href");
      const text = await (await page.request.get(csv as string)).text();
      expect(text).toContain("And my parcel?");
      expect(decodeURIComponent(csv as string)).toContain(`from=${day(0)}[${zone}]`);
      await page.reload();
      await expect(page.getByText(`Times and days are in your time zone, ${zone}.`)).toBeVisible();
      await expect(rows(page)).toHaveCount(2);

      await from.fill(day(1));
      await from.blur();
      await expect(rows(page)).toHaveCount(0);
      await from.fill("");
      await to.fill(day(-1));
      await to.blur();
      await expect(rows(page)).toHaveCount(0);
      await to.fill(day(0));
      await to.blur();
      await expect(rows(page)).toHaveCount(2);

      await openCharts(page);
      await page.getByText("Show charts as a table").click();
      const today = page.getByRole("table").getByRole("row").nth(1);
      await expect(today.getByRole("time")).toHaveAttribute("datetime", day(0));
      await expect(today.getByRole("cell").nth(3)).toHaveText("2");
      await today.getByRole("link").click();
      await expect(rows(page)).toHaveCount(2);
    });
  });
}

test.describe("in Los Angeles in the evening", () => {
  test.use({ timezoneId: "America/Los_Angeles" });

  test("a day has the right bounds, also when the clocks change", async ({ page }) => {
    // 18:59 there, and already the next day in UTC.
    await page.clock.setFixedTime(new Date("2026-11-02T02:59:00Z"));
    const asked: string[] = [];
    page.on("request", (request) => {
      const { pathname, searchParams } = new URL(request.url());
      const from = searchParams.get("from");
      if (pathname === "/v1/handovers" && from) {
        asked.push(from);
      }
    });
    await page.goto(HANDOVERS);
    await page.getByRole("link", { name: "Today" }).click();
    await expect(page.getByLabel("From")).toHaveValue("2026-11-01");
    await expect.poll(() => asked).toContain("2026-11-01[America/Los_Angeles]");
    await page.getByRole("link", { name: "7 days" }).click();
    await expect(page.getByLabel("From")).toHaveValue("2026-10-26");
    await expect.poll(() => asked).toContain("2026-10-26[America/Los_Angeles]");
  });
});

test("the time shown is that of acceptance, however old the handover claims to be", async ({ page, api, convi }) => {
  const long = { ...handover(api.merchant, { summary: "From a backlog" }), occurred_at: "2020-01-01T10:00:00Z" };
  const { handover_id } = await postHandover(convi, long);
  const { accepted_at } = await api.handover(handover_id);
  await page.goto(`${HANDOVERS}?from=2020-01-01&to=2020-01-02`);
  await expect(page.getByText("No matching handovers")).toBeVisible();
  await page.getByRole("link", { name: "Today" }).click();
  await expect(allOf(page, "From a backlog").getByRole("time").first()).toHaveAttribute("datetime", accepted_at);
});

test("attempts are shown on request and stay up to date", async ({ page, api, account }) => {
  await api.connect(account.credentials);
  await account.fault(refused);
  await api.handOverUntil("failed", { summary: "A very long story" });
  await page.goto(HANDOVERS);
  const row = allOf(page, "A very long story");
  await row.locator("summary").click();
  const attempts = row.locator(".timeline li");
  await expect(attempts).toHaveText([
    /Jane Doe: asked for a person/,
    /Asked Gorgias to create the ticket.*The ticket is larger than Gorgias accepts\..*\d m?s/s,
  ]);
  await expect(attempts.last().getByRole("time")).toHaveAttribute("datetime", /^\d{4}-\d\d-\d\dT/);
  await expect(attempts.last().getByRole("time")).toHaveText(/:\d\d:\d\d/);
  await expect(row).not.toContainText(account.credentials.key);

  await row.getByRole("button", { name: "Retry" }).click();
  await expect(toasts(page)).toHaveText("Retrying the handover.");
  await expect(row.locator(".badge")).toHaveText("Ticket created", SOON);
  await expect(attempts).toHaveText([/asked for a person/, /The ticket is larger/, /Ticket created/], SOON);
  await expect(row.getByRole("heading")).toBeFocused();
});

test("an unsure delivery can be answered here too", async ({ page, api, account, gorgias }) => {
  await api.connect(account.credentials);
  await account.fault({ kind: "drop_after_commit", ...onCreate, times: 1 });
  await api.handOverUntil("unsure", { summary: "Is my parcel lost?" });
  await api.disconnect();
  const other = await gorgias.account(`${account.credentials.subdomain}-other`);
  await api.connect(other.credentials);
  await page.goto(`${HANDOVERS}?progress=needs_you`);
  const row = allOf(page, "Is my parcel lost?");
  await expect(row.locator(".badge")).toHaveText("Your answer is needed");
  await row.getByRole("button", { name: "It is there" }).click();
  await expect(toasts(page)).toHaveText("Thank you. Your answer is saved.");
  // It is no longer unsure.
  await expect(page.getByText("No handover needs you.")).toBeVisible(SOON);
  await tab(page, "Done").click();
  await expect(allOf(page, "Is my parcel lost?").locator(".badge")).toHaveText("Ticket created");
});

test("times are distances, and say the exact one with its zone", async ({ page, api }) => {
  await api.handOver({ summary: "Where is my invoice?" });
  await page.goto(HANDOVERS);
  const time = rows(page).getByRole("time").first();
  await expect(time).toHaveText(/^(now|\d+ (sec|min)\.? ago)$/);
  await expect(time).toHaveAttribute("title", /20\d\d.*:\d\d:\d\d.*(UTC|GMT|[A-Z]{3,4})/);
});

test("the whole line opens the timeline, and its links keep their own target", async ({ page, api, account }) => {
  await api.connect(account.credentials);
  const id = await api.handOver({ summary: "Where is my invoice?" });
  const { ticket_id } = await api.until(id, "delivered");
  await page.goto(HANDOVERS);
  await rows(page).click({ position: { x: 60, y: 12 } });
  await expect(rows(page).locator(".timeline li")).toHaveCount(2);
  const opened = page.waitForEvent("popup");
  await rows(page).getByRole("link", { name: `Ticket #${ticket_id}` }).click();
  await (await opened).close();
  await expect(rows(page).locator(".timeline")).toBeVisible();
});

test("an owner can retry everything that failed at once", async ({ page, api, account }) => {
  await api.connect(account.credentials);
  await account.fault({ ...refused, times: 3 });
  for (const summary of ["One", "Two", "Three"]) {
    await api.handOverUntil("failed", { summary });
  }
  await page.goto(`${HANDOVERS}?progress=needs_you`);
  await expect(rows(page)).toHaveCount(3);
  await page.getByRole("button", { name: "Retry all failed (3)" }).click();
  await expect(toasts(page)).toHaveText("Retrying 3 deliveries.");
  await expect(page.getByRole("button", { name: /Retry all/ })).toHaveCount(0, SOON);
  await expect(page.getByRole("heading", { level: 1 })).toBeFocused();
  await expect(page.getByText("No handover needs you.")).toBeVisible(SOON);
  await expect.poll(async () => (await account.tickets()).length).toBe(3);
});

test.describe("a member", () => {
  test.use({ role: "member" });

  test("can view everything and change nothing", async ({ page, api, account }) => {
    await api.connect(account.credentials);
    await account.fault(refused);
    await api.handOverUntil("failed", { summary: "A story" });
    await page.goto(HANDOVERS);
    await expect(page.getByText("Only owners and admins can change it.")).toBeVisible();
    for (const name of ["Retry", "Retry all failed (1)"]) {
      const button = page.getByRole("button", { name, exact: true });
      await expect(button).toBeDisabled();
      await expect(button).toHaveAccessibleDescription(/Only owners and admins can change it\./);
    }
    await allOf(page, "A story").locator("summary").click();
    await expect(allOf(page, "A story")).toContainText("Asked Gorgias to create the ticket");
  });
});

test("the CSV export respects the filters, and no cell is a formula", async ({ page, api, account }) => {
  await api.connect(account.credentials);
  const evil = `=HYPERLINK("https://evil.example";"a, ""b""")`;
  const id = await api.handOver({ summary: evil, shopper: { name: "@SUM(A1)\n+1", email: "+jane@example.com" } });
  const { ticket_id } = await api.until(id, "delivered");
  await api.handOverUntil("delivered", { summary: "Another", shopper: { name: "Tom", email: "tom@example.com" } });
  await page.goto(HANDOVERS);
  await search(page).fill("jane@");
  await expect(rows(page)).toHaveCount(1);
  const started = page.waitForEvent("download");
  await page.getByRole("link", { name: "Download CSV" }).click();
  const download = await started;
  expect(download.suggestedFilename()).toBe("handovers.csv");
  const text = await readFile(await download.path(), "utf8");
  expect(text.split("\r\n")[0]).toBe(
    `\ufeff"handover id","conversation id","handed over at","trigger","shopper name","shopper email","subject","destination","state","attempts","ticket id","ticket URL","delivered at","last error"`,
  );
  expect(text).toContain(`"'=HYPERLINK(""https://evil.example"";""a, """"b"""""")"`);
  expect(text).toContain("'@SUM(A1)");
  expect(text).toContain(`'+jane@example.com`);
  expect(text).toContain(`"gorgias","delivered","1","${ticket_id}","${account.ticketPage(ticket_id as number)}","20`);
  expect(text).not.toContain("tom@example.com");
});

test("the charts and their table agree", async ({ page, api, account }) => {
  await api.connect(account.credentials);
  await api.handOverUntil("delivered", { summary: "One" });
  await api.handOverUntil("delivered", { summary: "Two" });
  await account.fault(refused);
  await api.handOverUntil("failed", { summary: "Three" });
  await page.goto(HANDOVERS);
  await openCharts(page);
  await expect(page.getByRole("img", { name: "3 handovers in 30 days, 2 with a ticket." })).toBeVisible();
  const legend = page.locator(".chart").first().getByRole("listitem");
  await expect(legend).toHaveText([
    /Ticket created2/,
    /Emailed to the team only0/,
    /On its way or waiting0/,
    /Failed, unconfirmed or not sent1/,
  ]);
  await page.getByText("Show charts as a table").click();
  const table = page.getByRole("table");
  await expect(table.getByRole("columnheader")).toHaveCount(7);
  const line = table.getByRole("row").nth(1);
  await expect(line.getByRole("cell")).toHaveText(["2", "0", "0", "1", /\d m?s/, /\d m?s/]);
  await line.getByRole("link").click();
  await expect(page).toHaveURL(/\?from=\d{4}-\d\d-\d\d&to=\d{4}-\d\d-\d\d$/);
  await expect(rows(page)).toHaveCount(3);
});

test("older handovers are loaded on request", async ({ page, api }) => {
  for (let n = 1; n <= 32; n += 1) {
    await api.handOver({ summary: `Question ${n}` });
  }
  await page.goto(HANDOVERS);
  await expect(rows(page)).toHaveCount(30);
  await page.getByRole("button", { name: "Show more" }).click();
  await expect(rows(page)).toHaveCount(32);
  // They stay when a new handover appears above them.
  await api.handOver({ summary: "The newest" });
  await expect(rows(page).first()).toContainText("The newest", SOON);
  await expect(rows(page)).toHaveCount(33);
});

for (const colorScheme of ["light", "dark"] as const) {
  test(`it is accessible, ${colorScheme} and narrow`, async ({ page, api, account }) => {
    await api.connect(account.credentials);
    await api.handOverUntil("delivered", { summary: "One" });
    await account.fault(refused);
    await api.handOverUntil("failed", { summary: "Two" });
    await page.emulateMedia({ colorScheme });
    await page.goto(HANDOVERS);
    await allOf(page, "Two").locator("summary").click();
    await expect(allOf(page, "Two")).toContainText("Asked Gorgias");
    for (const width of [1280, 320]) {
      await page.setViewportSize({ width, height: 800 });
      await expectNoSideways(page, `${width} px`);
      await expectAccessible(page, `${colorScheme}, ${width} px`);
    }
    await openCharts(page);
    await page.getByText("Show charts as a table").click();
    await expectAccessible(page, `${colorScheme}, with the table`);
    expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(320);
    await expectNoSideways(page, "320 px, with the table");
    await expect(page.getByRole("table").getByRole("cell").first()).toHaveText("1");
  });
}

test.describe("without a script", () => {
  test.use({ live: false, javaScriptEnabled: false });

  test("filters, attempts, Retry and the next page are links and forms", async ({ page, api, account }) => {
    await api.connect(account.credentials);
    await account.fault({ ...refused, times: 3 });
    for (const summary of ["One", "Two", "Three"]) {
      await api.handOverUntil("failed", { summary, shopper: { name: `Jane ${summary}`, email: null } });
    }
    await api.handOverUntil("delivered", { summary: "Four" });
    await page.goto(HANDOVERS);
    await expect(page.getByText("Times and days are in UTC.")).toBeVisible();
    await expect(rows(page)).toHaveCount(4);
    await tab(page, "Needs you").click();
    await search(page).fill("jane t");
    await page.getByRole("button", { name: "Filter" }).click();
    await expect(page).toHaveURL(/\?progress=needs_you&search=jane\+t&from=&to=$/);
    await expect(rows(page)).toHaveText([/Three/, /Two/]);

    await allOf(page, "Two").locator("summary").click();
    await allOf(page, "Two").getByRole("link", { name: "Show the timeline" }).click();
    await expect(page).toHaveURL(/open=/);
    await expect(allOf(page, "Two")).toContainText("Asked Gorgias to create the ticket");
    await expect(rows(page)).toHaveText([/Three/, /Two/]);

    await allOf(page, "Two").getByRole("button", { name: "Retry" }).click();
    await expect(toasts(page)).toHaveText("Retrying the handover.");
    // Back to the same filters.
    await expect(page).toHaveURL(/notice=retried.*progress=needs_you.*search=jane/);
    await page.getByRole("button", { name: "Retry all failed (2)" }).click();
    await expect(toasts(page)).toHaveText("Retrying 2 deliveries.");
    await expect.poll(async () => (await account.tickets()).length).toBe(4);

    await page.getByLabel("From").evaluate((it: HTMLInputElement) => (it.type = "text"));
    await page.getByLabel("From").fill("soon");
    await page.getByRole("button", { name: "Filter" }).click();
    await expect(page.getByText("Enter a date as year-month-day, for example 2026-11-22.")).toBeVisible();
  });

  test("older handovers have their own page, with a link back", async ({ page, api }) => {
    for (let n = 1; n <= 31; n += 1) {
      await api.handOver({ summary: `Question ${n}` });
    }
    await page.goto(HANDOVERS);
    await page.getByRole("button", { name: "Show more" }).click();
    await expect(rows(page)).toHaveText([/Question 1(?!\d)/]);
    await page.getByRole("link", { name: "Back to newest" }).click();
    await expect(rows(page)).toHaveCount(30);
  });
});
