// SPDX-License-Identifier: Apache-2.0
// What was recorded: rows become spans, spans become trees, a trace at a time and only when somebody looks.

const settings = JSON.parse(at("settings").textContent);

const store = {
  traces: new Map(),
  spans: [],
  resources: [],
  details: [], // of rows that came over the wire; those of a file stay in the document
  rows: 0,
};

function take(summary, detail) {
  const row = store.rows++;
  if (detail !== undefined) store.details[row] = detail;
  if (summary.type === "resource") store.resources[summary.resource] = summary.attributes;
  else if (summary.type === "span") take_span(summary, row);
  else if (summary.type === "log") take_log(summary, row);
}

function trace_of(id) {
  let trace = store.traces.get(id);
  if (!trace) {
    trace = { id, spans: new Map(), logs: new Map(), start: Infinity, end: -Infinity, grown: false };
    store.traces.set(id, trace);
  }
  return trace;
}

function take_span(summary, row) {
  const trace = trace_of(summary.trace);
  const known = trace.spans.get(summary.span);
  const span = Object.assign(known || { children: [], collapsed: false }, summary, { row, words: null, content: null });
  span.end = span.start + span.took;
  if (!known) {
    trace.spans.set(span.span, span);
    store.spans.push(span);
  }
  trace.start = Math.min(trace.start, span.start);
  trace.end = Math.max(trace.end, span.end);
  trace.grown = false;
}

function take_log(summary, row) {
  const trace = trace_of(summary.trace);
  const logs = trace.logs.get(summary.span) || [];
  logs.push({ ...summary, row });
  trace.logs.set(summary.span, logs);
}

const by_start = (one, other) => one.start - other.start;

// Depth first without recursion: a runaway agent nests deeper than the stack.
function grow(trace) {
  if (trace.grown) return trace;
  const spans = [...trace.spans.values()].sort(by_start);
  for (const span of spans) span.children.length = 0;
  const roots = [];
  for (const span of spans) {
    span.above = (span.parent && span.parent !== span.span && trace.spans.get(span.parent)) || null;
    if (span.above) span.above.children.push(span);
    else roots.push(span);
  }
  trace.order = [];
  const seen = new Set();
  const walk = (root) => {
    const waiting = [[root, 0]];
    while (waiting.length) {
      const [span, depth] = waiting.pop();
      if (seen.has(span)) continue;
      seen.add(span);
      span.depth = depth;
      trace.order.push(span);
      for (let last = span.children.length - 1; last >= 0; last--) waiting.push([span.children[last], depth + 1]);
    }
  };
  roots.forEach(walk);
  // Spans can claim to be each other's parents: no root leads to them, yet they are shown.
  for (const span of spans) {
    if (seen.has(span)) continue;
    if (span.above) span.above.children = span.above.children.filter((child) => child !== span);
    span.above = null;
    roots.push(span);
    walk(span);
  }
  trace.roots = roots;
  trace.open = roots.some((span) => span.parent && span.parent !== span.span);
  trace.sums = null;
  trace.grown = true;
  return trace;
}

function in_order() {
  return [...store.traces.values()].filter((trace) => trace.spans.size).sort((one, other) => other.start - one.start);
}

let opened = { number: -1, lines: [] };

// The detail of a row, or null while the document is still being read.
function detail_of(row) {
  if (store.details[row] !== undefined) return JSON.parse(store.details[row]);
  const number = Math.floor(row / settings.block);
  if (opened.number !== number) {
    const element = at(`details-${number}`);
    if (!element || (document.readyState === "loading" && !element.nextElementSibling)) return null;
    opened = { number, lines: element.textContent.split("\n") };
  }
  return JSON.parse(opened.lines[row % settings.block]);
}

function attribute(pairs, ...keys) {
  for (const key of keys) {
    const found = pairs.find(([name]) => name === key);
    if (found) return found[1];
  }
  return undefined;
}

function label(span) {
  return span.verb && span.verb !== span.target ? `${span.verb} ${span.target}` : span.target || "span";
}
