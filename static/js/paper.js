// The review desk: pages on the left, facts on the right; a row shows its place on the page and the place its row.

const ZOOMS = ["适合页面", "适合宽度", "140%", "200%"];
const SVG = "http://www.w3.org/2000/svg";

function dressPaper(paper) {
  const sheets = paper.querySelector(".sheets");
  const words = paper.querySelector("[data-zoom-words]");
  const now = paper.querySelector("[data-page-now]");
  let zoom = 0;
  let turn = 0;
  for (const button of paper.querySelectorAll("[data-zoom]")) {
    button.addEventListener("click", () => {
      sheets.classList.remove(`zoom-${zoom}`);
      zoom = Math.min(ZOOMS.length - 1, Math.max(0, zoom + Number(button.dataset.zoom)));
      sheets.classList.add(`zoom-${zoom}`);
      if (words) words.textContent = ZOOMS[zoom];
    });
  }
  for (const button of paper.querySelectorAll("[data-turn]")) {
    button.addEventListener("click", () => {
      sheets.classList.remove(`turn-${turn}`);
      turn = (turn + 1) % 4;
      sheets.classList.add(`turn-${turn}`);
    });
  }
  const thumbs = [...paper.querySelectorAll(".thumbs a")];
  function at(place) {
    if (now) now.textContent = String(place + 1);
    for (const thumb of thumbs) thumb.removeAttribute("aria-current");
    if (thumbs[place]) thumbs[place].setAttribute("aria-current", "true");
  }
  thumbs.forEach((thumb, place) => {
    thumb.addEventListener("click", (event) => {
      event.preventDefault();
      sheets.scrollTop = document.getElementById(thumb.hash.slice(1)).offsetTop - 16;
      at(place);
    });
  });
  const pages = [...paper.querySelectorAll(".sheet")];
  sheets.addEventListener("scroll", () => {
    const middle = sheets.scrollTop + sheets.clientHeight / 2;
    const place = pages.findIndex((page) => page.offsetTop + page.offsetHeight > middle);
    if (place >= 0) at(place);
  });
}

// A row that came after the pages says itself where it is on them.
function draw(row) {
  if (row.dataset.drawn !== undefined || !row.dataset.where) return;
  row.dataset.drawn = "";
  for (const place of row.dataset.where.split(";")) {
    const [page, x, y, w, h] = place.split(",").map(Number);
    const sheet = document.getElementById(`page-${page}`);
    if (!sheet) continue;
    let marks = sheet.querySelector(".marks");
    if (!marks) {
      marks = document.createElementNS(SVG, "svg");
      marks.setAttribute("class", "marks");
      marks.setAttribute("viewBox", "0 0 100 100");
      marks.setAttribute("preserveAspectRatio", "none");
      marks.setAttribute("aria-hidden", "true");
      sheet.append(marks);
    }
    const mark = document.createElementNS(SVG, "rect");
    for (const [name, value] of Object.entries({ x: x - 0.3, y: y - 0.1, width: w + 0.6, height: h + 0.2 })) mark.setAttribute(name, value);
    mark.dataset.markOf = row.dataset.mark;
    if (row.dataset.warn !== undefined) mark.setAttribute("class", "w");
    marks.append(mark);
  }
}

export function dress(root) {
  const papers = root.matches && root.matches("[data-paper]") ? [root] : root.querySelectorAll("[data-paper]");
  for (const paper of papers) {
    if (paper.dataset.ready !== undefined) continue;
    paper.dataset.ready = "";
    dressPaper(paper);
  }
  for (const row of root.querySelectorAll("[data-where]")) draw(row);
}

function show(mark) {
  document.querySelectorAll(".marks .on").forEach((one) => one.classList.remove("on"));
  document.querySelectorAll("[data-mark].sel").forEach((one) => one.classList.remove("sel"));
  const places = document.querySelectorAll(`[data-mark-of="${CSS.escape(mark)}"]`);
  const row = document.querySelector(`[data-mark="${CSS.escape(mark)}"]`);
  if (row) row.classList.add("sel");
  if (!places.length) return row;
  const paper = places[0].closest(".paper");
  if (getComputedStyle(paper).display === "none") paper.classList.add("open"); // on a phone it is folded away
  places.forEach((place) => place.classList.add("on"));
  const sheets = places[0].closest(".sheets");
  const box = places[0].getBoundingClientRect();
  const view = sheets.getBoundingClientRect();
  if (sheets.scrollHeight <= sheets.clientHeight) places[0].scrollIntoView({ block: "center" });
  else if (box.top < view.top || box.bottom > view.bottom) sheets.scrollTop += box.top - view.top - view.height / 3;
  return row;
}

document.addEventListener("click", (event) => {
  const row = event.target.closest("[data-mark], [data-finds]");
  if (row && !event.target.closest("textarea, input, label, a")) return show(row.dataset.mark || row.dataset.finds);
  const place = event.target.closest("[data-mark-of]");
  if (!place) return;
  const found = show(place.dataset.markOf);
  if (found) found.scrollIntoView({ block: "center" });
});
