import { make } from "./dom.ts";

/** A web address, up to white space, quotation marks, and punctuation or brackets of Chinese and Japanese. */
const ADDRESS = /\bhttps?:\/\/[^\s<>"`“”„«»。、，；：！？（）［］｛｝「」『』【】《》〈〉]+/gi;

const CLOSES: Record<string, string> = { ")": "(", "]": "[", "}": "{" };

/**
 * Returns the address without the punctuation of the sentence around it: a bracket that was opened before it, and what
 * ends the sentence.
 */
function addressIn(found: string): string {
  const open: string[] = [];
  let end = 0;
  for (; end < found.length; end++) {
    const sign = found.charAt(end);
    if (sign in CLOSES) {
      if (open.pop() !== CLOSES[sign]) {
        break;
      }
    } else if ("([{".includes(sign)) {
      open.push(sign);
    }
  }
  return found.slice(0, end).replace(/[.,;:!?'’…*|([{]+$/, "");
}

/** Returns a message as text and links. Only http and https become links. */
export function prose(written: string): Node[] {
  // Normalises all line breaks, including those that a browser does not show.
  const text = written.replace(/\r\n?|[\v\f\x85\u2028\u2029]/g, "\n");
  const nodes: Node[] = [];
  let end = 0;
  ADDRESS.lastIndex = 0;
  for (let found; (found = ADDRESS.exec(text)); ) {
    const shown = addressIn(found[0]);
    // What follows may be an address too: in Markdown, only a bracket separates them.
    ADDRESS.lastIndex = found.index + shown.length;
    let url;
    try {
      url = new URL(shown);
    } catch {
      continue;
    }
    if (url.protocol !== "https:" && url.protocol !== "http:") {
      continue;
    }
    nodes.push(
      document.createTextNode(text.slice(end, found.index)),
      make("a", { href: url.href, target: "_blank", rel: "noopener nofollow" }, shown),
    );
    end = found.index + shown.length;
  }
  nodes.push(document.createTextNode(text.slice(end)));
  return nodes;
}
