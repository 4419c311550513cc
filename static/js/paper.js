// The review desk: pages on the left, facts on the right; a row shows its place on the page and the place its row.

export function dress(root) {
  const papers = root.matches && root.matches("[data-paper]") ? [root] : root.querySelectorAll("[data-paper]");
  for (const paper of papers) {
    if (paper.dataset.ready !== undefined) continue;
    paper.dataset.ready = "";
    const sheets = paper.querySelector(".sheets");
    let zoom = 0;
    let turn = 0;
    for (const button of paper.querySelectorAll("[data-zoom]")) {
      button.addEventListener("click", () => {
        sheets.classList.remove(`zoom-${zoom}`);
        zoom = Math.min(3, Math.max(0, zoom + Number(button.dataset.zoom)));
        sheets.classList.add(`zoom-${zoom}`);
      });
    }
    for (const button of paper.querySelectorAll("[data-turn]")) {
      button.addEventListener("click", () => {
        sheets.classList.remove(`turn-${turn}`);
        turn = (turn + 1) % 4;
        sheets.classList.add(`turn-${turn}`);
      });
    }
    for (const thumb of paper.querySelectorAll(".thumbs a")) {
      thumb.addEventListener("click", (event) => {
        event.preventDefault();
        const old = paper.querySelector(".thumbs a[aria-current]");
        if (old) old.removeAttribute("aria-current");
        thumb.setAttribute("aria-current", "true");
        const sheet = document.getElementById(thumb.hash.slice(1));
        sheets.scrollTop = sheet.offsetTop - 16;
      });
    }
  }
}

function show(mark) {
  document.querySelectorAll(".marks .on").forEach((one) => one.classList.remove("on"));
  document.querySelectorAll("[data-mark].sel").forEach((one) => one.classList.remove("sel"));
  const place = document.querySelector(`[data-mark-of="${CSS.escape(mark)}"]`);
  const row = document.querySelector(`[data-mark="${CSS.escape(mark)}"]`);
  if (row) row.classList.add("sel");
  if (!place) return row;
  place.classList.add("on");
  const sheets = place.closest(".sheets");
  const box = place.getBoundingClientRect();
  const view = sheets.getBoundingClientRect();
  if (box.top < view.top || box.bottom > view.bottom) sheets.scrollTop += box.top - view.top - view.height / 3;
  return row;
}

document.addEventListener("click", (event) => {
  const row = event.target.closest("[data-mark]");
  if (row) return show(row.dataset.mark);
  const place = event.target.closest("[data-mark-of]");
  if (!place) return;
  const found = show(place.dataset.markOf);
  if (found) found.scrollIntoView({ block: "center" });
});
