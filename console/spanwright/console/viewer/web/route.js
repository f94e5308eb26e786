// SPDX-License-Identifier: Apache-2.0
// The address: #trace=…&span=…&view=… names what is on the page, so that it can be passed on.

const VIEWS = ["timeline", "graph", "sums"];

const route = {
  read() {
    const asked = new URLSearchParams(location.hash.slice(1));
    const trace = store.traces.get(asked.get("trace"));
    const view = VIEWS.includes(asked.get("view")) ? asked.get("view") : "timeline";
    return { id: asked.get("trace"), span_id: asked.get("span"), trace, span: trace?.spans.get(asked.get("span")) || null, view };
  },

  write() {
    const named = new URLSearchParams();
    if (app.trace) named.set("trace", app.trace.id);
    if (app.span) named.set("span", app.span.span);
    if (app.view !== "timeline") named.set("view", app.view);
    const hash = `#${named}`;
    if (hash !== location.hash) history.replaceState(null, "", hash);
  },
};
