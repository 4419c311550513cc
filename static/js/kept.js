// The visit form on a phone keeps its unsent text when the page is closed or the network is gone (data-keep="visit").
// Only fields marked data-keep-field: what was done, never names, numbers or photographs. It lives as long as the tab.
import { band } from "./requests.js";

const key = (form) => `kept:${form.dataset.keep}`;

export function dress(root) {
  // The form has gone and its page says that it arrived: nothing is unsent any more.
  for (const mark of root.querySelectorAll("[data-kept-sent]")) window.sessionStorage.removeItem(`kept:${mark.dataset.keptSent}`);
  for (const form of root.querySelectorAll("form[data-keep]")) {
    if (form.dataset.kept !== undefined) continue;
    form.dataset.kept = "";
    let texts = {};
    try {
      texts = JSON.parse(window.sessionStorage.getItem(key(form)) || "{}");
    } catch {
      texts = {};
    }
    let restored = false;
    for (const field of form.querySelectorAll("[data-keep-field]")) {
      if (field.value || !texts[field.name]) continue; // what the server sent back comes first
      field.value = texts[field.name];
      restored = true;
    }
    const note = form.querySelector("[data-kept-note]");
    if (restored && note) note.hidden = false;
  }
}

document.addEventListener("input", (event) => {
  const form = event.target.form;
  if (!form || !form.dataset.keep || !event.target.matches("[data-keep-field]")) return;
  const texts = {};
  for (const field of form.querySelectorAll("[data-keep-field]")) texts[field.name] = field.value;
  window.sessionStorage.setItem(key(form), JSON.stringify(texts));
});

document.addEventListener(
  "submit",
  (event) => {
    if (!event.target.dataset.keep || window.navigator.onLine) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    band("现在没有网络，尚未提交。填写的内容保留在本机，有网络后请再次提交。");
    window.scrollTo(0, 0);
  },
  true,
);
