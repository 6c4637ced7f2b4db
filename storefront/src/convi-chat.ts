// <convi-chat>: shoppers write to the shop here, and read the replies. Its protocol is docs/chat-api.md, and
// convi-chat.d.ts says what a shop can set.
//
// The build bundles these modules into one file. `chat/` knows the conversation and no DOM, `view/` shows it.
// Everything that another person wrote is text, never markup. Stylesheets are adopted and attributes are set from
// script, so a shop's policy needs no 'unsafe-inline', only this file's origin in script-src and connect-src.

import { ConviChat } from "./view/element.ts";

// A shop may load the file twice.
if (!customElements.get("convi-chat")) {
  customElements.define("convi-chat", ConviChat);
}
