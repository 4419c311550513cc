// A number shown for a moment: after its seconds the page is the masked one again, and going back or reloading never
// shows or asks for it anew. Without this script the page stays until it is left, and no cache keeps it (no-store).

const shown = document.querySelector("[data-passing]");
if (shown) {
  const masked = shown.dataset.back;
  const leave = () => location.replace(masked);
  // The address of the answer to a form would ask for the number once more.
  history.replaceState(null, "", masked);
  const words = document.querySelector("[data-seconds]");
  let left = Number(shown.dataset.passing);
  setInterval(() => {
    left -= 1;
    if (words) words.textContent = String(Math.max(left, 0));
    if (left <= 0) leave();
  }, 1000);
  // A page kept whole for the way back is emptied as it is left, and fetched again when it returns.
  addEventListener("pagehide", () => shown.remove());
  addEventListener("pageshow", (event) => { if (event.persisted) leave(); });
}
