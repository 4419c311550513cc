// Confirmations are <dialog>s, opened by a link to them; where the browser has no modal dialogs the link still leads there.

document.addEventListener("click", (event) => {
  const opener = event.target.closest("[data-dialog]");
  if (opener) {
    const dialog = document.getElementById(opener.dataset.dialog);
    if (!dialog || !dialog.showModal) return;
    event.preventDefault();
    if (!dialog.open) dialog.showModal();
    const first = dialog.querySelector("textarea, input:not([type=hidden]), select") || dialog.querySelector("[type=submit]");
    if (first) first.focus();
    return;
  }
  const closer = event.target.closest("[data-dialog-close]");
  if (closer) {
    const dialog = closer.closest("dialog");
    if (!dialog.close || window.location.hash === `#${dialog.id}`) return;
    event.preventDefault();
    dialog.close();
  }
});

// A button of a form that stands elsewhere and carries files: how far these are is shown there.
document.addEventListener("submit", (event) => {
  const dialog = event.target.dataset.uploads !== undefined && event.submitter && event.submitter.closest("dialog");
  if (dialog && dialog.open && dialog.close && !dialog.contains(event.target)) dialog.close();
});

// A role="button" link answers to the space bar as a button does.
document.addEventListener("keydown", (event) => {
  if (event.key === " " && event.target.matches("a[role=button]")) {
    event.preventDefault();
    event.target.click();
  }
});
