// SPDX-License-Identifier: Apache-2.0
// Which spans are looked for. Names are searched at once; content is read in the pauses, the first time it is asked for.

const filter = { text: "", kinds: new Set(), errors: false, model: "", agent: "", only: null };

function is_filtering() {
  return Boolean(filter.text || filter.kinds.size || filter.errors || filter.model || filter.agent || filter.only);
}

function words(span) {
  span.words ??= [label(span), span.path, span.model, span.agent, span.service, span.error, span.span, ...(span.notes || [])]
    .filter(Boolean).join("\n").toLowerCase();
  return span.words;
}

function agent_of(span) {
  if (span.kind === "agent") return span.target;
  const above = nearest(span, "agent");
  return (above && above.target) || span.agent || "";
}

function matches(span) {
  if (filter.errors && !span.error) return false;
  if (filter.kinds.size && !filter.kinds.has(span.kind)) return false;
  if (filter.model && span.model !== filter.model) return false;
  if (filter.only && !filter.only.test(span)) return false;
  if (filter.agent && agent_of(span) !== filter.agent) return false;
  if (!filter.text) return true;
  if (words(span).includes(filter.text)) return true;
  if (span.content === null) {
    reading.ask();
    return false;
  }
  return span.content.includes(filter.text) || span.content.includes(filter.escaped);
}

function set_text(text) {
  filter.text = text.trim().toLowerCase();
  // Messages are JSON inside an attribute, where a quote or a line's end is escaped.
  filter.escaped = JSON.stringify(filter.text).slice(1, -1);
}

const SLICE = 12; // milliseconds of reading before the page may draw again
const SHOWN_AGAIN = 400;

const reading = {
  next: 0,
  busy: false,
  told: 0,
  ask() {
    if (this.busy) return;
    this.busy = true;
    setTimeout(() => this.read());
  },
  read() {
    const end = performance.now() + SLICE;
    let waits = false;
    while (this.next < store.spans.length && performance.now() < end) {
      const span = store.spans[this.next];
      const detail = detail_of(span.row);
      if (detail === null) {
        waits = true;
        break;
      }
      span.content = content_of(span, detail);
      this.next += 1;
    }
    this.busy = this.next < store.spans.length;
    if (this.busy) setTimeout(() => this.read(), waits ? 50 : 0);
    if (!this.busy || performance.now() - this.told > SHOWN_AGAIN) {
      this.told = performance.now();
      app.refilter();
    }
  },
};

function content_of(span, detail) {
  const found = [detail.name, detail.status, detail.scope];
  const gather = (pairs) => {
    for (const [key, value] of pairs) found.push(key, typeof value === "string" ? value : JSON.stringify(value));
  };
  gather(detail.attributes);
  for (const event of detail.events) {
    found.push(event.name);
    gather(event.attributes);
  }
  return found.join("\n").toLowerCase();
}
