// Lists that stay where somebody reads: what is new waits behind a button. And calls that are read aloud.
"use strict";

(() => {
  const READING = 160; // pixels: scrolled further, somebody reads what must not move away
  const SPACING = 1000; // milliseconds between two looks at the list
  let list = null, last = 0, timer = null;

  const held = () => list.dataset.held !== undefined;
  const rows = (part) => [...part.querySelectorAll("tr[data-run]")];

  async function fresh() {
    const answer = await fetch(location.href, { headers: { "Accept": "text/html" } });
    if (!answer.ok) return null;
    return new DOMParser().parseFromString(await answer.text(), "text/html").getElementById(list.id);
  }

  function tell(count) {
    const place = document.getElementById(list.dataset.holdNew);
    if (!place) return;
    const button = place.querySelector("button");
    place.hidden = count === 0;
    button.textContent = (count === 1 ? button.dataset.one : button.dataset.many).replace("#", count);
  }

  // Rows that are there take their new states; those that came since are only counted.
  async function look() {
    timer = null;
    last = Date.now();
    try {
      const part = await fresh();
      if (!part || !held()) return;
      const known = rows(list), first = known[0]?.id;
      let count = 0, above = true;
      for (const row of rows(part)) {
        if (row.id === first) above = false;
        const same = document.getElementById(row.id);
        if (!same) { if (above) count += 1; continue; }
        if (same.outerHTML !== row.outerHTML) {
          htmx.swap({ sourceElement: document.body, target: same, text: row.outerHTML, swap: "outerMorph" });
        }
      }
      tell(count);
    } catch { /* the stream says that the connection is lost */ }
  }

  async function release() {
    if (!held()) return;
    list.dataset.live = list.dataset.held;
    delete list.dataset.held;
    tell(0);
    try {
      const part = await fresh();
      if (part) htmx.swap({ sourceElement: document.body, target: list, text: part.outerHTML, swap: "outerMorph" });
    } catch { /* as above */ }
  }

  function hold() {
    if (held()) return;
    list.dataset.held = list.dataset.live;
    delete list.dataset.live;
  }

  function watch() {
    list = document.querySelector("[data-hold-new]");
    if (!list) return;
    const place = () => { list = document.getElementById(list.id) ?? list; scrollY > READING ? hold() : release(); };
    addEventListener("scroll", place, { passive: true });
    place();
    document.addEventListener("rw:change", (event) => {
      if (event.detail.kind !== "run" || !held() || timer !== null) return;
      timer = setTimeout(look, Math.max(0, last + SPACING - Date.now()));
    });
    document.addEventListener("click", (event) => {
      if (!event.target.closest("[data-show-new]")) return;
      scrollTo(0, 0);
      release().then(() => list.querySelector("a[href]")?.focus({ preventScroll: true }));
    });
  }

  // --- Calls ---------------------------------------------------------------------------------------------------------
  const LEVELS = { "very-low": 0.6, "low": 0.8, "normal": 1, "high": 1.2, "very-high": 1.5 };

  function speech() {
    if (!("speechSynthesis" in window)) return;
    for (const button of document.querySelectorAll("[data-speak]")) button.hidden = false;
    document.addEventListener("click", (event) => {
      const button = event.target.closest("[data-speak]");
      if (!button) return;
      const label = button.dataset.label ??= button.textContent;
      const ends = () => { button.textContent = label; delete button.dataset.speaking; };
      if (button.dataset.speaking !== undefined) { speechSynthesis.cancel(); ends(); return; }
      const said = new SpeechSynthesisUtterance(document.getElementById(button.dataset.speak)?.textContent ?? "");
      if (button.dataset.speakLanguage) said.lang = button.dataset.speakLanguage;
      said.rate = LEVELS[button.dataset.speakSpeed] ?? 1;
      said.volume = Math.min(1, LEVELS[button.dataset.speakVolume] ?? 1);
      said.onend = said.onerror = ends;
      button.dataset.speaking = "";
      button.textContent = button.dataset.speakStop;
      speechSynthesis.speak(said);
    });
  }

  document.addEventListener("DOMContentLoaded", () => {
    watch();
    speech();
    if (!location.hash) document.querySelector("[data-in-view]")?.scrollIntoView({ block: "nearest" });
  });
})();
