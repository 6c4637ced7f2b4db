// Attacks on the embedded screen, each with a real browser against the real server. Attacks that need no browser are in
// server/tests/http/embed.rs.

import type { Page, Request } from "@playwright/test";

import { connectButton, heard, MODES, panel, test as base } from "./support/embedded.ts";
import { Host, POLICY } from "./support/host.ts";
import { expect, signIn } from "./support/test.ts";

/** A policy that allows everything. */
const ANYTHING = () => "frame-ancestors *";

interface Fixtures {
  /** Opens a page of this origin, without a policy. */
  attack: (origin: string) => Promise<void>;
}

const test = base.extend<Fixtures, { neighbour: Host }>({
  // The same host name as Convi on another port: cookies are sent, and it is not listed.
  neighbour: [
    async ({}, use) => {
      const neighbour = await Host.start();
      await use(neighbour);
      await neighbour.stop();
    },
    { scope: "worker" },
  ],
  attack: async ({ page, host, neighbour, embedded }, use) => {
    await use(async (origin) => {
      for (const it of [host, neighbour]) {
        it.settings = { token: async () => undefined, policy: ANYTHING, convi: embedded.url };
      }
      await page.goto(`${origin}/`);
    });
  },
});

/** Opens this address in a frame of the page, and returns what the frame became. */
async function framed(page: Page, src: string): Promise<string> {
  const frame = await page.evaluateHandle(async (src) => {
    const frame = document.createElement("iframe");
    frame.src = src;
    document.body.append(frame);
    await new Promise((done) => frame.addEventListener("load", done, { once: true }));
    return frame;
  }, src);
  const content = await frame.asElement()?.contentFrame();
  return content?.url() ?? "";
}

/** Removes the browser's reports about refused frames, which these tests provoke. */
function forgive(problems: string[], said: RegExp): void {
  problems.splice(0, problems.length, ...problems.filter((it) => !said.test(it)));
}

test("an unlisted origin can frame nothing, and a listed one only the frame", async ({
  page,
  context,
  attack,
  host,
  neighbour,
  embedded,
  merchant,
  problems,
}) => {
  // The reader is signed in, so there would be something to see.
  await signIn(context, embedded, await embedded.token(merchant, "owner"));
  for (const origin of [host.foreign, neighbour.near, neighbour.url]) {
    await attack(origin);
    expect(await framed(page, `${embedded.url}/embed/v1/frame`), origin).toMatch(/^chrome-error:/);
  }
  for (const origin of [host.foreign, host.near]) {
    await attack(origin);
    for (const path of ["/settings/integrations", "/settings/notifications", "/conversations", "/sign-in"]) {
      expect(await framed(page, embedded.url + path), `${origin} ${path}`).toMatch(/^chrome-error:/);
    }
  }
  // Make sure that the check sees an allowed frame.
  await attack(host.near);
  expect(await framed(page, `${embedded.url}/embed/v1/frame`)).toBe(`${embedded.url}/embed/v1/frame`);
  forgive(problems, /frame-ancestors/i);
});

test("a page cannot make a signed-in merchant's browser change anything", async ({
  page,
  context,
  attack,
  host,
  neighbour,
  embedded,
  merchant,
  api,
  account,
}) => {
  await api.connect(account.credentials);
  await api.notify("team@shop.example");
  await signIn(context, embedded, await embedded.token(merchant, "owner"));
  const calls: Request[] = [];
  page.on("request", (it) => void (it.method() !== "GET" && it.url().startsWith(embedded.url) && calls.push(it)));

  // A foreign origin, one of the same site that is not listed, and a listed one: the list is for bearer tokens only.
  for (const origin of [host.foreign, neighbour.near, host.near]) {
    await attack(origin);
    calls.length = 0;
    await page.evaluate(async (convi) => {
      const json = JSON.stringify({ helpdesk: "gorgias" });
      const tries: [string, RequestInit][] = [
        // Requests without a preflight.
        ["/api/integrations/disconnect", { method: "POST", mode: "no-cors", body: json }],
        ["/api/notifications/save", { method: "POST", mode: "no-cors", body: JSON.stringify({ email: null }) }],
        ["/v1/integrations/gorgias/test", { method: "POST", mode: "no-cors", body: json }],
        ["/settings/integrations", { method: "POST", mode: "no-cors", body: new URLSearchParams("intent=disconnect&helpdesk=gorgias") }],
        // Requests with a preflight.
        ["/v1/integrations/gorgias", { method: "DELETE" }],
        ["/v1/notifications", { method: "PUT", body: JSON.stringify({ email: null }) }],
        ["/api/integrations/disconnect", { method: "POST", body: json, headers: { "content-type": "application/json" } }],
      ];
      await Promise.allSettled(tries.map(([path, init]) => fetch(convi + path, { credentials: "include", ...init })));
    }, embedded.url);
    // And forms, which navigate the top level.
    for (const [path, fields] of [
      ["/settings/integrations", { intent: "disconnect", helpdesk: "gorgias" }],
      ["/settings/notifications", { intent: "save_email", email: "thief@foreign.example" }],
      ["/api/integrations/disconnect", { '{"helpdesk":"gorgias","x":"': '"}' }],
    ] as const) {
      await page.goto(`${origin}/`);
      const [answer] = await Promise.all([
        page.waitForResponse((it) => it.url() === embedded.url + path && it.request().method() === "POST"),
        page.waitForURL(embedded.url + path),
        page.evaluate(
          ([action, fields]) => {
            const form = document.createElement("form");
            Object.assign(form, { method: "post", action, enctype: action.includes("/api/") ? "text/plain" : "" });
            for (const [name, value] of Object.entries(fields)) {
              const input = document.createElement("input");
              Object.assign(input, { type: "hidden", name, value });
              form.append(input);
            }
            document.body.append(form);
            form.submit();
          },
          [embedded.url + path, fields] as const,
        ),
      ]);
      expect(answer.status(), `${origin} ${path}`).toBe(403);
    }
    // The network log does not show responses to a page that may not read them.
    const arrived = await Promise.all(
      calls.map(async (it) => ({
        name: `${origin}: ${it.method()} ${new URL(it.url()).pathname}`,
        end: (await it.response())?.status() ?? it.failure()?.errorText,
        cookie: "cookie" in (await it.allHeaders()),
        preflight: it.method() === "OPTIONS",
      })),
    );
    const refused = arrived.filter(({ end }) => end === 403 || String(end).includes("BLOCKED_BY_RESPONSE"));
    expect(refused.length, `${origin}: ${JSON.stringify(arrived)}`).toBeGreaterThanOrEqual(7);
    for (const { name, end, preflight } of arrived) {
      // A request that needs a preflight never leaves. Any other request is rejected.
      expect(preflight || end !== 200, `${name}: ${end}`).toBe(true);
    }
    for (const { name, cookie } of refused.filter(({ end }) => end === 403)) {
      // The same site sends the cookie, so it is not the browser alone that blocks the request.
      expect(cookie, name).toBe(origin !== host.foreign);
    }
    expect((await api.integration()).state, origin).toBe("connected");
    expect(await api.notified(), origin).toBe("team@shop.example");
  }
});

test("a listed origin can read only with a bearer token, and an unlisted one cannot read at all", async ({
  page,
  context,
  attack,
  host,
  neighbour,
  embedded,
  merchant,
}) => {
  const token = await embedded.token(merchant, "owner");
  await signIn(context, embedded, token);
  const ask = (init: RequestInit) =>
    page.evaluate(
      ([url, init]) =>
        fetch(url, init).then(
          (answer) => answer.status,
          () => "not readable",
        ),
      [`${embedded.url}/v1/integrations`, init] as const,
    );
  const bearer = { headers: { authorization: `Bearer ${token}` } };
  for (const origin of [host.url, host.near]) {
    await attack(origin);
    expect(await ask(bearer), origin).toBe(200);
    expect(await ask({}), "without a token").toBe(401);
    expect(await ask({ credentials: "include" }), "with the cookie").toBe("not readable");
    expect(await ask({ ...bearer, credentials: "include" }), "with both").toBe("not readable");
  }
  for (const origin of [host.foreign, neighbour.near]) {
    await attack(origin);
    expect(await ask(bearer), origin).toBe("not readable");
    expect(await ask({ credentials: "include" }), origin).toBe("not readable");
  }
});

test("the frame accepts one port, once, and only from its listed parent", async ({
  page,
  context,
  attack,
  host,
  embedded,
}) => {
  await attack(host.url);
  expect(await framed(page, `${embedded.url}/embed/v1/frame`)).toContain("/embed/v1/frame");
  // Each attempt has its own port. Whatever it receives is recorded.
  await page.evaluate(() => {
    const told: Record<string, unknown[]> = {};
    const port = (name: string) => {
      const { port1, port2 } = new MessageChannel();
      told[name] = [];
      port1.onmessage = ({ data }) => told[name]?.push(data);
      // The element's first message, after which a listener may begin.
      port1.postMessage({ kind: "look", theme: "light", looks: [], locale: "en" });
      return port2;
    };
    Object.assign(window, { told, port });
  });
  const told = (name: string) =>
    page.evaluate((name) => (window as unknown as { told: Record<string, { kind: string }[]> }).told[name] ?? [], name);

  // A window of another site with a reference to the page.
  const [popup] = await Promise.all([
    context.waitForEvent("page"),
    page.evaluate((url) => void window.open(url), `${host.foreign}/`),
  ]);
  await popup.waitForLoadState();
  await popup.evaluate(() => {
    const { port1, port2 } = new MessageChannel();
    Object.assign(window, { got: [] });
    port1.onmessage = ({ data }) => (window as unknown as { got: unknown[] }).got.push(data);
    (window.opener as Window).frames[0]?.postMessage({ convi: 1 }, "*", [port2]);
  });
  // A frame next to it with the listed origin; and the parent itself, with a message that is not a greeting.
  await page.evaluate(() => {
    const { port } = window as unknown as { port: (name: string) => MessagePort };
    const beside = document.createElement("iframe");
    document.body.append(beside);
    const convi = window.frames[0] as Window;
    type Post = (to: Window, port: MessagePort) => void;
    const { Function } = beside.contentWindow as unknown as { Function: new (...text: string[]) => Post };
    // From this realm, the browser names the neighbouring frame as the source.
    new Function("to", "port", "to.postMessage({ convi: 1 }, '*', [port])")(convi, port("beside"));
    convi.postMessage({ convi: 2 }, "*", [port("other version")]);
    convi.postMessage("convi", "*", [port("no object")]);
    convi.postMessage(null, "*", [port("nothing")]);
    convi.postMessage({ convi: 1 }, "*");
  });
  // The parent's own greeting is heard, so the frame was listening all the time. Messages keep their order.
  await page.evaluate(() => {
    const { port } = window as unknown as { port: (name: string) => MessagePort };
    window.frames[0]?.postMessage({ convi: 1 }, "*", [port("first")]);
    window.frames[0]?.postMessage({ convi: 1 }, "*", [port("second")]);
  });
  await expect.poll(async () => (await told("first")).map(({ kind }) => kind)).toContain("token");
  for (const name of ["beside", "other version", "no object", "nothing", "second"]) {
    expect(await told(name), name).toEqual([]);
  }
  expect(await popup.evaluate(() => (window as unknown as { got: unknown[] }).got)).toEqual([]);
});

test("messages or a moved frame cannot get a token out of the element", async ({
  page,
  visit,
  host,
  embedded,
  merchant,
}) => {
  let asked = 0;
  const token = () => {
    asked += 1;
    return embedded.token(merchant, "owner");
  };
  // A host with a frame of another site on its page.
  await visit("", { token, policy: (convi) => POLICY(convi).replace("frame-src", `frame-src ${host.foreign}`) });
  await expect(connectButton(panel(page, "frame"))).toBeVisible();
  expect(asked).toBe(1);
  const evil = await (
    await page.evaluateHandle(async (src) => {
      const frame = document.createElement("iframe");
      frame.src = src;
      document.body.append(frame);
      await new Promise((done) => frame.addEventListener("load", done, { once: true }));
      return frame;
    }, `${host.foreign}/`)
  )
    .asElement()
    ?.contentFrame();
  await evil?.evaluate(() => {
    const got: unknown[] = [];
    Object.assign(window, { got });
    addEventListener("message", ({ data, ports }) => got.push([data, ports.length]));
    for (const data of [{ kind: "token", id: 1 }, { convi: 1 }, { kind: "event", name: "connected", detail: {} }]) {
      const { port1, port2 } = new MessageChannel();
      port1.onmessage = ({ data }) => got.push(data);
      parent.postMessage(data, "*", [port2]);
    }
  });
  // The frame navigates elsewhere. Its greeting was sent once, to Convi's origin.
  await page.evaluate(async (elsewhere) => {
    const frame = document.querySelector("convi-integrations")?.shadowRoot?.querySelector("iframe");
    if (!frame) throw new Error("there is no frame");
    frame.src = elsewhere;
    await new Promise((done) => frame.addEventListener("load", done, { once: true }));
  }, `${host.foreign}/elsewhere`);
  const moved = page.frames().find((it) => it.url().endsWith("/elsewhere"));
  // A page that has loaded its scripts has received earlier messages. Our own message comes after them.
  const came = await moved?.evaluate(
    () =>
      new Promise<number>((done) => {
        let count = 0;
        addEventListener("message", ({ data }) => (data === "last" ? done(count) : (count += 1)));
        postMessage("last", "*");
      }),
  );
  expect(came).toBe(0);
  expect(asked).toBe(1);
  expect(await evil?.evaluate(() => (window as unknown as { got: unknown[] }).got)).toEqual([]);
  expect(await heard(page, "convi-connected")).toEqual([]);
});

test("a frame that navigates elsewhere before it has loaded gets no greeting", async ({ page, visit, host }) => {
  await page.addInitScript((elsewhere) => {
    const got: unknown[] = [];
    Object.assign(window, { got });
    addEventListener("message", ({ data }) => got.push(data));
    if (location.pathname !== "/settings") return;
    // By the host's own script, which is the worst place.
    const { append } = ShadowRoot.prototype;
    ShadowRoot.prototype.append = function (...nodes) {
      for (const node of nodes) {
        if (!(node instanceof HTMLIFrameElement)) continue;
        node.src = elsewhere;
        // After the listeners that already exist.
        node.addEventListener("load", () => node.contentWindow?.postMessage("last", "*"));
      }
      append.apply(this, nodes);
    };
  }, `${host.foreign}/elsewhere`);
  await visit("", { policy: (convi) => POLICY(convi).replace("frame-src", `frame-src ${host.foreign}`) });
  await expect(page.locator("convi-integrations iframe")).toHaveAttribute("src", `${host.foreign}/elsewhere`);
  const got = () =>
    page
      .frames()
      .find((it) => it.url().endsWith("/elsewhere"))
      ?.evaluate(() => (window as unknown as { got: unknown[] }).got);
  await expect.poll(got).toContain("last");
  expect(await got()).toEqual(["last"]);
});

test("in frame mode the host's scripts cannot read the key, and the frame cannot navigate the page", async ({
  page,
  visit,
  account,
  host,
}) => {
  await visit();
  const screen = panel(page, "frame");
  await connectButton(screen).click();
  await screen.getByLabel("API key", { exact: true }).fill(account.credentials.key);
  const frame = page.locator("convi-integrations iframe");
  expect((await frame.getAttribute("sandbox"))?.split(" ").sort()).toEqual([
    "allow-forms",
    "allow-popups",
    "allow-same-origin",
    "allow-scripts",
  ]);
  const seen = await frame.evaluate((it: HTMLIFrameElement) => {
    const attempt = (what: () => unknown) => {
      try {
        return String(what());
      } catch (error) {
        return (error as Error).name;
      }
    };
    const inside = it.contentWindow as Window & Record<string, unknown>;
    return [
      attempt(() => it.contentDocument),
      attempt(() => inside.document.body.innerHTML),
      attempt(() => inside["localStorage"]),
      attempt(() => (inside["HTMLInputElement"] as { prototype: unknown }).prototype),
    ];
  });
  expect(seen).toEqual(["null", "SecurityError", "SecurityError", "SecurityError"]);
  // A key press, a paste or a bubbling event does not reveal the key either.
  await page.evaluate(() => {
    const typed: string[] = [];
    Object.assign(window, { typed });
    for (const name of ["keydown", "input", "paste", "focusin"]) addEventListener(name, () => typed.push(name), true);
  });
  await screen.getByLabel("API key", { exact: true }).pressSequentially("x");
  expect(await page.evaluate(() => (window as unknown as { typed: string[] }).typed)).toEqual([]);

  const inside = page.frames().find((it) => it.url().includes("/embed/v1/frame"));
  const refused = await inside?.evaluate(() => {
    try {
      (top as Window).location.href = "about:blank";
      return "led away";
    } catch (error) {
      return (error as Error).name;
    }
  });
  expect(refused).toBe("SecurityError");
  expect(page.url()).toContain(host.url);
});

for (const mode of MODES) {
  test(`token and key are only where they must be: ${mode}`, async ({
    page,
    context,
    visit,
    account,
    embedded,
    merchant,
    api,
  }) => {
    const tokens: string[] = [];
    const said: string[] = [];
    const sent: Request[] = [];
    context.on("console", (message) => said.push(message.text()));
    page.on("request", (it) => sent.push(it));
    await visit(`?mode=${mode}`, {
      token: async () => {
        const token = await embedded.token(merchant, "owner");
        tokens.push(token);
        return token;
      },
    });
    const screen = panel(page, mode);
    await connectButton(screen).click();
    const { subdomain, username, key } = account.credentials;
    await screen.getByLabel("Gorgias subdomain").fill(subdomain);
    await screen.getByLabel("Username (Email)").fill(username);
    await screen.getByLabel("API key", { exact: true }).fill(key);
    await screen.getByRole("button", { name: "Save" }).click();
    await expect(screen.locator(".badge").first()).toHaveText("Connected");
    await screen.getByRole("button", { name: "Configure" }).click();
    await expect(screen.getByLabel("API key", { exact: true })).toHaveValue("");
    expect((await api.integration()).state).toBe("connected");

    expect(tokens.length).toBeGreaterThan(0);
    // The signature alone would be enough.
    const secrets = [...tokens.map((token) => token.split(".")[2] ?? ""), key];
    const state = await Promise.all(
      page.frames().map((frame) =>
        frame.evaluate(() => {
          const texts: string[] = [];
          const walk = (root: Document | ShadowRoot) => {
            texts.push(root instanceof Document ? root.documentElement.outerHTML : root.innerHTML);
            for (const element of root.querySelectorAll("*")) {
              if (element instanceof HTMLInputElement) texts.push(element.value);
              if (element.shadowRoot) walk(element.shadowRoot);
            }
          };
          walk(document);
          const kept = (name: "localStorage" | "sessionStorage") => {
            try {
              return { ...window[name] };
            } catch {
              // A browser may deny frames of other sites any storage.
              return {};
            }
          };
          return JSON.stringify([
            texts,
            location.href,
            document.cookie,
            window.name,
            kept("localStorage"),
            kept("sessionStorage"),
            history.state,
          ]);
        }),
      ),
    );
    const events = JSON.stringify(await page.evaluate(() => (window as unknown as { heard: unknown }).heard));
    const whole = await Promise.all(
      sent.map(async (it) => ({ it, url: it.url(), headers: await it.allHeaders(), body: it.postData() ?? "" })),
    );
    for (const secret of secrets) {
      expect(secret.length).toBeGreaterThan(8);
      for (const text of [...state, ...said, events, ...whole.map(({ url }) => url)]) {
        expect(text).not.toContain(secret);
      }
      for (const { url, headers, body } of whole) {
        const own = url.startsWith(embedded.url);
        const { authorization = "", ...others } = headers;
        expect(JSON.stringify(others)).not.toContain(secret);
        // The token goes only to Convi's calls, and the key only into the body of a test or save, with or without the
        // module.
        if (authorization.includes(secret)) expect(own && /\/(api|v1)\//.test(url), url).toBe(true);
        if (body.includes(secret)) expect(own && /\/api\/integrations\/(test|save)$|\/embed\/v1\/panel$/.test(url), url).toBe(true);
      }
    }
    const calls = whole.filter(({ url, it }) => url.startsWith(embedded.url) && /\/(api|v1)\/(?!convi)/.test(url) && it.method() !== "OPTIONS");
    expect(calls.filter(({ headers }) => headers["cookie"]), "no cookie goes with a call").toEqual([]);
    expect(calls.some(({ headers }) => headers["authorization"]?.includes(tokens[0] ?? "-"))).toBe(true);
    const kept = await context.storageState({ indexedDB: true });
    expect(JSON.stringify(kept)).toBe(JSON.stringify({ cookies: [], origins: [] }));
  });

  test(`the panel ignores the cookie of Convi's own page and uses only the token: ${mode}`, async ({
    page,
    context,
    visit,
    embedded,
    merchant,
    account,
    api,
  }) => {
    await api.connect(account.credentials);
    // This browser is signed in to Convi as the owner. The host says that a member of another merchant is looking.
    await signIn(context, embedded, await embedded.token(merchant, "owner"));
    await visit(`?mode=${mode}`, { token: () => embedded.token(`${merchant}-other`, "member") });
    const screen = panel(page, mode);
    await expect(screen.locator(".badge").first()).toHaveText("Not connected");
    await expect(connectButton(screen)).toBeDisabled();
    await expect(screen.getByText("Only owners and admins can change it.")).toBeVisible();
    await expect(screen.getByText(account.credentials.subdomain)).toHaveCount(0);
    // Without a token, the cookie alone shows nothing.
    await visit(`?mode=${mode}`, { token: async () => undefined });
    await expect(page.locator("convi-integrations").getByRole("alert").first()).toBeVisible();
    await expect(screen.locator(".badge")).toHaveCount(0);
  });
}
