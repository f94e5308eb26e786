// SPDX-License-Identifier: Apache-2.0
// Who called whom: agents, tools, searches and models, each once, with the number of calls on the edges.

const NODE = { width: 180, height: 46, across: 84, down: 20, margin: 28 };
const BEND = 40; // how far an edge goes straight on before it turns
const BUSY = 24; // edges, with whose numbers a drawing is full
const ACTORS = new Set(["agent", "tool", "retrieval", "model", "embeddings"]);

const graph = {
  refresh() {
    const made = called(app.trace);
    const box = at("graph");
    refill(box, made.nodes.size ? sketch(made) : make("p.empty", {}, "No agent, tool or model was called in this trace."));
  },
};

function called(trace) {
  const nodes = new Map();
  const edges = new Map();
  const actors = new Map();
  const node = (kind, name) => {
    const key = `${kind}\n${name}`;
    if (!nodes.has(key)) nodes.set(key, { key, kind, name, sum: new Sum(), next: [], level: 0, height: NODE.height, before: [] });
    return nodes.get(key);
  };
  for (const span of grow(trace).order) {
    const caller = span.above ? actors.get(span.above) : undefined;
    const name = span.target || span.verb;
    const again = span.above && span.kind === span.above.kind && (is_model(span) || span.target === span.above.target);
    if (!ACTORS.has(span.kind) || again) {
      actors.set(span, caller);
      continue;
    }
    const from = caller || node("program", trace.roots[0]?.service || "program");
    const to = node(span.kind, name);
    count_in(to.sum, span);
    if (is_model(span)) to.sum.add_call(span);
    const key = `${from.key}\n\n${to.key}`;
    if (!edges.has(key)) {
      edges.set(key, { from, to, count: 0, errors: 0 });
      from.next.push(to);
    }
    const edge = edges.get(key);
    edge.count += 1;
    edge.errors += span.error ? 1 : 0;
    actors.set(span, to);
  }
  return { nodes, edges };
}

const is_model = (span) => span.kind === "model" || span.kind === "embeddings";

// Each node stands right of all that call it, except where calls go round in a circle.
function place({ nodes, edges }) {
  const all = [...nodes.values()];
  const placed = new Set();
  const visit = (node, level, path) => {
    if (path.has(node) || path.size > 60) return;
    if (placed.has(node) && node.level >= level) return;
    node.level = Math.max(node.level, level);
    placed.add(node);
    path.add(node);
    for (const next of node.next) visit(next, level + 1, path);
    path.delete(node);
  };
  for (const node of all) if (node.kind === "program" || !placed.has(node)) visit(node, 0, new Set());
  const columns = [];
  for (const node of all) (columns[node.level] ||= []).push(node);
  for (const lane of lanes(edges)) (columns[lane.level] ||= []).push(lane);
  const tall = (column) => column.reduce((sum, each) => sum + each.height + NODE.down, -NODE.down);
  const whole = Math.max(...columns.filter(Boolean).map(tall));
  columns.forEach((column, level) => {
    column.forEach((each, index) => {
      each.index = index;
      each.pull = each.before.reduce((sum, other) => sum + middle(other), 0) / (each.before.length || 1);
    });
    column.sort((one, other) => one.pull - other.pull || one.index - other.index);
    let y = NODE.margin + (whole - tall(column)) / 2;
    for (const each of column) {
      each.x = NODE.margin + level * (NODE.width + NODE.across);
      each.y = y;
      y += each.height + NODE.down;
    }
  });
  return {
    width: 2 * NODE.margin + columns.length * (NODE.width + NODE.across) - NODE.across,
    height: 2 * NODE.margin + whole,
  };
}

const middle = ({ y, height }) => y + height / 2;

// Between the nodes of the columns that an edge passes it has a lane, which it shares with others to the same node.
function lanes(edges) {
  const found = new Map();
  for (const edge of edges.values()) {
    const { from, to } = edge;
    edge.via = [];
    let before = from;
    for (let level = from.level + 1; level < to.level; level++) {
      const key = `${level}\n${to.key}`;
      if (!found.has(key)) found.set(key, { level, height: 0, before: [] });
      const lane = found.get(key);
      lane.before.push(before);
      edge.via.push(lane);
      before = lane;
    }
    if (from.level < to.level) to.before.push(before);
  }
  return found.values();
}

function sketch(made) {
  const { width, height } = place(made);
  const edges = [...made.edges.values()];
  const tip = drawn("marker", { id: "tip", viewBox: "0 0 8 8", refX: 7, refY: 4, markerWidth: 8, markerHeight: 8, markerUnits: "userSpaceOnUse", orient: "auto" }, drawn("path", { d: "M0 0.5 7.5 4 0 7.5z" }));
  const svg = drawn(
    "svg", { viewBox: `0 0 ${width} ${height}`, role: "group", "aria-label": `Calls between ${made.nodes.size} agents, tools and models` },
    drawn("defs", {}, tip), edges.map(edge_line), [...made.nodes.values()].map(node_box), edges.map(edge_count),
  );
  svg.classList.toggle("busy", edges.length > BUSY);
  for (const node of made.nodes.values()) {
    for (const event of ["mouseenter", "focus"]) node.box.addEventListener(event, () => point_out(svg, node, edges));
    for (const event of ["mouseleave", "blur"]) node.box.addEventListener(event, () => point_out(svg, null, edges));
  }
  svg.style.width = `max(min(100%, ${width}px), ${0.7 * width}px)`;
  return svg;
}

function ends({ from, to }) {
  const forward = to.level > from.level;
  const x1 = from.x + (forward ? NODE.width : NODE.width / 2);
  const y1 = from.y + (forward ? NODE.height / 2 : NODE.height);
  const x2 = to.x + (forward ? 0 : NODE.width / 2 + (from === to ? 40 : 0));
  const y2 = to.y + (forward ? NODE.height / 2 : NODE.height);
  return { forward, x1, y1, x2, y2 };
}

function edge_line(edge) {
  const { forward, x1, y1, x2, y2 } = ends(edge);
  let path = `M${x1} ${y1}`;
  let [x, y] = [x1, y1];
  const turn = (to_x, to_y) => {
    const bend = Math.max(BEND, (to_x - x) / 2);
    path += `C${x + bend} ${y} ${to_x - bend} ${to_y} ${to_x} ${to_y}`;
  };
  for (const lane of edge.via) {
    turn(lane.x, lane.y);
    [x, y] = [lane.x + NODE.width, lane.y];
    path += `H${x}`;
  }
  if (forward) turn(x2 - 2, y2);
  else path += `C${x1} ${y1 + 34} ${x2} ${y2 + 34} ${x2} ${y2 + 2}`;
  const weight = Math.min(1.2 + Math.log2(edge.count) * 0.18, 2.8).toFixed(2);
  edge.line = drawn("path", { class: edge.errors * 2 > edge.count ? "edge failed" : "edge", d: path, "stroke-width": weight, "marker-end": "url(#tip)" });
  return edge.line;
}

function edge_count(edge) {
  const { forward, x1, y1, x2, y2 } = ends(edge);
  // Where the edges of one caller have parted: in a lane of its own, or before one that it shares.
  const [lane] = edge.via;
  const alone = lane && lane.before.length === 1;
  const [to_x, to_y] = lane ? [lane.x + (alone ? NODE.width / 2 : 0), lane.y] : [x2, y2];
  const part = alone ? 1 : lane ? 0.5 : 0.62;
  const ease = part * part * (3 - 2 * part);
  const x = forward ? x1 + (to_x - x1) * part : (x1 + x2) / 2;
  const y = forward ? y1 + (to_y - y1) * ease : Math.max(y1, y2) + 24;
  const text = count(edge.count);
  const half = 6 + text.length * 3.6;
  edge.badge = drawn(
    "g", { class: edge.errors ? "count failed" : "count" },
    drawn("title", {}, `${edge.from.name} called ${edge.to.name} ${counted(edge.count, "time")}${edge.errors ? `, ${counted(edge.errors, "error")}` : ""}`),
    drawn("rect", { x: x - half, y: y - 9, width: 2 * half, height: 18, rx: 9 }),
    drawn("text", { x, y: y + 4 }, text),
  );
  return edge.badge;
}

// Where lines are many, only those of the node that is looked at can be told apart.
function point_out(svg, node, edges) {
  svg.classList.toggle("pointing", Boolean(node));
  for (const edge of edges) {
    const near = edge.from === node || edge.to === node;
    edge.line.classList.toggle("near", near);
    edge.badge.classList.toggle("near", near);
  }
}

function node_box(node) {
  const { sum } = node;
  const under = node.kind === "program" ? "program"
    : [counted(sum.calls, "call"), sum.tokens ? `${count(sum.tokens)} tok` : duration(sum.took)].join(" · ");
  const name = node.name.length > 20 ? `${node.name.slice(0, 19)}…` : node.name;
  const box = drawn(
    "g", { class: `node ${node.kind}${sum.errors ? " failed" : ""}`, transform: `translate(${node.x} ${node.y})`, tabindex: 0, role: "button", "aria-label": `${node.kind} ${visible(node.name)}, ${under}` },
    drawn("title", {}, `${node.name}\n${under}${sum.errors ? `\n${counted(sum.errors, "error")}` : ""}`),
    drawn("rect", { width: NODE.width, height: NODE.height, rx: 9 }),
    drawn("rect", { class: "side", x: 0.5, y: 10, width: 3, height: NODE.height - 20, rx: 1.5 }),
    drawn("text", { class: "title", x: 15, y: 20 }, name),
    drawn("text", { class: "under", x: 15, y: 35 }, under),
  );
  const show = () => {
    if (node.kind === "program") return;
    filter.only = { name: node.name, kind: node.kind, test: (span) => span.kind === node.kind && (span.target || span.verb) === node.name };
    app.turn("timeline");
    app.refilter();
  };
  box.addEventListener("click", show);
  box.addEventListener("keydown", (event) => { if (event.key === "Enter") show(); });
  node.box = box;
  return box;
}
