// SPDX-License-Identifier: Apache-2.0
// Values of any size: text, and JSON with its structure shown, a piece at a time when there is much of it.

const PIECE = 6000; // characters shown at first
const MORE = 60000; // and with each "Show more"
const PARSED = 2e7; // longer texts are shown as they are
const MOST = 1500; // values of one JSON that are coloured
const NESTED = 40;

function long_text(text, what = "div.text") {
  const element = make(what, { dir: "auto" });
  if (text.length <= PIECE + 500) return put(element, text);
  let end = 0;
  const button = make("button.more", { type: "button" });
  const show = (size) => {
    // Not between the halves of one character.
    let next = Math.min(end + size, text.length);
    if (next < text.length && /[\ud800-\udbff]/.test(text[next - 1])) next += 1;
    button.before(visible(text.slice(end, next)));
    end = next;
    button.textContent = `Show more (${count(text.length - end)} characters)`;
    button.hidden = end >= text.length;
  };
  element.append(button);
  show(PIECE);
  button.addEventListener("click", () => show(MORE));
  return element;
}

function parsed(value) {
  if (typeof value !== "string" || value.length > PARSED || !/^\s*[[{]/.test(value)) return value;
  try {
    return JSON.parse(value);
  } catch {
    return value;
  }
}

function value_of(value) {
  const found = parsed(value);
  if (typeof found === "string") return long_text(found);
  if (found === null || typeof found !== "object") return make(`span.${typeof found}`, {}, String(found));
  if (is_small(found) || is_short(found)) return make("code.json", {}, coloured(found));
  return json(found);
}

const is_small = (value) => Array.isArray(value) && value.length < 8 && value.every((item) => typeof item !== "object" && String(item).length < 40);

const is_short = (value) => {
  const values = Object.values(value);
  return values.length < 5 && values.every((item) => item === null || typeof item !== "object") && whole_json(value).length < 72;
};

function json(value) {
  const element = make("pre.json");
  const budget = { left: MOST };
  element.append(coloured(value, budget, 0));
  if (budget.left > 0) return element;
  return long_text(whole_json(value), "pre.json");
}

function whole_json(value) {
  try {
    return JSON.stringify(value, null, 2);
  } catch {
    return "[nested too deeply to be shown]";
  }
}

function coloured(value, budget = { left: MOST }, level = -1) {
  const found = document.createDocumentFragment();
  write(found, value, budget, level);
  return found;
}

function write(into, value, budget, level) {
  budget.left -= 1;
  if (budget.left <= 0) return;
  if (value === null || typeof value !== "object") {
    const kind = value === null ? "null" : typeof value;
    into.append(kind === "string" ? short_string(value) : make(`span.${kind}`, {}, String(value)));
    return;
  }
  const listed = Array.isArray(value);
  const entries = listed ? value.map((item) => [null, item]) : Object.entries(value);
  if (level > NESTED) {
    budget.left = 0;
    return;
  }
  const line = level < 0 ? "" : `\n${"  ".repeat(level + 1)}`;
  into.append(listed ? "[" : "{");
  entries.forEach(([key, item], index) => {
    into.append(line);
    if (key !== null) into.append(make("span.key", {}, key), ": ");
    write(into, item, budget, level < 0 ? level : level + 1);
    if (index < entries.length - 1) into.append(level < 0 ? ", " : ",");
  });
  if (entries.length && level >= 0) into.append(`\n${"  ".repeat(level)}`);
  into.append(listed ? "]" : "}");
}

function short_string(text) {
  return text.length > PIECE ? long_text(JSON.stringify(text), "span.string") : make("span.string", {}, JSON.stringify(text));
}

// Long names break where their parts do.
function breakable(key) {
  return visible(key).split(/(?<=[._/])/).flatMap((each) => [each, document.createElement("wbr")]);
}

function folded_value(value) {
  const found = parsed(value);
  if (found === value || String(value).length < 200) return value_of(value);
  const what = Array.isArray(found) ? counted(found.length, "item") : counted(Object.keys(found).length, "field");
  const element = make("details.fold-away", {}, make("summary", {}, "JSON", make("small", {}, `${what}, ${counted(value.length, "character")}`)));
  // Only few are ever opened.
  element.addEventListener("toggle", () => element.append(value_of(found)), { once: true });
  return element;
}

function pairs_table(pairs, empty) {
  if (!pairs.length) return make("p.empty", {}, empty);
  return make(
    "dl.pairs", {},
    [...pairs].sort(([one], [other]) => (one < other ? -1 : 1)).map(([key, value]) => [make("dt", {}, breakable(key)), make("dd", {}, folded_value(value))]),
  );
}
