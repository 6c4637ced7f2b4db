// Settings → Integrations → All handovers.

import { onCreate } from "../support/gorgias.ts";
import { allOf, HANDOVERS } from "../support/screen.ts";
import { EVERYWHERE, type State, type World } from "./state.ts";

/** Tickets, an email only, a failed one, an unsure one and a held one. */
async function aWeek({ api, account, merchant }: World): Promise<void> {
  await api.notify(`team@${merchant}.test`);
  await api.handOver({ summary: "Do you ship to Norway?", shopper: { name: "Amir Haddad", email: "amir@example.com" } });
  await api.connect(account.credentials);
  for (const summary of ["Where is my invoice?", "May I change my order?", "Is the mug dishwasher safe?"]) {
    await api.handOverUntil("delivered", { summary });
  }
  await account.fault({ kind: "status", status: 413, ...onCreate, times: 1 });
  await api.handOverUntil("failed", { summary: "A very long story" });
  await account.revokeKey();
  await api.handOverUntil("held", { summary: "I want my money back" });
}

export const handovers: State[] = [
  {
    name: "handovers, none",
    also: EVERYWHERE,
    async reach({ page }) {
      await page.goto(HANDOVERS);
      await page.getByText("No handovers yet").waitFor();
    },
  },
  {
    name: "handovers, of every kind, with the attempts of one",
    also: [...EVERYWHERE, "contrast"],
    async reach(world) {
      await aWeek(world);
      await world.page.goto(HANDOVERS);
      const row = allOf(world.page, "A very long story");
      await row.locator("summary").click();
      await world.page.getByText("The last 30 days").click();
      await world.page.getByText("Show charts as a table").click();
      await row.getByText("Asked Gorgias to create the ticket").waitFor();
    },
  },
  {
    name: "handovers, filtered by Not delivered",
    also: ["dark", "narrow"],
    async reach(world) {
      await aWeek(world);
      await world.page.goto(`${HANDOVERS}?progress=needs_you&search=jane`);
      await allOf(world.page, "A very long story").waitFor();
    },
  },
  {
    name: "handovers, no matches and an invalid date",
    also: EVERYWHERE,
    async reach({ page, api }) {
      await api.handOver();
      await page.goto(`${HANDOVERS}?search=a%20zebra%20in%20the%20kitchen&from=2026-01-01`);
      await page.getByText("No matching handovers").waitFor();
      await page.getByLabel("To").fill("2025-01-01");
      await page.getByLabel("To").blur();
      await page.getByText("Please check what you entered.").waitFor();
    },
  },
  {
    name: "handovers, as a member",
    also: ["narrow"],
    role: "member",
    async reach(world) {
      await aWeek(world);
      await world.page.goto(HANDOVERS);
      await world.page.getByText("Only owners and admins can change it.").waitFor();
    },
  },
];
