// SPDX-License-Identifier: Apache-2.0
// Tokens, cost and time by agent, model and tool, of this trace or of all of them.

const sums_view = {
  all: false,

  refresh() {
    const found = tables(this.all ? traces.all : [app.trace]);
    const choice = traces.all.length < 2 ? null : make(
      "div.choice", { role: "group", "aria-label": "Scope" },
      ...[["This trace", false], [`All ${count(traces.all.length)} traces`, true]].map(([name, all]) => make(
        "button", { type: "button", "aria-pressed": String(this.all === all), onclick: () => { this.all = all; this.refresh(); } }, name,
      )),
    );
    const rows = Object.values(found).flatMap((each) => [...each.values()]);
    const columns = COLUMNS.filter(([, shown]) => rows.some((sum) => shown(sum) !== ""));
    refill(
      at("sums"), choice,
      table("Models", "model", found.model, columns, true),
      table("Agents", "agent", found.agent, columns, true, "outside of agents"),
      table("Tools", "tool", found.tool, columns, false),
      make("p.note", {}, "A model call counts once, for the nearest agent and the nearest tool that it is part of. ",
        "A tool's tokens are those of model calls inside it. Times of calls that overlap add up."),
    );
  },
};

// Title, and what a row says there; what no row says anything in is left out, in all tables alike.
const COLUMNS = [
  ["Calls", (sum) => (sum.calls ? count(sum.calls) : "")],
  ["Errors", (sum) => (sum.errors ? make("b.failed", {}, count(sum.errors)) : "")],
  ["Tokens in", (sum) => (sum.usage[0] ? count(sum.usage[0]) : "")],
  ["Cached", (sum) => (sum.usage[2] ? count(sum.usage[2]) : "")],
  ["Tokens out", (sum) => (sum.usage[1] ? count(sum.usage[1]) : "")],
  ["Reasoning", (sum) => (sum.usage[4] ? count(sum.usage[4]) : "")],
  ["Cost", (sum) => sum.price],
  ["Time", (sum) => (sum.took ? duration(sum.took) : "")],
  ["Average", (sum) => (sum.calls ? duration(sum.took / sum.calls) : "")],
];

function table(name, kind, rows, columns, totals, nameless = "") {
  const whole = new Sum();
  for (const sum of rows.values()) whole.add(sum);
  const sorted = [...rows].sort(([, one], [, other]) => other.cost - one.cost || other.tokens - one.tokens || other.took - one.took);
  if (!sorted.length) return null;
  const line = (what, first, sum) => make(what, {}, first, columns.map(([, shown]) => make("td", {}, shown(sum))));
  return make(
    "table", {},
    make("thead", {}, make("tr", {}, make("th", { scope: "col" }, name), columns.map(([title]) => make("th", { scope: "col" }, title)))),
    make("tbody", {}, sorted.map(([key, sum]) => line("tr", make("th", { scope: "row" }, mark(sum.kind || kind), key ? make("bdi", {}, key) : make("em", {}, nameless)), sum))),
    totals && sorted.length > 1 ? make("tfoot", {}, line("tr", make("th", { scope: "row" }, "Together"), whole)) : null,
  );
}
