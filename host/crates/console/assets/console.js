// What every page does in the browser: it stays live, sends forms that ask for it, opens the palette, closes menus.
// Everything here improves a page that works without it.
"use strict";

// --- Live: parts that show what changed look again -----------------------------------------------------------------
// A part of a page with an id says `data-live="order run"`: when something of these kinds changes, the page's own address
// is asked again and the part takes its new state, with focus, caret and scroll kept. `data-live-order="ord_1"` narrows it.
const live = (() => {
  const SPACING = 700; // milliseconds between two looks: a busy shop changes hundreds of times a second
  let last = 0, timer = null, wanted = new Set();

  // Nothing is moved under somebody's hand; whoever lets go looks again.
  function held() {
    const held = document.querySelector("[data-dragging]") !== null;
    if (held) document.dispatchEvent(new CustomEvent("rw:held"));
    return held;
  }

  async function look() {
    timer = null;
    last = Date.now();
    const parts = [...wanted].filter((part) => part.isConnected);
    wanted = new Set();
    if (parts.length === 0) return;
    if (held()) return;
    try {
      const answer = await fetch(location.href, { headers: { "Accept": "text/html" } });
      if (!answer.ok) return;
      const text = await answer.text();
      // Somebody may have taken hold of something meanwhile.
      if (held()) return;
      const page = new DOMParser().parseFromString(text, "text/html");
      for (const part of parts) {
        const fresh = page.getElementById(part.id);
        if (fresh) htmx.swap({ sourceElement: document.body, target: part, text: fresh.outerHTML, swap: "outerMorph" });
      }
      document.dispatchEvent(new CustomEvent("rw:fresh"));
    } catch { /* the stream says that the connection is lost */ }
  }

  function ask(parts) {
    for (const part of parts) wanted.add(part);
    if (timer === null && wanted.size > 0) timer = setTimeout(look, Math.max(0, last + SPACING - Date.now()));
  }

  function changed(kind, order) {
    ask([...document.querySelectorAll("[data-live]")].filter((part) => {
      const kinds = part.dataset.live.split(" ");
      const only = part.dataset.liveOrder;
      return (kind === "all" || kinds.includes(kind) || kinds.includes("any")) && (!only || !order || only === order);
    }));
  }

  function lost(is) {
    const state = document.querySelector("[data-live-state]");
    const banner = document.querySelector("[data-offline]");
    if (state && state.hasAttribute("data-lost") !== is) {
      state.toggleAttribute("data-lost", is);
      state.textContent = is ? state.dataset.off : state.dataset.on;
    }
    if (banner) banner.hidden = !is;
    document.dispatchEvent(new CustomEvent("rw:connection", { detail: { lost: is } }));
  }

  function connect() {
    const from = document.body.dataset.liveFrom;
    if (!from) return;
    let source, was = false;
    const open = () => {
      source?.close();
      source = new EventSource(from);
      source.addEventListener("begin", () => {
        // What was on its way when the network went says nothing of now.
        lost(!navigator.onLine);
        if (was) changed("all");
        was = true;
      });
      source.addEventListener("change", (event) => {
        const [kind, order] = event.data.split(" ");
        document.dispatchEvent(new CustomEvent("rw:change", { detail: { kind, order } }));
        changed(kind, order);
      });
      source.addEventListener("all", () => changed("all"));
      source.onerror = () => {
        lost(true);
        // A server that answers with an error ends the stream for good: another one is opened.
        if (source.readyState === EventSource.CLOSED) setTimeout(open, 1500);
      };
    };
    open();
    addEventListener("pagehide", () => source.close());
    // A browser has few connections to one server: tabs that nobody looks at give theirs back.
    document.addEventListener("visibilitychange", () => {
      source.close();
      if (!document.hidden) open();
    });
    addEventListener("offline", () => lost(true));
    // A stream that only stood still says nothing: another one tells that the connection is back.
    addEventListener("online", () => {
      if (!document.hidden) open();
    });
  }

  return { connect, changed };
})();

// --- Palette ---------------------------------------------------------------------------------------------------------
const palette = (() => {
  let before = null;
  async function open() {
    const dialog = document.getElementById("palette");
    if (!dialog || dialog.open) return;
    before = document.activeElement;
    if (!dialog.firstChild) {
      const answer = await fetch(dialog.dataset.src, { headers: { "HX-Request": "true" } });
      if (!answer.ok) return;
      dialog.innerHTML = await answer.text();
      htmx.process(dialog);
    }
    dialog.showModal();
    dialog.querySelector("input")?.select();
  }
  document.addEventListener("close", (event) => {
    if (event.target.id === "palette") before?.focus();
  }, true);
  document.addEventListener("keydown", (event) => {
    const dialog = document.getElementById("palette");
    if (!dialog?.open) return;
    const results = [...dialog.querySelectorAll("a[href]")];
    const at = results.indexOf(document.activeElement);
    if (event.key === "ArrowDown") { event.preventDefault(); results[Math.min(at + 1, results.length - 1)]?.focus(); }
    if (event.key === "ArrowUp") { event.preventDefault(); at <= 0 ? dialog.querySelector("input")?.focus() : results[at - 1].focus(); }
    if (event.key === "Enter" && document.activeElement.tagName === "INPUT") { event.preventDefault(); choose(dialog, document.activeElement); }
  });
  // Whoever pastes an id and presses Enter does not wait for the list: it is asked for what stands in the field now.
  async function choose(dialog, field) {
    const wanted = field.value;
    const answer = await fetch(`${dialog.dataset.src}?q=${encodeURIComponent(wanted)}`, { headers: { "HX-Request": "true" } });
    if (!answer.ok) return;
    const found = new DOMParser().parseFromString(await answer.text(), "text/html").querySelector("a[href]");
    if (found && dialog.open && field.value === wanted) location.assign(found.getAttribute("href"));
  }
  return { open };
})();

// --- Small things ----------------------------------------------------------------------------------------------------
document.addEventListener("click", (event) => {
  if (event.target.closest("[data-open-palette]")) palette.open();
  const opener = event.target.closest("[data-open-dialog]");
  if (opener) document.getElementById(opener.dataset.openDialog)?.showModal();
  const closer = event.target.closest("[data-close-dialog]");
  if (closer) closer.closest("dialog")?.close();
  const copy = event.target.closest("[data-copy]");
  if (copy) navigator.clipboard?.writeText(copy.dataset.copy).then(() => copy.toggleAttribute("data-copied", true));
  for (const menu of document.querySelectorAll("details.menu[open]")) if (!menu.contains(event.target)) menu.open = false;
});

// A confirmation repeats what is done and to what; the safe choice has the focus.
document.addEventListener("submit", (event) => {
  const form = event.target.closest("form[data-confirm]");
  if (!form || form.dataset.confirmed !== undefined) return;
  event.preventDefault();
  event.stopImmediatePropagation();
  const dialog = document.createElement("dialog");
  const text = document.createElement("p");
  text.textContent = form.dataset.confirm;
  const row = document.createElement("div");
  row.className = "row";
  const no = document.createElement("button");
  no.type = "button"; no.className = "quiet"; no.textContent = form.dataset.confirmNo; no.autofocus = true;
  const yes = document.createElement("button");
  yes.type = "button"; yes.className = "danger"; yes.textContent = form.dataset.confirmYes;
  row.append(no, yes);
  dialog.append(text, row);
  document.body.append(dialog);
  const submitter = event.submitter;
  no.onclick = () => dialog.close();
  yes.onclick = () => { form.dataset.confirmed = ""; dialog.close(); form.requestSubmit(submitter); delete form.dataset.confirmed; };
  dialog.onclose = () => { dialog.remove(); (submitter ?? form).focus?.(); };
  dialog.showModal();
}, true);

// --- Sending while the server is away ----------------------------------------------------------------------------------
// The browser would put a page of its own in place of what somebody wrote. Where the connection is lost, the server is asked first
// whether it is there again; if it is not, the form says so and stays as it is.
(() => {
  const away = () => document.querySelector("[data-live-state][data-lost]") !== null;

  async function answers() {
    try {
      const answer = await fetch("/healthz", { method: "HEAD", cache: "no-store", signal: AbortSignal.timeout(3000) });
      return answer.status < 500;
    } catch { return false; }
  }

  function tell(form, button) {
    const note = document.createElement("p");
    note.className = "error";
    note.dataset.unsent = "";
    note.setAttribute("role", "alert");
    note.textContent = document.querySelector("[data-offline]")?.dataset.notSaved ?? "";
    // A form that a script has made is seen by nobody.
    if (form.checkVisibility()) (button ?? form.lastElementChild).after(note);
    else document.getElementById("toasts")?.replaceChildren(note);
  }

  document.addEventListener("submit", async (event) => {
    const form = event.target;
    const posts = form.getAttribute("method")?.toLowerCase() === "post";
    if (event.defaultPrevented || !posts || form.dataset.reached !== undefined || !away()) return;
    event.preventDefault();
    const button = event.submitter;
    for (const note of document.querySelectorAll("[data-unsent]")) note.remove();
    if (!await answers()) return tell(form, button);
    // It was confirmed before it came here.
    form.dataset.reached = form.dataset.confirmed = "";
    form.requestSubmit(button?.isConnected ? button : null);
    delete form.dataset.reached;
    delete form.dataset.confirmed;
  });

  document.addEventListener("rw:connection", ({ detail }) => {
    if (!detail.lost) for (const note of document.querySelectorAll("[data-unsent]")) note.remove();
  });
})();

let goes = null;
document.addEventListener("keydown", (event) => {
  if ((event.ctrlKey || event.metaKey) && event.key.toLowerCase() === "k") { event.preventDefault(); palette.open(); return; }
  if (event.key === "Escape") for (const menu of document.querySelectorAll("details.menu[open]")) { menu.open = false; menu.querySelector("summary").focus(); }
  const typing = event.target.closest?.("input, textarea, select, [contenteditable], dialog[open]");
  // Single letters can be turned off: whoever steers by voice would set them off by speaking.
  if (typing || event.ctrlKey || event.metaKey || event.altKey || localStorage.getItem("rulewright-shortcuts") === "off") return;
  if (goes) {
    clearTimeout(goes);
    goes = null;
    const to = { o: "/orders", a: "/automation", r: "/runs", c: "/clients", d: "/deliveries", m: "/marketplace", p: "/plugins", h: "/health", s: "/settings" }[event.key];
    if (to) location.assign(to);
    return;
  }
  if (event.key === "g") { goes = setTimeout(() => { goes = null; }, 1200); return; }
  if (event.key === "?") { event.preventDefault(); location.assign("/help"); return; }
  if (event.key === "/") {
    const search = document.querySelector("main [type=search]");
    if (search) { event.preventDefault(); search.focus(); } else { event.preventDefault(); palette.open(); }
    return;
  }
  if (event.key === "e") {
    const fields = document.querySelectorAll("main form[method=post] :is(input:not([type=hidden]), select, textarea):enabled");
    const field = [...fields].find((one) => one.checkVisibility());
    if (field) { event.preventDefault(); field.focus(); }
    return;
  }
  if (event.key === "j" || event.key === "k") {
    // Of a row with several links, the first one.
    const rows = [...document.querySelectorAll("main [data-row]")].map((row) => row.matches("a") ? row : row.querySelector("a[href]")).filter(Boolean);
    const at = rows.findIndex((row) => row === document.activeElement);
    const next = rows[event.key === "j" ? Math.min(at + 1, rows.length - 1) : Math.max(at - 1, 0)];
    if (next) { event.preventDefault(); next.focus(); next.scrollIntoView({ block: "nearest" }); }
  }
});

document.addEventListener("DOMContentLoaded", () => {
  const shortcuts = document.querySelector("[data-shortcuts]");
  if (shortcuts) {
    shortcuts.checked = localStorage.getItem("rulewright-shortcuts") !== "off";
    shortcuts.onchange = () => localStorage.setItem("rulewright-shortcuts", shortcuts.checked ? "on" : "off");
  }
  // A form that comes back refused leads to what is wrong with it.
  if (performance.getEntriesByType("navigation")[0]?.responseStatus === 422) {
    const wrong = document.querySelector("main .form-summary, main [role=alert]");
    if (wrong) { wrong.tabIndex = -1; wrong.focus(); }
  }
  for (const form of document.querySelectorAll("form[data-send-at-once]")) form.requestSubmit();
  live.connect();
});
