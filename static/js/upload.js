// Files: size and kind are looked at before they travel, and the way is shown. A form with a file field is sent by XHR
// for its progress; the answer, page or refusal, takes the place of this page as if the browser had gone there.
import { csrfToken, band, sentenceFor } from "./requests.js";
import { busy, ready } from "./submit.js";

function size(bytes) {
  return bytes < 1048576 ? `${Math.max(1, Math.round(bytes / 1024))} KB` : `${(bytes / 1048576).toFixed(1)} MB`;
}

function state(box, words, percent) {
  box.querySelector("[data-upload-row]").hidden = false;
  box.querySelector("[data-upload-state]").textContent = words;
  const bar = box.querySelector("progress");
  bar.hidden = percent === undefined;
  box.querySelector("[data-upload-clear]").hidden = percent !== undefined;
  if (percent !== undefined) bar.value = percent;
}

function total(files) {
  return [...files].reduce((sum, file) => sum + file.size, 0);
}

function refusal(input) {
  const many = Number(input.dataset.many || 0);
  if (many && input.files.length > many) return `共 ${input.files.length} 个文件，一次最多 ${many} 个。请分几次上传，或压缩成一个文件。`;
  const all = Number(input.dataset.total || 0);
  if (all && total(input.files) > all) return `共 ${size(total(input.files))}，一次最多 ${size(all)}。请分几次上传。`;
  for (const file of input.files) {
    const kinds = (input.dataset.kinds || "").split(" ").filter(Boolean);
    const kind = file.name.split(".").pop().toLowerCase();
    const asked = input.accept.replaceAll(".", "").split(",").join("、").toUpperCase();
    if (kinds.length && !kinds.includes(kind)) return `请选择 ${asked} 文件。`;
    const most = Number(input.dataset.most || 0);
    if (most && file.size > most) return `文件为 ${size(file.size)}，超过 ${size(most)}。可降低扫描分辨率（建议 200 dpi）后重新选择。`;
    if (!file.size && !input.multiple) return "这是空文件，请重新选择。";
  }
  return "";
}

document.addEventListener("change", (event) => {
  const input = event.target;
  const box = input.type === "file" && input.closest("[data-upload]");
  if (!box) return;
  const names = [...input.files].map((file) => `${file.name}　${size(file.size)}`);
  const many = names.length > 3 ? `${input.files[0].name} 等 ${names.length} 个文件，共 ${size(total(input.files))}` : "";
  box.querySelector("[data-upload-name]").textContent = many || names.join("，");
  if (!names.length) {
    box.querySelector("[data-upload-row]").hidden = true;
    box.classList.remove("refused");
    return;
  }
  const wrong = refusal(input);
  state(box, wrong || "已选择，提交时上传");
  box.classList.toggle("refused", Boolean(wrong));
  if (wrong) input.value = "";
});

document.addEventListener("click", (event) => {
  const clear = event.target instanceof Element && event.target.closest("[data-upload-clear]");
  if (!clear) return;
  const input = clear.closest("[data-upload]").querySelector("input[type=file]");
  input.value = "";
  input.dispatchEvent(new Event("change", { bubbles: true }));
  input.focus();
});

// A form would go without the file that was refused, and say that it was saved: the reader decides first. Before anybody
// else hears of it, as in submit.js.
document.addEventListener(
  "submit",
  (event) => {
    const box = event.target.querySelector("[data-upload].refused");
    if (!box) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    state(box, "这个文件没有选上，尚未提交。请重新选择，或点“不上传”。");
    box.querySelector("input[type=file]").focus();
  },
  true,
);

// Files may be dropped on the box instead of chosen.
for (const kind of ["dragenter", "dragover", "dragleave", "drop"]) {
  document.addEventListener(kind, (event) => {
    const box = event.target instanceof Element && event.target.closest("[data-upload]");
    if (!box) return;
    event.preventDefault();
    box.classList.toggle("over", kind === "dragenter" || kind === "dragover");
    const input = box.querySelector("input[type=file]");
    if (kind !== "drop" || !event.dataTransfer.files.length) return;
    const files = new DataTransfer();
    for (const file of [...event.dataTransfer.files].slice(0, input.multiple ? undefined : 1)) files.items.add(file);
    input.files = files.files;
    input.dispatchEvent(new Event("change", { bubbles: true }));
  });
}

let shown; // the address whose page stands here, once a page was put in place of the one that was loaded

export function swapPage(html, address) {
  const page = new DOMParser().parseFromString(html, "text/html");
  if (address !== window.location.href) window.history.pushState(null, "", address);
  document.title = page.title;
  document.body.replaceWith(document.adoptNode(page.body));
  shown = window.location.pathname + window.location.search;
  window.scrollTo(0, 0);
  if (window.htmx) window.htmx.process(document.body);
  document.dispatchEvent(new CustomEvent("page:swapped"));
}
// Back: the page before was swapped away, so it has to be fetched again. A mere #place on this page is not a step back.
window.addEventListener("popstate", () => {
  if (shown !== undefined && shown !== window.location.pathname + window.location.search) window.location.reload();
});

function send(form, button) {
  const boxes = [...form.querySelectorAll("[data-upload]")].filter((box) => box.querySelector("input").files.length);
  const fields = new FormData(form);
  if (button && button.name) fields.append(button.name, button.value);
  const request = new XMLHttpRequest();
  request.upload.addEventListener("progress", (event) => {
    const percent = Math.round((event.loaded / event.total) * 100);
    for (const box of boxes) state(box, percent < 100 ? `正在上传 ${percent}%` : "已上传，正在检查…", percent);
  });
  request.addEventListener("load", () => {
    const html = (request.getResponseHeader("Content-Type") || "").includes("html");
    if (html && request.status < 500) {
      swapPage(request.responseText, request.responseURL);
      return;
    }
    fail(sentenceFor(request.status, request.getResponseHeader("X-Request-ID")));
  });
  const fail = (sentence) => {
    for (const box of boxes) state(box, "未上传");
    ready(form);
    band(sentence);
  };
  request.addEventListener("error", () => fail(sentenceFor(0)));
  request.open("POST", form.action);
  request.setRequestHeader("X-CSRFToken", csrfToken());
  request.send(fields);
}

export function dress(root) {
  for (const box of root.querySelectorAll("[data-upload]")) {
    const form = box.closest("form");
    if (!form || form.dataset.uploads !== undefined || form.hasAttribute("hx-post")) continue;
    form.dataset.uploads = "";
    form.addEventListener("submit", (event) => {
      const chosen = [...form.querySelectorAll("[data-upload] input")].some((input) => input.files.length);
      if (event.defaultPrevented || !chosen) return;
      event.preventDefault();
      busy(form, event.submitter);
      send(form, event.submitter);
    });
  }
}
