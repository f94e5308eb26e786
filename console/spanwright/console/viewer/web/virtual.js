// SPDX-License-Identifier: Apache-2.0
// A list of any length that holds elements for what is in sight alone, and uses them again as it scrolls.

const AHEAD = 8; // rows above and below what is in sight

const PRINTED = 2000; // rows on paper, which nobody scrolls

class List {
  // `blank` makes a row's element, `fill` writes row number n into it.
  constructor(box, height, blank, fill) {
    Object.assign(this, { box, height, blank, fill, length: 0, active: -1, used: new Map() });
    this.sizer = make("div.sizer", { role: "presentation" });
    box.append(this.sizer);
    let asked = false;
    const soon = () => {
      if (asked) return;
      asked = true;
      requestAnimationFrame(() => {
        asked = false;
        this.draw();
      });
    };
    box.addEventListener("scroll", soon, { passive: true });
    new ResizeObserver(soon).observe(box);
    for (const [event, printing] of [["beforeprint", true], ["afterprint", false]]) {
      addEventListener(event, () => {
        this.printing = printing;
        this.draw();
      });
    }
    box.addEventListener("keydown", (event) => this.key(event));
  }

  show(length) {
    this.length = length;
    this.sizer.style.height = `${length * this.height}px`;
    this.draw(true);
  }

  draw(again = false) {
    const { scrollTop, clientHeight } = this.box;
    const first = this.printing ? 0 : Math.max(0, Math.floor(scrollTop / this.height) - AHEAD);
    const last = Math.min(this.length, this.printing ? PRINTED : Math.ceil((scrollTop + clientHeight) / this.height) + AHEAD);
    // What went out of sight comes in at the other end, without leaving the document.
    const free = [];
    for (const [number, element] of this.used) {
      if (number >= first && number < last) continue;
      this.used.delete(number);
      free.push(element);
    }
    for (let number = first; number < last; number++) {
      let element = this.used.get(number);
      const isNew = !element;
      if (isNew) {
        element = free.pop() || this.sizer.appendChild(this.blank());
        element.id = `${this.box.id}-${number}`;
        element.style.transform = `translateY(${number * this.height}px)`;
        this.used.set(number, element);
      }
      if (isNew || again) {
        element.setAttribute("aria-selected", String(number === this.active));
        this.fill(element, number);
      }
    }
    for (const element of free) element.remove();
  }

  activate(number, { reveal = true } = {}) {
    this.used.get(this.active)?.setAttribute("aria-selected", "false");
    this.active = number;
    if (number < 0) {
      this.box.removeAttribute("aria-activedescendant");
      return;
    }
    if (reveal) this.reveal(number);
    this.used.get(number)?.setAttribute("aria-selected", "true");
    this.box.setAttribute("aria-activedescendant", `${this.box.id}-${number}`);
  }

  reveal(number) {
    const top = number * this.height;
    const { scrollTop, clientHeight } = this.box;
    if (top < scrollTop) this.box.scrollTop = Math.max(0, top - this.height);
    else if (top + this.height > scrollTop + clientHeight) this.box.scrollTop = top + 2 * this.height - clientHeight;
    this.draw();
  }

  number_of(event) {
    const element = event.target.closest(`[id^="${this.box.id}-"]`);
    return element && this.sizer.contains(element) ? Number(element.id.slice(this.box.id.length + 1)) : -1;
  }

  key(event) {
    if (event.ctrlKey || event.metaKey || event.altKey || !this.length) return;
    const page = Math.max(1, Math.floor(this.box.clientHeight / this.height) - 1);
    const step = { ArrowDown: 1, ArrowUp: -1, PageDown: page, PageUp: -page, Home: -this.length, End: this.length }[event.key];
    if (!step) return;
    event.preventDefault();
    this.chosen(Math.min(this.length - 1, Math.max(0, this.active + step)));
  }
}
