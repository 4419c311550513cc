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

// What one request may not carry goes in several, in the order of the names. Pages of one paper that were photographed
// one by one have names that differ in their number, and are not parted where that can be helped.
function parts(input) {
  const most = Number(input.dataset.total || 0);
  if (!most || total(input.files) <= most) return [[...input.files]];
  const stem = (file) => file.name.replace(/\.[^.]*$/, "").replace(/[\d\s()（）_第页-]+$/, "");
  const named = [...input.files].sort((a, b) => a.name.localeCompare(b.name, "zh", { numeric: true }));
  const together = [];
  for (const file of named) {
    const last = together[together.length - 1];
    if (last && stem(last[0]) === stem(file) && total(last) + file.size <= most) last.push(file);
    else together.push([file]);
  }
  const found = [];
  let request = [];
  for (const files of together) {
    if (!found.length || total(request) + total(files) > most) found.push((request = []));
    request.push(...files);
  }
  return found;
}

function refusal(input) {
  const many = Number(input.dataset.many || 0);
  if (many && input.files.length > many) return `共 ${input.files.length} 个文件，一次最多 ${many} 个。请分几次上传，或压缩成一个文件。`;
  for (const file of input.files) {
    const kinds = (input.dataset.kinds || "").split(" ").filter(Boolean);
    const kind = file.name.split(".").pop().toLowerCase();
    const asked = input.accept.replaceAll(".", "").split(",").join("、").toUpperCase();
    if (kinds.length && !kinds.includes(kind)) return `请选择 ${asked} 文件。`;
    const most = Number(input.dataset.most || 0);
    const mend = kind === "zip" ? "请分成几个压缩包。" : "可降低扫描分辨率（建议 200 dpi）后重新选择。";
    if (most && file.size > most) return `文件为 ${size(file.size)}，超过 ${size(most)}。${mend}`;
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
  const all = parts(input).length;
  const unit = joinedWord({ joined: input.dataset.joined !== undefined });
  const said = all > 1 ? `已选择，共 ${size(total(input.files))}，提交时分 ${all} ${unit}上传` : "已选择，提交时上传";
  state(box, wrong || said);
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
  const batches = boxes.length === 1 ? parts(boxes[0].querySelector("input")) : [[]];
  const joined = batches.length > 1 && boxes[0].querySelector("input").dataset.joined !== undefined;
  sendBatch({ form, button, boxes, batches, joined }, 0);
}

// What one request carries, each of several under a key of its own: sent again, each gets its first answer. Where the
// server joins them, each says to what it belongs and how many files follow.
function fieldsOf({ form, button, boxes, batches, joined, begun }, at) {
  const fields = new FormData(form);
  if (button && button.name) fields.append(button.name, button.value);
  if (batches.length === 1) return fields;
  const { name } = boxes[0].querySelector("input");
  fields.delete(name);
  for (const file of batches[at]) fields.append(name, file);
  if (joined) {
    if (begun) fields.set("batch", begun);
    fields.set("more", batches.slice(at + 1).flat().length);
  }
  if (at) fields.set("idempotency_key", `${fields.get("idempotency_key")}-${at + 1}`);
  return fields;
}

function joinedWord({ joined }) {
  return joined ? "次" : "批";
}

// One request, then those behind it. A page that answers is shown; where several were taken, that of their batch, or the
// one that lists theirs.
function sendBatch(sent, at) {
  const { form, boxes, batches } = sent;
  const several = batches.length > 1;
  const unit = joinedWord(sent);
  const which = several ? `（第 ${at + 1} ${unit}，共 ${batches.length} ${unit}）` : "";
  const left = batches.slice(at).flat();
  const gone = at ? `前 ${at} ${unit}已上传；其余 ${left.length} 个文件（从 ${left[0].name} 起）没有上传，请重新选择。` : "";
  const fail = (sentence) => {
    for (const box of boxes) state(box, at ? "其余文件未上传" : "未上传");
    ready(form);
    if (at) {
      boxes[0].querySelector("input").value = "";
      form.elements.idempotency_key.value += `-${at}`; // what is chosen now is another question
    }
    band(sentence + gone);
  };
  const request = new XMLHttpRequest();
  request.upload.addEventListener("progress", (event) => {
    const percent = Math.round((event.loaded / event.total) * 100);
    for (const box of boxes) state(box, (percent < 100 ? `正在上传 ${percent}%` : "已上传，正在检查…") + which, percent);
  });
  request.addEventListener("load", () => {
    const html = (request.getResponseHeader("Content-Type") || "").includes("html");
    if (!html || request.status >= 500) {
      fail(sentenceFor(request.status, request.getResponseHeader("X-Request-ID")));
      return;
    }
    const here = new URL(form.action).pathname;
    const to = new URL(request.responseURL).pathname;
    const taken = request.status < 400 && to !== here && to.startsWith(here); // not the page for signing in
    if (!several || !taken) {
      swapPage(request.responseText, request.responseURL);
      if (gone) band(gone);
    } else if (at + 1 < batches.length) {
      if (sent.joined) sent.begun = to.slice(here.length).split("/")[0];
      sendBatch(sent, at + 1);
    } else {
      window.location.assign(sent.joined ? to : here);
    }
  });
  request.addEventListener("error", () => fail(sentenceFor(0)));
  request.open("POST", form.action);
  request.setRequestHeader("X-CSRFToken", csrfToken());
  request.send(fieldsOf(sent, at));
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
