// A small dashboard like those of Convi's customers, with its own origin, policy and router. The address configures it
// for a test: ?mode=inline&theme=dark&count=2&token=none.

const main = document.querySelector("main");
const asked = new URLSearchParams(location.search);
document.documentElement.dataset.theme = asked.get("theme") ?? "light";

/** The events that the page has received, for tests. */
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
    // Visible until the element's script has loaded.
    element.textContent = "The integrations cannot be shown right now.";
    for (const name of ["mode", "theme", "locale"]) {
      if (asked.has(name)) element.setAttribute(name, asked.get(name));
    }
    main.append(element);
    if (asked.get("token") === "never") continue;
    // Set after the element is on the page, although before works too.
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
