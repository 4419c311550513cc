// A date is typed as people write it; where the browser can show its calendar, a button beside the field opens it.

export function dress(root) {
  if (!("showPicker" in HTMLInputElement.prototype)) return;
  for (const field of root.querySelectorAll("input[data-date]")) {
    if (field.parentElement.classList.contains("with-picker")) continue;
    const box = document.createElement("div");
    box.className = "with-picker";
    field.replaceWith(box);
    const picker = document.createElement("input");
    picker.type = "date";
    picker.tabIndex = -1;
    picker.setAttribute("aria-hidden", "true");
    const button = document.createElement("button");
    button.type = "button";
    button.className = "pick";
    button.setAttribute("aria-label", "打开日历");
    button.innerHTML = '<svg class="i s" viewBox="0 0 24 24" aria-hidden="true"><path d="M4 7a2 2 0 0 1 2 -2h12a2 2 0 0 1 2 2v12a2 2 0 0 1 -2 2h-12a2 2 0 0 1 -2 -2z"/><path d="M16 3v4M8 3v4M4 11h16"/></svg>';
    button.addEventListener("click", () => {
      const written = field.value.match(/(\d{4})\D?(\d{1,2})\D?(\d{1,2})/);
      if (written) picker.value = `${written[1]}-${written[2].padStart(2, "0")}-${written[3].padStart(2, "0")}`;
      picker.showPicker();
    });
    picker.addEventListener("change", () => {
      const [year, month, day] = picker.value.split("-").map(Number);
      if (!day) return;
      field.value = `${year}年${month}月${day}日`;
      field.dispatchEvent(new Event("change", { bubbles: true }));
      field.focus();
    });
    box.append(field, picker, button);
  }
}
