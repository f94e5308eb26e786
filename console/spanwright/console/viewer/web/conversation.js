// SPDX-License-Identifier: Apache-2.0
// What was said: instructions, messages, calls and results, reasoning, searches, from the attributes of the conventions.

const ROLES = { system: "System", developer: "System", user: "User", assistant: "Assistant", model: "Assistant", tool: "Tool" };
const FOLDED = 1200; // characters of instructions and reasoning that are not folded away

// The blocks of a conversation, none when no content was captured.
function conversation(span, detail, logs) {
  // Content may be recorded in a log event instead.
  const told = [...logs].reverse().find((log) => attribute(log.attributes, "gen_ai.output.messages", "gen_ai.input.messages") !== undefined);
  const get = (name) => {
    const value = attribute(detail.attributes, name);
    return parsed(value === undefined && told ? attribute(told.attributes, name) : value);
  };
  return [
    instructions(get("gen_ai.system_instructions")),
    offered(get("gen_ai.tool.definitions")),
    messages(get("gen_ai.input.messages")),
    messages(get("gen_ai.output.messages"), "answer"),
    block("Called with", get("gen_ai.tool.call.arguments"), "call"),
    block("Returned", get("gen_ai.tool.call.result"), "result"),
    block("Searched for", get("gen_ai.retrieval.query.text") ?? get("gen_ai.memory.query.text"), "call"),
    documents(get("gen_ai.retrieval.documents") ?? get("gen_ai.memory.records")),
  ].flat().filter(Boolean);
}

function folded(summary, content, open, kind = "") {
  return make(`details.fold-away${kind}`, { open }, make("summary", {}, summary), content);
}

function instructions(value) {
  if (value === undefined || value === null) return null;
  const parts = list_of(value).map(part);
  return make("article.said.system", {}, make("header", {}, "Instructions"), parts);
}

function offered(value) {
  const tools = Array.isArray(value) ? list_of(value) : [];
  if (!tools.length) return null;
  const name = (tool) => (tool && (tool.name || tool.function?.name)) || "tool";
  return folded(["Tools offered ", make("span.names", {}, tools.map((tool) => make("code", {}, name(tool))))], json(tools), false, ".offered");
}

function messages(value, kind = "") {
  if (value === undefined || value === null) return null;
  const called = {};
  const all = list_of(value);
  for (const one of all.flatMap((message) => list_of(message?.parts ?? []))) {
    if (one && one.type === "tool_call" && one.id) called[`#${one.id}`] = one.name;
  }
  return all.map((message) => said(message, kind, called));
}

// Items are structures, or, where the file had structures in a list, the JSON of each.
const list_of = (value) => (Array.isArray(value) ? value : [value]).map(parsed);

function said(message, kind, called) {
  if (message === null || typeof message !== "object") return make("article.said", {}, long_text(String(message)));
  const role = String(message.role || (kind ? "assistant" : "message"));
  const known = Object.hasOwn(ROLES, role);
  const parts = message.parts ?? message.content ?? message;
  // A result names the call it answers, and not the tool.
  const tool = role === "tool" && Array.isArray(parts) ? called[`#${parts[0]?.id}`] : undefined;
  const finish = message.finish_reason && !["stop", "tool_call"].includes(message.finish_reason) ? make("span.finish", {}, message.finish_reason) : null;
  return make(
    `article.said.${known ? ROLES[role].toLowerCase() : "other"}${kind ? `.${kind}` : ""}`, {},
    make("header", {}, known ? ROLES[role] : role, message.name || tool ? make("bdi", {}, message.name || tool) : null, finish),
    parts === message ? value_of(message) : list_of(parts).map(part),
  );
}

function part(one) {
  if (one === null || typeof one !== "object") return long_text(String(one));
  const shown = PARTS[Object.hasOwn(PARTS, one.type) ? one.type : ""];
  return shown(one);
}

const PARTS = {
  text: (one) => long_text(text_of(one.content)),
  reasoning: (one) => thought("Reasoning", text_of(one.content)),
  compaction: (one) => thought("Summary of what came before", text_of(one.content)),
  tool_call: (one) => call(one.name, one.arguments, one.id),
  tool_call_response: (one) => result(one.response ?? one.result, one.id),
  server_tool_call: (one) => call(one.name, one.server_tool_call, one.id, "run by the provider"),
  server_tool_call_response: (one) => result(one.server_tool_call_response, one.id),
  blob: (one) => media(one, typeof one.content === "string" && one.content ? bytes(Math.floor((one.content.length * 3) / 4)) : ""),
  uri: (one) => media(one, one.uri),
  file: (one) => media(one, one.file_id),
  "": (one) => make("div.part", {}, make("b", {}, one.type || "part"), json(one)),
};

const text_of = (content) => (typeof content === "string" ? content : content === undefined || content === null ? "" : whole_json(content));

function thought(name, text) {
  return folded([name, make("small", {}, counted(text.length, "character"))], long_text(text), text.length < FOLDED, ".thought");
}

function call(name, given, id, note) {
  return make(
    "div.part.call", {},
    make("p", {}, make("code", {}, name || "tool"), note ? make("small", {}, note) : null, id ? make("small.id", { title: "Call id" }, id) : null),
    given === undefined || given === null ? null : value_of(given),
  );
}

function result(given, id) {
  return make("div.part.result", { title: id ? `Answers ${visible(String(id))}` : null }, given === undefined ? null : value_of(given));
}

// A placeholder: nothing is ever loaded, wherever an address points.
function media(one, where) {
  const sizes = ["byte_size", "bytes", "size"].map((key) => one[key]).find((size) => typeof size === "number");
  const facts = [one.mime_type, sizes === undefined ? "" : bytes(sizes), where, one.sha256 || one.digest].filter((fact) => typeof fact === "string" && fact);
  return make(
    "div.part.media", { role: "img", "aria-label": `${one.modality || "media"}, not shown` },
    make("b", {}, one.modality || one.type || "media"),
    facts.map((fact) => make("bdi", {}, fact.length > 300 ? `${fact.slice(0, 300)}…` : fact)),
  );
}

function block(name, value, kind) {
  if (value === undefined || value === null) return null;
  return make(`article.said.${kind}`, {}, make("header", {}, name), value_of(value));
}

function documents(value) {
  if (!Array.isArray(value)) return block("Found", value, "result");
  const shown = list_of(value).map((one) => {
    if (one === null || typeof one !== "object") return make("li", {}, long_text(String(one)));
    const { content, text, score, id, ...rest } = one;
    const body = content ?? text;
    return make(
      "li", {},
      make("p.facts", {}, typeof score === "number" ? make("span", {}, `score ${score.toFixed(3)}`) : null, id === undefined ? null : make("small.id", {}, String(id))),
      body === undefined ? null : value_of(body), Object.keys(rest).length ? json(rest) : null,
    );
  });
  return make("article.said.result", {}, make("header", {}, `Found ${counted(value.length, "document")}`), make("ol.documents", {}, shown));
}
