// Pages changed between the server and the module by a proxy, a minifier or an extension. They are rendered again and
// counted, and readers notice nothing.

import type { Page } from "@playwright/test";

import { inFrontOf } from "./support/front.ts";
import { ConnectDialog, handoverOf, INTEGRATIONS, NOTIFICATIONS, row, toasts } from "./support/screen.ts";
import { expect, test as base } from "./support/test.ts";

/** The screen polls every 3 s. A busy machine may need longer. */
const SOON = { timeout: 30_000 };

interface Fixtures {
  /** Opens a page of the app through a proxy that rewrites it. Returns what the page reported. */
  through: (rewrite: (html: string) => string, path?: string) => Promise<string[]>;
}

const test = base.extend<Fixtures>({
  through: async ({ page, convi }, use) => {
    const fronts: { stop(): Promise<void> }[] = [];
    await use(async (rewrite, path = INTEGRATIONS) => {
      const front = await inFrontOf(convi.url, rewrite);
      fronts.push(front);
      const reported: string[] = [];
      page.on("request", (request) => {
        const { pathname } = new URL(request.url());
        if (pathname.startsWith("/hydration-failed/")) reported.push(pathname.slice("/hydration-failed/".length));
      });
      await page.goto(front.url + path);
      return reported;
    });
    for (const front of fronts) await front.stop();
  },
  // The tests themselves say which pages are rendered again.
  problems: async ({ problems }, use) => {
    await use(problems);
    problems.splice(0, problems.length, ...problems.filter((it) => !it.startsWith("rendered anew")));
  },
});

const address = /[\w.+-]+@[\w-]+\.[\w.]+/g;
const inText = (html: string, change: (text: string) => string) =>
  html.replace(/(<script[^]*?<\/script>|<style[^]*?<\/style>)|>([^<]+)</g, (all, script: string | undefined, text: string) =>
    script ? all : `>${change(text)}<`,
  );

const PROXIES: Record<string, (html: string) => string> = {
  "hides addresses as Cloudflare does": (html) =>
    inText(html, (text) =>
      text.replace(address, '<a href="/cdn-cgi/l/email-protection" class="__cf_email__" data-cfemail="1f75">[email&#160;protected]</a>'),
    ).replace("</body>", '<script data-cfasync="false" src="/cdn-cgi/scripts/email-decode.min.js"></script></body>'),
  "replaces addresses in text": (html) => inText(html, (text) => text.replace(address, "[email protected]")),
  "replaces addresses everywhere, also in scripts and fields": (html) => html.replace(address, "[email protected]"),
  "links addresses, with quotes that break the scripts": (html) =>
    html.replace(address, (it) => `<a href="mailto:${it}">${it}</a>`),
  "strips comments": (html) => html.replace(/<!(?!DOCTYPE)[^>]*>/gi, ""),
  "strips comments and what it considers spaces": (html) =>
    html.replace(/<!(?!DOCTYPE)[^>]*>/gi, "").replace(/>\s+</g, "><").replace(/\s+/g, " "),
  "collapses spaces": (html) => inText(html, (text) => text.trim()),
  "inserts something at the start of the body": (html) =>
    html.replace("<body>", '<body><div id="notice">We use cookies.</div>'),
  "wraps the page": (html) => html.replace("<body>", '<body><div id="wrapper">').replace("</body>", "</div></body>"),
  "wraps every text": (html) => inText(html, (text) => (text.trim() ? `<font><font>${text}</font></font>` : text)),
  "removes the digest": (html) => html.replace(/<meta name="convi-sent"[^>]*>/, ""),
  "removes the data": (html) => html.replace(/<script nonce[^]*?<\/script>/g, "").replace("<!>", ""),
};

async function works(page: Page, account: { credentials: { subdomain: string; username: string; key: string } }) {
  await row(page).getByRole("button", { name: "Connect", exact: true }).click();
  const dialog = new ConnectDialog(page);
  await dialog.fill({ ...account.credentials, key: "wrong" });
  await dialog.test();
  await expect(dialog.told).toContainText("Connection failed. Please check your credentials and try again.");
  await dialog.fill(account.credentials);
  await dialog.save();
  await expect(toasts(page)).toHaveText("Helpdesk integration saved successfully.");
  await expect(row(page).locator(".badge")).toHaveText("Connected");
}

for (const [name, rewrite] of Object.entries(PROXIES)) {
  test(`a proxy that ${name}`, async ({ page, through, api, account, problems }) => {
    await api.handOver({ summary: "Before, from jane@example.com" });
    const reported = await through(rewrite);
    // The page shows what the server sent, not what the proxy made of it.
    const before = handoverOf(page, "Before, from jane@example.com");
    await expect(before).toBeVisible();
    await expect(before).toContainText("jane@example.com");
    await expect.poll(() => reported).toEqual(["changed"]);
    await works(page, account);
    await api.handOver({ summary: "After" });
    await expect(handoverOf(page, "After").locator(".badge").first()).toHaveText("Ticket created", SOON);
    await expect(page.locator("#notice, #wrapper, .__cf_email__, font")).toHaveCount(0);
    await expect(page.getByRole("alert")).toHaveCount(0);
    // The proxy's own script is blocked, and the one that it broke is not a script (which Chromium does not report).
    problems.splice(0, problems.length, ...problems.filter((it) => !/\/cdn-cgi\/|^uncaught: $/.test(it)));
  });
}

const HARMLESS: Record<string, (html: string) => string> = {
  nothing: (html) => html,
  "quotes of attributes": (html) => html.replace(/ (class|type|name|role)="([\w-]+)"/g, " $1=$2"),
  "what extensions add": (html) =>
    html
      .replace("<html", '<html data-darkreader-mode="dynamic"')
      .replace("<body>", '<body data-new-gr-c-s-check-loaded="14.1" class="vsc-initialized">')
      .replaceAll("<button", '<button fdprocessedid="1a2b"')
      .replace("</body>", "<grammarly-desktop-integration></grammarly-desktop-integration></body>"),
  "a script at the end of the body": (html) => html.replace("</body>", '<script src="/beacon.js"></script></body>'),
};

for (const [name, rewrite] of Object.entries(HARMLESS)) {
  test(`hydration is not affected by a proxy that changes ${name}`, async ({ page, through, api, account, problems }) => {
    await api.handOver({ summary: "Before" });
    // An element that was sent is kept.
    const kept = (html: string) => rewrite(html).replace('id="recent-title"', 'id="recent-title" data-test-sent=""');
    const reported = await through(kept);
    await expect(page.locator("#recent-title[data-test-sent]")).toBeVisible();
    await works(page, account);
    expect(reported).toEqual([]);
    problems.splice(0, problems.length, ...problems.filter((it) => !/beacon\.js/.test(it)));
  });
}

test("every page is rendered again, with its forms", async ({ page, through, api }) => {
  const strip = PROXIES["strips comments"] as (html: string) => string;
  await through(strip, NOTIFICATIONS);
  await page.getByLabel("Team email").fill("team@example.com");
  await page.getByRole("button", { name: "Save" }).click();
  await expect(toasts(page)).not.toBeEmpty();
  expect(await api.notified()).toBe("team@example.com");
  for (const path of ["/conversations", "/train/abilities", "/settings/integrations/handovers", "/sign-in"]) {
    const { origin } = new URL(page.url());
    await page.goto(origin + path);
    await expect(page.getByRole("heading", { level: 1 })).toBeVisible();
  }
});

test("a module that crashes is restarted on a new page, but only once", async ({
  page,
  convi,
  problems,
}) => {
  await page.goto(INTEGRATIONS);
  const breakDown = () =>
    page.evaluate(() => void setTimeout(() => { throw new WebAssembly.RuntimeError("unreachable"); }));
  const reported = page.waitForRequest(`${convi.url}/hydration-failed/panicked`);
  const loaded = page.waitForEvent("load");
  await page.evaluate(() => document.documentElement.setAttribute("data-test-old", ""));
  await breakDown();
  await reported;
  await loaded;
  await expect(page.locator("html[data-hydrated]:not([data-test-old])")).toBeAttached();
  await row(page).getByRole("button", { name: "Connect", exact: true }).click();
  await expect(page.getByRole("dialog")).toBeVisible();
  // Once more within a minute: the page stays, because a reload loop would be worse.
  let again = 0;
  page.on("request", (request) => void (request.isNavigationRequest() && (again += 1)));
  const thrown = page.waitForEvent("pageerror");
  await breakDown();
  await thrown;
  await expect(page.getByRole("dialog")).toBeVisible();
  expect(again).toBe(0);
  problems.splice(0, problems.length, ...problems.filter((it) => !/unreachable/.test(it)));
});

test("hydration that still fails starts over", async ({ page, through, problems }) => {
  // Undetected: the digest is trusted, whatever the page contains.
  await page.route(/\/pkg\/start-\w+\.js$/, async (route) => {
    const answer = await route.fetch();
    const blind = (await answer.text()).replace("const hydrates = stands && known;", "const hydrates = !brokeDown;");
    expect(blind).toContain("!brokeDown;");
    return route.fulfill({ response: answer, body: blind });
  });
  const strip = PROXIES["strips comments"] as (html: string) => string;
  const reported = await through(strip);
  await expect(row(page).getByRole("button", { name: "Connect", exact: true })).toBeVisible();
  await row(page).getByRole("button", { name: "Connect", exact: true }).click();
  await expect(page.getByRole("dialog")).toBeVisible();
  expect(reported).toEqual(["panicked"]);
  // A development build logs to the console what a release does not.
  problems.splice(0, problems.length, ...problems.filter((it) => !/unreachable|hydration error/i.test(it)));
});
