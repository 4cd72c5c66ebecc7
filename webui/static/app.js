// Small comforts. Everything works without this file.
import { start as startSaving } from "./saving.js";
import { start as startPasting } from "./paste.js";
import { start as startPreviews } from "./preview.js";
import { initAll } from "./vendor/govuk-frontend.js";

initAll();
startSaving();
startPasting();
startPreviews();

// Part of a page was exchanged: start its components, say so to screen readers.
document.body.addEventListener("htmx:afterSwap", (event) => {
  const part = event.detail.elt;
  initAll({ scope: part });
  const status = document.getElementById("status");
  if (status && part.dataset.status) {
    status.textContent = part.dataset.status;
  }
});
