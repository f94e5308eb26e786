// SPDX-License-Identifier: Apache-2.0
// The tree of a trace beside its waterfall.

const SPAN_HEIGHT = 28;
const DEEPEST = 14; // levels that are indented; what lies deeper stands at this depth, behind a mark
const INDENT = 15;

const timeline = {
  shown: [],
  hits: null,
  from: 0,
  length: 1,
  zoomed: null,
  list: new List(at("spans"), SPAN_HEIGHT, blank_span, (element, number) => fill_span(element, timeline.shown[number])),

  refresh() {
    const { trace } = app;
    grow(trace);
    this.window();
    this.hits = is_filtering() ? reached(trace) : null;
    this.shown = this.hits ? trace.order.filter((span) => this.hits.has(span)) : unfolded(trace);
    this.list.active = this.shown.indexOf(app.span);
    this.axis();
    this.list.show(this.shown.length);
    this.list.activate(this.list.active, { reveal: false });
    at("timeline").classList.toggle("nothing", !this.shown.length);
  },

  window() {
    const { trace } = app;
    const span = this.zoomed && this.zoomed.trace === trace.id ? this.zoomed : null;
    this.from = span ? span.start : trace.start;
    this.length = Math.max((span ? span.end : trace.end) - this.from, 0.001);
    document.body.classList.toggle("zoomed", Boolean(span));
  },

  axis() {
    const ticks = [0, 0.25, 0.5, 0.75, 1].map((part) => {
      const tick = make("span", {}, duration(part * this.length));
      tick.style.left = `${part * 100}%`;
      return tick;
    });
    refill(
      at("axis"), make("span.name", {}, "Span"),
      make("span.lane", {}, ticks),
      make("span.tokens", {}, make("span", {}, "In"), make("span", {}, "Out")), make("span.took", {}, "Time"),
    );
  },

  reveal() {
    for (let above = app.span?.above; above; above = above.above) above.collapsed = false;
    this.refresh();
    const number = this.shown.indexOf(app.span);
    this.list.activate(number);
  },

  zoom(span) {
    this.zoomed = span;
    this.refresh();
  },
};

// What matches, and what it hangs on.
function reached(trace) {
  const found = new Map();
  for (const span of trace.order) {
    if (!matches(span)) continue;
    found.set(span, true);
    for (let above = span.above; above && !found.has(above); above = above.above) found.set(above, false);
  }
  return found;
}

function unfolded(trace) {
  const shown = [];
  let hidden = Infinity;
  for (const span of trace.order) {
    if (span.depth > hidden) continue;
    hidden = span.collapsed && span.children.length ? span.depth : Infinity;
    shown.push(span);
  }
  return shown;
}

function blank_span() {
  const parts = {
    indent: make("span.indent"), fold: make("i.fold", { "aria-hidden": "true" }), mark: make("i.mark"), verb: make("span.verb"),
    target: make("span.target"), notes: make("span.notes"), bar: make("span.bar"), first: make("span.first"),
    tokens: make("span.tokens", {}, make("span"), make("span")), took: make("span.took"),
  };
  const name = make("span.name", {}, parts.indent, parts.fold, parts.mark, parts.verb, parts.target, parts.notes);
  const element = make("div.span-row", { role: "treeitem" }, name, make("span.lane", {}, parts.bar), parts.tokens, parts.took);
  parts.bar.append(parts.first);
  element.parts = parts;
  return element;
}

function fill_span(element, span) {
  const { indent, fold, mark: sign, verb, target, notes, bar, first, tokens, took } = element.parts;
  const depth = Math.min(span.depth, DEEPEST);
  indent.style.width = `${depth * INDENT}px`;
  indent.classList.toggle("deeper", span.depth > DEEPEST);
  fold.className = span.children.length ? (span.collapsed && !timeline.hits ? "fold closed" : "fold open") : "fold";
  sign.className = `mark ${span.kind in KINDS ? span.kind : "other"}`;
  const says_verb = span.verb && span.verb !== span.target;
  verb.textContent = says_verb ? visible(span.verb) : "";
  target.textContent = visible(span.target || "span") + (span.kind === "http" && span.path ? visible(span.path) : "");
  notes.textContent = visible(span.error ? span.error : (span.notes || []).join(" · "));
  const start = (span.start - timeline.from) / timeline.length;
  const width = span.took / timeline.length;
  const left = Math.min(Math.max(start, 0), 1);
  const right = Math.min(Math.max(start + width, 0), 1);
  bar.className = `bar ${span.kind}`;
  bar.hidden = start > 1 || start + width < 0;
  bar.style.left = `${left * 100}%`;
  bar.style.width = `${(right - left) * 100}%`;
  first.style.width = span.first && span.took ? `${Math.min((100 * span.first) / span.took, 100)}%` : "0";
  const [input, output] = span.usage || [];
  tokens.firstChild.textContent = input ? count(input) : "";
  tokens.lastChild.textContent = output ? count(output) : "";
  took.textContent = duration(span.took);
  element.classList.toggle("failed", Boolean(span.error));
  element.classList.toggle("quiet", span.kind === "http" || span.kind === "other");
  element.classList.toggle("context", Boolean(timeline.hits) && !timeline.hits.get(span));
  element.setAttribute("aria-level", span.depth + 1);
  element.setAttribute("aria-label", [label(span), duration(span.took), span.error && `error: ${span.error}`].filter(Boolean).join(", "));
  if (span.children.length) element.setAttribute("aria-expanded", String(!span.collapsed));
  else element.removeAttribute("aria-expanded");
}

function fold(span, closed) {
  span.collapsed = closed;
  timeline.refresh();
}

timeline.list.chosen = (number) => app.pick(timeline.shown[number], { quietly: true });
at("spans").addEventListener("click", (event) => {
  const span = timeline.shown[timeline.list.number_of(event)];
  if (!span) return;
  if (event.target.classList.contains("fold") && span.children.length) fold(span, !span.collapsed);
  else app.pick(span);
});
at("spans").addEventListener("dblclick", (event) => {
  const span = timeline.shown[timeline.list.number_of(event)];
  if (span) timeline.zoom(timeline.zoomed === span ? null : span);
});
at("spans").addEventListener("keydown", (event) => {
  const { span } = app;
  if (event.key === "Enter" && span) {
    app.pick(span);
    at("detail").focus();
  } else if (event.key === "ArrowRight" && span?.children.length) {
    if (span.collapsed) fold(span, false);
    else app.pick(span.children[0], { quietly: true });
  } else if (event.key === "ArrowLeft" && span) {
    if (span.children.length && !span.collapsed && !timeline.hits) fold(span, true);
    else if (span.above) app.pick(span.above, { quietly: true });
    else if (!matchMedia("(max-width: 760px)").matches) at("trace-list").focus();
  } else if (event.key === "z" && span) timeline.zoom(timeline.zoomed === span ? null : span);
  else return;
  event.preventDefault();
});
