// What is pasted from Word, or from another page, becomes the text of this service: headings, bold,
// italics, links, lists and tables (fault L2). Word writes a list as paragraphs, with the level in a
// style and the mark as text; deleted words of tracked changes come along. The level and the mark
// make the list, and both the mark's text and what was deleted are left out.
const LISTED = /mso-list:\s*(?!none|ignore)[^;]*?level(\d)/i;
const NUMBER = /^\s*\(?(?:\d+[.\d]*|[a-z]|[ivxlc]+)[.)\s]?\s*$/i;
const BLOCKS = "p, h1, h2, h3, h4, h5, h6, li, ul, ol, table, div, blockquote, pre, hr, section, article";
const DROPPED = "del, style, script, title, meta, link, xml, img, object, .msoDel, .msocomanchor, .msocomtxt";
const WORTH = "h1, h2, h3, h4, h5, h6, b, strong, i, em, a[href], ul, ol, table, [data-style*=mso-list], [data-style*=font-weight], [class^=MsoList]";

export function start() {
  for (const box of document.querySelectorAll("textarea[data-writes=markdown]")) {
    box.addEventListener("paste", (event) => pasted(event, box));
  }
  for (const each of document.querySelectorAll("[data-pasting]")) {
    each.textContent = " Headings, bold, links, lists and tables stay what they are.";
  }
}

function pasted(event, box) {
  const html = event.clipboardData?.getData("text/html");
  if (!html) return;
  const words = toMarkdown(html);
  if (words === null) return; // nothing that plain text would lose
  event.preventDefault();
  const before = box.value.slice(0, box.selectionStart);
  const gap = before && !before.endsWith("\n") && /\n/.test(words) ? "\n\n" : "";
  // The browser's own command, so that Undo takes it back.
  if (!document.execCommand("insertText", false, gap + words)) {
    box.setRangeText(gap + words, box.selectionStart, box.selectionEnd, "end");
    box.dispatchEvent(new Event("input", { bubbles: true }));
  }
}

// The text of some HTML as Markdown; null where it has nothing but words.
export function toMarkdown(html) {
  const page = new DOMParser().parseFromString(withoutStyles(html), "text/html");
  for (const gone of page.querySelectorAll(DROPPED)) gone.remove();
  for (const each of page.querySelectorAll("[data-style]")) {
    if (/display:\s*none|mso-hide:\s*all|mso-element:\s*comment-list/i.test(each.dataset.style)) each.remove();
  }
  if (!page.body.querySelector(WORTH)) return null;
  const written = [];
  blocks(page.body, written);
  return joined(written);
}

// The page's own rules let no style in, which is as well: they are read here and never applied.
function withoutStyles(html) {
  return html.replace(/<style[\s\S]*?<\/style>/gi, "")
    .replace(/<[a-z][^>]*>/gi, (tag) => tag.replace(/\sstyle\s*=/i, " data-style="));
}

// Each block is {words, item}: of an item the level stands in front of it.
function blocks(node, written) {
  let loose = [];
  const flush = () => {
    const words = tidy(loose.map((each) => inline(each)).join(""));
    if (words) written.push({ words: safe(words) });
    loose = [];
  };
  for (const child of node.childNodes) {
    if (child.nodeType === Node.ELEMENT_NODE && (child.matches(BLOCKS) || child.querySelector?.(BLOCKS))) {
      flush();
      block(child, written);
    } else loose.push(child);
  }
  flush();
}

function block(node, written) {
  const name = node.tagName.toLowerCase();
  const heading = /^h([1-6])$/.exec(name) ?? (/\bMsoTitle\b/.test(node.className) ? ["", "1"] : null);
  const listed = LISTED.exec(node.dataset.style ?? "");
  if (name === "table") written.push({ words: table(node) });
  else if (name === "ul" || name === "ol") list(node, written, 1);
  else if (listed || /^MsoListParagraph/.test(node.className) && mark(node)) {
    const text = mark(node)?.textContent ?? "";
    const number = NUMBER.test(text) && !/^\s*o\s*$/.test(text);
    mark(node)?.remove();
    item(node, written, Number(listed?.[1] ?? 1), number);
  } else if (heading) {
    const words = tidy(inline(node, true)).replace(/\n/g, " ");
    if (words) written.push({ words: `${"#".repeat(Number(heading[1]))} ${words}` });
  } else if (name === "hr") written.push({ words: "---" });
  else blocks(node, written);
}

function mark(node) {
  return [...node.querySelectorAll("[data-style]")].find((each) => /mso-list:\s*ignore/i.test(each.dataset.style));
}

function list(node, written, level) {
  for (const child of node.children) {
    if (child.matches("ul, ol")) list(child, written, level + 1);
    if (!child.matches("li")) continue;
    const nested = [...child.querySelectorAll("ul, ol")].filter((each) => each.parentElement.closest("li") === child);
    for (const each of nested) each.remove();
    const at = Number(child.dataset.ariaLevel) || level; // Word on the web: one list for each item
    item(child, written, at, node.tagName === "OL");
    for (const each of nested) list(each, written, at + 1);
  }
}

function item(node, written, level, number) {
  const words = tidy(inline(node)).replace(/\n+/g, " ");
  if (words) written.push({ words, item: { level, number } });
}

function joined(written) {
  const lines = [];
  let counts = [], wide = [];
  written.forEach(({ words, item: at }, place) => {
    if (!at) {
      counts = wide = [];
      lines.push(...(lines.length ? [""] : []), words);
      return;
    }
    if (lines.length && !written[place - 1].item) lines.push("");
    const level = Math.min(at.level, counts.length + 1, 6); // no item hangs in the air
    counts = counts.slice(0, level);
    counts[level - 1] = at.number ? (counts[level - 1] || 0) + 1 : 0;
    wide = wide.slice(0, level - 1);
    const sign = at.number ? `${counts[level - 1]}. ` : "- ";
    lines.push(" ".repeat(wide.reduce((sum, each) => sum + each, 0)) + sign + words);
    wide[level - 1] = sign.length;
  });
  return lines.join("\n");
}

function table(node) {
  const rows = [];
  const kept = []; // cells that reach down from a row above
  for (const row of node.rows) {
    const cells = [];
    const take = () => { while (kept[cells.length] > 0) { kept[cells.length] -= 1; cells.push(""); } };
    for (const cell of row.cells) {
      take();
      for (let place = 0; place < cell.colSpan; place += 1) {
        kept[cells.length] = cell.rowSpan - 1;
        cells.push(place ? "" : cellWords(cell));
      }
    }
    take();
    rows.push(cells);
  }
  const columns = Math.max(...rows.map((row) => row.length), 1);
  const line = (row) => `| ${Array.from({ length: columns }, (_, place) => row[place] ?? "").join(" | ")} |`;
  return [line(rows[0] ?? []), line(Array(columns).fill("---")), ...rows.slice(1).map(line)].join("\n");
}

function cellWords(cell) {
  const inside = [];
  for (const each of cell.querySelectorAll("table")) each.replaceWith(...each.querySelectorAll("td > *, th > *"));
  blocks(cell, inside);
  return inside.map((each) => each.words.replace(/\s*\n\s*/g, " ").replace(/^#+ /, "")).join("; ").replace(/\|/g, "\\|");
}

// The words of a node with bold, italics and links; in a heading all is bold already.
function inline(node, plain = false) {
  if (node.nodeType === Node.TEXT_NODE) return node.data.replace(/[\s\u00a0]+/g, " ").replace(/[\\`*]/g, "\\$&");
  if (node.nodeType !== Node.ELEMENT_NODE) return "";
  if (node.tagName === "BR") return "\n";
  let words = [...node.childNodes].map((each) => inline(each, plain || bold(node))).join("");
  if (node.matches("p, div") && node.nextElementSibling) words += "\n";
  if (node.matches("a[href]") && /^(https?:|mailto:)/i.test(node.getAttribute("href"))) {
    const to = node.getAttribute("href").replace(/[()\s]/g, encodeURIComponent).replace(/\(/g, "%28").replace(/\)/g, "%29");
    return around(words, "[", `](${to})`);
  }
  if (!plain && bold(node)) return around(words, "**", "**");
  if (!plain && slanted(node)) return around(words, "*", "*");
  return words;
}

function bold(node) {
  const [, weight] = /(?<![-\w])font-weight:\s*(\w+)/i.exec(node.dataset.style ?? "") ?? [];
  if (weight) return /^bold/i.test(weight) || Number(weight) >= 600;
  return /^(B|STRONG)$/.test(node.tagName);
}

function slanted(node) {
  const [, style] = /(?<![-\w])font-style:\s*(\w+)/i.exec(node.dataset.style ?? "") ?? [];
  return style ? /^italic$/i.test(style) : /^(I|EM)$/.test(node.tagName);
}

// Signs stand next to words, never next to blanks; nothing is put around nothing.
function around(words, before, after) {
  const [, lead, middle, tail] = /^(\s*)([\s\S]*?)(\s*)$/.exec(words);
  return middle ? `${lead}${before}${middle}${after}${tail}` : words;
}

function tidy(words) {
  return words.replace(/\*\*(\s*)\*\*/g, "$1").replace(/[ \t]+/g, " ").replace(/ *\n */g, "\n").replace(/\n{2,}/g, "\n").trim();
}

// A line of words that would be taken for a heading or a quotation is neither.
function safe(words) { return words.replace(/^(#{1,6} |>)/gm, "\\$1"); }
