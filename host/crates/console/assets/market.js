// Installations are followed step by step, and components are sent as they are.
"use strict";

(() => {
  // The stream says that there is something new; the part is then asked for again, as everything that is live.
  function follow(part) {
    const source = new EventSource(part.dataset.follow);
    const look = () => live.changed("install");
    source.addEventListener("moved", look);
    source.addEventListener("over", () => { source.close(); look(); });
    addEventListener("pagehide", () => source.close());
  }

  async function base64(file) {
    const bytes = new Uint8Array(await file.arrayBuffer());
    return btoa(Array.from(bytes, (byte) => String.fromCharCode(byte)).join(""));
  }

  async function send(form) {
    const [component, signature] = [...form.querySelectorAll("input[type=file]")].map((input) => input.files[0]);
    const error = form.querySelector("[data-send-error]");
    const button = form.querySelector("button");
    const headers = { "Content-Type": "application/wasm", "HX-Request": "true" };
    error.textContent = "";
    button.disabled = true;
    try {
      if (signature) headers["Package-Signature"] = await base64(signature);
      const to = `${form.dataset.sendFile}?name=${encodeURIComponent(component.name)}`;
      const answer = await fetch(to, { method: "POST", headers, body: component });
      if (answer.ok && answer.redirected) return location.assign(answer.url);
      // The answer is a box that says what is wrong with it.
      const { body } = new DOMParser().parseFromString(await answer.text(), "text/html");
      for (const button of body.querySelectorAll("button")) button.remove();
      error.textContent = body.textContent.trim() || form.dataset.failed;
    } catch { error.textContent = form.dataset.failed; }
    button.disabled = false;
  }

  document.addEventListener("DOMContentLoaded", () => {
    for (const part of document.querySelectorAll("[data-follow]")) follow(part);
    // A file is read into the text of a form, where it can be looked at before it is sent.
    for (const part of document.querySelectorAll("[data-file-into]")) {
      part.hidden = false;
      part.querySelector("input").addEventListener("change", async (event) => {
        const file = event.target.files[0];
        if (file) document.getElementById(part.dataset.fileInto).value = await file.text();
      });
    }
    for (const form of document.querySelectorAll("form[data-send-file]")) {
      form.hidden = false;
      form.addEventListener("submit", (event) => { event.preventDefault(); send(form); });
    }
  });
})();
