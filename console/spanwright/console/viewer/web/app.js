// SPDX-License-Identifier: Apache-2.0
// The page as a whole: what is open, what is filtered, and the keyboard.

const app = {
  trace: null,
  span: null,
  view: "timeline",
  latest: true, // whether the newest trace is shown as it comes, until the person chooses one

  open(trace, { enter = false, span = null, chosen = true } = {}) {
    if (chosen) this.latest = false;
    if (trace !== this.trace) {
      this.trace = trace;
      this.span = span;
      timeline.zoomed = null;
      this.draw();
      at("spans").scrollTop = 0;
    }
    traces.reveal();
    if (enter) this.go("trace");
  },

  // Quietly: the pane stays where it is, as when a key moves through the tree.
  pick(span, { quietly = false } = {}) {
    this.span = span;
    this.latest = false;
    timeline.reveal();
    detail.refresh();
    if (!quietly || !span) this.go(span ? "detail" : "trace");
    if (!span) at("spans").focus({ preventScroll: true });
    route.write();
  },

  turn(view) {
    this.view = view;
    this.draw();
  },

  go(pane) {
    document.body.dataset.pane = pane;
  },

  // What grows leaves the span alone that is being read.
  draw({ detailed = true } = {}) {
    const { trace } = this;
    if (!trace) return;
    document.body.classList.remove("blank");
    show_head();
    show_filters();
    mark_tab(at("tabs"), this.view);
    for (const view of VIEWS) at(view).hidden = view !== this.view;
    ({ timeline, graph, sums: sums_view })[this.view].refresh();
    if (detailed) detail.refresh();
    route.write();
  },

  refilter() {
    traces.refresh();
    show_filters();
    if (this.trace && this.view === "timeline") timeline.refresh();
  },

  grown() {
    const changed = this.trace && !this.trace.grown;
    traces.refresh();
    if (!traces.all.length) return;
    const asked = store.traces.get(wanted.id);
    if (asked) {
      this.open(asked, { span: asked.spans.get(wanted.span) || null });
      wanted = {};
    } else if (this.latest && this.trace !== traces.all[0]) this.open(traces.all[0], { chosen: false });
    else if (changed) this.draw({ detailed: false });
  },

  say(text, kind) {
    const state = at("state");
    state.className = kind;
    refill(state, text);
  },
};

function show_filters() {
  const present = new Set(app.trace ? [...app.trace.spans.values()].map((span) => span.kind) : []);
  const chip = (name, pressed, change, sign) => make(
    "button.chip", { type: "button", title: name, "aria-label": name, "aria-pressed": String(pressed), onclick: () => { change(); app.refilter(); } },
    sign, make("span", {}, name),
  );
  const kinds = Object.entries(KINDS).filter(([kind]) => present.has(kind) || filter.kinds.has(kind)).map(([kind, name]) => chip(
    name, filter.kinds.has(kind), () => { if (!filter.kinds.delete(kind)) filter.kinds.add(kind); }, mark(kind),
  ));
  at("filters").hidden = app.view !== "timeline";
  refill(
    at("filters"),
    filter.only ? chip(`${filter.only.name} ×`, true, () => { filter.only = null; }, mark(filter.only.kind)) : null,
    kinds.length > 1 || filter.kinds.size ? kinds : null,
    (app.trace && sums(app.trace).errors) || filter.errors
      ? chip("Errors", filter.errors, () => { filter.errors = !filter.errors; }, make("i.mark.failed", { "aria-hidden": "true" })) : null,
    pick_list("model", "All models"), pick_list("agent", "All agents"),
  );
}

function pick_list(name, all) {
  const found = new Set();
  for (const span of store.spans) {
    const value = name === "model" ? span.model : span.kind === "agent" ? span.target : span.agent;
    if (value) found.add(value);
  }
  if (found.size < 2 && !filter[name]) return null;
  const options = [...found].sort().map((value) => make("option", { value, selected: filter[name] === value }, value));
  return make("select", { "aria-label": name, onchange: (event) => { filter[name] = event.target.value; app.refilter(); } }, make("option", { value: "" }, all), options);
}

function clear_filters() {
  Object.assign(filter, { text: "", escaped: "", kinds: new Set(), errors: false, model: "", agent: "", only: null });
  at("query").value = "";
  app.refilter();
}

const THEMES = ["light dark", "light", "dark"];
const THEME_NAMES = { "light dark": "Auto", light: "Light", dark: "Dark" };

function set_theme(theme) {
  document.documentElement.style.colorScheme = theme;
  refill(at("theme"), THEME_NAMES[theme]).title = "Colours";
  at("theme").onclick = () => set_theme(THEMES[(THEMES.indexOf(theme) + 1) % THEMES.length]);
}

at("query").addEventListener("input", (event) => {
  set_text(event.target.value);
  app.refilter();
});
at("query").addEventListener("keydown", (event) => {
  if (event.key === "Enter" || event.key === "ArrowDown") {
    event.preventDefault();
    at("spans").focus();
    const first = timeline.shown.find((span) => timeline.hits?.get(span));
    if (first) app.pick(first, { quietly: true });
  }
});
// As when the page was just opened: nothing has the keyboard, so the list that is in sight takes it.
addEventListener("keydown", (event) => {
  if (event.target !== document.body || app.view !== "timeline" || event.key === "Enter") return;
  const list = [at("spans"), at("trace-list")].find((each) => each.offsetParent);
  const { key, ctrlKey, metaKey, altKey } = event;
  // What the list makes use of, it prevents from scrolling the page.
  if (list && !list.dispatchEvent(new KeyboardEvent("keydown", { key, ctrlKey, metaKey, altKey, cancelable: true }))) {
    event.preventDefault();
    list.focus({ preventScroll: true });
  }
});
addEventListener("keydown", (event) => {
  const typing = event.target.matches?.("input, select, textarea");
  if (event.key === "/" && !typing && !event.ctrlKey && !event.metaKey) {
    event.preventDefault();
    at("query").focus();
    at("query").select();
  } else if (event.key === "Escape") {
    if (typing && at("query").value) clear_filters();
    else if (typing) at("spans").focus();
    else if (app.span) app.pick(null);
    else if (timeline.zoomed) timeline.zoom(null);
    else if (is_filtering()) clear_filters();
    else app.go("traces");
  }
});
addEventListener("hashchange", () => {
  const { trace, span, view } = route.read();
  if (!trace) return;
  app.view = view;
  if (trace === app.trace) app.draw();
  app.open(trace, { span });
  if (span !== app.span) app.pick(span);
});
tabs(at("tabs"), (view) => app.turn(view));

// What the address named when the page was opened: while a program runs it may come later.
let wanted = {};

function begin() {
  document.body.dataset.pane = "traces";
  document.body.classList.add("blank");
  set_theme("light dark");
  refill(at("file"), settings.title);
  const rows = JSON.parse(at("summaries").textContent);
  at("summaries").remove();
  for (const summary of rows) take(summary);
  const asked = route.read();
  app.view = asked.view;
  wanted = { id: asked.id, span: asked.id && asked.span_id };
  document.body.classList.toggle("live", settings.live);
  traces.refresh();
  if (traces.all.length) {
    const enter = Boolean(asked.trace) || traces.all.length === 1;
    app.open(asked.trace || traces.all[0], { span: asked.span, enter, chosen: Boolean(asked.trace) });
    if (asked.span) app.pick(asked.span);
  }
  if (settings.unreadable) app.say(`${counted(settings.unreadable, "line")} could not be read`, "lost");
  if (settings.live) follow();
}

begin();
