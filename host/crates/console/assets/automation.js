// The designer: parts are dragged to another place, and a form says when nobody checks it.
"use strict";

(() => {
  let held = null;

  /** The line before which the part would stand; null is the end. */
  const before = (list, y) => [...list.children].find((part) => {
    const { top, height } = part.getBoundingClientRect();
    return part !== held && y < top + height / 2;
  }) ?? null;

  const list = (event) => {
    const over = event.target.closest?.(".column")?.querySelector(`.parts[data-kind="${held?.parentElement.dataset.kind}"]`);
    return held && over ? over : null;
  };

  document.addEventListener("dragstart", (event) => {
    const columns = event.target.closest?.("[data-parts-at]");
    held = columns ? event.target.closest("[data-part]") : null;
    if (!held) return;
    event.dataTransfer.effectAllowed = "move";
    event.dataTransfer.setData("text/plain", held.dataset.part);
    held.toggleAttribute("data-dragging", true);
  });

  document.addEventListener("dragover", (event) => {
    const over = list(event);
    if (!over) return;
    event.preventDefault();
    over.insertBefore(held, before(over, event.clientY));
  });

  document.addEventListener("drop", (event) => {
    const over = list(event);
    if (!over) return;
    event.preventDefault();
    const { partsAt, version } = held.closest("[data-parts-at]").dataset;
    const form = document.createElement("form");
    form.method = "post";
    form.action = `${partsAt}/${encodeURIComponent(held.dataset.part)}/place`;
    for (const [name, value] of [["version", version], ["do", `at:${over.dataset.stage}:${[...over.children].indexOf(held)}`]]) {
      const input = document.createElement("input");
      input.type = "hidden";
      input.name = name;
      input.value = value;
      form.append(input);
    }
    document.body.append(form);
    form.requestSubmit();
  });

  document.addEventListener("dragend", () => {
    if (!held) return;
    held.removeAttribute("data-dragging");
    held = null;
  });

  const draggable = () => {
    for (const part of document.querySelectorAll("[data-parts-at] [data-part]")) part.draggable = true;
  };
  document.addEventListener("DOMContentLoaded", draggable);

  // What is typed while the server is away is neither checked nor saved, and the form says so.
  document.addEventListener("rw:connection", ({ detail }) => {
    for (const note of document.querySelectorAll("[data-unchecked]")) {
      note.hidden = !detail.lost;
      for (const button of note.closest("form").querySelectorAll("button[type=submit]")) button.disabled = detail.lost;
    }
  });
})();
