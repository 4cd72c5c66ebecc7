// Nothing that is typed is lost (fault L1). A form whose words the server keeps (data-saves) is sent
// by itself while somebody writes. What the server has not got is kept in this browser, for this
// person only, until it has; leaving the page with it warns, and the page offers it when it is
// opened again. Without this file every button still saves what stands in the boxes.
const PAUSE = 1500; // milliseconds without a key before words are sent
const AGAIN = 8000; // before they are sent again when the service did not answer
const MOST_AT_THE_END = 60000; // bytes that a browser sends for a page that is closed
const HEADER = "Plancycle-Saves";
const DAYS = 14; // for which this browser keeps words that the service has not got
const ALL = "plancycle:";
const OFFERED = "offered "; // begins the keys of words that are on offer until their writer decides
const page = document.getElementById("main-content");
const mine = `${ALL}${page?.dataset.person}:`;

const kept = {
  get: (key) => { try { return JSON.parse(localStorage.getItem(key)); } catch { return null; } },
  set: (key, value) => {
    try { localStorage.setItem(key, JSON.stringify(value)); return true; } catch { return false; }
  },
  drop: (key) => { try { localStorage.removeItem(key); } catch { /* it keeps nothing */ } },
  keys: () => { try { return Object.keys(localStorage); } catch { return []; } },
};

export function start() {
  forgetOldWords();
  if (!page?.dataset.person) return;
  forgetWhatWasDone();
  for (const form of document.querySelectorAll("form[method=post]")) {
    if (form.querySelector("textarea:not([readonly])")) new Writing(form);
  }
}

// Words that nobody has come back for do not stay on a computer that others use.
function forgetOldWords() {
  for (const key of kept.keys()) {
    if (key.startsWith(ALL) && !(Date.now() - Date.parse(kept.get(key)?.at) < DAYS * 86400000)) kept.drop(key);
  }
}

// The act of a form went through, or the service has kept what was sent to a page after the session
// ended and offers it: what this browser kept of it is no longer wanted.
function forgetWhatWasDone() {
  const { done } = page.dataset;
  const path = document.querySelector("form[data-kept]")?.getAttribute("action");
  for (const key of kept.keys()) {
    if (!key.startsWith(mine) || key.startsWith(mine + OFFERED)) continue;
    if (done && kept.get(key)?.form === done || path && key.endsWith(` ${path}`)) kept.drop(key);
  }
}

class Writing {
  constructor(form) {
    this.form = form;
    this.action = form.getAttribute("action") || location.pathname + location.search;
    this.place = location.pathname + location.search + " " + this.action;
    this.key = mine + this.place;
    this.saved = this.words();
    this.unsaved = "unsaved" in form.dataset;
    this.first = this.unsaved ? {} : this.saved;
    this.told = form.querySelector(".app-saved") ?? element("p", "govuk-hint app-saved");
    this.offer();
    if (this.unsaved && form.dataset.saves === "draft") this.save();
    form.addEventListener("input", () => this.typed());
    form.addEventListener("submit", (event) => this.sends(event));
    window.addEventListener("beforeunload", (event) => { if (this.warns()) event.preventDefault(); });
    window.addEventListener("pagehide", () => this.closes());
    for (const back of ["online", "focus"]) window.addEventListener(back, () => this.waits && this.save());
  }

  get saves() { return ["text", "draft"].includes(this.form.dataset.saves); }

  boxes() { return [...this.form.querySelectorAll("textarea, input[type=text]")].filter((box) => box.name); }

  words(boxes = this.boxes()) { return Object.fromEntries(boxes.map((box) => [box.name, box.value])); }

  // A box that only one button sends (data-only-with) is saved by nothing else.
  alone() { return this.boxes().filter((box) => box.dataset.onlyWith); }

  sent() { return this.words(this.boxes().filter((box) => !box.dataset.onlyWith)); }

  isUnsaved() { return this.unsaved || !same(this.words(), this.saved); }

  isUnsent() { return this.unsaved || !same(this.sent(), this.saved); }

  warns() { return !this.leaving && this.isUnsaved(); }

  say(...words) {
    const text = words.map((each) => each.textContent ?? each).join("");
    if (this.told.textContent !== text) this.told.replaceChildren(...words);
  }

  typed() {
    this.leaving = false;
    this.keep();
    if (!this.saves || this.stopped) return;
    clearTimeout(this.timer);
    if (!this.isUnsent()) return;
    this.timer = setTimeout(() => this.save(), PAUSE);
  }

  keep() {
    this.setAside();
    if (!this.isUnsaved()) return kept.drop(this.key);
    const form = this.form.elements.form_key?.value;
    kept.set(this.key, { at: new Date().toISOString(), first: this.first, words: this.words(), form });
  }

  body() {
    const sent = new URLSearchParams(new FormData(this.form));
    if (this.form.dataset.saves === "draft") sent.set("keep", "y");
    return sent;
  }

  send(more = {}) {
    return fetch(this.action, {
      method: "POST", body: this.body(), redirect: "manual", headers: { [HEADER]: "1" }, ...more,
    });
  }

  save() {
    this.sending ??= this.saveNow().finally(() => { this.sending = null; });
    return this.sending;
  }

  async saveNow() {
    clearTimeout(this.timer);
    this.waits = false;
    const words = this.sent();
    let reply, said = {};
    try {
      if (this.forgotten) await this.openAgain();
      reply = await this.send();
      if ((reply.headers.get("Content-Type") || "").startsWith("application/json")) said = await reply.json();
    } catch {
      this.unanswered = words;
      return this.later("The service does not answer.");
    }
    if (reply.ok && said.saved) return this.isSaved(words, said);
    if (reply.status === 409 && await this.wasMine()) return this.saveNow();
    if (reply.status === 401 || reply.status === 400) return this.signedOut();
    if (reply.status >= 500 || reply.status === 429) return this.later("The service does not answer.");
    this.stopped = reply.status !== 422;
    if (reply.status === 409) this.say("Not saved yet. Somebody else, or you in another window, saved this meanwhile. Press the first button to see both texts. Yours is kept in this browser.");
    else this.say(`Not saved yet. ${said.why || "You can no longer change this. Copy your text."} Your text is kept in this browser.`);
  }

  isSaved(words, said) {
    this.forgotten = this.unsaved = false;
    this.unanswered = null;
    this.saved = { ...this.saved, ...words };
    if (said.version && this.form.elements.seen_version) this.form.elements.seen_version.value = said.version;
    this.say(this.form.dataset.saves === "draft" ? `Draft saved at ${said.saved}. Nobody else sees it yet.` : `Saved at ${said.saved}.`);
    this.keep();
    if (this.isUnsent()) this.timer = setTimeout(() => this.save(), PAUSE);
  }

  later(why) {
    this.say(`Not saved yet. ${why} Your text is kept in this browser and is sent again by itself.`);
    this.again();
  }

  again() {
    this.waits = true;
    this.timer = setTimeout(() => this.save(), AGAIN);
  }

  signedOut() {
    const link = element("a", "govuk-link", "Sign in in another window");
    link.href = "/sign-in";
    link.target = "_blank";
    link.rel = "noopener";
    this.say("Not saved yet. You are signed out. Your text is kept in this browser. ", link, " and it is saved by itself.");
    this.forgotten = true;
    this.again();
  }

  // The page as it stands now, for the token of the new session. Somebody else's session is none.
  async openAgain() {
    const now = await this.now();
    const token = now?.querySelector("input[name=csrf_token]")?.value;
    if (!token || now.getElementById("main-content")?.dataset.person !== page.dataset.person) return;
    for (const each of document.querySelectorAll("input[name=csrf_token]")) each.value = token;
  }

  // Whether it was this page that saved what stands there now, and only the reply did not arrive.
  async wasMine() {
    const sent = this.unanswered;
    this.unanswered = null;
    if (!sent) return false;
    const there = [...(await this.now())?.forms ?? []].find((each) => each.getAttribute("action") === this.action);
    if (!there || Object.keys(sent).some((name) => plain(there.elements[name]?.value ?? "") !== plain(sent[name]))) return false;
    this.form.elements.seen_version.value = there.elements.seen_version.value;
    return true;
  }

  async now() {
    const reply = await fetch(location.href, { redirect: "manual" });
    return reply.ok ? new DOMParser().parseFromString(await reply.text(), "text/html") : null;
  }

  // A button was pressed: first let the words that are on their way arrive, then go.
  sends(event) {
    clearTimeout(this.timer);
    if (this.sending) {
      event.preventDefault();
      const { submitter } = event;
      this.sending.finally(() => this.form.requestSubmit(submitter));
      return;
    }
    if (this.isUnsaved()) this.keep();
    const left = this.alone().filter((box) => box.dataset.onlyWith !== event.submitter?.name && box.value.trim() && box.value !== this.first[box.name]);
    if (left.length) this.offers(new Date().toISOString(), { first: this.first, words: this.words(left) });
    this.leaving = true;
  }

  closes() {
    if (!this.saves || this.stopped || this.leaving || !this.isUnsent()) return;
    if (String(this.body()).length > MOST_AT_THE_END) return;
    this.unanswered = this.sent();
    this.send({ keepalive: true }).catch(() => {});
  }

  // What is offered has a key of its own as soon as more is typed: no save and no act drops it.
  offers(at, found) {
    const key = `${mine}${OFFERED}${at} ${this.place}`;
    kept.set(key, { at, ...found });
    return key;
  }

  setAside() {
    if (!this.offered) return;
    const { form, ...found } = this.offered.found;
    this.offered.key = this.offers(found.at, found);
    this.offered = null;
  }

  // Words of this person that this browser kept and the server has not got.
  offer() {
    const before = mine + OFFERED;
    const keys = kept.keys().filter((key) => key.startsWith(before) && key.slice(key.indexOf(" ", before.length) + 1) === this.place);
    for (const key of keys.sort()) this.offerAgain({ key, found: kept.get(key) });
    this.offered = this.offerAgain({ key: this.key, found: kept.get(this.key) });
    if (this.offered) this.unanswered = this.offered.found.words; // they may have been sent while their page was closed
    else this.keep();
  }

  // One panel with what was kept under a key; null, and nothing is kept, where the page has it all.
  offerAgain(offered) {
    const { found } = offered;
    const lost = this.boxes().filter((box) => found?.words[box.name] && plain(found.words[box.name]) !== plain(box.value)
      && plain(found.words[box.name]) !== plain(found.first?.[box.name] ?? ""));
    if (!lost.length) {
      kept.drop(offered.key);
      return null;
    }
    const id = `kept-${document.querySelectorAll(".app-kept").length}-${lost[0].id}`;
    const panel = element("section", "govuk-inset-text app-kept");
    const title = element("h2", "govuk-heading-s", "Text of yours that was not saved");
    title.id = id;
    panel.setAttribute("aria-labelledby", title.id);
    panel.append(title, element("p", "govuk-body", `You typed this in this browser on ${moment(found.at)}.`));
    for (const box of lost) {
      const copy = element("textarea", "govuk-textarea");
      Object.assign(copy, { id: `${id}-${box.id}-words`, rows: 6, readOnly: true, value: found.words[box.name] });
      const label = element("label", "govuk-label", labelOf(box));
      label.htmlFor = copy.id;
      panel.append(label, copy);
    }
    const take = element("button", "govuk-button govuk-button--secondary", "Put it back");
    const drop = element("button", "app-link-button", "Throw it away");
    take.type = drop.type = "button";
    const group = element("div", "govuk-button-group");
    group.append(take, drop);
    panel.append(group);
    this.form.before(panel);
    const end = () => {
      if (this.offered === offered) this.offered = null;
      kept.drop(offered.key);
      this.keep();
      panel.remove();
      const fold = lost[0].closest("details");
      if (fold) fold.open = true;
      lost[0].focus();
    };
    drop.addEventListener("click", end);
    take.addEventListener("click", () => {
      for (const box of lost) box.value = together(box.value, found.words[box.name], found.first?.[box.name]);
      for (const box of lost) box.dispatchEvent(new Event("input", { bubbles: true }));
      end();
    });
    return offered;
  }
}

// What was kept takes the place of the words from which it began; beside others it is added.
function together(now, words, first) {
  return !now.trim() || plain(now) === plain(first ?? "") ? words : `${now}\n\n${words}`;
}

function plain(words) { return words.replace(/\s+/g, " ").trim(); }

function same(one, other) { return Object.keys(one).every((name) => one[name] === other[name]); }

function labelOf(box) { return box.labels?.[0]?.textContent.trim() || "Your text"; }

function moment(at) {
  return new Date(at).toLocaleString("en-GB", { dateStyle: "long", timeStyle: "short", timeZone: "Europe/London" });
}

function element(name, classes, words) {
  const made = document.createElement(name);
  made.className = classes;
  if (words) made.textContent = words;
  return made;
}
