// The board of orders: cards move between stages by mouse, by keyboard, and by the dialog that each card's button opens.
// A move is shown at once, and taken back where it is refused.
"use strict";

customElements.define("rw-board", class extends HTMLElement {
  connectedCallback() {
    this.held = null; // the card in the hand, and where it was
    this.last = null; // the card that had the focus: kept over the next look
    for (const kind of ["dragstart", "dragover", "dragleave", "drop", "dragend", "keydown", "focusin", "focusout", "click", "submit"]) {
      this.addEventListener(kind, (event) => this[`on_${kind}`](event));
    }
    this.fresh = () => setTimeout(() => { if (this.last && document.activeElement === document.body) this.focusOn(this.last); }, 50);
    document.addEventListener("rw:fresh", this.fresh);
  }

  disconnectedCallback() { document.removeEventListener("rw:fresh", this.fresh); }

  // --- Where things are ---
  columns() { return [...this.querySelectorAll(".column")]; }
  tileOf(event) { return event.target.closest?.(".tile"); }
  nameOf(column) { return column.querySelector("h2").textContent; }
  numberOf(tile) { return tile.querySelector("a").textContent; }
  focusOn(id) { document.getElementById(id)?.querySelector("a")?.focus({ preventScroll: true }); }

  say(words, tile, column) {
    this.querySelector("[data-say]").textContent = words.replace("{card}", this.numberOf(tile)).replace("{stage}", this.nameOf(column));
  }

  // --- In the hand ---
  take(tile) {
    this.held = { tile, list: tile.parentElement, next: tile.nextElementSibling };
    tile.classList.add("held");
    this.toggleAttribute("data-dragging", true); // nothing is looked at anew under the hand
  }

  let_go() {
    const held = this.held;
    this.held = null;
    this.removeAttribute("data-dragging");
    held?.tile.classList.remove("held");
    for (const column of this.columns()) column.classList.remove("over");
    return held;
  }

  putBack(held) {
    if (held.list.isConnected) held.list.insertBefore(held.tile, held.next?.parentElement === held.list ? held.next : null);
  }

  // Where it lies decides: in its own column nothing is asked of the server.
  async drop() {
    const held = this.let_go();
    if (!held) return;
    const column = held.tile.closest(".column");
    if (held.tile.parentElement === held.list) { this.say(this.dataset.back, held.tile, column); this.look(held.tile); return; }
    await this.move(held, column);
  }

  async move(held, column) {
    const { tile } = held;
    const body = new URLSearchParams({ stage: column.dataset.stage, revision: tile.dataset.at });
    let answer = null;
    try {
      answer = await fetch(`/orders/${tile.id.slice("order-".length)}/stage`, { method: "POST", body, headers: { "HX-Request": "true" } });
    } catch { /* said below */ }
    const elsewhere = answer?.headers.get("hx-redirect");
    if (elsewhere) { location.assign(elsewhere); return; }
    if (answer?.ok) {
      tile.dataset.at = answer.headers.get("etag")?.replaceAll('"', "") ?? tile.dataset.at;
      this.say(this.dataset.dropped, tile, column);
    } else {
      const focused = tile.contains(document.activeElement);
      this.putBack(held);
      if (focused) this.focusOn(tile.id);
      // Only what the console has made is shown as it is: other answers may repeat what was sent.
      const made = answer?.headers.get("content-type")?.startsWith("text/html");
      this.refuse(made ? await answer.text() : null);
    }
    this.look(tile);
  }

  refuse(html) {
    const toasts = document.getElementById("toasts");
    const box = document.createElement("div");
    if (html) box.innerHTML = html;
    else { box.className = "note bad"; box.setAttribute("role", "alert"); box.textContent = this.dataset.lost; }
    toasts.replaceChildren(box);
    setTimeout(() => box.remove(), 15000);
  }

  look(tile) { live.changed("order", tile.id.slice("order-".length)); }

  // --- By mouse ---
  on_dragstart(event) {
    const tile = this.tileOf(event);
    if (!tile?.draggable) return;
    event.dataTransfer.effectAllowed = "move";
    event.dataTransfer.setData("text/plain", this.numberOf(tile));
    event.dataTransfer.setDragImage(tile, 12, 12);
    this.take(tile);
  }

  on_dragover(event) {
    const column = event.target.closest?.(".column");
    if (!this.held || !column) return;
    event.preventDefault();
    event.dataTransfer.dropEffect = "move";
    for (const other of this.columns()) other.classList.toggle("over", other === column);
  }

  on_dragleave(event) { event.target.closest?.(".column")?.classList.remove("over"); }

  on_drop(event) {
    const column = event.target.closest?.(".column");
    if (!this.held || !column) return;
    event.preventDefault();
    this.lay(column);
    this.drop();
  }

  // Also where it was dropped outside of every column, or Escape was pressed.
  on_dragend() {
    const held = this.let_go();
    if (held) this.look(held.tile);
  }

  lay(column) {
    const list = column.querySelector(".tiles");
    if (this.held.tile.parentElement !== list) list.prepend(this.held.tile);
  }

  // --- By keyboard ---
  on_keydown(event) {
    const tile = this.tileOf(event);
    if (!tile || !tile.draggable || !event.target.matches(".tile > a")) return;
    const mine = this.held?.tile === tile;
    if (event.key === " ") {
      event.preventDefault();
      if (mine) this.drop();
      else { this.take(tile); this.say(this.dataset.picked, tile, tile.closest(".column")); }
      return;
    }
    if (!mine) return;
    if (event.key === "Escape") {
      event.preventDefault();
      this.cancel();
    } else if (event.key.startsWith("Arrow")) {
      event.preventDefault();
      const right = getComputedStyle(this).direction === "rtl" ? "ArrowLeft" : "ArrowRight";
      const step = event.key === right ? 1 : event.key === "ArrowLeft" || event.key === "ArrowRight" ? -1 : 0;
      const columns = this.columns();
      const to = columns[columns.indexOf(tile.closest(".column")) + step];
      if (!step || !to) return;
      this.moving = true;
      this.lay(to);
      event.target.focus();
      this.moving = false;
      to.scrollIntoView({ block: "nearest", inline: "nearest" });
      this.say(this.dataset.over, tile, to);
    }
  }

  cancel() {
    const held = this.let_go();
    if (!held) return;
    this.moving = true;
    this.putBack(held);
    this.focusOn(held.tile.id);
    this.moving = false;
    this.say(this.dataset.back, held.tile, held.tile.closest(".column"));
    this.look(held.tile);
  }

  on_focusin(event) { this.last = this.tileOf(event)?.id ?? null; }

  // Whoever goes on to something else has put nothing down.
  on_focusout(event) {
    if (this.moving || !this.held || !event.relatedTarget) return;
    const held = this.let_go();
    this.putBack(held);
    this.look(held.tile);
  }

  // --- By the dialog ---
  on_click(event) {
    const opener = event.target.closest?.("[data-move]");
    if (!opener) return;
    event.preventDefault();
    const tile = this.tileOf(event);
    const dialog = this.querySelector("#move");
    dialog.dataset.of = tile.id;
    dialog.querySelector("[data-card]").textContent = this.numberOf(tile);
    dialog.querySelector("[name=revision]").value = tile.dataset.at;
    for (const link of dialog.querySelectorAll("[data-dry-run]")) {
      const to = new URL(link.href);
      to.searchParams.set("order", tile.id.replace("order-", ""));
      link.href = to.href;
    }
    for (const choice of dialog.querySelectorAll("[name=stage]")) {
      choice.disabled = choice.value === tile.closest(".column").dataset.stage;
      choice.checked = false;
    }
    dialog.showModal();
  }

  on_submit(event) {
    const dialog = event.target.closest("#move");
    if (!dialog) return;
    event.preventDefault();
    const stage = new FormData(event.target).get("stage");
    const tile = document.getElementById(dialog.dataset.of);
    const column = this.columns().find((one) => one.dataset.stage === stage);
    dialog.close();
    if (!tile || !column) return;
    this.take(tile);
    this.lay(column);
    this.focusOn(tile.id);
    this.drop();
  }
});

// A job that goes on by itself is looked at again until it has ended.
setInterval(() => { if (document.querySelector("[data-again]")) live.changed("all"); }, 1000);
