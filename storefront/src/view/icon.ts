const ICONS = {
  chat: "M21 11.5a8.4 8.4 0 0 1-8.5 8.3 8.7 8.7 0 0 1-3.7-.8L3.5 20.5l1.6-4.7A8.1 8.1 0 0 1 4 11.5a8.4 8.4 0 0 1 8.5-8.3 8.4 8.4 0 0 1 8.5 8.3ZM8.5 11.5h.01M12.5 11.5h.01M16.5 11.5h.01",
  close: "M6 6l12 12M18 6 6 18",
  send: "M12 19V5M5.5 11.5 12 5l6.5 6.5",
  person: "M12 11.5a4 4 0 1 0 0-8 4 4 0 0 0 0 8ZM4.5 20.5c.6-3.7 3.7-6 7.5-6s6.9 2.3 7.5 6",
  info: "M12 21a9 9 0 1 0 0-18 9 9 0 0 0 0 18ZM12 11v5M12 8h.01",
};

export function icon(name: keyof typeof ICONS, size = 22): SVGSVGElement {
  const space = "http://www.w3.org/2000/svg";
  const svg = document.createElementNS(space, "svg");
  const path = svg.appendChild(document.createElementNS(space, "path"));
  path.setAttribute("d", ICONS[name]);
  Object.entries({ viewBox: "0 0 24 24", width: size, height: size, "aria-hidden": "true" }).forEach(
    ([attribute, value]) => svg.setAttribute(attribute, String(value)),
  );
  return svg;
}
