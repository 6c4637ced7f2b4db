// The team's emails, through a real SMTP server.

import { join } from "node:path";

import { onCreate } from "./support/gorgias.ts";
import { BUSY, REFUSED } from "./support/mailbox.ts";
import { handoverOf, INTEGRATIONS, NOTIFICATIONS, toasts } from "./support/screen.ts";
import { expect, test } from "./support/test.ts";

test("the team sets its address and gets a readable email", async ({ page, api, mailbox, merchant }) => {
  const team = `team@${merchant}.test`;
  await page.goto(NOTIFICATIONS);
  await page.getByLabel("Team email").fill(`  ${team} `);
  await page.getByRole("button", { name: "Save" }).click();
  await expect(toasts(page)).toHaveText("Team email saved.");
  await expect(page.getByLabel("Team email")).toHaveValue(team);
  await page.reload();
  await expect(page.getByLabel("Team email")).toHaveValue(team);

  const id = await api.handOver({
    url: "https://app.example/conversations/c-42",
    context: { page_url: "https://shop.example/p/1", order_number: "#1042" },
    messages: [
      { id: "1", author: "shopper", text: "Where is <b>my</b> invoice?", sent_at: "2026-11-22T09:59:00Z" },
      { id: "2", author: "assistant", text: "Ich frage — einen Kollegen ☂" },
    ],
    summary: "Billing question",
  });
  await api.until(id, "delivered", "email");
  const [received, ...more] = mailbox.of(team);
  expect(more).toEqual([]);
  const { mail, to } = received as NonNullable<typeof received>;
  expect(to).toEqual([team]);
  expect(mail.to).toMatchObject({ text: team });
  expect(mail.replyTo).toMatchObject({ text: "jane@example.com" });
  expect(mail.subject).toBe("Handover: Billing question");
  expect(mail.messageId).toMatch(/^<[0-9a-f-]{36}@[\w.-]+>$/);
  expect(mail.headers.get("auto-submitted")).toBe("auto-generated");
  expect(mail.attachments).toEqual([]);
  expect(mail.text).toMatch(/^Handed over automatically: the shopper asked for a person\n/);
  for (const line of [
    "Name: Jane Doe",
    "Email: jane@example.com (typed by the visitor, not verified)",
    "Page: https://shop.example/p/1",
    "Order: #1042",
    "Where is <b>my</b> invoice?",
    "2026-11-22 09:59",
    "Ich frage — einen Kollegen ☂",
    "https://app.example/conversations/c-42",
  ]) {
    expect(mail.text).toContain(line);
  }
  expect(mail.html).toContain("Where is &lt;b&gt;my&lt;/b&gt; invoice?");
  expect(mail.html).toContain('href="https://app.example/conversations/c-42"');
  expect(mail.html).toContain("Ich frage — einen Kollegen ☂");
});

test("the email is readable, whatever a shopper wrote", async ({ page, api, mailbox, merchant }, info) => {
  const team = `team@${merchant}.test`;
  await api.notify(team);
  const evil = '<img src=x onerror="document.title=1"><script>document.title=2</script>';
  const id = await api.handOver({
    summary: `Hi\r\nBcc: all@example.com ${evil}`,
    url: "javascript:alert(1)",
    shopper: { name: evil, email: "none at all" },
    messages: [{ id: "1", author: "shopper", text: `${evil}\n</div></body>\u202egnp.live` }],
  });
  await api.until(id, "delivered", "email");
  const { mail } = mailbox.of(team)[0] as NonNullable<ReturnType<typeof mailbox.of>[0]>;
  expect(mail.subject).toContain("Hi Bcc: all@example.com");
  expect(mail.bcc).toBeUndefined();
  expect(mail.replyTo).toBeUndefined();
  // The email's own page: no policy, no server, only the email's content.
  const reader = await page.context().newPage();
  const fetched: string[] = [];
  reader.on("request", (request) => fetched.push(request.url()));
  await reader.setContent(mail.html as string);
  await reader.screenshot({ path: join(info.project.outputDir, "states", "mail-light.png"), fullPage: true });
  await expect(reader.locator("img, script")).toHaveCount(0);
  expect(await reader.title()).toBe("");
  expect(fetched).toEqual([]);
  await expect(reader.getByRole("link")).toHaveText(["Change it under Settings → Notifications"]);
  await expect(reader.locator("body")).toContainText("none at all (typed by the visitor, not verified; not a valid address)");
});

test("without an address no email is sent; a cleared address stays empty", async ({ page, api, mailbox, merchant }) => {
  const team = `team@${merchant}.test`;
  await api.notify(team);
  await page.goto(NOTIFICATIONS);
  await page.getByRole("button", { name: "Stop emailing the team" }).click();
  await expect(toasts(page)).toHaveText("Your team no longer gets emails.");
  await expect(page.getByLabel("Team email")).toHaveValue("");
  await expect(page.getByLabel("Team email")).toBeFocused();
  await expect(page.getByRole("button", { name: "Stop emailing the team" })).toHaveCount(0);
  const id = await api.handOver({ summary: "For nobody" });
  expect((await api.handover(id)).deliveries).toEqual([]);
  await page.goto(INTEGRATIONS);
  await expect(handoverOf(page, "For nobody").locator(".badge")).toHaveText("Nobody was told");
  expect(mailbox.of(team)).toEqual([]);
});

test("with a helpdesk and an address, there are a ticket and an email", async ({ page, api, account, mailbox, merchant }) => {
  const team = `team@${merchant}.test`;
  await api.connect(account.credentials);
  await api.notify(team);
  const id = await api.handOverUntil("delivered", { summary: "For both" });
  await api.until(id, "delivered", "email");
  expect(await account.tickets(id)).toHaveLength(1);
  expect(mailbox.of(team)).toHaveLength(1);
  await page.goto(INTEGRATIONS);
  await expect(handoverOf(page, "For both").locator(".badge")).toHaveText(["Ticket created", "Team emailed"]);
});

test("an email waits until the mail server is up again", async ({ page, api, mailbox, merchant }) => {
  const team = `team@${merchant}.test`;
  await api.notify(team);
  await mailbox.pause();
  const id = await api.handOver({ summary: "While it was down" });
  try {
    await api.until(id, "waiting", "email");
    await page.goto(INTEGRATIONS);
    await expect(handoverOf(page, "While it was down").locator(".badge")).toHaveText(
      /^Emailing the team again at \d\d:\d\d$/,
    );
    await expect(handoverOf(page, "While it was down")).toContainText("The mail server did not accept the email.");
  } finally {
    await mailbox.resume();
  }
  await handoverOf(page, "While it was down").getByRole("button", { name: "Retry" }).click();
  await expect(handoverOf(page, "While it was down").locator(".badge")).toHaveText("Team emailed");
  expect(mailbox.of(team)).toHaveLength(1);
});

test("the mail server rejects the address, temporarily and permanently", async ({ page, api, merchant }) => {
  await api.notify(`${BUSY}@${merchant}.test`);
  await api.until(await api.handOver({ summary: "For now" }), "waiting", "email");
  await api.notify(`${REFUSED}@${merchant}.test`);
  await api.until(await api.handOver({ summary: "For good" }), "failed", "email");
  await page.goto(INTEGRATIONS);
  await expect(handoverOf(page, "For now").locator(".badge")).toHaveText(/^Emailing the team again at/);
  const forGood = handoverOf(page, "For good");
  await expect(forGood.locator(".badge")).toHaveText("Email not delivered");
  await expect(forGood).toContainText("Check the team's address under Settings → Notifications.");
  // The reason contains no address, because it also appears in the log.
  await expect(forGood).not.toContainText(`${REFUSED}@`);
  await expect(forGood.getByRole("button", { name: "Retry" })).toBeVisible();
});

test("the team is told once that Gorgias stopped working, and what a disconnect cancelled", async ({
  api,
  account,
  mailbox,
  merchant,
  convi,
}) => {
  const team = `team@${merchant}.test`;
  await api.connect(account.credentials);
  await account.revokeKey();
  await api.notify(team);
  await api.handOverUntil("held", { summary: "First", url: "https://app.example/c-1" });
  await api.handOverUntil("held", { summary: "Second" });
  const notices = () =>
    mailbox.of(team).map(({ mail }) => mail).filter(({ subject }) => !subject?.startsWith("Handover:"));
  await expect.poll(() => notices().length).toBe(1);
  expect(notices()[0]?.subject).toBe("Gorgias needs attention: handovers are held");
  expect(notices()[0]?.text).toContain("Gorgias no longer accepts the saved credentials.");
  expect(notices()[0]?.text).toContain(`${convi.url}/settings/integrations`);

  await api.disconnect();
  await expect.poll(() => notices().length).toBe(2);
  expect(notices()[1]?.subject).toBe("Gorgias was disconnected: 2 handovers cancelled");
  expect(notices()[1]?.text).toContain("Olive Owner disconnected Gorgias.");
  for (const line of ["First", "https://app.example/c-1", "Second"]) {
    expect(notices()[1]?.text).toContain(line);
  }
});

test("a failed ticket does not delay the email", async ({ api, account, mailbox, merchant }) => {
  const team = `team@${merchant}.test`;
  await api.connect(account.credentials);
  await api.notify(team);
  await account.fault({ kind: "status", status: 413, ...onCreate });
  const id = await api.handOverUntil("failed");
  await api.until(id, "delivered", "email");
  expect(mailbox.of(team)).toHaveLength(1);
});
