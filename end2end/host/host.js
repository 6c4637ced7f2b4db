// A small dashboard as Convi's customers build them: an origin, a policy and a router of its own. What a test wants of
// it stands in the address: ?mode=inline&theme=dark&count=2&token=none.

const main = document.querySelector("main");
const asked = new URLSearchParams(location.search);
document.documentElement.dataset.theme = asked.get("theme") ?? "light";

/** What the page has heard, for tests. */
window.heard = [];
for (const name of ["ready", "connected", "disconnected", "test-result", "error", "resize"]) {
  document.addEventListener(`convi-${name}`, ({ type, detail }) => window.heard.push({ type, detail }));
}

async function getToken() {
  const response = await fetch("/token");
  if (!response.ok) throw new Error("nobody is signed in");
  return response.text();
}

function settings() {
  const heading = document.createElement("h1");
  heading.textContent = "Settings";
  main.replaceChildren(heading);
  for (let number = 0; number < Number(asked.get("count") ?? 1); number += 1) {
    const element = document.createElement("convi-integrations");
    // Seen as long as the element's script has not come.
    element.textContent = "The integrations cannot be shown right now.";
    for (const name of ["mode", "theme", "locale"]) {
      if (asked.has(name)) element.setAttribute(name, asked.get(name));
    }
    main.append(element);
    if (asked.get("token") === "never") continue;
    // After it is on the page: it may be set before or after.
    element.getToken = getToken;
  }
}

function home() {
  const heading = document.createElement("h1");
  heading.textContent = "Home";
  main.replaceChildren(heading);
}

function route() {
  (location.pathname === "/settings" ? settings : home)();
  const footer = document.createElement("footer");
  footer.textContent = "What a jump of the layout would push down.";
  main.append(footer);
}

document.querySelector("nav").addEventListener("click", (event) => {
  if (event.target instanceof HTMLAnchorElement) {
    event.preventDefault();
    history.pushState(null, "", event.target.pathname + location.search);
    route();
  }
});
addEventListener("popstate", route);
route();
