// A form is sent once: its button says so and a second press does nothing. The server holds the Idempotency-Key; this
// saves the reader the doubt.

const pressed = new WeakMap(); // by form: the button it was sent with last

// A file that was asked for leaves the page where it is: another button of it is another act, at once.
function isAnother(form, button) {
  const last = pressed.get(form);
  return form.dataset.download !== undefined && last && last.hasAttribute("formaction") && button && button !== last;
}

export function busy(form, button) {
  form.dataset.sent = "";
  pressed.set(form, button);
  if (!button || !button.dataset.busy) return;
  button.setAttribute("aria-disabled", "true"); // not `disabled`: its name and value belong to what is sent
  button.dataset.words = button.innerHTML;
  button.textContent = button.dataset.busy;
}

export function ready(form) {
  delete form.dataset.sent;
  for (const button of form.elements) {
    if (button.dataset.words === undefined) continue;
    button.innerHTML = button.dataset.words; // its own markup, kept above
    button.removeAttribute("aria-disabled");
    delete button.dataset.words;
  }
}

function stop(event) {
  event.preventDefault();
  event.stopImmediatePropagation();
}

// Before anybody else hears of it: a second press, or a confirmation without its word.
document.addEventListener(
  "submit",
  (event) => {
    const form = event.target;
    if (form.method !== "post") return;
    if (form.dataset.sent !== undefined && !isAnother(form, event.submitter)) return stop(event);
    const word = form.querySelector("[data-confirm-word]");
    if (word && word.value.trim() !== word.dataset.confirmWord) {
      stop(event);
      word.setAttribute("aria-invalid", "true");
      const field = word.closest(".fld");
      field.classList.add("bad");
      field.querySelector(".err").hidden = false;
      word.focus();
    }
  },
  true,
);

// Enter on a suggestion under a field picks it, and no more. Which browser tells of the list is not to be relied on: a
// field that was left with an arrow key is choosing until something is typed, or picked, which is told as typing.
let choosing = null;
document.addEventListener("keydown", (event) => {
  if (!event.target.matches("input[list]")) return;
  if (event.key === "ArrowDown" || event.key === "ArrowUp") choosing = event.target;
});
document.addEventListener("input", () => (choosing = null));
document.addEventListener("focusout", () => (choosing = null));
// Not at keydown, which the browser's own list needs; it is the keypress that sends a form.
document.addEventListener("keypress", (event) => {
  if (event.key !== "Enter" || event.target !== choosing) return;
  event.preventDefault();
  choosing = null;
});

// After everybody else: the browser really sends it now.
document.addEventListener("submit", (event) => {
  const form = event.target;
  if (event.defaultPrevented || form.method !== "post") return;
  busy(form, event.submitter);
  // An answer that is a file leaves the page, and so the button, as it is.
  if (form.dataset.download !== undefined) window.setTimeout(() => ready(form), 4000);
});

document.addEventListener("htmx:beforeRequest", (event) => {
  const { elt, requestConfig } = event.detail;
  const cause = requestConfig.triggeringEvent;
  if (elt.matches("form") && cause && cause.type === "submit") busy(elt, cause.submitter);
});
document.addEventListener("htmx:afterRequest", (event) => {
  if (event.detail.elt.matches("form")) ready(event.detail.elt);
});

// Back from the next page: the browser shows this one as it was left.
window.addEventListener("pageshow", (event) => {
  if (event.persisted) document.querySelectorAll("form[data-sent]").forEach(ready);
});
