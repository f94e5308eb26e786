// SPDX-License-Identifier: Apache-2.0
// Elements: made of text and other elements alone, so that no foreign text is ever read as markup.

const at = (id) => document.getElementById(id);

// `what` is a tag with classes, as in "span.kind.model"; properties that begin with "on" are listeners.
function make(what, properties, ...inside) {
  const [tag, ...classes] = what.split(".");
  const element = document.createElement(tag);
  if (classes.length) element.className = classes.join(" ");
  for (const [name, value] of Object.entries(properties || {})) {
    if (value === undefined || value === null || value === false) continue;
    if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else element.setAttribute(name, value === true ? "" : String(value));
  }
  put(element, ...inside);
  return element;
}

function put(element, ...inside) {
  for (const each of inside.flat(Infinity)) {
    if (each === null || each === undefined || each === "") continue;
    element.append(each instanceof Node ? each : visible(String(each)));
  }
  return element;
}

function drawn(tag, properties, ...inside) {
  const element = document.createElementNS("http://www.w3.org/2000/svg", tag);
  for (const [name, value] of Object.entries(properties)) element.setAttribute(name, String(value));
  return put(element, ...inside);
}

function refill(element, ...inside) {
  element.replaceChildren();
  return put(element, ...inside);
}

function mark(kind) {
  return make(`i.mark.${kind in KINDS ? kind : "other"}`, { "aria-hidden": "true" });
}

// Tabs by the arrow keys, as a person expects of them.
function tabs(list, choose) {
  list.addEventListener("click", (event) => {
    const tab = event.target.closest("[role=tab]");
    if (tab) choose(tab.dataset.view);
  });
  list.addEventListener("keydown", (event) => {
    const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    if (!step) return;
    const all = [...list.querySelectorAll("[role=tab]")];
    const next = all[(all.indexOf(event.target) + step + all.length) % all.length];
    event.preventDefault();
    event.stopPropagation();
    choose(next.dataset.view);
    list.querySelector(`[data-view="${next.dataset.view}"]`).focus();
  });
}

function mark_tab(list, view) {
  for (const tab of list.querySelectorAll("[role=tab]")) {
    const chosen = tab.dataset.view === view;
    tab.setAttribute("aria-selected", String(chosen));
    tab.tabIndex = chosen ? 0 : -1;
  }
}
