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
});
document.addEventListener("htmx:error", () => notice("The sandbox does not answer. Is it still running?"));

// Another page begins at its top. The same page stays where it is, whatever a form in it has done.
let shown = location.pathname;
document.addEventListener("htmx:after:history:update", () => {
  if (location.pathname !== shown) scrollTo(0, 0);
  shown = location.pathname;
});
