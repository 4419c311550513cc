// A form keeps its unsent text when its page is left, closed or loses the network (data-keep="visit"). Of a visit only
// fields marked data-keep-field: what was done, never names, numbers or photographs; of a case at the desk what the
// officer writes about it (data-keep-texts). It lives as long as the tab, and is its writer's alone.
import { band } from "./requests.js";

const key = (name) => ["kept", document.body.dataset.person, name].filter(Boolean).join(":");
const fields = (form) => form.querySelectorAll("keepTexts" in form.dataset ? "textarea, input[type=text]" : "[data-keep-field]");

export function dress(root) {
  // The form has gone and its page says that it arrived: nothing is unsent any more.
  for (const mark of root.querySelectorAll("[data-kept-sent]")) window.sessionStorage.removeItem(key(mark.dataset.keptSent));
  for (const form of root.querySelectorAll("form[data-keep]")) {
    if (form.dataset.kept !== undefined) continue;
    form.dataset.kept = "";
    let texts = {};
    try {
      texts = JSON.parse(window.sessionStorage.getItem(key(form.dataset.keep)) || "{}");
    } catch {
      texts = {};
    }
    let restored = false;
    for (const field of fields(form)) {
      if (field.value || !texts[field.name]) continue; // what the server sent back comes first
      field.value = texts[field.name];
      field.dispatchEvent(new Event("input", { bubbles: true }));
      restored = true;
    }
    const note = form.querySelector("[data-kept-note]");
    if (restored && note) note.hidden = false;
  }
}

document.addEventListener("input", (event) => {
  const form = event.target.form;
  if (!form || !form.dataset.keep || ![...fields(form)].includes(event.target)) return;
  const texts = {};
  for (const field of fields(form)) texts[field.name] = field.value;
  window.sessionStorage.setItem(key(form.dataset.keep), JSON.stringify(texts));
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
