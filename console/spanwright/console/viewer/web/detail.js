// SPDX-License-Identifier: Apache-2.0
// One span: what it was, what was said, and everything that was recorded of it.

const detail = {
  tab: "messages",
  shown: null,

  refresh() {
    const { span } = app;
    const box = at("detail");
    box.hidden = !span;
    document.body.classList.toggle("with-detail", Boolean(span));
    if (!span) {
      this.shown = null;
      return;
    }
    const found = detail_of(span.row);
    if (found === null) {
      refill(box, make("p.empty", {}, "Reading…"));
      addEventListener("DOMContentLoaded", () => this.refresh(), { once: true });
      return;
    }
    const logs = logs_of(span);
    const views = views_of(span, found, logs);
    const tab = views[this.tab] ? this.tab : "attributes";
    const scroll = this.shown === span.span ? box.querySelector(".scroll")?.scrollTop : 0;
    this.shown = span.span;
    const list = make("div.tabs", { role: "tablist", "aria-label": "Of this span" }, Object.entries(views).map(([view, [name, number]]) => make(
      "button", { role: "tab", type: "button", "data-view": view, "aria-controls": "span-view" }, name, number ? make("small", {}, count(number)) : null,
    )));
    tabs(list, (view) => {
      this.tab = view;
      this.refresh();
      at("detail").querySelector(`[data-view="${view}"]`).focus();
    });
    mark_tab(list, tab);
    const panel = make("div.scroll", { id: "span-view", role: "tabpanel", tabindex: 0, "aria-label": views[tab][0] });
    refill(box, head(span, found), list, put(panel, views[tab][2]()));
    panel.scrollTop = scroll || 0;
  },
};

function logs_of(span) {
  const found = [...(app.trace.logs.get(span.span) || [])];
  // What was logged in the trace outside of any span that is known belongs to its root.
  if (span === app.trace.roots[0]) {
    for (const [key, logs] of app.trace.logs) if (!app.trace.spans.has(key)) found.push(...logs);
  }
  return found.sort((one, other) => one.time - other.time).map((log) => ({ ...log, body: "", attributes: [], ...detail_of(log.row) }));
}

// The tabs: name, number, content.
function views_of(span, found, logs) {
  const talk = conversation(span, found, logs);
  const says = talk.length || ["model", "agent", "tool", "retrieval"].includes(span.kind);
  return {
    ...(says && { messages: [span.kind === "tool" || span.kind === "retrieval" ? "Content" : "Messages", 0, () => (talk.length ? talk : no_content())] }),
    attributes: ["Attributes", found.attributes.length, () => attributes_view(span, found)],
    ...(found.events.length && { events: ["Events", found.events.length, () => found.events.map((event) => moment(span, event.time, event.name, "", event.attributes))] }),
    ...(logs.length && { logs: ["Logs", logs.length, () => logs.map((log) => moment(span, log.time, log.event || log.severity || "log", log.event ? log.severity : "", log.attributes, log.body))] }),
  };
}

function no_content() {
  return make(
    "div.empty", {}, make("p", {}, "No content was captured with this span."),
    make("p", {}, "Record with ", make("code", {}, "spanwright run --content"), " to see what was said."),
  );
}

function head(span, found) {
  const get = (...names) => attribute(found.attributes, ...names);
  const [input, output, cached, written, reasoning] = span.usage || [];
  const finish = get("gen_ai.response.finish_reasons");
  const answered = get("gen_ai.response.model");
  const temperature = get("gen_ai.request.temperature");
  return make(
    "header.span-head", {},
    make("button.close", { type: "button", "aria-label": "Close", title: "Close (Esc)", onclick: () => app.pick(null) }, "×"),
    make("p.kind", {}, mark(span.kind), span.verb || found.role || "span"),
    make("h2", {}, make("bdi", {}, (span.target || found.name) + (span.kind === "http" ? span.path || "" : ""))),
    make("p.under", {}, `${clock(span.start, true)}  ·  +${duration(span.start - app.trace.start)}`, make("code", { title: "Span id" }, span.span)),
    span.error ? make("div.error", { role: "note" }, make("b", {}, span.error), found.status && !span.error.includes(found.status) ? long_text(found.status) : null) : null,
    make(
      "dl.figures", {},
      figure("Duration", duration(span.took)),
      figure("First chunk", span.first === undefined ? "" : duration(span.first)),
      figure("Tokens in", span.usage ? count(input) : "", [cached && `${count(cached)} cached`, written && `${count(written)} written`].filter(Boolean).join(", ")),
      figure("Tokens out", output ? count(output) : "", reasoning ? `${count(reasoning)} reasoning` : ""),
      figure("Cost", span.cost === undefined ? "" : dollars(span.cost)),
      figure("Finish", Array.isArray(finish) ? [...new Set(finish)].join(", ") : ""),
      figure("Provider", get("gen_ai.provider.name") ?? ""),
      figure("Answered by", answered && answered !== span.target ? answered : ""),
      figure("Temperature", temperature === undefined ? "" : String(temperature)),
      figure("Status", span.kind === "http" ? String(get("http.response.status_code", "http.status_code") ?? "") : ""),
    ),
  );
}

function attributes_view(span, found) {
  return [
    pairs_table(found.attributes, "No attributes."),
    make("h3", {}, "Span"),
    pairs_table([["name", found.name], ["kind", found.role], ["scope", found.scope], ["trace", span.trace], ["parent", span.parent], ["status", found.status]].filter(([, value]) => value), ""),
    found.links.length ? [make("h3", {}, "Links"), make("ul.links", {}, found.links.map((link) => make("li", {}, make("code", {}, link))))] : null,
    make("h3", {}, "Resource"),
    pairs_table(store.resources[span.resource] || [], "No attributes."),
  ].flat();
}

function moment(span, time, name, note, attributes, body) {
  return make(
    "article.moment", {},
    make("header", {}, make("time", { title: clock(time, true) }, `+${duration(time - span.start)}`), make("b", {}, name), note ? make("small", {}, note) : null),
    body === undefined || body === null || body === "" ? null : value_of(body),
    attributes.length ? pairs_table(attributes, "") : null,
  );
}
