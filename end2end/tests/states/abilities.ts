// Train → Abilities.

import type { Page } from "@playwright/test";

import { ABILITIES, ability, openAbility, toasts } from "../support/screen.ts";
import { Shopper } from "../support/shopper.ts";
import { EVERYWHERE, type Look, type State } from "./state.ts";

const FAQS = [
  { question: "How long does delivery take?", answer: "Two to four working days." },
  {
    question: "Can I send something back?",
    answer:
      "Yes, within thirty days.\n\nWrite to us first, and we send you a label. What was worn or washed we cannot take back.",
  },
  { question: "Is the stoneware dishwasher safe?", answer: "Yes." },
];

/** Tries a sentence and waits for the verdict. */
async function tryOut(page: Page, sentence: string, verdict: string): Promise<void> {
  await page.goto(ABILITIES);
  await page.getByLabel("Try a sentence").fill(sentence);
  await page.getByRole("button", { name: "Try", exact: true }).click();
  await page.getByText(verdict).waitFor();
}

/** The dialog of Email capture at each level. */
function asking(level: "low" | "medium" | "high", also: Look[]): State {
  return {
    name: `abilities, configure Email capture, sensitivity ${level}`,
    also,
    async reach({ page, api }) {
      await api.setEmailCapture({ sensitivity: level });
      await openAbility(page, "Email capture");
    },
  };
}

export const abilities: State[] = [
  {
    name: "abilities, active",
    also: EVERYWHERE,
    async reach({ page }) {
      await page.goto(ABILITIES);
      await ability(page, "Handover to human").getByText("Active", { exact: true }).waitFor();
      await ability(page, "Email capture").getByText("Active", { exact: true }).waitFor();
    },
  },
  {
    name: "abilities, inactive",
    also: EVERYWHERE,
    async reach({ page, api }) {
      await api.setHandover({ active: false });
      await api.setEmailCapture({ active: false });
      await page.goto(ABILITIES);
      await ability(page, "Handover to human").getByText("Inactive", { exact: true }).waitFor();
      await ability(page, "Email capture").getByText("Inactive", { exact: true }).waitFor();
    },
  },
  {
    name: "abilities, used, with topics and questions",
    also: EVERYWHERE,
    async reach({ page, convi, merchant, api }) {
      await api.setHandover({ topics: ["billing", "broken in transit"], no_answer: true });
      await api.setFaqs(FAQS);
      await Shopper.writes(convi, merchant, "I am jane@example.com. I need to talk to a human.");
      await Shopper.writes(convi, merchant, "Can I talk to a person about billing?");
      await page.goto(ABILITIES);
      await page.getByText("Handed over 2 conversations").waitFor();
      await page.getByText("2 topics").waitFor();
    },
  },
  {
    name: "abilities, as a member",
    also: EVERYWHERE,
    role: "member",
    async reach({ page, api }) {
      await api.setFaqs(FAQS.slice(0, 1));
      await page.goto(ABILITIES);
      await page.getByText("You can view everything here.").waitFor();
    },
  },
  {
    name: "abilities, switched off, with a toast",
    also: ["narrow"],
    async reach({ page }) {
      await page.goto(ABILITIES);
      await ability(page, "Handover to human").getByRole("switch").click();
      await toasts(page).getByRole("button", { name: "Dismiss" }).focus();
    },
  },

  {
    name: "abilities, configure Handover to human",
    also: EVERYWHERE,
    async reach({ page }) {
      await openAbility(page, "Handover to human");
    },
  },
  {
    name: "abilities, configure Handover to human, with topics",
    also: ["narrow"],
    async reach({ page, api }) {
      await api.setHandover({ topics: Array.from({ length: 12 }, (_, n) => `topic ${n + 1}: broken in transit`) });
      await openAbility(page, "Handover to human");
    },
  },
  {
    name: "abilities, configure Handover to human, a topic is too long",
    also: EVERYWHERE,
    async reach({ page }) {
      const dialog = await openAbility(page, "Handover to human");
      await dialog.getByRole("textbox", { name: "Topics" }).fill(`billing\n${"long ".repeat(20)}`);
      await dialog.getByRole("button", { name: "Save" }).click();
      await dialog.getByText("A topic can have at most 60 characters.").waitFor();
    },
  },
  asking("low", []),
  asking("medium", EVERYWHERE),
  asking("high", []),
  {
    name: "abilities, configure Email capture, an invalid address",
    also: EVERYWHERE,
    async reach({ page }) {
      const dialog = await openAbility(page, "Email capture");
      await dialog.getByLabel("Your own addresses").fill("mystore.com\nnot an address");
      await dialog.getByRole("button", { name: "Save" }).click();
      await dialog.getByText("is not an email address or a domain").waitFor();
    },
  },

  {
    name: "abilities, a sentence is handed over",
    also: EVERYWHERE,
    async reach({ page }) {
      await tryOut(page, "I need to talk to a human about a billing issue.", "Handed over: the shopper asks for a person.");
    },
  },
  {
    name: "abilities, a sentence is answered",
    also: EVERYWHERE,
    async reach({ page, api }) {
      await api.setFaqs(FAQS);
      await tryOut(page, "How long does delivery take?", "Not handed over: the assistant answers.");
    },
  },
  {
    name: "abilities, a sentence has no answer",
    async reach({ page }) {
      await tryOut(page, "Is the moon made of cheese?", "Not handed over: the assistant says that it has no answer.");
    },
  },
  {
    name: "abilities, no sentence to try",
    also: ["narrow"],
    async reach({ page }) {
      await page.goto(ABILITIES);
      await page.getByRole("button", { name: "Try", exact: true }).click();
      await page.getByText("Enter a sentence first.").waitFor();
    },
  },

  {
    name: "abilities, editing questions, one without an answer",
    also: EVERYWHERE,
    async reach({ page, api }) {
      await api.setFaqs(FAQS);
      await page.goto(ABILITIES);
      await page.getByRole("button", { name: "Add a question" }).click();
      const last = page.getByRole("listitem").filter({ has: page.getByRole("textbox", { name: "Question" }) }).last();
      await last.getByRole("textbox", { name: "Question" }).fill("Do you engrave?");
      await page.getByRole("button", { name: "Save questions" }).click();
      await page.getByText("Enter the answer to this question.").waitFor();
    },
  },
];
