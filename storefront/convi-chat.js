// <convi-chat>: a shop's visitors write to it here, and read what comes back. What it speaks with the server stands in
// docs/chat-api.md, what a shop can set in convi-chat.d.ts.
//
// One file without a build step and without dependencies: Chat knows the conversation and no DOM, ConviChat shows it.
// Everything another person wrote is text, never markup. Styles are adopted and attributes are set from script, so a
// shop's policy needs no 'unsafe-inline': only this file's origin in script-src and connect-src.

/**
 * @typedef {"new" | "open" | "handed_over" | "resolved"} State
 * @typedef {{number: number, id: string | null, author: "shopper" | "assistant" | "agent" | "system",
 *   name: string | null, text: string, sent_at: string}} Message
 * @typedef {{state: State, needs_email: boolean, email: string | null, messages: Message[]}} Talk
 *   the conversation as the server tells it
 * @typedef {{id: string, text: string, at: string, page_url?: string, context?: unknown, refused?: string}} Draft
 *   written here and not answered yet
 * @typedef {{until: number, tries: number, why: Why, seconds: number}} Wait
 *   when the next try is due, in milliseconds of the clock, and why not now
 * @typedef {"offline" | "busy" | "unavailable"} Why
 * @typedef {{kind: "done"} | {kind: "same"} | {kind: "stranger"} |
 *   {kind: "refused", detail: string} | {kind: "later", why: Why, seconds: number}} Answer
 */

const MAX_TEXT = 4000;
const MAX_CONTEXT = 16_000;
const POLL_OPEN_MS = 3_000;
const POLL_CLOSED_MS = 30_000;
const REQUEST_MS = 15_000;
const RETRY_FIRST_MS = 1_000;
const RETRY_MOST_MS = 30_000;
const LEASE_MS = 20_000;
/** No wait is longer: a clock that was set back must not silence the chat. */
const WAIT_MOST_MS = 3_600_000;
/** How much is shown before the server has answered; all of it comes from there. */
const REMEMBERED = 100;
/** What the server will say alike next time. Other failures may be a proxy's, and pass. */
const FINAL = [400, 409, 413, 422];

// --- Words ---------------------------------------------------------------------------------------------------------

const EN = {
  title: "Chat with us",
  launch: "Open chat",
  unread: "New messages: {n}",
  close: "Close chat",
  hello: "How can we help?",
  intro: "Write to us here. You can leave this page and come back: the conversation stays.",
  log: "Conversation",
  message: "Your message",
  write: "Write a message…",
  send: "Send",
  you: "You",
  assistant: "Assistant",
  agent: "Support team",
  system: "Notice",
  sending: "Sending…",
  later: "Not sent yet, trying again",
  refused: "Not sent. {why}",
  edit: "Edit",
  offline: "No connection. What you write is kept, and sent once you are back online.",
  unavailable: "The chat does not answer right now. What you write is kept, and sent later.",
  busy: "One moment, please. What you wrote is kept, and goes out within {n} seconds.",
  email: "Your e-mail address",
  save: "Save",
  later_email: "Not now",
  email_missing: "Enter an e-mail address, such as jane@example.com.",
  email_failed: "That did not work. Try again in a moment.",
  handed_over: "With our team",
  resolved: "Resolved",
  below: "New messages",
  long: "Too long: {n} characters, at most {max}.",
};

/** @type {Record<string, typeof EN>} */
const WORDS = {
  en: EN,
  fr: {
    title: "Discutez avec nous",
    launch: "Ouvrir le chat",
    unread: "Nouveaux messages : {n}",
    close: "Fermer le chat",
    hello: "Comment pouvons-nous vous aider ?",
    intro: "Écrivez-nous ici. Vous pouvez quitter cette page et revenir : la conversation reste.",
    log: "Conversation",
    message: "Votre message",
    write: "Écrivez un message…",
    send: "Envoyer",
    you: "Vous",
    assistant: "Assistant",
    agent: "Service client",
    system: "Information",
    sending: "Envoi…",
    later: "Pas encore envoyé, nouvel essai en cours",
    refused: "Non envoyé. {why}",
    edit: "Modifier",
    offline: "Pas de connexion. Vos messages sont gardés et partiront dès votre retour en ligne.",
    unavailable: "Le chat ne répond pas pour le moment. Vos messages sont gardés et partiront plus tard.",
    busy: "Un instant, s’il vous plaît. Vos messages sont gardés et partiront d’ici {n} secondes.",
    email: "Votre adresse e-mail",
    save: "Enregistrer",
    later_email: "Plus tard",
    email_missing: "Saisissez une adresse e-mail, par exemple jeanne@example.com.",
    email_failed: "Cela n’a pas fonctionné. Réessayez dans un instant.",
    handed_over: "Suivi par notre équipe",
    resolved: "Résolu",
    below: "Nouveaux messages",
    long: "Trop long : {n} caractères, {max} au plus.",
  },
  de: {
    title: "Chatten Sie mit uns",
    launch: "Chat öffnen",
    unread: "Neue Nachrichten: {n}",
    close: "Chat schließen",
    hello: "Wie können wir helfen?",
    intro: "Schreiben Sie uns hier. Sie können die Seite verlassen und wiederkommen: Das Gespräch bleibt.",
    log: "Gespräch",
    message: "Ihre Nachricht",
    write: "Nachricht schreiben …",
    send: "Senden",
    you: "Sie",
    assistant: "Assistent",
    agent: "Kundenservice",
    system: "Hinweis",
    sending: "Wird gesendet …",
    later: "Noch nicht gesendet, neuer Versuch läuft",
    refused: "Nicht gesendet. {why}",
    edit: "Bearbeiten",
    offline: "Keine Verbindung. Was Sie schreiben, bleibt erhalten und wird gesendet, sobald Sie online sind.",
    unavailable: "Der Chat antwortet gerade nicht. Was Sie schreiben, bleibt erhalten und wird später gesendet.",
    busy: "Einen Moment bitte. Was Sie geschrieben haben, geht innerhalb von {n} Sekunden hinaus.",
    email: "Ihre E-Mail-Adresse",
    save: "Speichern",
    later_email: "Nicht jetzt",
    email_missing: "Geben Sie eine E-Mail-Adresse ein, etwa anna@example.com.",
    email_failed: "Das hat nicht geklappt. Versuchen Sie es gleich noch einmal.",
    handed_over: "Bei unserem Team",
    resolved: "Erledigt",
    below: "Neue Nachrichten",
    long: "Zu lang: {n} Zeichen, höchstens {max}.",
  },
  es: {
    title: "Chatea con nosotros",
    launch: "Abrir el chat",
    unread: "Mensajes nuevos: {n}",
    close: "Cerrar el chat",
    hello: "¿En qué podemos ayudarte?",
    intro: "Escríbenos aquí. Puedes salir de esta página y volver: la conversación se conserva.",
    log: "Conversación",
    message: "Tu mensaje",
    write: "Escribe un mensaje…",
    send: "Enviar",
    you: "Tú",
    assistant: "Asistente",
    agent: "Atención al cliente",
    system: "Aviso",
    sending: "Enviando…",
    later: "Aún no enviado, se vuelve a intentar",
    refused: "No enviado. {why}",
    edit: "Editar",
    offline: "Sin conexión. Lo que escribas se guarda y se enviará cuando vuelvas a estar en línea.",
    unavailable: "El chat no responde ahora mismo. Lo que escribas se guarda y se enviará más tarde.",
    busy: "Un momento, por favor. Lo que has escrito se guarda y sale en menos de {n} segundos.",
    email: "Tu correo electrónico",
    save: "Guardar",
    later_email: "Ahora no",
    email_missing: "Escribe una dirección de correo, por ejemplo ana@example.com.",
    email_failed: "No ha funcionado. Inténtalo de nuevo en un momento.",
    handed_over: "Con nuestro equipo",
    resolved: "Resuelto",
    below: "Mensajes nuevos",
    long: "Demasiado largo: {n} caracteres, como máximo {max}.",
  },
};

/**
 * @param {string} sentence
 * @param {Record<string, string | number>} values
 */
const fill = (sentence, values) => sentence.replace(/\{(\w+)\}/g, (_, name) => String(values[name]));

// --- What stays when the page goes -----------------------------------------------------------------------------------

/** Storage that works when the browser forbids it, is full, or is emptied meanwhile: what it refuses stays in memory. */
class Store {
  #memory = new Map();
  /** @type {Storage | null} */
  #storage = null;

  /**
   * @param {"localStorage" | "sessionStorage"} name
   * @param {string} prefix
   */
  constructor(name, prefix) {
    this.prefix = prefix;
    try {
      // The very property throws where storage is blocked.
      this.#storage = window[name];
      this.#storage.getItem(prefix);
    } catch {
      this.#storage = null;
    }
  }

  /** @param {string} key */
  get(key) {
    return this.#memory.get(key) ?? this.#storage?.getItem(this.prefix + key) ?? null;
  }

  /**
   * @param {string} key
   * @param {string} value
   */
  set(key, value) {
    try {
      if (!this.#storage) throw 0;
      this.#storage.setItem(this.prefix + key, value);
      this.#memory.delete(key);
    } catch {
      this.#memory.set(key, value);
    }
  }

  /** @param {string} key */
  remove(key) {
    this.#memory.delete(key);
    this.#storage?.removeItem(this.prefix + key);
  }

  /**
   * @param {string} key
   * @returns {any} what was set there as JSON; another script on the shop's page may have written anything
   */
  read(key) {
    try {
      return JSON.parse(this.get(key) ?? "null");
    } catch {
      return null;
    }
  }

  /**
   * @param {string} start
   * @returns {string[]} the keys that start so, in order
   */
  keys(start) {
    const stored = this.#storage ? Object.keys(this.#storage) : [];
    const own = stored.filter((key) => key.startsWith(this.prefix)).map((key) => key.slice(this.prefix.length));
    return [...new Set([...own, ...this.#memory.keys()])].filter((key) => key.startsWith(start)).sort();
  }
}

// --- The conversation --------------------------------------------------------------------------------------------------

/** @returns {string} 128 random bits; `randomUUID` is only there on https */
const newId = () =>
  Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, "0")).join("");

/** @param {Response} response */
const retryAfter = (response) => {
  const value = response.headers.get("retry-after");
  const seconds = value === null ? 0 : Number(value) || (Date.parse(value) - Date.now()) / 1000;
  return Math.min(Math.max(Math.ceil(seconds) || 0, 0), WAIT_MOST_MS / 1000);
};

/** What is known of one visitor's conversation, what waits to be sent, and the calls that keep both true. */
class Chat {
  /** @type {State} */
  state = "new";
  needsEmail = false;
  offline = false;
  /** @type {Map<number, Message>} */
  messages = new Map();

  /** Whether the shopper looks at it. */
  open = false;

  #whole = false;
  /** The answer that `If-None-Match` asks about: it is another one after other messages. */
  #etag = { after: -1, value: "" };
  #asked = 0;
  #warned = false;
  #applied = 0;
  #misses = 0;
  #sending = false;
  #again = false;
  #reading = false;
  #stop = new AbortController();
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #pollTimer;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #sendTimer;

  /**
   * @param {string} server origin
   * @param {string} merchant
   * @param {() => void} changed called whenever there is something new to show
   */
  constructor(server, merchant, changed) {
    this.server = server;
    this.merchant = merchant;
    this.changed = changed;
    this.store = new Store("localStorage", `convi-chat:${merchant}:`);
    this.#remember();
    const { signal } = this.#stop;
    window.addEventListener("storage", (event) => this.#otherTab(event), { signal });
    window.addEventListener("online", () => this.#online(), { signal });
    window.addEventListener("offline", () => this.#online(), { signal });
    window.addEventListener("pageshow", (event) => event.persisted && this.wake(), { signal });
    document.addEventListener("visibilitychange", () => this.wake(), { signal });
    this.wake();
  }

  /** Ends all calls, timers and listeners; what is unsent stays for the next one. */
  end() {
    this.#stop.abort();
    clearTimeout(this.#pollTimer);
    clearTimeout(this.#sendTimer);
  }

  /** Looks at once: the page came back, or the panel was opened. */
  wake() {
    this.#misses = 0;
    void this.send();
    void this.#poll();
  }

  /** @returns {Draft[]} what the server has not answered, oldest first */
  drafts() {
    return this.#outbox().map(([, draft]) => draft);
  }

  /** @returns {Wait | null} why nothing is sent right now */
  wait() {
    const wait = this.store.read("wait");
    return typeof wait?.until === "number" && wait.until - Date.now() < WAIT_MOST_MS + 1000 ? wait : null;
  }

  /** The highest number there is. */
  last() {
    return Math.max(0, ...this.messages.keys());
  }

  /** How many messages of others came since the shopper last looked. */
  unread() {
    const read = Number(this.store.get("read")) || 0;
    return [...this.messages.values()].filter(({ number, author }) => number > read && author !== "shopper").length;
  }

  markRead() {
    const last = this.last();
    if (last > (Number(this.store.get("read")) || 0)) {
      this.store.set("read", String(last));
    }
  }

  /**
   * Keeps a message until it is answered, and sends it.
   * @param {string} text
   * @param {unknown} context
   */
  say(text, context) {
    const at = new Date();
    // Without the fragment: single-page shops keep state there, which is nobody's business.
    const draft = { id: newId(), text, at: at.toISOString(), page_url: location.href.split("#")[0]?.slice(0, 2000), context };
    // A key for each, so that tabs that write at the same moment lose nothing. The keys sort as they were written, even
    // if the clock was set back in between.
    const last = this.#outbox().at(-1)?.[0].split(":")[1] ?? "0";
    const stamp = Math.max(at.getTime(), Number(last) + 1);
    this.store.set(`out:${String(stamp).padStart(15, "0")}:${draft.id}`, JSON.stringify(draft));
    if (this.wait()?.why === "offline") {
      // Somebody is there and writes: worth a try before the next one is due.
      this.store.remove("wait");
    }
    this.changed();
    void this.send();
  }

  /**
   * Takes back what the server refused, so that it can be changed.
   * @param {string} id
   */
  takeBack(id) {
    this.#outbox().forEach(([key, draft]) => draft.id === id && this.store.remove(key));
    this.changed();
  }

  /**
   * @param {string} email
   * @returns {Promise<string | null>} null when it is kept, else what is wrong; empty when it is not known
   */
  async leaveEmail(email) {
    const answer = await this.#call("email", { email });
    return answer.kind === "done" ? null : answer.kind === "refused" ? answer.detail : "";
  }

  /** @returns {Promise<boolean>} whether the server knows now that there will be no address */
  async refuseEmail() {
    return (await this.#call("email", { email: null })).kind === "done";
  }

  /** Sends what waits, one after the other. In all tabs together only one does. */
  async send() {
    if (this.#sending) {
      this.#again = true;
      return;
    }
    clearTimeout(this.#sendTimer);
    this.#sending = true;
    try {
      do {
        this.#again = false;
        if (this.#next()) {
          await this.#alone(() => this.#drain());
        }
      } while (this.#again && !this.#stop.signal.aborted);
    } finally {
      this.#sending = false;
    }
    const wait = this.wait();
    if (this.#next() && !this.#stop.signal.aborted) {
      // A little later than due, so that tabs do not all wake at once.
      const due = Math.max((wait?.until ?? 0) - Date.now(), 0) + 50 + Math.random() * 200;
      this.#sendTimer = setTimeout(() => this.send(), due);
    }
  }

  async #drain() {
    let renewed = false;
    for (;;) {
      // Read again each time: another tab may have sent it meanwhile.
      const next = this.#next();
      const wait = this.wait();
      if (!next || this.#stop.signal.aborted || (wait && wait.until > Date.now())) {
        return;
      }
      const [key, { id, text, page_url, context }] = next;
      const answer = this.store.get("token")
        ? await this.#call("messages", { id, text, page_url, context })
        : await this.#newVisitor();
      if (this.#stop.signal.aborted) {
        return;
      }
      switch (answer.kind) {
        case "done":
          // Only now, when what it became is kept: else a crash in between would lose it.
          this.store.remove(key);
          this.store.remove("wait");
          break;
        case "same":
          break;
        case "stranger":
          if (renewed) {
            this.#postpone("unavailable", 0);
          }
          renewed = true;
          break;
        case "refused":
          this.store.set(key, JSON.stringify({ ...next[1], refused: answer.detail }));
          break;
        case "later":
          this.#postpone(answer.why, answer.seconds);
      }
      this.changed();
    }
  }

  /** @returns {Promise<Answer>} `same` when there is a token now */
  async #newVisitor() {
    const answer = await this.#fetch("visitors", { merchant: this.merchant });
    if (!("response" in answer)) {
      return answer;
    }
    if (typeof answer.body?.token !== "string") {
      return { kind: "later", why: "unavailable", seconds: retryAfter(answer.response) };
    }
    if (!this.store.get("token")) {
      this.store.set("token", answer.body.token);
      this.store.remove("wait");
      this.#pollLater();
    }
    return { kind: "same" };
  }

  /**
   * @param {Why} why
   * @param {number} seconds that the server asked for, or 0
   */
  #postpone(why, seconds) {
    const tries = (this.wait()?.tries ?? 0) + 1;
    const backoff = Math.min(RETRY_FIRST_MS * 2 ** (tries - 1), RETRY_MOST_MS) * (0.5 + Math.random() / 2);
    const until = Date.now() + (seconds ? seconds * 1000 : backoff);
    /** @type {Wait} */
    const wait = { until, tries, why, seconds: Math.max(seconds, 1) };
    this.store.set("wait", JSON.stringify(wait));
  }

  /** @returns {[string, Draft][]} */
  #outbox() {
    return this.store.keys("out:").flatMap((key) => {
      const draft = this.store.read(key);
      return typeof draft?.text === "string" && typeof draft.id === "string" ? [[key, draft]] : [];
    });
  }

  #next() {
    return this.#outbox().find(([, draft]) => !draft.refused);
  }

  /**
   * Runs it while no other tab does.
   * @param {() => Promise<void>} work
   */
  async #alone(work) {
    const name = `${this.store.prefix}send`;
    const { signal } = this.#stop;
    // Another tab was sending. What it removed from storage may not have come here yet, but the server knows.
    const afterAnother = async () => {
      if (this.#next() && this.store.get("token")) {
        await this.#call("conversation");
      }
      await work();
    };
    if (navigator.locks) {
      try {
        const free = await navigator.locks.request(name, { ifAvailable: true }, async (lock) => {
          if (lock) await work();
          return !!lock;
        });
        if (!free) {
          await navigator.locks.request(name, { signal }, afterAnother);
        }
      } catch {
        // Refused where storage is, and then no other tab has these messages; or this chat ends.
        if (!signal.aborted) await work();
      }
      return;
    }
    // Without locks (plain http, old browsers) a lease that tabs write to and read back. Were two to get it, the server
    // would take each message once all the same, since its id is the same, and in order.
    const me = newId();
    let waited = false;
    for (;;) {
      const lease = this.store.read("lease");
      waited ||= !!lease && lease.me !== me;
      if (!lease || lease.until < Date.now() || lease.until > Date.now() + LEASE_MS) {
        this.store.set("lease", JSON.stringify({ me, until: Date.now() + LEASE_MS }));
      }
      await new Promise((done) => setTimeout(done, 60));
      if (signal.aborted || !this.#next()) {
        return;
      }
      if (this.store.read("lease")?.me === me) {
        break;
      }
    }
    const renew = setInterval(
      () => this.store.set("lease", JSON.stringify({ me, until: Date.now() + LEASE_MS })),
      LEASE_MS / 4,
    );
    await (waited ? afterAnother : work)().finally(() => {
      clearInterval(renew);
      this.store.remove("lease");
    });
  }

  async #poll() {
    clearTimeout(this.#pollTimer);
    if (this.#reading || !this.store.get("token") || document.hidden || this.#stop.signal.aborted) {
      return;
    }
    this.#reading = true;
    const { offline } = this;
    const answer = await this.#call("conversation").finally(() => (this.#reading = false));
    if (answer.kind === "later") {
      this.#misses++;
      this.#pollLater(answer.seconds * 1000);
    } else {
      this.#misses = 0;
      this.#pollLater();
    }
    if (answer.kind !== "same" || offline !== this.offline) {
      this.changed();
    }
  }

  #pollLater(least = 0) {
    clearTimeout(this.#pollTimer);
    if (!this.#stop.signal.aborted) {
      const usual = this.open ? POLL_OPEN_MS : POLL_CLOSED_MS;
      const longer = Math.min(usual * 2 ** Math.min(this.#misses, 5), RETRY_MOST_MS);
      this.#pollTimer = setTimeout(() => this.#poll(), Math.max(least, longer, usual));
    }
  }

  /**
   * A call as this visitor, whose answer is the conversation.
   * @param {"conversation" | "messages" | "email"} path
   * @param {object} [body]
   * @returns {Promise<Answer>}
   */
  async #call(path, body) {
    const token = this.store.get("token") ?? "";
    const after = this.#whole ? this.last() : 0;
    const asked = ++this.#asked;
    /** @type {Record<string, string>} */
    const headers = { authorization: `Bearer ${token}` };
    if (!body && this.#etag.after === after) {
      headers["if-none-match"] = this.#etag.value;
    }
    const answer = await this.#fetch(`${path}?after=${after}`, body, headers);
    if (!("response" in answer)) {
      return answer;
    }
    const { response, body: said } = answer;
    if (response.status === 304 && !body) {
      return { kind: "same" };
    }
    if (response.status === 401) {
      if (this.store.get("token") === token) {
        this.store.remove("token");
        this.#forget();
      }
      return { kind: "stranger" };
    }
    if (response.ok && Array.isArray(said?.messages)) {
      if (said.warnings && !this.#warned) {
        // Once is enough: a shop makes the same mistake with each message.
        this.#warned = true;
        console.warn("<convi-chat> not read as sent:", said.warnings);
      }
      // Another tab may have become another visitor meanwhile.
      if (this.store.get("token") === token) {
        this.#whole = true;
        this.#apply(said, asked);
        const etag = response.headers.get("etag");
        this.#etag = asked === this.#applied && !body && etag && after === this.last()
          ? { after, value: etag }
          : { after: -1, value: "" };
      }
      return { kind: "done" };
    }
    const isProblem = response.headers.get("content-type")?.startsWith("application/problem+json");
    if (isProblem && FINAL.includes(response.status)) {
      const detail = said?.errors?.[0]?.message ?? said?.detail ?? said?.title;
      return { kind: "refused", detail: typeof detail === "string" ? detail : String(response.status) };
    }
    const seconds = retryAfter(response);
    return response.status === 429
      ? { kind: "later", why: "busy", seconds: seconds || 10 }
      : { kind: "later", why: "unavailable", seconds };
  }

  /**
   * @param {string} path
   * @param {object} [body]
   * @param {Record<string, string>} [headers]
   * @returns {Promise<{response: Response, body: any} | Extract<Answer, {kind: "later"}>>}
   */
  async #fetch(path, body, headers = {}) {
    const late = new AbortController();
    const timer = setTimeout(() => late.abort(), REQUEST_MS);
    const ended = () => late.abort();
    this.#stop.signal.addEventListener("abort", ended);
    try {
      const response = await fetch(`${this.server}/chat/v1/${path}`, {
        method: body ? "POST" : "GET",
        headers: body ? { ...headers, "content-type": "application/json" } : headers,
        body: body ? JSON.stringify(body) : null,
        credentials: "omit",
        cache: "no-store",
        signal: late.signal,
      });
      const text = await response.text();
      this.offline = false;
      let said = null;
      try {
        said = JSON.parse(text);
      } catch {
        // A proxy's page, or nothing: the status says enough.
      }
      return { response, body: said };
    } catch {
      this.offline = true;
      return { kind: "later", why: "offline", seconds: 0 };
    } finally {
      clearTimeout(timer);
      this.#stop.signal.removeEventListener("abort", ended);
    }
  }

  /**
   * @param {Talk} talk
   * @param {number} asked an answer that was overtaken adds its messages, and no older state
   */
  #apply(talk, asked) {
    this.#merge(talk);
    if (asked >= this.#applied) {
      this.#applied = asked;
      this.state = talk.state;
      this.needsEmail = !!talk.needs_email;
    }
    // What is in the conversation was sent, whoever sent it: an answer may have been lost on its way.
    const ids = new Set([...this.messages.values()].map(({ id }) => id));
    const { state, needsEmail: needs_email } = this;
    const messages = this.sorted().slice(-REMEMBERED);
    this.store.set("talk", JSON.stringify({ state, needs_email, messages }));
    this.#outbox().forEach(([key, draft]) => ids.has(draft.id) && this.store.remove(key));
  }

  /** @param {Talk} talk */
  #merge(talk) {
    for (const message of talk.messages) {
      const { number, text, sent_at } = message ?? {};
      if (Number.isInteger(number) && typeof text === "string" && typeof sent_at === "string") {
        this.messages.set(number, message);
      }
    }
  }

  /** @returns {Message[]} */
  sorted() {
    return [...this.messages.values()].sort((a, b) => a.number - b.number);
  }

  /** Shows what was known last, until the server answers. */
  #remember() {
    const talk = this.store.read("talk");
    if (this.store.get("token") && Array.isArray(talk?.messages)) {
      this.#merge(talk);
      this.state = talk.state;
      this.needsEmail = !!talk.needs_email;
    }
  }

  #empty() {
    this.messages.clear();
    this.state = "new";
    this.needsEmail = this.#whole = false;
    this.#etag.after = -1;
    // What is still on its way was asked as somebody else.
    this.#applied = this.#asked + 1;
  }

  #forget() {
    this.#empty();
    this.store.remove("talk");
    this.store.remove("read");
  }

  /** @param {StorageEvent} event */
  #otherTab({ key, newValue }) {
    if (key !== null && !key.startsWith(this.store.prefix)) {
      return;
    }
    const name = key?.slice(this.store.prefix.length) ?? "token";
    if (name === "token") {
      // Another visitor, or none any more: only what is stored now is theirs.
      this.#empty();
      this.#remember();
      void this.#poll();
    } else if (name === "talk" && newValue) {
      this.#remember();
      this.#etag.after = -1;
    } else if (name.startsWith("out:") && newValue) {
      // It is the other tab's to send, unless that is closed: then its lock is free.
      void this.send();
    }
    this.changed();
  }

  #online() {
    this.offline = !navigator.onLine;
    if (navigator.onLine) {
      if (this.wait()?.why === "offline") {
        this.store.remove("wait");
      }
      this.wake();
    }
    this.changed();
  }
}

// --- Looks -------------------------------------------------------------------------------------------------------------

const DARK = `color-scheme:dark;--surface:#171f22;--sunken:#222d31;--ink:#ecf1f0;--soft:#a9b8b7;--edge:#2f3c40;
--strong:#7d9093;--bad:#ff9d94;--bad-wash:#3a1d1c;--note:#f3c06f;--note-wash:#332712;--shadow:0 1px 2px #0006,0 16px 56px #000a;`;

const LOOKS = `
:host{all:initial;position:fixed;z-index:var(--convi-z,2147483000);inset-block-end:var(--convi-offset,20px);
inset-inline-end:var(--convi-offset,20px);color-scheme:light;
--surface:#fff;--sunken:#f1f4f4;--ink:#172224;--soft:#54646a;--edge:#dfe5e5;--strong:#7b898c;--bad:#a32a25;
--bad-wash:#fbecea;--note:#7a4300;--note-wash:#fdf2df;--shadow:0 1px 3px #0d212526,0 16px 56px #0d212542;
--accent:var(--convi-accent,#0a6570);--on:var(--convi-on-accent,var(--auto,#fff));--round:var(--convi-radius,18px);
font:15px/1.45 var(--convi-font,system-ui,-apple-system,"Segoe UI",Roboto,"Noto Sans","Liberation Sans",sans-serif);color:var(--ink)}
@media (prefers-color-scheme:dark){:host(:not([theme=light])){${DARK}}}
:host([theme=dark]){${DARK}}
/* Black or white on the accent, whichever reads better: 0.18 is where both contrast alike. */
@supports (color:color(from red xyz-d65 x y z)){:host{--auto:color(from var(--accent) xyz-d65
calc(clamp(0,(.18 - y)*1e4,1)*.9505) calc(clamp(0,(.18 - y)*1e4,1)) calc(clamp(0,(.18 - y)*1e4,1)*1.089))}}
*,::before,::after{box-sizing:border-box}
[hidden]{display:none!important}
button,input,textarea{font:inherit;color:inherit;margin:0}
button{cursor:pointer;border:1px solid transparent;background:none;padding:0;border-radius:10px}
:focus-visible{outline:2px solid var(--ink);outline-offset:2px}
svg{display:block;fill:none;stroke:currentColor;stroke-width:1.9;stroke-linecap:round;stroke-linejoin:round}
.hush{position:absolute;inline-size:1px;block-size:1px;overflow:hidden;clip-path:inset(50%);white-space:nowrap}

.launch{position:relative;display:grid;place-items:center;inline-size:60px;block-size:60px;border-radius:50%;
background:var(--accent);color:var(--on);box-shadow:0 0 0 2px #fff,0 2px 6px #0d212540,0 8px 28px #0d212552;
transition:transform .18s cubic-bezier(.2,.8,.2,1)}
.launch:hover{transform:translateY(-2px)}
.launch:focus-visible{outline:3px solid #0d2125;outline-offset:3px}
.count{position:absolute;inset-block-start:-3px;inset-inline-end:-3px;min-inline-size:22px;padding:0 6px;border-radius:11px;
background:#b3261e;color:#fff;font-size:13px;font-weight:700;line-height:22px;text-align:center;box-shadow:0 0 0 2px #fff}

.panel{position:absolute;inset-block-end:0;inset-inline-end:0;display:flex;flex-direction:column;inline-size:392px;
block-size:min(640px,calc(100dvh - 2*var(--convi-offset,20px)));overflow:hidden;border:1px solid var(--edge);
border-radius:var(--round);background:var(--surface);box-shadow:var(--shadow);animation:rise .22s cubic-bezier(.2,.8,.2,1)}
@keyframes rise{from{opacity:0;transform:translateY(14px) scale(.985)}}
.head{display:flex;align-items:center;gap:12px;padding:14px 12px 14px 18px;background:var(--accent);color:var(--on)}
.head>svg{flex:none;padding:7px;inline-size:38px;block-size:38px;border-radius:50%;background:color-mix(in srgb,var(--on) 16%,transparent)}
.head div{flex:1;min-inline-size:0}
h2{margin:0;font-size:16px;font-weight:650;line-height:1.3;overflow:hidden;text-overflow:ellipsis;white-space:nowrap}
h2:focus-visible{outline:0}
.sub{margin:0;font-size:13px;line-height:1.35}
.head button{display:grid;place-items:center;inline-size:38px;block-size:38px;border-radius:50%}
.head button:hover{background:color-mix(in srgb,var(--on) 16%,transparent)}
.head :focus-visible{outline-color:var(--on);outline-offset:-2px}

.talk{position:relative;flex:1;min-block-size:0;display:flex;flex-direction:column}
.log{flex:1;min-block-size:0;overflow:hidden auto;overscroll-behavior:contain;padding:18px 16px 12px;scrollbar-width:thin}
.log:focus-visible{outline-offset:-3px;border-radius:4px}
.hello{display:flex;flex-direction:column;align-items:center;justify-content:center;min-block-size:100%;padding:0 20px 8px;text-align:center;
color:var(--soft)}
.hello svg{padding:14px;inline-size:60px;block-size:60px;margin-block-end:14px;border-radius:50%;color:var(--ink);
background:var(--sunken)}
.hello strong{font-size:19px;font-weight:650;color:var(--ink);letter-spacing:-.01em}
.hello p{margin:6px 0 0;text-wrap:balance}
.day{margin:14px 0 10px;font-size:12.5px;text-align:center;color:var(--soft)}
.day:first-child{margin-block-start:0}
.turn{position:relative;display:flex;flex-direction:column;align-items:flex-start;margin-block-start:3px}
.turn.first{margin-block-start:14px}
.day+.turn,.turn:first-child{margin-block-start:0}
.who{margin:0 0 3px 12px;max-inline-size:90%;overflow:hidden;text-overflow:ellipsis;white-space:nowrap;font-size:12.5px;font-weight:600;color:var(--soft)}
.bubble{max-inline-size:86%;padding:9px 13px;border:1px solid transparent;border-radius:var(--round);background:var(--sunken);
overflow:hidden;overflow-wrap:anywhere;white-space:pre-wrap;unicode-bidi:isolate}
.turn:not(.shopper,.last) .bubble{border-end-start-radius:6px}
.turn:not(.shopper,.first) .bubble{border-start-start-radius:6px}
.shopper{align-items:flex-end}
.shopper .bubble{background:var(--accent);color:var(--on)}
.shopper:not(.last) .bubble{border-end-end-radius:6px}
.shopper:not(.first) .bubble{border-start-end-radius:6px}
.bubble a{color:inherit;text-decoration:underline;text-underline-offset:2px}
.meta{margin:4px 12px 0;font-size:12.5px;line-height:1.5;color:var(--soft)}
.turn:not(.last,.pending) .meta{display:none}
.meta button{min-block-size:24px;padding:0 4px;font-weight:600;text-decoration:underline;color:var(--ink)}
.refused .meta{color:var(--bad)}
.system{align-items:stretch}
.system,.system.first{margin-block:14px}
.system .bubble{max-inline-size:none;display:flex;gap:10px;padding:12px 14px;border-color:var(--edge);border-radius:14px;background:none;font-size:14px}
.system .bubble svg{flex:none;margin-block-start:1px;color:var(--soft)}
.system .meta{display:none}
.below{position:absolute;inset-block-end:10px;inset-inline:0;margin:auto;inline-size:fit-content;min-block-size:32px;padding:0 14px;border-radius:16px;
border-color:var(--edge);background:var(--surface);font-size:13px;font-weight:600;box-shadow:0 2px 10px #0d212533}

.strip{margin:0 12px 8px;padding:8px 12px;border-radius:10px;background:var(--note-wash);color:var(--note);font-size:13px}
.strip:empty{margin:0;padding:0}
.mail{margin:0 12px 8px;padding:12px 14px 10px;border:1px solid var(--edge);border-radius:14px;background:var(--sunken)}
.mail label{display:block;margin-block-end:6px;font-size:13.5px;font-weight:600}
.mail div{display:flex;gap:8px}
.mail input{flex:1;min-inline-size:0;min-block-size:40px;padding:0 12px;border:1px solid var(--strong);border-radius:10px;background:var(--surface);font-size:16px}
.mail input[aria-invalid]{border-color:var(--bad)}
.mail [type=submit]{min-block-size:40px;padding:0 16px;background:var(--accent);color:var(--on);font-weight:600}
.mail p{margin:6px 0 0;font-size:13px;color:var(--bad)}
.mail p:empty{margin:0}
.mail .plain{min-block-size:28px;margin-block-start:4px;font-size:13px;text-decoration:underline;text-underline-offset:2px;color:var(--soft)}
.box{display:flex;align-items:flex-end;gap:8px;margin:0 12px 12px;padding:5px 5px 5px 14px;border:1px solid var(--strong);border-radius:24px;background:var(--surface)}
.box:focus-within{border-color:var(--ink);box-shadow:0 0 0 3px color-mix(in srgb,var(--ink) 14%,transparent)}
.box textarea{flex:1;min-inline-size:0;min-block-size:36px;max-block-size:132px;padding:6px 0;border:0;outline:0;resize:none;background:none;font-size:16px;line-height:24px;field-sizing:content}
.box textarea::placeholder{color:var(--soft);opacity:1}
.box button{flex:none;display:grid;place-items:center;inline-size:36px;block-size:36px;border-radius:50%;background:var(--accent);color:var(--on)}
.long{margin:-4px 16px 10px;font-size:13px;color:var(--bad)}
.long:empty{margin:0}

@media (max-width:480px){
/* The visible part: a keyboard on the screen covers the rest. */
.panel{position:fixed;inset:var(--top,0) 0 auto;inline-size:100%;block-size:var(--tall,100dvh);border:0;border-radius:0}
.launch{inline-size:56px;block-size:56px}}
@media (prefers-reduced-motion:reduce){.panel{animation:none}.launch{transition:none}.launch:hover{transform:none}}
@media (forced-colors:active){.launch,.bubble,.head button,.box button,.mail [type=submit],.count{border:1px solid ButtonText}
.head{border-block-end:1px solid}.shopper .bubble{border-color:Highlight}.box:focus-within{outline:2px solid Highlight}}
`;

const ICONS = {
  chat: "M21 11.5a8.4 8.4 0 0 1-8.5 8.3 8.7 8.7 0 0 1-3.7-.8L3.5 20.5l1.6-4.7A8.1 8.1 0 0 1 4 11.5a8.4 8.4 0 0 1 8.5-8.3 8.4 8.4 0 0 1 8.5 8.3ZM8.5 11.5h.01M12.5 11.5h.01M16.5 11.5h.01",
  close: "M6 6l12 12M18 6 6 18",
  send: "M12 19V5M5.5 11.5 12 5l6.5 6.5",
  info: "M12 21a9 9 0 1 0 0-18 9 9 0 0 0 0 18ZM12 11v5M12 8h.01",
};

/** @type {CSSStyleSheet | undefined} */
let sheet;

// --- Elements ----------------------------------------------------------------------------------------------------------

/**
 * @template {keyof HTMLElementTagNameMap} Tag
 * @param {Tag} tag
 * @param {Record<string, string>} [attributes]
 * @param {(Node | string)[]} children strings become text
 * @returns {HTMLElementTagNameMap[Tag]}
 */
function make(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  Object.entries(attributes).forEach(([name, value]) => element.setAttribute(name, value));
  element.append(...children);
  return element;
}

/**
 * @param {keyof typeof ICONS} name
 * @param {number} [size]
 */
function icon(name, size = 22) {
  const space = "http://www.w3.org/2000/svg";
  const svg = document.createElementNS(space, "svg");
  const path = svg.appendChild(document.createElementNS(space, "path"));
  path.setAttribute("d", ICONS[name]);
  Object.entries({ viewBox: "0 0 24 24", width: size, height: size, "aria-hidden": "true" }).forEach(
    ([attribute, value]) => svg.setAttribute(attribute, String(value)),
  );
  return svg;
}

/** An address, up to white space, quotation marks, and what ends a sentence or opens a bracket in Chinese and Japanese. */
const ADDRESS = /\bhttps?:\/\/[^\s<>"`“”„«»。、，；：！？（）［］｛｝「」『』【】《》〈〉]+/gi;

/** @type {Record<string, string>} */
const CLOSES = { ")": "(", "]": "[", "}": "{" };

/**
 * The address without what belongs to the sentence around it: a bracket that was opened before it, and what ends it.
 * @param {string} found
 */
function addressIn(found) {
  /** @type {string[]} */
  const open = [];
  let end = 0;
  for (; end < found.length; end++) {
    const sign = found[end];
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

/**
 * What somebody wrote, as text and links. Only http and https can be one.
 * @param {string} written
 * @returns {Node[]}
 */
function prose(written) {
  // Every line break is one, also those that a browser does not show as such.
  const text = written.replace(/\r\n?|[\v\f\x85\u2028\u2029]/g, "\n");
  /** @type {Node[]} */
  const nodes = [];
  let end = 0;
  ADDRESS.lastIndex = 0;
  for (let found; (found = ADDRESS.exec(text)); ) {
    const shown = addressIn(found[0]);
    // What follows may be one, too: in Markdown a bracket stands between them.
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

/**
 * Sets the text only if it is another: a live region reads out what is set.
 * @param {Element} element
 * @param {string} text
 */
function say(element, text) {
  if (element.textContent !== text) {
    element.textContent = text;
  }
}

/** Runs it when the shop's page has nothing better to do. */
const whenIdle = /** @param {() => void} work */ (work) =>
  // Safari has none.
  "requestIdleCallback" in window ? requestIdleCallback(work, { timeout: 3000 }) : setTimeout(work, 200);

/**
 * The button and the panel, without anything anybody said.
 * @param {typeof EN} words
 * @param {string} heading
 */
function build(words, heading) {
  const count = make("span", { class: "count", "aria-hidden": "true" });
  const launch = make("button", { class: "launch", type: "button", "aria-haspopup": "dialog" }, icon("chat", 32), count);
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
  // Checked by the server, which says what is wrong in a sentence.
  const mail = make(
    "form",
    { class: "mail", novalidate: "", hidden: "" },
    make("label", { for: "email" }, words.email),
    make("div", {}, email, make("button", { type: "submit" }, words.save)),
    emailWrong,
    emailLater,
  );

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
    box,
    long,
  );
  return { launch, count, panel, title, sub, close, log, below, strip, mail, email, emailWrong, emailLater, text, box, long };
}
/** @typedef {ReturnType<typeof build>} Parts */

/**
 * @typedef {Pick<Message, "author" | "name" | "text" | "sent_at"> & {key: string, draft?: Draft}} Turn
 *   a message, or what will be one
 */

class ConviChat extends HTMLElement {
  static observedAttributes = ["merchant", "server", "locale", "heading"];

  /** @type {Chat | null} */
  #chat = null;
  /** @type {Parts | null} */
  #parts = null;
  #stop = new AbortController();
  #session = new Store("sessionStorage", "convi-chat:");
  #open = false;
  #drawing = false;
  #words = EN;
  #locale = "en";
  #clock = new Intl.DateTimeFormat();
  /** @type {Map<string, HTMLElement>} */
  #shown = new Map();

  get isOpen() {
    return this.#open;
  }

  /** Opens the panel and moves the focus there. */
  open() {
    this.#show(true);
  }

  /** Closes the panel and gives the focus back to the button. */
  close() {
    this.#show(false);
  }

  connectedCallback() {
    this.#stop = new AbortController();
    const { signal } = this.#stop;
    whenIdle(() => signal.aborted || this.#start(signal));
  }

  disconnectedCallback() {
    this.#stop.abort();
    this.#chat?.end();
    this.#chat = this.#parts = null;
    this.#shown.clear();
    this.shadowRoot?.replaceChildren();
  }

  attributeChangedCallback() {
    if (this.#chat) {
      this.disconnectedCallback();
      this.connectedCallback();
    }
  }

  /** @param {AbortSignal} signal */
  #start(signal) {
    const merchant = this.getAttribute("merchant");
    if (!merchant) {
      console.error("<convi-chat> needs the attribute merchant");
      return;
    }
    const tag = this.getAttribute("locale") || document.documentElement.lang || navigator.language;
    const language = tag.slice(0, 2).toLowerCase();
    this.#words = WORDS[language] ?? EN;
    this.#locale = WORDS[language] ? language : "en";
    try {
      // The region decides how a time is written: the attribute's, else the reader's own.
      const tags = [tag, ...navigator.languages].filter((one) => one.toLowerCase().startsWith(this.#locale));
      this.#locale = Intl.getCanonicalLocales(tags).find((one) => one.length > 2) ?? this.#locale;
    } catch {
      // What is no tag throws, and the language alone is good enough.
    }

    this.#clock = new Intl.DateTimeFormat(this.#locale, { timeStyle: "short" });
    if (!sheet) {
      sheet = new CSSStyleSheet();
      sheet.replaceSync(LOOKS);
    }
    const root = this.shadowRoot ?? this.attachShadow({ mode: "open" });
    root.adoptedStyleSheets = [sheet];
    this.#session = new Store("sessionStorage", `convi-chat:${merchant}:`);
    this.#open ||= this.#session.get("open") === "1";
    const parts = build(this.#words, this.getAttribute("heading") ?? "");
    this.#parts = parts;
    this.#listen(parts, signal);
    parts.text.value = this.#session.get("text") ?? "";
    root.replaceChildren(make("div", { lang: this.#locale }, parts.launch, parts.panel));

    const server = new URL(this.getAttribute("server") || import.meta.url, location.href).origin;
    this.#chat = new Chat(server, merchant, () => this.#changed());
    this.#chat.open = this.#open;
    this.#draw();
    this.dispatchEvent(new CustomEvent("convi-chat-ready", { bubbles: true, composed: true }));
  }

  /**
   * @param {Parts} parts
   * @param {AbortSignal} signal
   */
  #listen(parts, signal) {
    const { launch, close, panel, log, below, mail, email, emailLater, text, box } = parts;
    launch.addEventListener("click", () => this.open());
    close.addEventListener("click", () => this.close());
    panel.addEventListener("keydown", (event) => {
      if (event.key === "Escape" && !composes(event)) {
        this.close();
      }
    });
    // The shop's shortcuts see this element as the target, and not that somebody types in a field.
    for (const type of ["keydown", "keypress", "keyup"]) {
      panel.addEventListener(type, (event) => event.stopPropagation());
    }
    log.addEventListener("scroll", () => this.#isAtEnd() && (below.hidden = true), { passive: true });
    below.addEventListener("click", () => {
      this.#toEnd();
      log.focus();
    });
    text.addEventListener("input", () => {
      this.#session.set("text", text.value);
      this.#fit();
    });
    text.addEventListener("keydown", (event) => {
      // Enter also ends the choice of a character, in Japanese say.
      if (event.key === "Enter" && !event.shiftKey && !composes(event)) {
        event.preventDefault();
        this.#say();
      }
    });
    box.addEventListener("submit", (event) => {
      event.preventDefault();
      this.#say();
    });
    mail.addEventListener("submit", (event) => {
      event.preventDefault();
      void this.#leaveEmail();
    });
    email.addEventListener("input", () => this.#emailIsWrong(""));
    emailLater.addEventListener("click", () => {
      text.focus();
      void this.#refuseEmail();
    });
    document.addEventListener("visibilitychange", () => this.#changed(), { signal });
    for (const type of ["resize", "scroll"]) {
      window.visualViewport?.addEventListener(type, () => this.#fitScreen(), { signal });
    }
  }

  /** @param {boolean} open */
  #show(open) {
    const parts = this.#parts;
    if (open === this.#open) {
      return;
    }
    this.#open = open;
    if (!parts || !this.#chat) {
      // Not started yet: it starts open.
      return;
    }
    this.#session.set("open", open ? "1" : "");
    this.#chat.open = open;
    this.#draw();
    if (open) {
      this.#chat.wake();
      // A finger would have its keyboard jump up.
      (matchMedia("(pointer:coarse)").matches ? parts.title : parts.text).focus();
      this.dispatchEvent(new CustomEvent("convi-chat-open", { bubbles: true, composed: true }));
    } else {
      parts.launch.focus();
    }
  }

  #say() {
    const { text, long } = /** @type {Parts} */ (this.#parts);
    const said = text.value.trim();
    const tooLong = said.length > MAX_TEXT;
    say(long, tooLong ? fill(this.#words.long, { n: said.length, max: MAX_TEXT }) : "");
    text.toggleAttribute("aria-invalid", tooLong);
    text.focus();
    if (!said || tooLong) {
      return;
    }
    text.value = "";
    this.#session.remove("text");
    this.#fit();
    this.#chat?.say(said, this.#context());
    this.#toEnd();
  }

  /** What the shop knows, as far as it can be sent: the shop's mistake must not keep its shopper from writing. */
  #context() {
    try {
      // No field of this class: one would hide what was set before this file was loaded.
      const { context } = /** @type {{context?: unknown}} */ (/** @type {unknown} */ (this));
      const value = typeof context === "function" ? context() : context;
      if (typeof value !== "object" || !value) {
        return value === undefined || value === null ? undefined : this.#warn("context is not an object", undefined);
      }
      // A copy, made once: what the shop changes later, or what answers differently each time, is not asked again.
      /** @type {Record<string, unknown>} */
      const kept = {};
      let room = MAX_CONTEXT;
      for (const name of Object.keys(value)) {
        try {
          const json = JSON.stringify(/** @type {Record<string, unknown>} */ (value)[name], (_, it) => (typeof it === "bigint" ? String(it) : it));
          if (json === undefined) {
            continue;
          }
          if (json.length + name.length > room) {
            this.#warn(`context.${name} is too long and was not sent: at most ${MAX_CONTEXT} characters`, undefined);
            continue;
          }
          room -= json.length + name.length;
          kept[name] = JSON.parse(json);
        } catch (error) {
          this.#warn(`context.${name} was not sent:`, error);
        }
      }
      return kept;
    } catch (error) {
      return this.#warn("context was not sent:", error);
    }
  }

  /**
   * Tells whoever builds the page.
   * @param {string} what
   * @param {unknown} why
   * @returns {undefined}
   */
  #warn(what, why) {
    console.warn("<convi-chat>", what, ...(why ? [why] : []));
  }

  async #leaveEmail() {
    const { email, text } = /** @type {Parts} */ (this.#parts);
    const address = email.value.trim();
    const wrong = address ? await this.#chat?.leaveEmail(address) : this.#words.email_missing;
    if (wrong === null) {
      email.value = "";
      text.focus();
    } else {
      this.#emailIsWrong(wrong || this.#words.email_failed);
      email.focus();
    }
    this.#draw();
  }

  async #refuseEmail() {
    // Hidden at once. Should the server not hear of it, this tab does not ask again at this point of the conversation.
    this.#session.set("later", this.#chat?.state ?? "");
    this.#draw();
    if (await this.#chat?.refuseEmail()) {
      this.#session.remove("later");
    }
    this.#draw();
  }

  /** @param {string} wrong */
  #emailIsWrong(wrong) {
    const { email, emailWrong } = /** @type {Parts} */ (this.#parts);
    say(emailWrong, wrong);
    if (wrong) {
      email.setAttribute("aria-invalid", "true");
    } else {
      email.removeAttribute("aria-invalid");
    }
  }

  /** Draws once for all that changes in the same moment. */
  #changed() {
    if (!this.#drawing) {
      this.#drawing = true;
      queueMicrotask(() => {
        this.#drawing = false;
        this.#draw();
      });
    }
  }

  #draw() {
    const [chat, parts, words] = [this.#chat, this.#parts, this.#words];
    if (!chat || !parts) {
      return;
    }
    if (this.#open && !document.hidden) {
      chat.markRead();
    }
    const unread = this.#open ? 0 : chat.unread();
    parts.launch.hidden = this.#open;
    parts.panel.hidden = !this.#open;
    parts.count.hidden = !unread;
    say(parts.count, unread > 9 ? "9+" : String(unread));
    const label = unread ? `${words.launch}. ${fill(words.unread, { n: unread })}` : words.launch;
    parts.launch.setAttribute("aria-label", label);
    if (!this.#open) {
      return;
    }
    const { state } = chat;
    const sub = state === "handed_over" ? words.handed_over : state === "resolved" ? words.resolved : "";
    say(parts.sub, sub);
    parts.sub.hidden = !sub;

    const drafts = chat.drafts();
    const wait = drafts.some(({ refused }) => !refused) ? chat.wait() : null;
    const lost = chat.offline || wait?.why === "offline";
    // The browser may well be online, and the server not.
    const why = lost ? (navigator.onLine ? "unavailable" : "offline") : wait?.why;
    say(parts.strip, why ? fill(words[why], { n: wait?.seconds ?? 0 }) : "");

    const asks = chat.needsEmail && this.#session.get("later") !== state;
    if (!asks && parts.mail.contains(this.#focused())) {
      parts.text.focus();
    }
    parts.mail.hidden = !asks;
    this.#fit();

    const stay = this.#isAtEnd();
    const sent = new Set();
    /** @type {Turn[]} */
    const turns = chat.sorted().map((message) => {
      const own = message.author === "shopper" && message.id;
      if (own) sent.add(own);
      // The element of a message stays when it is answered: nothing jumps, and nobody hears it twice.
      return { ...message, key: own ? `own-${own}` : `number-${message.number}` };
    });
    for (const draft of drafts) {
      if (!sent.has(draft.id)) {
        turns.push({ key: `own-${draft.id}`, author: "shopper", name: null, text: draft.text, sent_at: draft.at, draft });
      }
    }
    const added = this.#drawTurns(turns, !!why);
    if (stay) {
      this.#toEnd();
    } else if (added) {
      parts.below.hidden = false;
    }
  }

  /**
   * @param {Turn[]} turns
   * @param {boolean} trouble
   * @returns {boolean} whether something of somebody else is new
   */
  #drawTurns(turns, trouble) {
    const { log } = /** @type {Parts} */ (this.#parts);
    let added = false;
    let at = log.firstElementChild;
    const keep = new Set();
    /**
     * @param {string} key
     * @param {() => HTMLElement} create
     */
    const place = (key, create) => {
      let element = this.#shown.get(key);
      if (!element) {
        element = create();
        this.#shown.set(key, element);
      }
      keep.add(key);
      if (element === at) {
        at = at.nextElementSibling;
      } else {
        log.insertBefore(element, at);
      }
      return element;
    };
    if (!turns.length) {
      const { hello, intro } = this.#words;
      place("hello", () =>
        make("div", { class: "hello" }, icon("chat", 32), make("strong", {}, hello), make("p", {}, intro)),
      );
    }
    let day = "";
    turns.forEach((turn, index) => {
      const [before, after] = [turns[index - 1], turns[index + 1]];
      const today = new Date(turn.sent_at).toDateString();
      if (today !== day) {
        day = today;
        place(`day-${day}`, () => make("p", { class: "day" }, this.#day(turn.sent_at)));
      }
      const fresh = !this.#shown.has(turn.key);
      const element = place(turn.key, () => this.#makeTurn(turn));
      added ||= fresh && turn.author !== "shopper";
      this.#drawTurn(element, turn, !before || !goTogether(before, turn), !after || !goTogether(turn, after), trouble);
    });
    for (const [key, element] of this.#shown) {
      if (!keep.has(key)) {
        element.remove();
        this.#shown.delete(key);
      }
    }
    return added;
  }

  /** @param {Turn} turn */
  #makeTurn({ author, name, text, sent_at }) {
    const words = this.#words;
    const role = words[author === "shopper" ? "you" : author] ?? words.system;
    const shown = author === "agent" && name ? `${name} · ${role}` : name || role;
    // Names of authors that this version does not know are no class names.
    const kind = author in { shopper: 1, assistant: 1, agent: 1 } ? author : "system";
    const bubble = make("div", { class: "bubble", dir: "auto", lang: "" });
    if (kind === "system") {
      bubble.append(icon("info", 20), make("span", {}, ...prose(text)));
    } else {
      bubble.append(...prose(text));
    }
    const when = new Date(sent_at);
    const time = make("time", { datetime: sent_at }, isNaN(+when) ? "" : this.#clock.format(when));
    return make(
      "div",
      { class: `turn ${kind}` },
      make("p", { class: "who", dir: "auto" }, shown),
      bubble,
      make("p", { class: "meta" }, time),
    );
  }

  /**
   * What can change about a turn: its place among the others, and whether it was sent.
   * @param {HTMLElement} element
   * @param {Turn} turn
   * @param {boolean} first of those that stand together
   * @param {boolean} last
   * @param {boolean} trouble
   */
  #drawTurn(element, { draft, author }, first, last, trouble) {
    const words = this.#words;
    const refused = draft?.refused;
    element.classList.toggle("first", first);
    element.classList.toggle("last", last);
    element.classList.toggle("pending", !!draft);
    element.classList.toggle("refused", !!refused);
    // Seen once above what stands together, and heard with each.
    element.firstElementChild?.classList.toggle("hush", !first || author === "shopper" || author === "system");
    const meta = /** @type {HTMLElement} */ (element.lastElementChild);
    const state = refused
      ? fill(words.refused, { why: refused })
      : draft && (trouble ? words.later : words.sending);
    if (state !== (meta.dataset.state || undefined)) {
      meta.dataset.state = state ?? "";
      const [time] = meta.getElementsByTagName("time");
      if (time) {
        time.hidden = !!state;
        meta.replaceChildren(time, state ?? "");
      }
      if (draft && refused) {
        const edit = make("button", { type: "button" }, words.edit);
        edit.addEventListener("click", () => this.#edit(draft));
        meta.append(" ", edit);
      }
    }
  }

  /** @param {Draft} draft */
  #edit(draft) {
    const { text } = /** @type {Parts} */ (this.#parts);
    text.value = text.value ? `${draft.text}\n${text.value}` : draft.text;
    this.#session.set("text", text.value);
    this.#chat?.takeBack(draft.id);
    this.#fit();
    text.focus();
  }

  /** @param {string} sentAt */
  #day(sentAt) {
    const date = new Date(sentAt);
    if (isNaN(+date)) {
      return "";
    }
    const midnight = (/** @type {Date} */ of) => new Date(of.getFullYear(), of.getMonth(), of.getDate()).getTime();
    const ago = Math.round((midnight(date) - midnight(new Date())) / 86_400_000);
    if (ago > -2) {
      const words = new Intl.RelativeTimeFormat(this.#locale, { numeric: "auto" }).format(ago, "day");
      return words.charAt(0).toLocaleUpperCase(this.#locale) + words.slice(1);
    }
    return date.toLocaleDateString(this.#locale, { weekday: "long", day: "numeric", month: "long" });
  }

  #focused() {
    return this.shadowRoot?.activeElement ?? null;
  }

  #isAtEnd() {
    const log = this.#parts?.log;
    return !log || log.scrollHeight - log.scrollTop - log.clientHeight < 80;
  }

  #toEnd() {
    const log = this.#parts?.log;
    log?.scrollTo(0, log.scrollHeight);
  }

  /** Lets the field grow with its lines where the browser does not. */
  #fit() {
    const text = this.#parts?.text;
    if (text && !CSS.supports("field-sizing", "content")) {
      text.style.blockSize = "auto";
      text.style.blockSize = `${text.scrollHeight}px`;
    }
  }

  /** Keeps the panel above the keyboard of a phone. */
  #fitScreen() {
    const screen = window.visualViewport;
    const style = this.#parts?.panel.style;
    if (screen && style) {
      style.setProperty("--top", `${screen.offsetTop}px`);
      style.setProperty("--tall", `${screen.height}px`);
    }
  }
}

/**
 * Whether a key belongs to the choice of a character. Safari says so by the code alone: its composition is over by then.
 * @param {KeyboardEvent} event
 */
const composes = (event) => event.isComposing || event.keyCode === 229;

/**
 * Whether two turns stand together: one author, one day, within minutes.
 * @param {Turn} a
 * @param {Turn} b
 */
const goTogether = (a, b) =>
  a.author === b.author &&
  a.name === b.name &&
  a.author !== "system" &&
  a.sent_at.slice(0, 10) === b.sent_at.slice(0, 10) &&
  Date.parse(b.sent_at) - Date.parse(a.sent_at) < 600_000;

// A shop may load the file twice.
if (!customElements.get("convi-chat")) {
  customElements.define("convi-chat", ConviChat);
}
