// Train → Abilities: the settings decide what happens in the shop.

import { ABILITIES, ability, openAbility, toasts } from "./support/screen.ts";
import { Shopper } from "./support/shopper.ts";
import { expect, test } from "./support/test.ts";

const HUMAN = "I need to talk to a human about a billing issue.";

test("both abilities start Active; switched off, nothing is handed over until it is on again", async ({ page, convi, merchant, api }) => {
  await page.goto(ABILITIES);
  for (const name of ["Handover to human", "Email capture"] as const) {
    await expect(ability(page, name).locator(".badge")).toHaveText("Active");
    await expect(ability(page, name)).toContainText("Not used yet");
  }
  const card = ability(page, "Handover to human");
  await card.getByRole("switch").click();
  await expect(toasts(page)).toContainText("Handover to human is inactive.");
  await expect(card.locator(".badge")).toHaveText("Inactive");
  expect((await Shopper.writes(convi, merchant, HUMAN).then(() => api.conversation())).state).toBe("asked_for_person");

  await card.getByRole("switch").click();
  await expect(card.locator(".badge")).toHaveText("Active");
  await Shopper.writes(convi, merchant, HUMAN);
  expect((await api.conversation()).state).toBe("handed_over");
  await page.reload();
  await expect(card).toContainText("Handed over 1 conversation");
});

test("each mode can be switched on its own, including the shop's topics", async ({ page, convi, merchant, api }) => {
  const dialog = await openAbility(page, "Handover to human");
  await expect(dialog.getByRole("checkbox")).toHaveCount(4);
  // The whole choice can be clicked, so its text covers the checkbox.
  await dialog.getByText("The shopper asks for a person", { exact: true }).click();
  await expect(dialog.getByRole("checkbox").first()).not.toBeChecked();
  await dialog.getByRole("textbox", { name: "Topics" }).fill("engraving\nwholesale prices");
  await dialog.getByRole("button", { name: "Save" }).click();
  await expect(toasts(page)).toContainText("Handover to human saved.");
  await Shopper.writes(convi, merchant, "Can I talk to a person?");
  expect((await api.conversation()).state).toBe("asked_for_person");
  await Shopper.writes(convi, merchant, "What are your wholesale prices?");
  expect((await api.conversation()).state).toBe("handed_over");
});

test("a shopper who asks for a person and is not handed over is told how else to reach the shop", async ({ page, convi, merchant, api }) => {
  const dialog = await openAbility(page, "Handover to human");
  const contact = dialog.getByRole("textbox", { name: "If no one can be reached" });
  await contact.fill("x".repeat(203));
  await dialog.getByRole("button", { name: "Save" }).click();
  await expect(contact).toHaveAccessibleDescription(/^This is 3 characters too long\./);
  await expect(contact).toBeFocused();
  await contact.fill("Call us on +1 555 0100.");
  await dialog.getByText("The shopper asks for a person", { exact: true }).click();
  await dialog.getByRole("button", { name: "Save" }).click();
  await expect(toasts(page)).toContainText("Handover to human saved.");
  const shopper = await Shopper.writes(convi, merchant);
  const first = (await shopper.says(HUMAN)).messages.map(({ text }) => text);
  expect(first).toContain("I can't connect you to a person here. Call us on +1 555 0100.");
  const second = (await shopper.says("HUMAN NOW!!!")).messages.map(({ text }) => text);
  expect(second).toContain("There is still no one I can connect you to. Call us on +1 555 0100.");
  expect((await api.conversation()).state).toBe("asked_for_person");
  await openAbility(page, "Handover to human");
  await expect(contact).toHaveValue("Call us on +1 555 0100.");
});

test("each Sensitivity level asks for an email when it says", async ({ page, convi, merchant }) => {
  const dialog = await openAbility(page, "Email capture");
  const levels = dialog.getByRole("radiogroup", { name: "Sensitivity" });
  for (const level of ["Low", "Medium", "High"]) {
    await expect(levels.getByRole("radio", { name: level })).toHaveAccessibleDescription(/\w+ \w+ \w+/);
  }
  await levels.getByText("High", { exact: true }).click();
  await dialog.getByRole("button", { name: "Save" }).click();
  await expect(toasts(page)).toContainText("Email capture saved.");
  const eager = await Shopper.writes(convi, merchant);
  expect((await eager.says("Hello")).needs_email).toBe(true);

  await openAbility(page, "Email capture");
  await levels.getByText("Low", { exact: true }).click();
  await dialog.getByRole("button", { name: "Save" }).click();
  await expect(toasts(page)).toContainText("Email capture saved.");
  const calm = await Shopper.writes(convi, merchant);
  expect((await calm.says("Hello")).needs_email).toBe(false);
  expect((await calm.says("Where is my order?")).needs_email).toBe(false);
  expect((await calm.says(HUMAN)).needs_email).toBe(true);
});

test("trying a sentence shows what would happen and why, and changes nothing", async ({ page, api }) => {
  await page.goto(ABILITIES);
  const field = page.getByLabel("Try a sentence");
  const told = page.locator(".trial .told");
  for (const [sentence, verdict] of [
    [HUMAN, "Handed over: the shopper asks for a person."],
    ["Je veux parler à un humain", "Handed over: the shopper asks for a person."],
    ["Is this cream safe for humans?", "Not handed over"],
    ["My agent code is 4417", "Not handed over"],
  ] as const) {
    await field.fill(sentence);
    await page.getByRole("button", { name: "Try", exact: true }).click();
    await expect(told).toContainText(verdict);
  }
  expect(await api.conversations()).toEqual([]);
});

test("the assistant answers with the shop's own answers", async ({ page, convi, merchant }) => {
  await page.goto(ABILITIES);
  await page.getByRole("button", { name: "Add a question" }).click();
  await page.getByRole("textbox", { name: "Question" }).last().fill("How long does delivery take?");
  await page.getByRole("textbox", { name: "Answer" }).last().fill("Two to four working days.");
  await page.getByRole("button", { name: "Save questions" }).click();
  await expect(toasts(page)).toContainText("Questions and answers saved.");
  const shopper = await Shopper.writes(convi, merchant);
  const { messages } = await shopper.says("how long does delivery take");
  expect(messages.at(-1)).toMatchObject({ author: "assistant", text: "Two to four working days." });
});
