// How a text will look, beside it, drawn by the service as every page draws it (fault L2).
const PAUSE = 400; // milliseconds without a key

export function start() {
  for (const shown of document.querySelectorAll("[data-preview-of]")) {
    const box = document.getElementById(shown.dataset.previewOf);
    if (box) box.addEventListener("input", later(() => draw(box, shown)));
  }
}

function later(work) {
  let timer;
  return () => { clearTimeout(timer); timer = setTimeout(work, PAUSE); };
}

async function draw(box, shown) {
  const words = box.value;
  const token = box.form.elements.csrf_token.value;
  try {
    const reply = await fetch("/preview", {
      method: "POST", redirect: "manual", body: new URLSearchParams({ text: words, csrf_token: token }),
    });
    if (reply.ok && box.value === words) shown.innerHTML = await reply.text();
  } catch { /* it shows what it showed; saving says that the service does not answer */ }
}
