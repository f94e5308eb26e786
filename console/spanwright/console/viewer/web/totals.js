// SPDX-License-Identifier: Apache-2.0
// Sums without double counting, by the rules of the terminal's tree: a model call counts once, however many layers
// traced it, and a failure once, however far it rose.

const NO_USAGE = [0, 0, 0, 0, 0];

function repeats(span, above) {
  return span.kind === above.kind && (span.kind !== "tool" || span.target === above.target);
}

function is_outermost(span) {
  return !span.above || !repeats(span, span.above);
}

// The call itself, or else the layer directly inside it that knows the tokens.
function teller(span) {
  return span.usage ? span : span.children.find((child) => child.usage) || span;
}

function is_call(span) {
  return (span.kind === "model" || span.kind === "embeddings") && is_outermost(span);
}

function has_failed_here(span) {
  return Boolean(span.error) && !span.children.some((child) => child.error);
}

class Sum {
  constructor() {
    Object.assign(this, { calls: 0, models: 0, tools: 0, errors: 0, took: 0, priced: 0, cost: 0, usage: [...NO_USAGE] });
  }

  add_call(span) {
    const told = teller(span);
    this.models += 1;
    (told.usage || NO_USAGE).forEach((number, index) => { this.usage[index] += number; });
    if (told.cost !== undefined) {
      this.priced += 1;
      this.cost += told.cost;
    }
  }

  add(other) {
    for (const name of ["calls", "models", "tools", "errors", "took", "priced", "cost"]) this[name] += other[name];
    other.usage.forEach((number, index) => { this.usage[index] += number; });
  }

  get tokens() {
    return this.usage[0] + this.usage[1];
  }

  get price() {
    if (!this.priced) return "";
    return `${dollars(this.cost)}${this.priced < this.models ? "+" : ""}`;
  }
}

function sums(trace) {
  grow(trace);
  if (trace.sums) return trace.sums;
  const whole = new Sum();
  for (const span of trace.order) {
    if (is_call(span)) whole.add_call(span);
    if (span.kind === "tool" && is_outermost(span)) whole.tools += 1;
    if (has_failed_here(span)) whole.errors += 1;
  }
  trace.sums = whole;
  return whole;
}

function nearest(span, kind) {
  for (let above = span.above; above; above = above.above) if (above.kind === kind) return above;
  return null;
}

// Who did what: a table for each of agents, models and tools, whose rows add up to the whole.
function tables(traces) {
  const found = { agent: new Map(), model: new Map(), tool: new Map() };
  const row = (table, name) => {
    if (!found[table].has(name)) found[table].set(name, new Sum());
    return found[table].get(name);
  };
  for (const trace of traces) {
    for (const span of grow(trace).order) {
      if (is_call(span)) {
        const agent = nearest(span, "agent");
        row("agent", (agent && agent.target) || span.agent || "").add_call(span);
        const model = row("model", span.target || span.verb);
        model.kind = span.kind;
        model.add_call(span);
        count_in(model, span);
        const tool = nearest(span, "tool");
        if (tool) row("tool", tool.target).add_call(span);
      } else if (span.kind === "agent" && !(span.above && span.above.kind === "agent" && span.above.target === span.target)) {
        count_in(row("agent", span.target), span);
      } else if (span.kind === "tool" && is_outermost(span)) {
        count_in(row("tool", span.target), span);
      }
    }
  }
  return found;
}

function count_in(sum, span) {
  sum.calls += 1;
  sum.took += span.took;
  if (span.error) sum.errors += 1;
}
