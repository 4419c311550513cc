// htmx: the CSRF header, words for a request that failed, and a place for the focus after a swap.
import { say, toWhatIsWrong } from "./focus.js";

export function csrfToken() {
  const token = document.querySelector('meta[name="csrf-token"]');
  return token ? token.content : "";
}

export function band(sentence, tone = "bad") {
  const place = document.getElementById("main");
  if (!place) return;
  const old = place.querySelector("[data-request-band]");
  if (old) old.remove();
  const note = document.createElement("p");
  note.className = `band ${tone}`;
  note.dataset.requestBand = "";
  note.setAttribute("role", "alert");
  note.textContent = sentence;
  place.prepend(note);
}

export function sentenceFor(status, number) {
  const quote = number ? `（编号 ${number}）` : "";
  if (status === 0) return "网络中断，内容尚未提交，请检查网络后重试。";
  if (status === 401) return "登录已过期，请在新窗口重新登录后回到本页继续。";
  if (status === 403) return "您没有权限执行此操作。";
  if (status === 404) return "这条记录已不存在，或不在您的查看范围内。";
  if (status === 413) return "文件超过 20 MB。可降低扫描分辨率（建议 200 dpi）后重新上传。";
  if (status === 429) return "操作过于频繁，请稍等几分钟后再试。";
  return `加载失败，请重试${quote}。`;
}

document.addEventListener("htmx:configRequest", (event) => {
  event.detail.headers["X-CSRFToken"] = csrfToken();
  // Filters start on the first page: the empty address of their form is this page's, place in the list included.
  if (event.detail.elt.matches("form[method=get]")) event.detail.path = window.location.pathname;
});

document.addEventListener("htmx:responseError", (event) => {
  const { xhr } = event.detail;
  band(sentenceFor(xhr.status, xhr.getResponseHeader("X-Request-ID")));
});
document.addEventListener("htmx:sendError", () => band(sentenceFor(0)));
document.addEventListener("htmx:timeout", () => band(sentenceFor(0)));

document.addEventListener("htmx:beforeRequest", (event) => {
  const list = event.detail.target && event.detail.target.closest("[data-list]");
  if (list) say("正在更新…");
});

let focusGoes = false; // with the old part, when the element that has it is inside
document.addEventListener("htmx:beforeSwap", (event) => {
  focusGoes = event.detail.target.contains(document.activeElement) && document.activeElement !== document.body;
});

document.addEventListener("htmx:afterSettle", (event) => {
  const part = event.detail.elt;
  if (toWhatIsWrong(part)) return;
  if (part.matches("[data-list]")) say(`已更新，${(part.querySelector(".pf span") || { textContent: "" }).textContent}`);
  if (focusGoes && document.activeElement === document.body && !part.matches("[aria-live]")) {
    if (!part.hasAttribute("tabindex")) part.setAttribute("tabindex", "-1");
    part.focus({ preventScroll: true });
  }
});
