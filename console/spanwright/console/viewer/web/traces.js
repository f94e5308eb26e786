// SPDX-License-Identifier: Apache-2.0
// The list of traces, the latest first, and the head of the one that is open.

const TRACE_HEIGHT = 58;

const traces = {
  all: [],
  shown: [],
  list: new List(at("trace-list"), TRACE_HEIGHT, blank_trace, (element, number) => fill_trace(element, traces.shown[number])),

  refresh() {
    this.all = in_order();
    this.shown = is_filtering() ? this.all.filter((trace) => [...trace.spans.values()].some(matches_in(trace))) : this.all;
    const some = this.shown.length < this.all.length ? `${count(this.shown.length)} of ` : "";
    refill(at("trace-count"), `${some}${count(this.all.length)}`);
    document.body.classList.toggle("alone", this.all.length < 2 && !settings.live);
    this.list.active = this.shown.indexOf(app.trace);
    this.list.show(this.shown.length);
  },

  reveal() {
    this.list.activate(this.shown.indexOf(app.trace));
  },
};

function matches_in(trace) {
  grow(trace);
  return matches;
}

traces.list.chosen = (number) => app.open(traces.shown[number]);
at("trace-list").addEventListener("click", (event) => {
  const number = traces.list.number_of(event);
  if (number >= 0) app.open(traces.shown[number], { enter: true });
});
at("trace-list").addEventListener("keydown", (event) => {
  if (event.key === "Enter" || event.key === "ArrowRight") {
    event.preventDefault();
    app.go("trace");
    at("spans").focus();
  }
});

function title(trace) {
  const [root] = grow(trace).roots;
  return root ? label(root) : "trace";
}

const is_open = (trace) => trace.open && settings.live;
const pulse = () => make("i.pulse", { title: "Still running, or its beginning is in another file" });

function blank_trace() {
  const parts = { name: make("span.name"), took: make("span.took"), time: make("span.time"), figures: make("span.tally") };
  const element = make("div.trace-row", { role: "option" }, make("div", {}, parts.name, parts.took), make("div", {}, parts.time, parts.figures));
  element.parts = parts;
  return element;
}

function fill_trace(element, trace) {
  const { name, took, time, figures } = element.parts;
  const whole = sums(trace);
  const [root] = trace.roots;
  refill(name, is_open(trace) ? pulse() : mark(root?.kind), make("bdi", { title: title(trace) }, root?.target || "trace"));
  refill(took, duration(trace.end - trace.start));
  refill(time, when(trace.start));
  refill(
    figures,
    whole.errors ? make("b.failed", {}, counted(whole.errors, "error")) : null,
    whole.tokens ? make("span", {}, `${rounded(whole.tokens)} tok`) : null,
    whole.price ? make("span", {}, whole.price) : null,
    !whole.tokens && !whole.errors ? make("span", {}, counted(trace.order.length, "span")) : null,
  );
  element.setAttribute("aria-setsize", traces.shown.length);
  element.setAttribute("aria-label", `${title(trace)}, ${duration(trace.end - trace.start)}, ${counted(whole.errors, "error")}`);
}

function figure(name, value, note, kind = "") {
  return value === "" || value === undefined ? null
    : make(`div.figure${kind}`, {}, make("dt", {}, name), make("dd", {}, value, note ? make("small", {}, note) : null));
}

function show_head() {
  const { trace } = app;
  const whole = sums(trace);
  const [input, output, cached, written, reasoning] = whole.usage;
  const parts = [cached && `${count(cached)} cached`, written && `${count(written)} cache write`, reasoning && `${count(reasoning)} reasoning`];
  const [root] = trace.roots;
  refill(
    at("trace-head"),
    make("button.back", { type: "button", onclick: () => app.go("traces") }, "Traces"),
    make("h1", {}, root && root.verb !== root.target ? make("span", {}, root.verb, " ") : null, make("bdi", {}, root?.target || "trace"), is_open(trace) ? pulse() : null),
    make("p.under", {}, [root?.service, `${day(trace.start)} ${clock(trace.start, true)}`].filter(Boolean).join("  ·  "), make("code", { title: "Trace id" }, trace.id)),
    make(
      "dl.figures", {},
      figure("Duration", duration(trace.end - trace.start)),
      figure("Spans", count(trace.order.length)),
      figure("Model calls", whole.models ? count(whole.models) : ""),
      figure("Tool calls", whole.tools ? count(whole.tools) : ""),
      figure("Tokens in", input ? count(input) : "", parts.slice(0, 2).filter(Boolean).join(", ")),
      figure("Tokens out", output ? count(output) : "", parts[2] || ""),
      figure("Cost", whole.price, whole.priced && whole.priced < whole.models ? `${whole.priced} of ${whole.models} calls` : ""),
      figure("Errors", whole.errors ? count(whole.errors) : "", "", ".failed"),
    ),
  );
}
