// The desk of one case: its tabs, the word to colleagues that it is open, the ticks of a return.
const AGAIN = 45_000; // the server forgets a page that has said nothing for two minutes

function open(link) {
  const tabs = link.closest("[data-tabs]");
  for (const other of tabs.querySelectorAll("a")) {
    const panel = document.getElementById(other.dataset.tab);
    const mine = other === link;
    panel.hidden = !mine;
    if (mine) other.setAttribute("aria-current", "page");
    else other.removeAttribute("aria-current");
    if (mine) panel.dispatchEvent(new CustomEvent("open-tab"));
  }
}

document.addEventListener("click", (event) => {
  const link = event.target.closest("[data-tabs] a");
  if (link && window.htmx && !event.ctrlKey && !event.metaKey && !event.shiftKey) {
    event.preventDefault();
    return open(link);
  }
  const opener = event.target.closest("[data-dialog]");
  const later = opener && document.querySelector(`#${CSS.escape(opener.dataset.dialog)} [hx-trigger^="open-dialog"]`);
  if (later) later.dispatchEvent(new CustomEvent("open-dialog"));
});

document.addEventListener("htmx:afterSettle", (event) => {
  if (event.detail.elt.matches("[data-hand-over]")) event.detail.elt.querySelector("select").focus();
});

// Words beside a part are its tick.
document.addEventListener("input", (event) => {
  const box = document.querySelector(`[data-ticks="${CSS.escape(event.target.id || "-")}"]`);
  if (box) box.checked = event.target.value.trim() !== "";
});
document.addEventListener("change", (event) => {
  if (!event.target.matches("[data-ticks]") || !event.target.checked) return;
  document.getElementById(event.target.dataset.ticks).focus();
});

// Said by a page in view only, and without counting as somebody at work: the session ends when nobody is.
window.setInterval(() => {
  if (document.visibilityState !== "visible") return;
  for (const one of document.querySelectorAll("[data-look]")) one.dispatchEvent(new CustomEvent("look"));
}, AGAIN);
document.addEventListener("htmx:configRequest", (event) => {
  if (event.detail.elt.matches("[data-look]")) event.detail.headers["X-Unattended"] = "1";
});
// A word to colleagues that could not be said is no concern of the reader's.
for (const failed of ["htmx:responseError", "htmx:sendError"]) {
  document.addEventListener(failed, (event) => {
    if (event.detail.elt.matches("[data-look]")) event.stopImmediatePropagation();
  }, true);
}
