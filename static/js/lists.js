// Lists: a click on a row opens it, 全选本页, and boxes that scroll sideways can be scrolled by keyboard.

document.addEventListener("click", (event) => {
  const row = event.target.closest("[data-list] tr[data-href]");
  if (!row || event.target.closest("a, button, input, label, summary") || String(window.getSelection())) return;
  window.location.assign(row.dataset.href);
});

document.addEventListener("change", (event) => {
  const list = event.target.closest("[data-list]");
  if (!list || !event.target.matches("[data-select], [data-select-all]")) return;
  const boxes = [...list.querySelectorAll("[data-select]")];
  const all = list.querySelector("[data-select-all]");
  if (event.target === all) boxes.forEach((box) => (box.checked = all.checked));
  const chosen = boxes.filter((box) => box.checked).length;
  all.checked = chosen === boxes.length;
  all.indeterminate = chosen > 0 && chosen < boxes.length;
  for (const place of document.querySelectorAll("[data-selected-count]")) place.textContent = String(chosen);
});

// Many filters would push the list itself off a phone's screen: they fold behind a button, and stay open when in use.
function fold(form) {
  if (form.querySelector(".unfold") || form.querySelectorAll(".flt").length < 3) return;
  const used = [...form.querySelectorAll(".flt input, .flt select")].some((field) => field.value);
  const button = document.createElement("button");
  button.type = "button";
  button.className = "btn btn-line unfold";
  button.textContent = "筛选条件";
  button.setAttribute("aria-expanded", String(used));
  button.addEventListener("click", () => {
    const folded = form.classList.toggle("folded");
    button.setAttribute("aria-expanded", String(!folded));
  });
  form.prepend(button);
  if (window.matchMedia("(max-width: 760px)").matches && !used) form.classList.add("folded");
}

export function dress(root) {
  for (const form of root.querySelectorAll("form.tools")) fold(form);
  for (const box of root.querySelectorAll(".scroll")) {
    if (box.scrollWidth <= box.clientWidth || box.hasAttribute("tabindex")) continue;
    const caption = box.querySelector("caption");
    box.tabIndex = 0;
    box.setAttribute("role", "region");
    box.setAttribute("aria-label", caption ? `${caption.textContent}，可左右滚动` : "可左右滚动");
  }
}
