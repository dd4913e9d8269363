// What the pages do beyond links and forms. Everything is found by its attribute, at the document, so that it also works
// in what htmx brings later.
"use strict";

// [data-copy] copies the code beside it.
document.addEventListener("click", async (event) => {
  const button = event.target.closest("[data-copy]");
  if (!button) return;
  const code = button.parentElement.querySelectorAll("code");
  const text = Array.from(code, (c) => c.textContent).join(" ");
  try {
    await navigator.clipboard.writeText(text);
    button.textContent = "Copied";
  } catch { // over plain HTTP from another machine there is no clipboard
    getSelection().selectAllChildren(code[code.length - 1]);
    button.textContent = "Selected";
  }
  setTimeout(() => { button.textContent = "Copy"; }, 1500);
});

// A request that brings no page says so in one place, which goes with the next page.
const notice = (text) => { document.getElementById("notice").textContent = text; };

document.addEventListener("htmx:before:response", async (event) => {
  const { response } = event.detail.ctx;
  const kind = response.headers.get("Content-Type") ?? "";
  if (kind.startsWith("text/html") || kind.startsWith("text/event-stream")) return notice("");
  event.preventDefault();
  if (response.status === 401) return location.reload(); // the session has ended: to the page for signing in
  const problem = await response.raw.json().catch(() => ({}));
  notice(problem.detail ?? `The sandbox answered with ${response.status}.`);
  if (response.status === 404) follow(); // the workspace had gone before the page could follow it
});
for (const type of ["htmx:error", "htmx:sse:error"]) {
  document.addEventListener(type, (event) => {
    if (!event.detail.status) notice("The sandbox does not answer. Is it still running?");
    else follow(); // it has refused, and says why
  });
}
document.addEventListener("htmx:sse:after:connection", () => notice(""));

// Another page begins at its top. The same page stays where it is, whatever a form in it has done.
let shown = location.pathname;
document.addEventListener("htmx:after:history:update", () => {
  if (location.pathname !== shown) scrollTo(0, 0);
  shown = location.pathname;
});

// The list of requests follows the sandbox, which says "changed", unless that would move what somebody is about to use: it
// is scrolled, or the pointer or a key was just used in it. A button then says that there is more.
const list = () => document.getElementById("list");
let used = 0, behind = false;

function busy() {
  const top = list().querySelector(".scroll")?.scrollTop || 0;
  return Date.now() - used < 1500 || top > 0 || list().getBoundingClientRect().top < 0;
}

function follow() {
  if (!list()) return;
  behind = busy();
  const more = document.querySelector("[data-missed]");
  if (more) more.hidden = !behind;
  if (!behind) list().dispatchEvent(new Event("refresh"));
}

document.addEventListener("changed", follow);
document.addEventListener("htmx:before:swap", (event) => { // what was asked for before
  const { sourceElement, request } = event.detail.ctx;
  if (sourceElement?.id !== "list") return;
  const another = sourceElement !== list() || request.action !== list().getAttribute("hx-get"); // search by now
  if (!another && !busy()) return;
  behind = !another;
  event.preventDefault();
});
setInterval(() => { if (behind) follow(); }, 500);
for (const type of ["pointermove", "pointerdown", "keydown"]) {
  document.addEventListener(type, (event) => {
    const moved = type !== "pointermove" || event.movementX || event.movementY;
    if (moved && event.target.closest?.("#list")) used = Date.now();
  }, { passive: true });
}

// What of the list came since it was first seen in this tab, and was not opened, is unread.
const tab = () => "read in " + document.getElementById("page").dataset.workspace;
const numberOf = (id) => Number(id.split("-")[1]);
const runOf = (id) => id.split("-")[0];

// The one that was opened is in sight in the list beside it.
let sought;
function reveal() {
  const row = document.querySelector("#list [aria-current]");
  const box = row?.closest(".scroll");
  if (location.pathname !== sought && box && row.offsetTop + row.offsetHeight > box.clientHeight) box.scrollTop = row.offsetTop - box.clientHeight / 2;
  sought = location.pathname;
}

function mark(all) {
  if (!list()) return;
  const rows = Array.from(document.querySelectorAll("#list [data-request]"));
  const ids = rows.map((row) => row.dataset.request);
  let read = JSON.parse(sessionStorage.getItem(tab()));
  if (!read || all) read = { run: runOf(ids[0] || ""), last: Math.max(0, ...ids.map(numberOf)), opened: [] };
  const shown = location.pathname.split("/").pop();
  if (ids.includes(shown) && !read.opened.includes(shown)) read.opened = [...read.opened.slice(-999), shown];
  sessionStorage.setItem(tab(), JSON.stringify(read));
  let unread = 0;
  for (const row of rows) {
    const id = row.dataset.request;
    const fresh = (runOf(id) !== read.run || numberOf(id) > read.last) && !read.opened.includes(id);
    row.querySelector(".dot").hidden = !fresh;
    id === shown ? row.setAttribute("aria-current", "true") : row.removeAttribute("aria-current");
    if (fresh) unread++;
  }
  reveal();
  document.title = (unread ? `(${unread}) ` : "") + document.title.replace(/^\(\d+\) /, "");
}

for (const event of ["DOMContentLoaded", "htmx:after:swap", "popstate"]) {
  window.addEventListener(event, () => mark(false));
}

document.addEventListener("click", (event) => {
  if (event.target.closest("[data-read]")) mark(true);
  if (event.target.closest("[data-missed]")) {
    used = 0;
    list().querySelector(".scroll")?.scrollTo(0, 0);
    scrollTo(0, 0);
    follow();
  }
});

// A form that was done begins anew, though the morph keeps what was typed.
document.addEventListener("htmx:before:swap", (event) => {
  const { sourceElement: form, response } = event.detail.ctx;
  if (form instanceof HTMLFormElement && form.method === "post" && response.status < 400) form.reset();
});

// A file that is dropped on [data-drop] is as if it had been chosen in its field.
for (const kind of ["dragover", "dragleave", "drop"]) {
  document.addEventListener(kind, (event) => {
    const zone = event.target.closest?.("[data-drop]");
    if (!zone) return;
    event.preventDefault();
    zone.classList.toggle("over", kind === "dragover");
    if (kind === "drop" && event.dataTransfer.files.length) zone.querySelector("[type=file]").files = event.dataTransfer.files;
  });
}
