// A placeholder beside the form of a text, [data-insert], goes to where the cursor last was in one of its fields.
let last = null;

document.addEventListener("focusin", (event) => {
  if (event.target.matches("[data-wording] textarea")) last = event.target;
});

export function dress(root) {
  for (const mark of root.querySelectorAll("code[data-insert]")) {
    const button = document.createElement("button");
    button.type = "button";
    button.className = "insert";
    button.dataset.insert = mark.dataset.insert;
    button.textContent = mark.textContent;
    mark.replaceWith(button);
  }
  for (const hint of root.querySelectorAll("[data-insert-hint]")) hint.hidden = false;
}

document.addEventListener("click", (event) => {
  const button = event.target.closest("button[data-insert]");
  if (!button) return;
  const field = last && last.isConnected ? last : document.querySelector("[data-wording] textarea");
  if (!field) return;
  field.setRangeText(button.dataset.insert, field.selectionStart, field.selectionEnd, "end");
  field.focus();
  field.dispatchEvent(new Event("input", { bubbles: true }));
});
