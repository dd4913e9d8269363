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
