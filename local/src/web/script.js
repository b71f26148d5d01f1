// The console's script. It writes text, never markup: what services and callers say stays text. Only pages of
// the console, whose templates escape, are read as markup.
"use strict";

const token = document.querySelector('meta[name="console-token"]').content;
/** Tokens of the signed-in user, in this page and nowhere else: { id, access } */
let user = null;
/** Requests that the page shows. */
const MAX_TRACES = 200;
/** How often pages of what changes by itself are read, in milliseconds. */
const REFRESH = 2000;

/** An element with attributes, text and children; null among the children is left out. */
function element(name, attributes = {}, ...children) {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) {
    if (key === "text") made.textContent = value;
    else made.setAttribute(key, value);
  }
  made.append(...children.filter((child) => child !== null));
  return made;
}

/** Sends JSON to the console; answers JSON, with `error` where it did not work. */
async function send(path, value) {
  try {
    const answer = await fetch(path, {
      method: "POST",
      headers: { "content-type": "application/json", "x-console-token": token },
      body: JSON.stringify(value),
    });
    const text = await answer.text();
    return answer.headers.get("content-type") === "application/json" ? JSON.parse(text) : { error: text };
  } catch {
    return { error: "The console does not answer. Is it still running?" };
  }
}

// ---- calls ----

/** The bytes of a file in base64. */
function encoded(file) {
  return new Promise((resolve, reject) => {
    const reader = new FileReader();
    reader.onload = () => resolve(reader.result.slice(reader.result.indexOf(",") + 1));
    reader.onerror = () => reject(reader.error);
    reader.readAsDataURL(file);
  });
}

/** What the form of an operation holds. */
async function held(form) {
  const given = [...form.querySelectorAll("[data-location]")].filter((input) => input.value !== "");
  const more = (form.querySelector("[data-headers]")?.value ?? "").split("\n");
  const headers = more.filter((line) => line.trim() !== "").map((line) => {
    const colon = line.indexOf(":");
    return colon < 0 ? [line.trim(), ""] : [line.slice(0, colon).trim(), line.slice(colon + 1).trim()];
  });
  const header = form.dataset.tokenHeader;
  const isSet = headers.some(([name]) => name.toLowerCase() === header?.toLowerCase());
  if (header && user && !isSet) headers.push([header, user[form.dataset.tokenKind]]);
  const call = {
    operation: form.dataset.operation,
    method: form.querySelector("[data-method-choice]")?.value,
    parameters: given.map(({ name, value, dataset }) => ({ location: dataset.location, name, value })),
    headers,
    mediaType: form.querySelector("[data-media-type]")?.value,
    signer: form.querySelector("[data-signer]")?.value || undefined,
  };
  const body = form.querySelector("[data-body]")?.value;
  const file = form.querySelector("[data-file]")?.files[0];
  if (body) call.body = body;
  if (file) Object.assign(call, { body: await encoded(file), encoded: true });
  return call;
}

/** Calls the operation of a form and shows what it answers. */
async function call(form) {
  const place = form.parentElement.querySelector(".answer");
  const button = form.querySelector("button.main");
  button.disabled = true;
  place.replaceChildren(element("p", { class: "quiet", text: "Waiting for the answer…" }));
  try {
    show(place, form, await send("/try", await held(form)));
  } catch (error) {
    place.replaceChildren(element("p", { class: "error", text: String(error) }));
  } finally {
    button.disabled = false;
  }
}

/** A status in the colour of its class. */
function badge(status) {
  return element("span", { class: "status", "data-class": String(status)[0], text: String(status) });
}

function show(place, form, answered) {
  if (answered.error) {
    place.replaceChildren(element("p", { class: "error", text: answered.error }));
    return;
  }
  const said = `${answered.reason ?? ""} in ${answered.milliseconds} ms, ${answered.size} bytes`;
  const line = element("p", { class: "outcome" }, badge(answered.status), ` ${said} `);
  if (answered.requestId) {
    const trace = element("button", { type: "button", class: "link", text: `trace of ${answered.requestId}` });
    trace.addEventListener("click", () => openTrace(answered.requestId));
    line.append(trace);
  }
  const headers = element("details", { class: "minor" }, element("summary", { text: "Headers" }),
    element("pre", { text: answered.headers.map(([name, value]) => `${name}: ${value}`).join("\n") }));
  let body = null;
  if (answered.body === null) body = element("p", { class: "quiet", text: "The body is not text." });
  else if (answered.body !== "") body = element("pre", { class: "body", tabindex: "0", text: answered.body });
  const cut = answered.cut ? element("p", { class: "quiet", text: "This is only its beginning." }) : null;
  place.replaceChildren(line, headers, ...[body, cut].filter((it) => it !== null));
  const value = parsed(answered.body);
  if (value === null) return;
  const next = follow(form, value);
  if (typeof value.url === "string" && value.fields && typeof value.fields === "object") {
    place.append(upload(value));
  }
  if (next) place.append(next);
}

/** An object that the text is the JSON of, or null. */
function parsed(text) {
  try {
    const value = JSON.parse(text);
    return value && typeof value === "object" && !Array.isArray(value) ? value : null;
  } catch {
    return null;
  }
}

/** A button that reads what was made, if there is an operation for it. */
function follow(form, value) {
  const { next, nextPath, nextParameter, nextMember } = form.dataset;
  const id = next ? value[nextMember] : undefined;
  if (typeof id !== "string" && typeof id !== "number") return null;
  if (!document.getElementById(`op-${next}`)) return null;
  const text = `Call GET ${nextPath.replace(`{${nextParameter}}`, id)}`;
  const button = element("button", { type: "button", text });
  const place = element("div", { class: "answer" });
  button.addEventListener("click", async () => {
    const target = (await opened(next))?.querySelector("form.try");
    if (!target) return;
    target.querySelector(`[data-location="path"][name="${CSS.escape(nextParameter)}"]`).value = id;
    target.scrollIntoView({ block: "center" });
    call(target);
  });
  place.append(button);
  return place;
}

// ---- operations ----

/** The operation, open; where the page has only a link to its own page, it is fetched from there. */
async function opened(id) {
  let place = document.getElementById(`op-${id}`);
  if (place?.matches("a")) {
    const page = await pageAt(place.href);
    const fetched = page?.getElementById(place.id);
    if (!fetched) return null;
    place.replaceWith(fetched);
    place = fetched;
  }
  if (!place?.matches("details")) return null;
  place.open = true;
  return place;
}

/** A page of the console, whose markup is the console's own; null if it does not come. */
async function pageAt(url) {
  try {
    const answer = await fetch(url);
    return answer.ok ? new DOMParser().parseFromString(await answer.text(), "text/html") : null;
  } catch {
    return null;
  }
}

// ---- uploads ----

/** A form that sends a file to where a presigned POST leads: not to the console, but to the bucket. */
function upload({ url, fields }) {
  const type = Object.entries(fields).find(([name]) => name.toLowerCase() === "content-type")?.[1];
  const picker = element("input", { type: "file", required: "", ...(type ? { accept: type } : {}) });
  const said = element("p", { role: "status" });
  const form = element("form", { class: "upload" },
    element("label", { class: "field" },
      element("span", { text: `A file${type ? ` (${type})` : ""} for the bucket` }), picker),
    element("button", { text: "Upload" }), said);
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const data = new FormData();
    for (const [name, value] of Object.entries(fields)) data.append(name, value);
    // What follows the file is ignored by S3.
    data.append("file", picker.files[0]);
    said.textContent = "Uploading…";
    try {
      const answer = await fetch(url, { method: "POST", body: data, credentials: "omit" });
      const text = answer.ok ? "" : await answer.text();
      said.replaceChildren(badge(answer.status), answer.ok ? " uploaded" : ` ${text}`);
      said.classList.toggle("error", !answer.ok);
    } catch {
      said.textContent = `${url} does not take files from this page: does the bucket's CORS let it?`;
    }
  });
  return form;
}

// ---- users ----

const signIn = document.getElementById("sign-in");

/** Keeps the tokens of a user, or forgets them. Pages that show stores open beside this one meanwhile. */
function become(tokens, email) {
  user = tokens;
  document.querySelector("#user summary").textContent = tokens ? `Signed in as ${email}` : "Sign in";
  document.getElementById("sign-out").hidden = !tokens;
  for (const link of document.querySelectorAll("nav a")) link.target = tokens ? "lychgate-stores" : "";
}

async function signInOrUp(event) {
  event.preventDefault();
  const said = document.getElementById("sign-in-said");
  const { pool, email, password } = Object.fromEntries(new FormData(signIn));
  said.textContent = "Waiting for the answer…";
  said.classList.remove("error");
  const answered = await send("/sign-in", { pool, email, password, signUp: event.submitter?.value === "up" });
  if (answered.error) {
    said.textContent = answered.error;
    said.classList.add("error");
    return;
  }
  signIn.elements.password.value = "";
  said.textContent = `Its tokens stay in this page, and are valid for ${answered.minutes} minutes.`;
  become(answered, email);
  document.getElementById("user").open = false;
}

if (signIn) {
  signIn.addEventListener("submit", signInOrUp);
  document.getElementById("sign-out").addEventListener("click", () => become(null));
}

// ---- requests ----

const traces = document.getElementById("traces");

function traceLine(trace) {
  const summary = element("summary", {},
    badge(trace.status), " ",
    element("span", { class: "method", "data-method": trace.method, text: trace.method }), " ",
    element("code", { class: "path", text: trace.path }), " ",
    element("span", { class: "quiet", text: `${trace.milliseconds} ms` }));
  const about = [trace.at.slice(11, 23), trace.operation, trace.function && `by ${trace.function}`];
  const log = element("pre", { tabindex: "0", text: "…" });
  const details = element("details", {}, summary,
    element("p", { class: "quiet", text: about.filter(Boolean).join(", ") }),
    element("p", { class: "quiet" }, element("code", { text: trace.id })), log);
  details.addEventListener("toggle", async () => {
    if (!details.open || details.dataset.read) return;
    details.dataset.read = "yes";
    try {
      const text = await (await fetch(`/traces/${encodeURIComponent(trace.id)}`)).text();
      log.replaceChildren(...text.split("\n").map((line) => element("span", { class: "line", text: `${line}\n` })));
    } catch {
      delete details.dataset.read;
      log.textContent = "The console does not answer.";
    }
  });
  return element("li", { "data-request": trace.id }, details);
}

function openTrace(id) {
  const line = traces.querySelector(`[data-request="${CSS.escape(id)}"] details`);
  if (!line) return;
  line.open = true;
  line.scrollIntoView({ block: "nearest" });
  line.querySelector("summary").focus();
}

function followTraces() {
  const live = document.getElementById("live");
  const source = new EventSource("/traces");
  source.onopen = () => { live.textContent = "live"; };
  source.onerror = () => { live.textContent = "interrupted"; };
  source.onmessage = (event) => {
    document.getElementById("no-requests").hidden = true;
    traces.prepend(traceLine(JSON.parse(event.data)));
    while (traces.children.length > MAX_TRACES) traces.lastElementChild.remove();
  };
}

// ---- the page ----

addEventListener("submit", (event) => {
  if (!event.target.matches("form.try")) return;
  event.preventDefault();
  call(event.target);
});
addEventListener("click", async (event) => {
  const link = event.target.closest?.("a.operation");
  if (!link || event.ctrlKey || event.metaKey || event.shiftKey) return;
  event.preventDefault();
  const details = await opened(link.id.slice("op-".length));
  if (details) details.querySelector("summary").focus();
  else location.assign(link.href);
});

/** An address that names an operation opens it. */
async function openNamed() {
  const named = decodeURIComponent(location.hash.slice(1));
  if (named) (await opened(named))?.scrollIntoView();
}
addEventListener("hashchange", openNamed);
openNamed();

/** What changes by itself is read anew; the link that has the focus keeps it. */
async function refresh() {
  const main = document.querySelector("main[data-refresh]");
  if (!main) return;
  const fresh = document.hidden ? null : (await pageAt(location.href))?.querySelector("main");
  if (fresh && !fresh.isEqualNode(main)) {
    const href = main.contains(document.activeElement) ? document.activeElement.getAttribute("href") : null;
    main.replaceWith(fresh);
    if (href) fresh.querySelector(`a[href="${CSS.escape(href)}"]`)?.focus();
  }
  setTimeout(refresh, REFRESH);
}
setTimeout(refresh, REFRESH);
if (traces) followTraces();
