import type { Words } from "../languages/index.ts";
import { make } from "./dom.ts";
import { icon } from "./icon.ts";

/** The elements that change. */
export type Parts = ReturnType<typeof build>;

/** Creates the button and the panel, without any messages. */
export function build(words: Words, heading: string) {
  const count = make("span", { class: "count", "aria-hidden": "true" });
  const launch = make(
    "button",
    { class: "launch", type: "button", "aria-haspopup": "dialog" },
    icon("chat", 32),
    count,
  );
  const title = make("h2", { id: "title", tabindex: "-1" }, heading || words.title);
  const sub = make("p", { class: "sub" });
  const close = make("button", { type: "button", "aria-label": words.close }, icon("close", 20));
  const head = make("div", { class: "head" }, icon("chat"), make("div", {}, title, sub), close);

  const log = make("div", { class: "log", role: "log", "aria-label": words.log, "aria-live": "polite", tabindex: "0" });
  const below = make("button", { class: "below", type: "button", hidden: "" }, words.below);
  const strip = make("p", { class: "strip", role: "status" });

  const email = make("input", {
    id: "email",
    type: "email",
    autocomplete: "email",
    "aria-describedby": "email-wrong",
  });
  const emailWrong = make("p", { id: "email-wrong", role: "alert" });
  const emailLater = make("button", { class: "plain", type: "button" }, words.later_email);
  // Validated by the server, which explains what is wrong.
  const mail = make(
    "form",
    { class: "mail", novalidate: "", hidden: "" },
    make("label", { for: "email" }, words.email),
    make("div", {}, email, make("button", { type: "submit" }, words.save)),
    emailWrong,
    emailLater,
  );

  const person = make("button", { class: "person", type: "button" }, icon("person", 16), words.person);

  const text = make("textarea", {
    id: "text",
    rows: "1",
    placeholder: words.write,
    enterkeyhint: "send",
    "aria-describedby": "long",
  });
  const long = make("p", { class: "long", id: "long", role: "alert" });
  const box = make(
    "form",
    { class: "box" },
    make("label", { for: "text", class: "hush" }, words.message),
    text,
    make("button", { type: "submit", "aria-label": words.send }, icon("send", 20)),
  );

  const panel = make(
    "section",
    { class: "panel", role: "dialog", "aria-modal": "false", "aria-labelledby": "title", hidden: "" },
    head,
    make("div", { class: "talk" }, log, below),
    strip,
    mail,
    person,
    box,
    long,
  );
  return {
    launch,
    count,
    panel,
    title,
    sub,
    close,
    log,
    below,
    strip,
    mail,
    email,
    emailWrong,
    emailLater,
    person,
    text,
    box,
    long,
  };
}
