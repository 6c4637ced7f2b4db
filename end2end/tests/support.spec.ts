// Tests of the tests' own tools: a guard that never fails or a wrong signature would make every other test worthless.

import { expect, test as base } from "@playwright/test";

import { onCreate } from "./support/gorgias.ts";
import { guard } from "./support/guard.ts";
import { sign } from "./support/handover.ts";
import { listeningAddress } from "./support/program.ts";
import { test } from "./support/test.ts";

base("a violated policy, a panic and an uncaught error are noticed", async ({ context, page }) => {
  const problems = guard(context);
  await page.setContent(`
    <meta http-equiv="Content-Security-Policy" content="script-src 'none'">
    <script>document.title = "ran"</script>`);
  await expect.poll(() => problems.length).toBe(1);
  expect(problems[0]).toMatch(/content security policy/i);

  await page.evaluate(() => console.error("panicked at src/lib.rs:1:1"));
  await expect.poll(() => problems.length).toBe(2);

  await page.evaluate(() => void setTimeout(() => (null as unknown as string).length));
  await expect.poll(() => problems.length).toBe(3);
  expect(problems[2]).toContain("uncaught");
});

base("a handover is signed as Standard Webhooks says", () => {
  // The example from the specification's reference libraries.
  const headers = sign(
    "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
    "msg_p5jXN8AQM9LWM0D4loKWxJek",
    '{"test": 2432232314}',
    new Date(1614265330 * 1000),
  );
  expect(headers["webhook-signature"]).toBe("v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=");
});

base("a program's address is found in a plain, a coloured and a JSON line, but never half of it", () => {
  const url = "http://127.0.0.1:40123";
  expect(listeningAddress(`listening on ${url}\n`)).toBe(url);
  expect(listeningAddress(`\u001b[32m INFO\u001b[0m listening on ${url} version="1"\n`)).toBe(url);
  expect(listeningAddress(`{"fields":{"message":"listening on ${url}"}}`)).toBe(url);
  expect(listeningAddress("listening on http://127.0.0.1:40")).toBeUndefined();
});

test("the emulator creates a ticket, fails on request, and reports both to a test", async ({ gorgias, account }) => {
  const { subdomain, username, key } = account.credentials;
  const create = () =>
    fetch(`${gorgias.url}/${subdomain}/api/tickets`, {
      method: "POST",
      headers: {
        authorization: `Basic ${Buffer.from(`${username}:${key}`).toString("base64")}`,
        "content-type": "application/json",
      },
      body: JSON.stringify({
        channel: "api",
        via: "api",
        external_id: "h-1",
        messages: [
          { channel: "api", via: "api", from_agent: false, sender: { email: "jane@example.com" }, body_text: "Hello" },
        ],
      }),
    });

  await account.fault({ kind: "status", status: 503, ...onCreate, times: 1 });
  expect((await create()).status).toBe(503);
  expect((await create()).status).toBe(201);
  expect(await account.tickets("h-1")).toHaveLength(1);
  expect(await account.sentToShoppers()).toEqual([]);

  await account.revokeKey();
  expect((await create()).status).toBe(401);
});
