// The demo shop: a cart that survives a reload, and the context that the chat gets.

const KEY = "kiln-and-thread:cart";
const euros = new Intl.NumberFormat("en", { style: "currency", currency: "EUR" });

/** @typedef {{title: string, price: string, quantity: number}} Line */

/** @type {Line[]} */
let cart = [];
try {
  cart = JSON.parse(localStorage.getItem(KEY) ?? "[]");
} catch {
  // Storage is blocked, or its content was tampered with: start with an empty cart.
}

/** @param {string} selector */
const find = (selector) => /** @type {HTMLElement} */ (document.querySelector(selector));

function draw() {
  const list = find(".cart ul");
  list.replaceChildren(
    ...cart.map((line) => {
      const row = document.createElement("li");
      const name = document.createElement("span");
      name.textContent = `${line.quantity} × ${line.title}`;
      const price = document.createElement("span");
      price.textContent = euros.format(Number(line.price) * line.quantity);
      const remove = document.createElement("button");
      remove.type = "button";
      remove.textContent = "Remove";
      remove.setAttribute("aria-label", `Remove ${line.title}`);
      remove.addEventListener("click", () => {
        keep(cart.filter((other) => other !== line));
        find(".cart").focus();
      });
      row.append(name, price, remove);
      return row;
    }),
  );
  const total = cart.reduce((sum, line) => sum + Number(line.price) * line.quantity, 0);
  find(".cart .empty").hidden = cart.length > 0;
  find(".cart .total").hidden = cart.length === 0;
  find(".cart .total strong").textContent = euros.format(total);
  find("#count").textContent = String(cart.reduce((sum, line) => sum + line.quantity, 0));
}

/** @param {Line[]} next */
function keep(next) {
  cart = next;
  try {
    localStorage.setItem(KEY, JSON.stringify(cart));
  } catch {
    // Without storage, the cart lasts as long as the page.
  }
  draw();
}

/**
 * @param {string} title
 * @param {string} price
 */
function add(title, price) {
  const line = cart.find((other) => other.title === title);
  keep(
    line
      ? cart.map((other) => (other === line ? { ...line, quantity: line.quantity + 1 } : other))
      : [...cart, { title, price, quantity: 1 }],
  );
}

for (const product of /** @type {NodeListOf<HTMLElement>} */ (document.querySelectorAll(".shelf li"))) {
  const { title = "", price = "" } = product.dataset;
  const row = document.createElement("div");
  const cost = document.createElement("span");
  cost.textContent = euros.format(Number(price));
  const button = document.createElement("button");
  button.type = "button";
  button.textContent = "Add to cart";
  button.setAttribute("aria-label", `Add to cart: ${title}`);
  button.addEventListener("click", () => add(title, price));
  row.append(cost, button);
  product.append(row);
}

draw();

const chat = document.querySelector("convi-chat");
if (chat) {
  chat.context = () => ({
    order_number: find("#order").textContent ?? "",
    cart: cart.map(({ title, quantity, price }) => ({ title, quantity, price: `${price} EUR` })),
  });
}
