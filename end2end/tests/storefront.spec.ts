// The chat as a shopper uses it, against the real server. Faults are injected into the network and the browser.

import { join } from "node:path";

import type { Locator, Page, Request } from "@playwright/test";

import { expectAccessible } from "./support/axe.ts";
import { expect, test } from "./support/storefront.ts";

test.use({ demoPages: true });

const ASKS_FOR_HUMAN = "I need to talk to a human about a billing issue.";

/** Returns the id in a message's POST. */
function idOf(request: Request): string | undefined {
  const isPost = request.method() === "POST" && request.url().includes("/chat/v1/messages");
  return isPost ? (request.postDataJSON() as { id: string }).id : undefined;
}

/** Collects the id of every POST of a message from here on. */
function posts(page: Page): string[] {
  const ids: string[] = [];
  page.on("request", (request) => {
    const id = idOf(request);
    if (id) ids.push(id);
  });
  return ids;
}

/** Collects the id of every POST of a message from here on, without those that failed before they reached the server. */
function delivered(page: Page): string[] {
  const ids = posts(page);
  // A poll may show a message as sent before the response to its POST is noticed here, so responses are not counted.
  page.on("requestfailed", (request) => {
    const at = ids.lastIndexOf(idOf(request) ?? "");
    if (at >= 0) ids.splice(at, 1);
  });
  return ids;
}

test("a shopper opens the chat with the keyboard, writes, and returns to the page with Escape", async ({ shopper }) => {
  const { page, launch, panel, field } = shopper;
  await page.evaluate(() => {
    const heard: string[] = [];
    document.addEventListener("convi-chat-open", () => heard.push("open"));
    // A shortcut of the shop, which must not fire while someone types.
    document.addEventListener("keydown", (event) => heard.push(event.key));
    Object.assign(window, { heard });
  });
  await launch.focus();
  await page.keyboard.press("Enter");
  await expect(panel).toBeVisible();
  await expect(field).toBeFocused();
  await page.keyboard.type("Is the mug");
  await page.keyboard.press("Shift+Enter");
  await page.keyboard.type("dishwasher safe?");
  await page.keyboard.press("Enter");
  await expect(shopper.own()).toHaveText(["Is the mug\ndishwasher safe?"]);
  await shopper.isSent();
  expect(await shopper.kept()).toEqual(["Is the mug\ndishwasher safe?"]);
  await expect(field).toHaveValue("");
  await page.keyboard.press("Escape");
  await expect(panel).toBeHidden();
  await expect(launch).toBeFocused();
  expect(await page.evaluate(() => (window as unknown as { heard: string[] }).heard)).toEqual(["Enter", "open"]);
});

test("one press asks for a person, until the team has the conversation", async ({ page, shopper }) => {
  await shopper.open();
  const chip = shopper.panel.getByRole("button", { name: "Talk to a person" });
  await expect(chip).toBeVisible();
  await chip.click();
  await expect(shopper.own()).toHaveText(["I would like to talk to a person, please."]);
  await expect(shopper.log).toContainText("Our team has your conversation.");
  await expect(chip).toBeHidden();
  await expect(shopper.field).toBeFocused();
  await page.keyboard.type("I still have it");
  await expect(shopper.field).toHaveValue("I still have it");
});

test("no request is sent before the shopper writes", async ({ page, shopper, front }) => {
  const asked: string[] = [];
  page.on("request", (request) => asked.push(request.url()));
  await shopper.open();
  await expect(shopper.log).toContainText("How can we help?");
  expect(asked.filter((url) => url.startsWith(`${front}/chat/`))).toEqual([]);
  await shopper.write("Hello");
  await shopper.isSent();
});

test("a reload keeps the conversation, the draft and the open panel", async ({ page, shopper }) => {
  await shopper.open();
  await shopper.write("First");
  await shopper.write("Second");
  await shopper.isSent();
  await shopper.field.fill("Half a th");
  await page.reload();
  await expect(shopper.panel).toBeVisible();
  await expect(shopper.own()).toHaveText(["First", "Second"]);
  await expect(shopper.field).toHaveValue("Half a th");
  expect(await shopper.kept()).toEqual(["First", "Second"]);
});

test("messages unanswered before a reload are sent after it, in order and once", async ({ page, shopper }) => {
  await page.route("**/chat/v1/messages*", (route) => route.abort());
  await shopper.open();
  for (const text of ["One", "Two", "Three"]) {
    await shopper.write(text);
  }
  await expect(shopper.own()).toHaveText(["One", "Two", "Three"]);
  await expect(shopper.log.locator(".pending")).toHaveCount(3);
  await page.unroute("**/chat/v1/messages*");
  await page.reload();
  await expect(shopper.own()).toHaveText(["One", "Two", "Three"]);
  await shopper.isSent();
  expect(await shopper.kept()).toEqual(["One", "Two", "Three"]);
});

test("messages survive a lost network", async ({ context, shopper }) => {
  await shopper.open();
  await shopper.write("Before");
  await shopper.isSent();
  await context.setOffline(true);
  await shopper.write("In the tunnel");
  await shopper.write("Still in it");
  await expect(shopper.strip).toContainText("You are offline. Your messages are saved");
  await expect(shopper.log.locator(".pending .meta")).toContainText(
    Array(2).fill("Not sent yet, trying again") as string[],
  );
  await context.setOffline(false);
  await shopper.isSent();
  await expect(shopper.strip).toBeEmpty();
  await expect(shopper.own()).toHaveText(["Before", "In the tunnel", "Still in it"]);
  expect(await shopper.kept()).toEqual(["Before", "In the tunnel", "Still in it"]);
});

test("a lost response does not create a second message", async ({ page, shopper }) => {
  const ids = posts(page);
  let lost = 0;
  await page.route("**/chat/v1/messages*", async (route) => {
    if (lost++ === 0) {
      // The server has it, but the shopper's browser does not know.
      await route.fetch();
      await route.abort("connectionreset");
    } else {
      await route.continue();
    }
  });
  await shopper.open();
  await shopper.write("Only once, please");
  await shopper.write("And then this");
  await shopper.isSent();
  await expect(shopper.own()).toHaveText(["Only once, please", "And then this"]);
  expect(await shopper.kept()).toEqual(["Only once, please", "And then this"]);
  // A poll may have shown in the meantime that the first one arrived. Otherwise it was resent under its own id.
  expect(new Set(ids).size).toBe(2);
});

test("too many messages wait as long as the server says, and the shopper sees it", async ({ page, shop, shopper }) => {
  await page.clock.install();
  await page.goto(shop);
  const ids = posts(page);
  await page.route("**/chat/v1/messages*", (route) =>
    ids.length > 1
      ? route.continue()
      : route.fulfill({
          status: 429,
          headers: {
            "access-control-allow-origin": "*",
            "access-control-expose-headers": "retry-after",
            "content-type": "application/problem+json",
            "retry-after": "40",
          },
          body: JSON.stringify({ status: 429, detail: "Too many messages." }),
        }),
  );
  await shopper.open();
  await shopper.write("Quick");
  await expect(shopper.strip).toHaveText(/^One moment, please\..* within 40 seconds\.$/);
  await shopper.write("Quicker");
  await page.clock.fastForward(30_000);
  await expect(shopper.log.locator(".pending .meta").first()).toContainText("Not sent yet, trying again");
  expect(ids).toHaveLength(1);
  await page.clock.fastForward(11_000);
  await shopper.isSent();
  await expect(shopper.strip).toBeEmpty();
  expect(ids[1], "the same message under the same id").toBe(ids[0]);
  expect(await shopper.kept()).toEqual(["Quick", "Quicker"]);
});

test("the 21st message within a minute waits, and nothing is lost", async ({ shopper }) => {
  await shopper.open();
  const said = Array.from({ length: 20 }, (_, index) => `Number ${index + 1}`);
  for (const text of said) {
    await shopper.write(text);
  }
  await shopper.isSent();
  await shopper.write("Number 21");
  await expect(shopper.strip).toHaveText(/^One moment, please\. .* within \d\d? seconds\.$/);
  await expect(shopper.own()).toHaveText([...said, "Number 21"]);
  await expect(shopper.log.locator(".pending")).toHaveCount(1);
  expect(await shopper.kept()).toEqual(said);
});

test("after a server error, the same message is sent again", async ({ page, shop, shopper }) => {
  await page.clock.install();
  await page.goto(shop);
  const ids = posts(page);
  await page.route("**/chat/v1/messages*", (route) =>
    ids.length > 1
      ? route.continue()
      : route.fulfill({ status: 500, headers: { "access-control-allow-origin": "*" }, body: "Internal Server Error" }),
  );
  await shopper.open();
  await shopper.write("Hello?");
  await expect(shopper.strip).toContainText("The chat is not responding right now.");
  await expect(shopper.log.locator(".pending .meta")).toContainText("Not sent yet, trying again");
  await page.clock.fastForward(2_000);
  await shopper.isSent();
  await expect(shopper.strip).toBeEmpty();
  expect(new Set(ids).size).toBe(1);
  expect(await shopper.kept()).toEqual(["Hello?"]);
});

test("a slow server gets the message only once, however long the response takes", async ({ page, shop, shopper }) => {
  await page.clock.install();
  await page.goto(shop);
  const ids = posts(page);
  const held = page.waitForEvent("requestfailed", (request) => idOf(request) !== undefined);
  let slow = true;
  await page.route("**/chat/v1/messages*", async (route) => {
    if (!slow) {
      await route.continue();
      return;
    }
    slow = false;
    // The server has it long before the browser gives up.
    await route.fetch();
    await page.clock.fastForward(16_000);
    await held;
  });
  // A poll would show that it arrived.
  await page.route("**/chat/v1/conversation*", (route) => route.abort());
  await shopper.open();
  await shopper.write("Are you asleep?");
  await held;
  await page.clock.fastForward(3_000);
  await shopper.isSent();
  expect(ids).toHaveLength(2);
  expect(new Set(ids).size, "the same message under the same id").toBe(1);
  await page.unroute("**/chat/v1/conversation*");
  expect(await shopper.kept()).toEqual(["Are you asleep?"]);
});

test("a message that the server rejects can be edited again", async ({ shopper }) => {
  await shopper.open();
  // A bell character. Nothing is left of it once the server has cleaned the text.
  await shopper.write("\u0007");
  await shopper.write("Even");
  await expect(shopper.log.locator(".refused .meta")).toContainText("Not sent. Your message has no readable text. Write it again.");
  await shopper.log.getByRole("button", { name: "Edit" }).click();
  await expect(shopper.field).toHaveValue("\u0007");
  await expect(shopper.own()).toHaveText(["Even"]);
  await shopper.isSent();
  expect(await shopper.kept()).toEqual(["Even"]);
});

test("a visitor who loses the token becomes a new visitor and keeps unsent messages", async ({ page, shopper, merchant }) => {
  await page.evaluate((key) => localStorage.setItem(key, "not-a-token"), `convi-chat:${merchant}:token`);
  await page.reload();
  await shopper.open();
  await shopper.write("Is it blue?");
  await shopper.isSent();
  expect(await shopper.token()).not.toBe("not-a-token");
  expect(await shopper.kept()).toEqual(["Is it blue?"]);
});

test("several tabs are one visitor: each message is posted once and shown in both", async ({ shopper, visit }) => {
  const other = await visit();
  const ids = [delivered(shopper.page), delivered(other.page)];
  await shopper.open();
  await other.open();
  for (const tab of [shopper, other]) {
    await tab.page.route("**/chat/v1/messages*", (route) => route.abort());
  }
  // Both write while neither can send, so both queue messages that the other may send.
  for (const number of [1, 2, 3]) {
    await shopper.write(`first tab ${number}`);
    await other.write(`second tab ${number}`);
  }
  await expect(shopper.own()).toHaveCount(6);
  await expect(other.own()).toHaveCount(6);
  for (const tab of [shopper, other]) {
    await tab.page.unroute("**/chat/v1/messages*");
  }
  await shopper.isSent();
  await other.isSent();
  const said = [1, 2, 3].flatMap((number) => [`first tab ${number}`, `second tab ${number}`]);
  await expect(shopper.own()).toHaveText(said);
  await expect(other.own()).toHaveText(said);
  expect(await shopper.kept()).toEqual(said);
  const all = ids.flat();
  expect(all, "each message reached the server once").toHaveLength(6);
  expect(new Set(all).size).toBe(6);
});

for (const missing of ["localStorage", "locks"] as const) {
  test(`the chat works where the browser has no ${missing}`, async ({ context, visit }) => {
    await context.addInitScript((name) => {
      const throws = { get: () => { throw new DOMException("blocked", "SecurityError"); } };
      if (name === "localStorage") {
        Object.defineProperty(window, "localStorage", throws);
        Object.defineProperty(window, "sessionStorage", throws);
      } else {
        Object.defineProperty(Navigator.prototype, "locks", { get: () => undefined });
      }
    }, missing);
    const shopper = await visit();
    await shopper.open();
    for (const text of ["One", "Two", "Three"]) {
      await shopper.write(text);
    }
    await shopper.isSent();
    await expect(shopper.own()).toHaveText(["One", "Two", "Three"]);
  });
}

test("messages are shown as text, and only web addresses become links", async ({ page, shopper, team }) => {
  const hostile = `<img src=x onerror="document.title='owned'"><script>document.title='owned'</script>`;
  await shopper.open();
  await shopper.write(hostile);
  await shopper.write("See https://shop.example/a?b=1&c=2, javascript:alert(1) and http://x.example/(y).");
  await shopper.isSent();
  await team.says(`${hostile} data:text/html,x https://ok.example`, hostile);
  await expect(shopper.log.locator(".agent .bubble")).toHaveText(`${hostile} data:text/html,x https://ok.example`);
  await expect(shopper.own().first()).toHaveText(hostile);
  await expect(page.locator("convi-chat").locator("img, script")).toHaveCount(0);
  const links = shopper.log.getByRole("link");
  await expect(links).toHaveText(["https://shop.example/a?b=1&c=2", "http://x.example/(y)", "https://ok.example"]);
  for (const link of await links.all()) {
    await expect(link).toHaveAttribute("rel", "noopener nofollow");
  }
  await expect(page).toHaveTitle("A shop");
});

test("a link ends where its address does", async ({ shopper, team }) => {
  const cases: [written: string, links: string[]][] = [
    ["https://en.wikipedia.org/wiki/Mug_(cup)", ["https://en.wikipedia.org/wiki/Mug_(cup)"]],
    ["(https://en.wikipedia.org/wiki/Mug_(cup))", ["https://en.wikipedia.org/wiki/Mug_(cup)"]],
    ["(see https://x.example/a)", ["https://x.example/a"]],
    ["(https://x.example/a), and (https://x.example/b).", ["https://x.example/a", "https://x.example/b"]],
    ["[the mug](https://x.example/mug_(big)) is here", ["https://x.example/mug_(big)"]],
    ["[https://x.example/a](https://x.example/b)", ["https://x.example/a", "https://x.example/b"]],
    ["https://x.example/?a[]=1&amp;b={2}", ["https://x.example/?a[]=1&amp;b={2}"]],
    ["<https://x.example/a> “https://x.example/b” «https://x.example/c»", ["a", "b", "c"].map((it) => `https://x.example/${it}`)],
    ["'https://x.example/a' 'https://x.example/O'Neill'", ["https://x.example/a", "https://x.example/O'Neill"]],
    ["https://x.example/a?! https://x.example/b... https://x.example/c…", ["a", "b", "c"].map((it) => `https://x.example/${it}`)],
    ["**https://x.example/a** | https://x.example/b|", ["https://x.example/a", "https://x.example/b"]],
    ["こちら（https://x.example/a）です。https://x.example/b。ありがとう", ["https://x.example/a", "https://x.example/b"]],
    ["「https://x.example/a」、https://x.example/b、", ["https://x.example/a", "https://x.example/b"]],
    ["https://x.example/a(", ["https://x.example/a"]],
    ["https://( https://) javascript:alert(1)", []],
  ];
  await shopper.open();
  await shopper.write("Where?");
  await shopper.isSent();
  await team.says(cases.map(([written]) => written).join("\n"), "Where?");
  const bubble = shopper.log.locator(".agent .bubble");
  await expect(bubble).toHaveText(cases.map(([written]) => written).join("\n"));
  await expect(bubble.getByRole("link")).toHaveText(cases.flatMap(([, links]) => links));
});

test("line breaks and indentation are kept", async ({ page, shopper, team }) => {
  await shopper.open();
  await shopper.write("Hello");
  await shopper.isSent();
  await team.says("one\u000btwo\u2028three\n    four  five\tsix\u0085seven", "Hello");
  const bubble = shopper.log.locator(".agent .bubble");
  const shown = (it: Locator) => expect.poll(async () => (await it.allTextContents()).at(-1));
  await shown(bubble).toBe("one\ntwo\nthree\n    four  five\tsix\nseven");
  const height = (await bubble.boundingBox())?.height ?? 0;
  const line = await bubble.evaluate((it) => parseFloat(getComputedStyle(it).lineHeight));
  expect(Math.floor(height / line)).toBeGreaterThanOrEqual(5);
  // The pasted text is shown before the server has it.
  await page.route("**/chat/v1/messages", (route) => route.abort());
  await shopper.write("a\u2028b\u000bc");
  await shown(shopper.own()).toBe("a\nb\nc");
});

test("a handed-over conversation says who has it and asks for an email address", async ({ shopper, team }) => {
  await shopper.open();
  await shopper.write(ASKS_FOR_HUMAN);
  await expect(shopper.log.locator(".system .bubble")).toHaveText([
    "Our team has your conversation.",
    /leave your email address/,
  ]);
  await expect(shopper.panel.getByText("With our team")).toBeVisible();
  const save = shopper.panel.getByRole("button", { name: "Save" });
  await save.click();
  await expect(shopper.email).toBeFocused();
  await expect(shopper.email).toHaveAccessibleDescription(/^Enter an email address/);
  await shopper.email.fill("jane at example");
  await save.click();
  await expect(shopper.email).toHaveAttribute("aria-invalid", "true");
  await expect(shopper.email).toHaveAccessibleDescription(/email address/);
  await expectAccessible(shopper.page);
  await shopper.email.fill("jane@example.com");
  await shopper.email.press("Enter");
  await expect(shopper.email).toBeHidden();
  await expect(shopper.field).toBeFocused();
  await expect(shopper.log.locator(".system").last()).toContainText("jane@example.com");

  await team.says("Hello Jane, I am looking at your bill.", "Olive");
  await expect(shopper.log.locator(".agent")).toContainText(["Olive · Support team"]);
  await team.resolve();
  await expect(shopper.panel.getByText("This conversation is resolved.")).toBeVisible();
});

const ONLY_HERE = /they can only answer here in this chat\.$/;

test("a shopper who declines is not asked again in any tab", async ({ page, shopper, visit }) => {
  await shopper.open();
  await shopper.write(ASKS_FOR_HUMAN);
  const refused = page.waitForRequest(/\/chat\/v1\/email/);
  await shopper.panel.getByRole("button", { name: "Not now" }).click();
  await expect(shopper.email).toBeHidden();
  await expect(shopper.field).toBeFocused();
  expect((await refused).postDataJSON()).toEqual({ email: null });
  await expect(shopper.log.locator(".system .bubble").last()).toHaveText(ONLY_HERE);
  expect((await shopper.talk()).needs_email).toBe(false);
  await page.reload();
  await expect(shopper.log.locator(".system .bubble").last()).toHaveText(ONLY_HERE);
  await expect(shopper.email).toBeHidden();
  const other = await visit();
  await other.open();
  await expect(other.log.locator(".system .bubble").last()).toHaveText(ONLY_HERE);
  await expect(other.email).toBeHidden();
});

test("a declined request that does not reach the server still counts in its tab", async ({ page, shopper, visit }) => {
  await shopper.open();
  await shopper.write(ASKS_FOR_HUMAN);
  await page.route("**/chat/v1/email*", (route) => route.abort());
  const failed = page.waitForEvent("requestfailed", (request) => request.url().includes("/chat/v1/email"));
  await shopper.panel.getByRole("button", { name: "Not now" }).click();
  await failed;
  await expect(shopper.email).toBeHidden();
  await page.reload();
  await expect(shopper.log.locator(".system").last()).toBeVisible();
  await expect(shopper.email).toBeHidden();
  const other = await visit();
  await other.open();
  await expect(other.email).toBeVisible();
});

test("a reply that arrives while the chat is closed is counted on its button", async ({ page, shop, shopper, team }) => {
  await page.clock.install();
  await page.goto(shop);
  await shopper.open();
  await shopper.write("Are you there?");
  await shopper.isSent();
  await page.keyboard.press("Escape");
  const before = await shopper.launch.getAttribute("aria-label");
  expect(before).toBe("Open chat");
  await team.says("Yes!");
  await page.clock.fastForward(30_000);
  await expect(shopper.launch).toHaveAccessibleName("Open chat. New messages: 1");
  await page.reload();
  await expect(shopper.launch).toHaveAccessibleName("Open chat. New messages: 1");
  await shopper.open();
  await expect(shopper.log.locator(".agent .bubble")).toHaveText(["Yes!"]);
  await page.keyboard.press("Escape");
  await expect(shopper.launch).toHaveAccessibleName("Open chat");
});

test("an open chat polls every three seconds, and gets 304 if nothing changed", async ({ page, shop, shopper }) => {
  await page.clock.install();
  await page.goto(shop);
  await shopper.open();
  await shopper.write("Hello");
  await shopper.isSent();
  const poll = () => page.waitForResponse(/\/chat\/v1\/conversation/);
  for (const status of [200, 304, 304]) {
    const answered = poll();
    await page.clock.fastForward(3_000);
    expect((await answered).status()).toBe(status);
  }
});

for (const [locale, launch, field] of [
  ["en", "Open chat", "Your message"],
  ["fr-CA", "Ouvrir le chat", "Votre message"],
  ["de", "Chat öffnen", "Ihre Nachricht"],
  ["es", "Abrir el chat", "Tu mensaje"],
  ["xx", "Open chat", "Your message"],
] as const) {
  test(`locale ${locale}`, async ({ page, shop }) => {
    await page.goto(shop);
    const host = page.locator("convi-chat");
    await host.evaluate((element, value) => element.setAttribute("locale", value), locale);
    await host.getByRole("button", { name: launch }).click();
    await expect(host.getByRole("textbox", { name: field })).toBeFocused();
  });
}

for (const [look, options] of Object.entries({
  light: { colorScheme: "light" },
  dark: { colorScheme: "dark" },
  // WCAG 1.4.10: 320 CSS pixels without scrolling in two directions.
  narrow: { colorScheme: "light", viewport: { width: 320, height: 640 } },
  contrast: { colorScheme: "dark", forcedColors: "active" },
} as const)) {
  test.describe(look, () => {
    test.use(options);
    let picture: (name: string) => Promise<void>;
    test.beforeEach(async ({ page, shopper, front, merchant }, info) => {
      picture = async (name) => {
        const path = join(info.project.outputDir, "states", `storefront-${name}-${look}.png`);
        await page.screenshot({ path, animations: "disabled" });
        if (look !== "contrast") {
          // The colours are the system's here, but axe still computes with the page's.
          await expectAccessible(page);
        }
        const overflow = await page.evaluate(
          () => document.documentElement.scrollWidth - document.documentElement.clientWidth,
        );
        expect(overflow, "pixels that stick out to the right").toBeLessThanOrEqual(0);
      };
      await page.goto(`${front}/demo/store`);
      await page
        .locator("convi-chat")
        .evaluate((element, value) => element.setAttribute("merchant", value), merchant);
      await expect(shopper.launch).toBeVisible();
    });

    test("the demo shop and the chat's button are accessible", async ({ page, shopper }) => {
      await picture("shop");
      await page.getByRole("button", { name: "Add to cart: Everyday mug" }).click();
      await shopper.open();
      await picture("new");
    });

    test("the email form is accessible", async ({ shopper, team }) => {
      await shopper.open();
      await shopper.write("Hello! My mug arrived with a crack.");
      await shopper.write("Here is a picture: https://shop.example/mugs/7");
      await shopper.isSent();
      await team.says("Oh no. Could you tell me where the crack is?");
      await expect(shopper.log.locator(".agent")).toBeVisible();
      await shopper.write(ASKS_FOR_HUMAN);
      await expect(shopper.email).toBeVisible();
      await picture("email");
    });

    test("the offline and resolved states are accessible", async ({ page, shopper, team }) => {
      await shopper.open();
      await shopper.write(ASKS_FOR_HUMAN);
      await shopper.email.fill("jane@example.com");
      await shopper.email.press("Enter");
      await expect(shopper.email).toBeHidden();
      await team.says("Hello Jane, Olive here. A new mug leaves us tomorrow.");
      await expect(shopper.log.locator(".agent")).toBeVisible();
      await page.context().setOffline(true);
      await shopper.write("Wonderful, thank you!");
      await expect(shopper.strip).not.toBeEmpty();
      await picture("offline");
      await page.context().setOffline(false);
      await shopper.isSent();
      await team.resolve();
      await expect(shopper.panel.getByText("This conversation is resolved.")).toBeVisible();
      await picture("resolved");
    });
  });
}

test("an invalid context from the shop loses no message", async ({ page, front, shopper, merchant, team }) => {
  await page.goto(`${front}/demo/store`);
  const host = page.locator("convi-chat");
  await host.evaluate((element, value) => element.setAttribute("merchant", value), merchant);
  await shopper.open();
  const contexts: [string, (element: HTMLElement) => void][] = [
    ["a text", (it) => Object.assign(it, { context: "x" })],
    ["a list", (it) => Object.assign(it, { context: [] })],
    ["a function that throws", (it) => Object.assign(it, { context: () => { throw new Error("no cart"); } })],
    ["a date", (it) => Object.assign(it, { context: new Date() })],
    ["half a character", (it) => Object.assign(it, { context: { cart: [{ title: "Birthday \u{1F382} mug".slice(0, 10) }] } })],
    ["numbers", (it) => Object.assign(it, { context: { order_number: 1042, custom: { points: 12n, plan: "gold", vip: true } } })],
    ["circles and getters", (it) => {
      const circle: Record<string, unknown> = { title: "Mug" };
      circle["self"] = circle;
      const context = { cart: [circle], custom: { plan: "silver" }, get order_number() { throw new Error("none"); } };
      Object.assign(it, { context: () => context });
    }],
    ["too much", (it) => Object.assign(it, { context: { cart: [{ title: "x".repeat(20_000) }], custom: { plan: "silver" } } })],
  ];
  for (const [what, set] of contexts) {
    await host.evaluate(set);
    await shopper.write(`With ${what}`);
    await shopper.isSent();
  }
  const [talk] = await team.talks();
  expect((await team.talk(talk?.id ?? "")).context).toEqual([
    ["Page", `${front}/demo/store`],
    ["Order", "1042"],
    ["Cart", "Birthday \uFFFD"],
    ["plan", "silver"],
  ]);
});

test("the demo shop sends the page, order and cart with a message", async ({ page, front, shopper, merchant, team }) => {
  await page.goto(`${front}/demo/store#cart`);
  const host = page.locator("convi-chat");
  await host.evaluate((element, value) => element.setAttribute("merchant", value), merchant);
  await page.getByRole("button", { name: "Add to cart: Everyday mug" }).click();
  await page.getByRole("button", { name: "Add to cart: Everyday mug" }).click();
  await expect(page.locator("#count")).toHaveText("2");
  const posted = page.waitForRequest((request) => request.url().includes("/chat/v1/messages"));
  await shopper.open();
  await shopper.write("Is this in stock?");
  expect((await posted).postDataJSON()).toMatchObject({
    page_url: `${front}/demo/store`,
    context: { order_number: "#1042", cart: [{ title: "Everyday mug", quantity: 2, price: "24.00 EUR" }] },
  });
  await shopper.isSent();
  const [talk] = await team.talks();
  expect((await team.talk(talk?.id ?? "")).context).toEqual([
    ["Page", `${front}/demo/store`],
    ["Order", "#1042"],
    ["Cart", "2 × Everyday mug, 24.00 EUR"],
  ]);
});
