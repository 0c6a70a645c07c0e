// What makes the forms of rules quicker to use. Everything works without it: the server draws, checks and counts.

// <rw-template>: a text with a button that inserts a field at the caret. `{{` opens the same list.
class Template extends HTMLElement {
  connectedCallback() {
    if (this.ready) return;
    this.ready = true;
    this.addEventListener("input", (event) => {
      const text = this.text;
      if (event.inputType !== "insertText" || event.data !== "{" || !text) return;
      if (text.value.slice(0, text.selectionStart).endsWith("{{")) this.open();
    });
    // Before the browser opens the list by itself: the list has to know for whom.
    this.addEventListener("click", (event) => {
      if (event.target.closest("[popovertarget]")) this.choose();
    });
  }

  get text() {
    return this.querySelector("textarea, input:not([type=hidden])");
  }

  get list() {
    const button = this.querySelector("[popovertarget]");
    return button && document.getElementById(button.getAttribute("popovertarget"));
  }

  // Says to the list where it inserts, and puts it beside the text.
  choose() {
    const list = this.list;
    if (!list) return;
    fields(list).of = this;
    const { left, bottom, top } = this.text.getBoundingClientRect();
    const room = window.innerHeight - bottom;
    const high = Math.min(window.innerHeight * 0.6, 480);
    list.dataset.placed = "";
    list.style.left = `${Math.max(12, Math.min(left, window.innerWidth - 432))}px`;
    list.style.top = `${room > high || room > top ? bottom + 4 : Math.max(12, top - high - 4)}px`;
  }

  open() {
    this.choose();
    this.list?.showPopover();
  }

  insert(path) {
    const text = this.text;
    const caret = text.selectionStart ?? text.value.length;
    const before = text.value.slice(0, caret).replace(/\{\{\s*$/, "");
    const inserted = `{{ ${path} }}`;
    const after = text.value.slice(text.selectionEnd ?? caret);
    text.value = before + inserted + after;
    text.focus();
    text.setSelectionRange(before.length + inserted.length, before.length + inserted.length);
    text.dispatchEvent(new Event("input", { bubbles: true }));
  }
}

// The list of fields, one for each form: filtered by what is typed, moved through by arrows, chosen by Enter.
function fields(list) {
  if (list.fields) return list.fields;
  const state = (list.fields = { of: null });
  const filter = list.querySelector("input[type=search]");
  const all = () => [...list.querySelectorAll("button[data-path]")];
  const shown = () => all().filter((choice) => !choice.hidden);
  const show = () => {
    const wanted = filter.value.trim().toLowerCase();
    for (const choice of all()) choice.hidden = !choice.textContent.toLowerCase().includes(wanted);
    for (const group of list.querySelectorAll("[role=group]")) {
      group.hidden = !group.querySelector("button:not([hidden])");
    }
    list.querySelector(".form-empty").hidden = shown().length > 0;
  };
  filter.addEventListener("input", (event) => {
    event.stopPropagation();
    show();
  });
  list.addEventListener("toggle", (event) => {
    if (event.newState !== "open") return;
    filter.value = "";
    show();
    filter.focus();
  });
  list.addEventListener("keydown", (event) => {
    const choices = shown();
    const at = choices.indexOf(document.activeElement);
    if (event.key === "ArrowDown") choices[Math.min(at + 1, choices.length - 1)]?.focus();
    else if (event.key === "ArrowUp") (at > 0 ? choices[at - 1] : filter).focus();
    else if (event.key === "Enter" && document.activeElement === filter) choices[0]?.click();
    else return;
    event.preventDefault();
  });
  list.addEventListener("click", (event) => {
    const choice = event.target.closest("button[data-path]");
    if (!choice) return;
    list.hidePopover();
    state.of?.insert(choice.dataset.path);
  });
  return state;
}

// <rw-code>: Tab indents, and leaves after Escape.
class Code extends HTMLElement {
  connectedCallback() {
    if (this.ready) return;
    this.ready = true;
    let leaves = false;
    this.addEventListener("keydown", (event) => {
      const text = event.target;
      if (text.tagName !== "TEXTAREA") return;
      if (event.key === "Tab" && !event.shiftKey && !leaves) {
        event.preventDefault();
        text.setRangeText("  ", text.selectionStart, text.selectionEnd, "end");
        text.dispatchEvent(new Event("input", { bubbles: true }));
      }
      leaves = event.key === "Escape";
    });
  }
}

// <rw-pick>: a long list of choices gets a field to find one by a part of its name.
class Pick extends HTMLElement {
  static LONG = 12;

  connectedCallback() {
    this.offer();
    if (this.ready) return;
    this.ready = true;
    // A page that is drawn anew does not know of the field.
    new MutationObserver(() => this.offer()).observe(this, { childList: true });
  }

  offer() {
    const select = this.querySelector("select");
    if (this.querySelector("input") || !select || select.options.length <= Pick.LONG) return;
    const find = document.createElement("input");
    find.type = "search";
    find.autocomplete = "off";
    find.setAttribute("aria-controls", select.id);
    const label = document.querySelector(`label[for="${CSS.escape(select.id)}"]`);
    find.setAttribute("aria-label", label ? label.textContent.trim() : "");
    find.addEventListener("input", (event) => {
      event.stopPropagation();
      const wanted = find.value.trim().toLowerCase();
      for (const option of select.options) {
        option.hidden = !option.selected && !option.textContent.toLowerCase().includes(wanted);
      }
    });
    find.addEventListener("keydown", (event) => {
      if (event.key !== "Enter") return;
      event.preventDefault();
      const first = [...select.options].find((option) => !option.hidden && option.value && !option.selected);
      if (!first) return;
      first.selected = true;
      select.dispatchEvent(new Event("change", { bubbles: true }));
      select.focus();
    });
    this.prepend(find);
  }
}

customElements.define("rw-template", Template);
customElements.define("rw-code", Code);
customElements.define("rw-pick", Pick);
