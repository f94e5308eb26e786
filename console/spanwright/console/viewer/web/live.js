// SPDX-License-Identifier: Apache-2.0
// Rows that come while a program runs; the browser connects again by itself and says where it was.

function follow() {
  const source = new EventSource("events");
  let asked = false;
  source.addEventListener("message", (event) => {
    for (const [summary, found] of JSON.parse(event.data)) take(summary, found);
    if (asked) return;
    asked = true;
    requestAnimationFrame(() => {
      asked = false;
      app.grown();
    });
  });
  source.addEventListener("open", () => app.say("following", "live"));
  source.addEventListener("error", () => app.say("not connected", "lost"));
}
