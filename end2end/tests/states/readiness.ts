// Settings → Integrations: the checklist, and the note when nothing is handed over automatically.

import { badge, INTEGRATIONS, recent } from "../support/screen.ts";
import { EVERYWHERE, type State } from "./state.ts";

const LIST = "Ready for handovers";

export const readiness: State[] = [
  {
    name: "checklist, everything is missing",
    also: EVERYWHERE,
    async reach({ page, account, api }) {
      // Every line that can appear: of two that exclude each other, the longer one.
      await account.mergeTickets(5);
      await api.connect(account.credentials);
      await account.revokeKey();
      await api.handOverUntil("held");
      await api.setHandover({ active: false });
      await api.setEmailCapture({ active: false });
      await page.goto(INTEGRATIONS);
      const list = page.getByRole("region", { name: LIST });
      await list.getByText("Gorgias needs attention").waitFor();
      await list.getByText("Email capture is inactive").waitFor();
      await list.getByText("No team email is set").waitFor();
    },
  },
  {
    name: "checklist, nothing is missing",
    also: ["narrow"],
    async reach({ page, merchant, account, api }) {
      await api.connect(account.credentials);
      await api.notify(`team@${merchant}.test`);
      await page.goto(INTEGRATIONS);
      await badge(page, "Connected").waitFor();
      await page.getByRole("region", { name: LIST }).waitFor({ state: "detached" });
    },
  },
  {
    name: "recent handovers, Handover to human is inactive",
    also: EVERYWHERE,
    async reach({ page, account, api }) {
      await api.connect(account.credentials);
      await api.handOverUntil("delivered");
      await api.setHandover({ active: false });
      await page.goto(INTEGRATIONS);
      await recent(page).getByText("Handover to human is inactive").waitFor();
    },
  },
];
