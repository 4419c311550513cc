// The keyboard queue: J/K move, Enter opens, X selects, / searches, ? helps, and the keys that buttons carry (data-key).
// Off while typing, during composition, in a dialog, on touch screens, and for whoever switches it off (WCAG 2.1.4).

// Chosen by each person: in an office several sign in at one machine.
const STORE = ["single-keys", document.body.dataset.person].filter(Boolean).join("-");

function enabled() {
  const choice = window.localStorage.getItem(STORE) || window.localStorage.getItem("single-keys");
  return choice ? choice === "on" : window.matchMedia("(pointer: fine)").matches;
}

function rows() {
  return [...document.querySelectorAll("[data-list] tr[data-href]")];
}

function move(step) {
  const all = rows();
  if (!all.length) return;
  const now = all.findIndex((row) => row.classList.contains("cur"));
  const next = all[now < 0 ? 0 : Math.min(all.length - 1, Math.max(0, now + step))];
  if (now >= 0) all[now].classList.remove("cur");
  next.classList.add("cur");
  const link = next.querySelector("a");
  if (link) link.focus({ preventScroll: true });
  next.scrollIntoView({ block: "nearest" });
}

function help() {
  let dialog = document.getElementById("keys-help");
  if (!dialog) {
    dialog = document.createElement("dialog");
    dialog.id = "keys-help";
    dialog.className = "dlg";
    dialog.setAttribute("aria-labelledby", "keys-help-title");
    document.body.append(dialog);
  }
  const words = rows().length ? [["J", "下一行"], ["K", "上一行"], ["Enter", "打开"], ["X", "选中"]] : [];
  if (document.querySelector("[data-search]")) words.push(["/", "搜索"]);
  for (const button of document.querySelectorAll("[data-key]")) {
    const label = button.cloneNode(true);
    label.querySelectorAll("kbd, svg").forEach((part) => part.remove());
    words.push([button.dataset.key.toUpperCase(), button.getAttribute("aria-label") || label.textContent.trim()]);
  }
  words.push(["?", "显示本说明"]);
  const title = document.createElement("h2");
  title.id = "keys-help-title";
  title.textContent = "快捷键";
  const list = document.createElement("dl");
  list.className = "facts facts-1";
  for (const [key, meaning] of words) {
    const line = document.createElement("div");
    const term = document.createElement("dt");
    const cap = document.createElement("kbd");
    cap.textContent = key;
    term.append(cap);
    const what = document.createElement("dd");
    what.textContent = meaning;
    line.append(term, what);
    list.append(line);
  }
  const choice = document.createElement("label");
  choice.className = "option";
  const box = document.createElement("input");
  box.type = "checkbox";
  box.checked = enabled();
  box.addEventListener("change", () => window.localStorage.setItem(STORE, box.checked ? "on" : "off"));
  const sentence = document.createElement("span");
  sentence.textContent = "使用单键快捷键";
  choice.append(box, sentence);
  const body = document.createElement("div");
  body.className = "dlg-body";
  body.append(list, choice);
  const foot = document.createElement("div");
  foot.className = "ft";
  const right = document.createElement("div");
  right.className = "r";
  const close = document.createElement("button");
  close.type = "button";
  close.className = "btn btn-line";
  close.textContent = "关闭";
  close.addEventListener("click", () => dialog.close());
  right.append(close);
  foot.append(right);
  dialog.replaceChildren(title, body, foot);
  dialog.showModal();
  close.focus();
}

document.addEventListener("keydown", (event) => {
  if (event.isComposing || event.keyCode === 229 || event.ctrlKey || event.metaKey || event.altKey) return;
  if (event.target.closest("input, textarea, select, [contenteditable]") || document.querySelector("dialog[open]")) return;
  const key = event.key.toLowerCase();
  if (key === "?") return help(); // always: it is where the keys are switched on and off
  if (!enabled() || event.defaultPrevented) return;
  const row = document.querySelector("[data-list] tr.cur");
  if (key === "j" && rows().length) move(1);
  else if (key === "k" && rows().length) move(-1);
  else if (key === "x" && row) {
    const box = row.querySelector("[data-select]");
    if (box) box.click();
  } else if (key === "enter" && row && !event.target.closest("a, button, summary")) window.location.assign(row.dataset.href);
  else if (key === "/") {
    const search = document.querySelector("[data-search]");
    if (!search) return;
    search.focus();
  } else {
    const button = [...document.querySelectorAll("[data-key]")].find((one) => one.dataset.key.toLowerCase() === key);
    if (!button) return;
    button.click();
  }
  if (key !== "enter") event.preventDefault();
});

document.addEventListener("click", (event) => {
  if (event.target.closest("[data-keys-help]")) help();
});
