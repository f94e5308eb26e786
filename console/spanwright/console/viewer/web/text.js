// SPDX-License-Identifier: Apache-2.0
// Numbers and words as a person reads them, the same way the terminal's tree writes them.

function duration(ms) {
  if (ms < 0.1) return ms <= 0 ? "0 ms" : "<0.1 ms";
  if (ms < 9.95) return `${ms.toFixed(1)} ms`;
  if (ms < 999.5) return `${ms.toFixed(0)} ms`;
  if (ms < 9995) return `${(ms / 1000).toFixed(2)} s`;
  if (ms < 59950) return `${(ms / 1000).toFixed(1)} s`;
  const seconds = Math.round(ms / 1000);
  const minutes = Math.floor(seconds / 60);
  if (minutes < 60) return `${minutes}m ${String(seconds % 60).padStart(2, "0")}s`;
  return `${Math.floor(minutes / 60)}h ${String(minutes % 60).padStart(2, "0")}m`;
}

const digits = new Intl.NumberFormat("en-US"); // made once: it is asked for with every row

function count(number) {
  return number < 1e6 ? digits.format(number) : `${(number / 1e6).toFixed(2)}M`;
}

// Where there is room for a glance alone.
function rounded(number) {
  return number < 1e4 || number >= 1e6 ? count(number) : `${(number / 1e3).toFixed(1)}k`;
}

function counted(number, singular, plural = `${singular}s`) {
  return `${count(number)} ${number === 1 ? singular : plural}`;
}

function dollars(amount) {
  if (amount > 0 && amount < 1e-6) return "<$0.000001";
  if (amount >= 1) return `$${amount.toLocaleString("en-US", { minimumFractionDigits: 2, maximumFractionDigits: 2 })}`;
  return `$${amount.toFixed(amount >= 0.01 ? 4 : 6)}`;
}

function bytes(size) {
  if (size < 1000) return `${size} B`;
  return size < 1e6 ? `${(size / 1e3).toFixed(1)} kB` : `${(size / 1e6).toFixed(1)} MB`;
}

const pad = (number, width = 2) => String(number).padStart(width, "0");

function clock(ms, precise = false) {
  const time = new Date(ms);
  const shown = `${pad(time.getHours())}:${pad(time.getMinutes())}:${pad(time.getSeconds())}`;
  return precise ? `${shown}.${pad(time.getMilliseconds(), 3)}` : shown;
}

function day(ms) {
  const time = new Date(ms);
  return `${time.getFullYear()}-${pad(time.getMonth() + 1)}-${pad(time.getDate())}`;
}

// Short: today's clock, this year's day, or the date.
function when(ms) {
  const today = day(Date.now());
  if (day(ms) === today) return clock(ms);
  return day(ms).slice(0, 4) === today.slice(0, 4) ? `${day(ms).slice(5)} ${clock(ms).slice(0, 5)}` : day(ms);
}

// Characters that draw nothing or turn the line around, so that a text could look like another one.
const UNSEEN = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u200b\u200e\u200f\u202a-\u202e\u2060\u2066-\u2069\ufeff]|[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/g;

function visible(text) {
  return text.replace(UNSEEN, (character) => {
    if (character === "\r") return "";
    const code = character.charCodeAt(0);
    return `\u27e8U+${code.toString(16).toUpperCase().padStart(4, "0")}\u27e9`;
  });
}

const KINDS = {
  agent: "Agents",
  model: "Models",
  tool: "Tools",
  retrieval: "Retrieval",
  embeddings: "Embeddings",
  http: "HTTP",
  other: "Other",
};
