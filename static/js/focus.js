// Where the reader is taken after something changed, and what the live region says.

export function say(sentence) {
  const live = document.getElementById("live");
  if (!live) return;
  live.textContent = "";
  // A screen reader speaks only of changes, so the same sentence twice needs a pause between.
  window.setTimeout(() => (live.textContent = sentence), 50);
}

export function toWhatIsWrong(root) {
  const summary = root.querySelector("[data-error-summary]");
  if (summary) summary.focus();
  return Boolean(summary);
}

// The summary's links lead to the field itself, not only near it.
document.addEventListener("click", (event) => {
  const link = event.target.closest("[data-error-summary] a[href^='#']");
  if (!link) return;
  const place = document.getElementById(decodeURIComponent(link.hash.slice(1)));
  if (!place) return;
  const control = place.matches("input, select, textarea") ? place : place.querySelector("input, select, textarea");
  event.preventDefault();
  (place.closest(".fld, .rule") || place).scrollIntoView({ block: "center" });
  if (control) control.focus();
});
