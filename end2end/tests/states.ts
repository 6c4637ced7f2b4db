// Every state of the screen, and how to reach it. `states.spec.ts` checks each of them. This file has the settings
// pages; the other pages have a file each in `states/`.

import { abilities } from "./states/abilities.ts";
import { components } from "./states/components.ts";
import { conversation } from "./states/conversation.ts";
import { conversations } from "./states/conversations.ts";
import { handovers } from "./states/handovers.ts";
import { readiness } from "./states/readiness.ts";
import { shop } from "./states/shop.ts";
import { EVERYWHERE, type Look, type State, type World } from "./states/state.ts";
import { onCreate } from "./support/gorgias.ts";
import { BUSY, REFUSED } from "./support/mailbox.ts";
import {
  badge,
  handoverOf,
  INTEGRATIONS,
  NOTIFICATIONS,
  openDialog,
  openQuestion,
  recent,
  row,
  toasts,
} from "./support/screen.ts";

/** A state of the connect dialog: filled in correctly, then broken by `spoil`, then tested. */
function tested(
  name: string,
  spoil: (world: World) => Promise<void>,
  told: string | RegExp,
  also?: Look[],
): State {
  return {
    name: `connect dialog, ${name}`,
    ...(also ? { also } : {}),
    async reach(world) {
      await spoil(world);
      const dialog = await openDialog(world.page);
      await dialog.fill(world.account.credentials);
      await dialog.test();
      await dialog.told.getByText(told).waitFor();
    },
  };
}

/** A fault of the account's first request. */
const onTest = { method: "GET", path: "/api/account" } as const;

/** Text that must stay in its place: long, unbreakable, right-to-left, or resembling markup. */
const HOSTILE = {
  summary: `<script>alert("summary")</script> \u202eever so long ${"and on ".repeat(14)}`,
  shopper: {
    name: `</textarea><img src=x onerror=alert(1)> ${"Wolfeschlegelsteinhausenbergerdorff".repeat(4)}`,
    email: `${"a".repeat(60)}@${"b".repeat(60)}.example.com`,
  },
};

const settings: State[] = [
  // Settings → Integrations, before anything is connected.
  {
    name: "integrations, not connected, no handovers",
    also: EVERYWHERE,
    async reach({ page }) {
      await page.goto(INTEGRATIONS);
      await badge(page, "Not connected").waitFor();
      await recent(page).getByText("No handovers yet").waitFor();
    },
  },

  // The connect dialog.
  {
    name: "connect dialog, empty",
    also: EVERYWHERE,
    async reach({ page }) {
      await openDialog(page);
    },
  },
  {
    name: "connect dialog, errors at the fields",
    also: EVERYWHERE,
    async reach({ page }) {
      const dialog = await openDialog(page);
      await dialog.fill({ subdomain: "a.b", username: "jane" });
      await dialog.test();
      await dialog.all.getByText("Enter the API key.").waitFor();
    },
  },
  {
    name: "connect dialog, a choice of credentials",
    also: EVERYWHERE,
    async reach({ page }) {
      await page.goto(INTEGRATIONS);
      const zendesk = page.getByRole("region", { name: "Zendesk", exact: true });
      await zendesk.getByRole("button", { name: "Connect", exact: true }).click();
      await page.locator(".choice label", { hasText: "API token" }).click();
    },
  },
  {
    name: "connect dialog, key shown",
    async reach({ page, account }) {
      const dialog = await openDialog(page);
      await dialog.fill(account.credentials);
      await dialog.button("Show API key").click();
      await dialog.button("Hide API key").waitFor();
    },
  },
  {
    name: "connect dialog, busy",
    also: ["dark"],
    async reach({ page, account }) {
      await account.fault({ kind: "hang", ...onTest });
      const dialog = await openDialog(page);
      await dialog.fill(account.credentials);
      await dialog.test();
      await dialog.all.locator("[aria-busy=true]").waitFor();
    },
  },
  tested("unknown subdomain", ({ account }) => account.remove(), /There is no Gorgias account/, EVERYWHERE),
  tested("wrong email or key", ({ account }) => account.revokeKey(), /rejected this email address and API key/),
  tested("a role that cannot make tickets", ({ account }) => account.setRole("observer-agent"), /belongs to an Observer/),
  tested(
    "quota used up",
    ({ account }) => account.fault({ kind: "status", status: 403, message: "Messaging quota exceeded.", ...onTest }),
    /quota is used up/,
  ),
  tested("rate limited", ({ account }) => account.fault({ kind: "status", status: 429, ...onTest }), /is limiting requests/),
  tested("no answer", ({ account }) => account.fault({ kind: "drop_before_commit", ...onTest }), /could not be reached/),
  tested("not a Gorgias", ({ account }) => account.fault({ kind: "garbage_body", ...onTest }), /does not look like Gorgias/),
  tested("passed", async () => {}, "Connection successful!", EVERYWHERE),
  tested("passed with a warning", ({ account }) => account.mergeTickets(5), /Auto-merge is on/, EVERYWHERE),
  {
    name: "connect dialog, offline",
    async reach({ page, account }) {
      const dialog = await openDialog(page);
      await dialog.fill(account.credentials);
      await page.context().setOffline(true);
      await dialog.test();
      await dialog.told.getByText("No connection.").waitFor();
    },
  },

  // Connected.
  {
    name: "integrations, connected",
    also: EVERYWHERE,
    async reach({ page, api, account }) {
      await api.connect(account.credentials);
      await page.goto(INTEGRATIONS);
      await badge(page, "Connected").waitFor();
      await row(page).getByText("History of changes").click();
      await row(page).getByText("Connected by").waitFor();
    },
  },
  {
    name: "integrations, saved with a toast and a warning",
    also: EVERYWHERE,
    async reach({ page, account }) {
      await account.mergeTickets(5);
      const dialog = await openDialog(page);
      await dialog.fill(account.credentials);
      await dialog.save();
      // Focused, so that the message stays for all looks.
      await toasts(page).getByRole("button", { name: "Dismiss" }).focus();
      await row(page).getByText("Auto-merge is on").waitFor();
    },
  },
  {
    name: "configure dialog, key kept",
    also: EVERYWHERE,
    async reach({ page, api, account }) {
      await api.connect(account.credentials);
      await openDialog(page, "Configure");
    },
  },
  {
    name: "configure dialog, the key is required again",
    async reach({ page, api, account }) {
      await api.connect(account.credentials);
      const dialog = await openDialog(page, "Configure");
      await dialog.fill({ subdomain: "another-store" });
      await dialog.save();
      await dialog.all.getByText("Enter the API key again").waitFor();
    },
  },

  // Needs attention.
  {
    name: "integrations, needs attention, with held handovers",
    also: EVERYWHERE,
    async reach({ page, api, account }) {
      await api.connect(account.credentials);
      await account.revokeKey();
      await api.handOverUntil("held");
      await api.handOverUntil("held", { summary: "A second question" });
      await page.goto(INTEGRATIONS);
      await row(page).getByText("2 handovers are held.").waitFor();
    },
  },
  {
    name: "integrations, connected, with a backlog",
    also: EVERYWHERE,
    async reach({ page, api, account }) {
      await api.connect(account.credentials);
      // An account creates tickets one after the other, so all others wait behind one that hangs.
      await account.fault({ kind: "hang", ...onCreate });
      await Promise.all(Array.from({ length: 12 }, () => api.handOver()));
      await page.goto(INTEGRATIONS);
      await row(page).getByText("handovers are waiting their turn").waitFor();
    },
  },
  {
    name: "integrations, saved while Gorgias did not respond",
    async reach({ page, api, account }) {
      await account.fault({ kind: "drop_before_commit" });
      await api.connect(account.credentials);
      await page.goto(INTEGRATIONS);
      await badge(page, "Needs attention").waitFor();
    },
  },

  // Disconnecting.
  {
    name: "disconnect dialog, no handovers waiting",
    also: EVERYWHERE,
    async reach({ page, api, account }) {
      await api.connect(account.credentials);
      await openQuestion(page);
    },
  },
  {
    name: "disconnect dialog, handovers waiting",
    async reach({ page, api, account }) {
      await api.connect(account.credentials);
      await account.revokeKey();
      await api.handOverUntil("held");
      await api.handOverUntil("held");
      const question = await openQuestion(page);
      await question.getByText("2 handovers are waiting").waitFor();
    },
  },
  {
    name: "integrations, disconnected, with a toast",
    async reach({ page, api, account }) {
      await api.connect(account.credentials);
      const question = await openQuestion(page);
      await question.getByRole("button", { name: "Disconnect" }).click();
      await toasts(page).getByRole("button", { name: "Dismiss" }).focus();
    },
  },

  // The state of handovers.
  {
    name: "recent handovers, delivered, failed, unsure, sending, queued",
    also: EVERYWHERE,
    async reach({ page, api, account }) {
      await api.connect(account.credentials);
      await api.notify(`team@${account.credentials.subdomain}.test`);
      await account.fault({ kind: "drop_after_commit", ...onCreate, times: 1 });
      await api.handOverUntil("unsure", { summary: "Is my parcel lost?" });
      await account.fault({ kind: "status", status: 413, ...onCreate, times: 1 });
      await api.handOverUntil("failed", { summary: "A very long story" });
      await api.handOverUntil("delivered", { summary: "Where is my invoice?" });
      await account.fault({ kind: "hang", ...onCreate, times: 1 });
      await api.handOverUntil("sending", { summary: "May I change my order?" });
      await api.handOverUntil("queued", { summary: "What is the size of the mug?" });
      await page.goto(INTEGRATIONS);
      await handoverOf(page, "Is my parcel lost?").getByText("Checking whether the ticket arrived").waitFor();
      await handoverOf(page, "A very long story").getByRole("button", { name: "Retry" }).waitFor();
      await handoverOf(page, "Where is my invoice?").getByRole("link", { name: "Ticket #" }).waitFor();
      await handoverOf(page, "May I change my order?").getByText("Sending").waitFor();
      await handoverOf(page, "What is the size of the mug?").getByText("On its way", { exact: true }).waitFor();
    },
  },
  {
    name: "recent handovers, waiting for the account's budget",
    also: EVERYWHERE,
    async reach({ page, api, account }) {
      await api.connect(account.credentials);
      await account.fault({ kind: "status", status: 429, ...onCreate, times: 1 });
      await api.handOverUntil("waiting", { summary: "Do you ship to Norway?" });
      await page.goto(INTEGRATIONS);
      await handoverOf(page, "Do you ship to Norway?").getByText("Trying again at").waitFor();
    },
  },
  {
    name: "recent handovers, answer needed, cancelled",
    also: EVERYWHERE,
    async reach({ page, api, account }) {
      await api.connect(account.credentials);
      await account.fault({ kind: "drop_after_commit", ...onCreate, times: 1 });
      await api.handOverUntil("unsure", { summary: "Is my parcel lost?" });
      await account.revokeKey();
      await api.handOverUntil("held", { summary: "Do you ship to Norway?" });
      await api.disconnect();
      await page.goto(INTEGRATIONS);
      await recent(page).getByRole("button", { name: "It is there" }).waitFor();
      await recent(page).getByText("Cancelled: Gorgias was disconnected").waitFor();
    },
  },
  {
    name: "recent handovers, nobody was told",
    also: ["narrow"],
    async reach({ page, api }) {
      await api.handOver();
      await page.goto(INTEGRATIONS);
      await recent(page).getByText("Nobody was told").waitFor();
    },
  },
  {
    name: "recent handovers, email sent, rejected, retried",
    async reach({ page, api, merchant }) {
      for (const [who, state] of [
        ["team", "delivered"],
        [REFUSED, "failed"],
        [BUSY, "waiting"],
      ] as const) {
        await api.notify(`${who}@${merchant}.test`);
        await api.until(await api.handOver({ summary: `For the ${who}` }), state, "email");
      }
      await page.goto(INTEGRATIONS);
      await recent(page).getByText("Team emailed").waitFor();
      await recent(page).getByText("Email not delivered").waitFor();
      await recent(page).getByText("Emailing the team again at").waitFor();
    },
  },
  {
    name: "integrations, undelivered handovers are offered",
    also: ["narrow"],
    async reach({ page, api, account }) {
      await api.handOver();
      await api.handOver();
      await api.connect(account.credentials);
      await page.goto(INTEGRATIONS);
      await row(page).getByRole("button", { name: "Send 2 undelivered handovers" }).waitFor();
    },
  },
  {
    name: "recent handovers, long and hostile texts",
    also: EVERYWHERE,
    async reach({ page, api }) {
      await api.handOver(HOSTILE, { kind: "manual", by: { name: HOSTILE.shopper.name } });
      await api.handOver({ ...HOSTILE, shopper: {}, summary: "\u05e9\u05dc\u05d5\u05dd ".repeat(20) });
      await page.goto(INTEGRATIONS);
      await recent(page).getByText('<script>alert("summary")</script>').waitFor();
    },
  },
  {
    name: "integrations, offline",
    async reach({ page, api }) {
      await api.handOver();
      await page.goto(INTEGRATIONS);
      await page.context().setOffline(true);
      await recent(page).getByText("You are offline.").waitFor();
    },
  },

  // A member, who can only view.
  {
    name: "integrations, as a member",
    also: EVERYWHERE,
    role: "member",
    async reach({ page, api, account }) {
      await api.connect(account.credentials);
      await account.fault({ kind: "status", status: 413, ...onCreate, times: 1 });
      await api.handOverUntil("failed");
      await page.goto(INTEGRATIONS);
      await page.getByText("Only owners and admins can change it.").waitFor();
    },
  },
  {
    name: "notifications, as a member",
    role: "member",
    async reach({ page }) {
      await page.goto(NOTIFICATIONS);
      await page.getByText("Only owners and admins can change this.").waitFor();
    },
  },

  // Settings → Notifications.
  {
    name: "notifications, empty",
    also: EVERYWHERE,
    async reach({ page }) {
      await page.goto(NOTIFICATIONS);
      await page.getByLabel("Team email").waitFor();
    },
  },
  {
    name: "notifications, saved",
    async reach({ page, merchant }) {
      await page.goto(NOTIFICATIONS);
      await page.getByLabel("Team email").fill(`team@${merchant}.test`);
      await page.getByRole("button", { name: "Save" }).click();
      await toasts(page).getByRole("button", { name: "Dismiss" }).focus();
      await page.getByRole("button", { name: "Stop emailing the team" }).waitFor();
    },
  },
  {
    name: "notifications, error at the field",
    also: ["dark"],
    async reach({ page }) {
      await page.goto(NOTIFICATIONS);
      await page.getByLabel("Team email").fill("team");
      await page.getByRole("button", { name: "Save" }).click();
      await page.getByText("Enter a complete email address").waitFor();
    },
  },

  // Other pages.
  {
    name: "sign-in",
    also: EVERYWHERE,
    role: null,
    async reach({ page }) {
      await page.goto("/sign-in");
      await page.getByLabel("Dashboard token").waitFor();
    },
  },
  {
    name: "sign-in, rejected",
    also: ["dark"],
    role: null,
    async reach({ page }) {
      await page.goto("/sign-in");
      await page.getByLabel("Dashboard token").fill("no token at all");
      await page.getByRole("button", { name: "Sign in" }).click();
      await page.getByText("This is not a valid dashboard token.").waitFor();
    },
  },
  {
    name: "page not found",
    also: EVERYWHERE,
    async reach({ page }) {
      await page.goto("/settings/nothing");
      await page.getByRole("heading", { name: "Page not found" }).waitFor();
    },
  },
];

export const states: State[] = [
  ...settings,
  ...handovers,
  ...readiness,
  ...conversations,
  ...conversation,
  ...abilities,
  ...shop,
  ...components,
];
