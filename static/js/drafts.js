// While a wizard is being filled in: the draft saves itself (data-autosave="address") and the rules are asked
// (data-checks="address", whose answer takes the place of #checks). The server judges both; nothing here decides.
// Nothing is sent in the middle of a Chinese word: during composition the text is not yet what the person means.
import { say } from "./focus.js";
import { band, csrfToken } from "./requests.js";
import { signInAgain } from "./session.js";

const timers = new WeakMap();

function later(form, what, milliseconds, action) {
  const waiting = timers.get(form) || {};
  window.clearTimeout(waiting[what]);
  waiting[what] = window.setTimeout(() => action(form), milliseconds);
  timers.set(form, waiting);
}

function typed(form) {
  const fields = new URLSearchParams();
  for (const [name, value] of new FormData(form)) {
    // The key belongs to the act of submitting, not to a draft that is saved again and again.
    if (typeof value === "string" && name !== "idempotency_key") fields.append(name, value);
  }
  return fields;
}

async function post(form, address) {
  return fetch(address, {
    method: "POST",
    body: typed(form),
    credentials: "same-origin",
    headers: { "X-CSRFToken": csrfToken(), "HX-Request": "true" },
  });
}

function saved(words) {
  for (const place of document.querySelectorAll("[data-saved]")) place.textContent = words;
}

// Loading the page again would throw away what stands in it; the next step keeps it, and shows both versions.
function changedElsewhere(form) {
  form.dataset.stale = "";
  saved("草稿已在别处修改，本页内容尚未保存");
  band("草稿已在别处修改，请不要刷新页面。请按“下一步”：您填写的内容会保留，并列出两处的差异供核对。", "warn");
}

async function save(form) {
  if ("sent" in form.dataset || "stale" in form.dataset) return;
  try {
    const answer = await post(form, form.dataset.autosave);
    if (answer.status === 409) return changedElsewhere(form);
    if (answer.status === 401) {
      signInAgain(await answer.text());
      return saved("登录已过期，草稿尚未保存");
    }
    if (!answer.ok) return saved("草稿尚未保存，填写内容仍在本页");
    const now = new Date();
    saved(`草稿自动保存于 ${String(now.getHours()).padStart(2, "0")}:${String(now.getMinutes()).padStart(2, "0")}`);
    const version = answer.headers.get("X-Version");
    if (version && form.elements.version) form.elements.version.value = version;
  } catch {
    saved("没有网络，草稿尚未保存，填写内容仍在本页");
  }
}

let asked = 0;
async function check(form) {
  const place = document.getElementById("checks");
  if (!place) return;
  const question = (asked += 1);
  place.setAttribute("aria-busy", "true");
  try {
    const answer = await post(form, form.dataset.checks);
    if (question !== asked) return; // a later question is under way; its answer is the one that counts
    if (answer.ok || answer.status === 422) {
      const page = new DOMParser().parseFromString(await answer.text(), "text/html");
      const fresh = page.getElementById("checks");
      if (!fresh || question !== asked) return;
      place.replaceChildren(...fresh.childNodes);
      const counts = place.querySelector("header .r");
      say(`校验结果：${(counts && counts.textContent.trim().replace(/\s+/g, " ")) || "没有不符项"}`);
    }
  } catch {
    say("没有网络，暂未校验；提交时仍会校验");
  } finally {
    place.removeAttribute("aria-busy");
  }
}

function changed(event, saveAfter) {
  const form = event.target.form;
  if (!form || event.isComposing) return;
  if (form.dataset.autosave) later(form, "save", saveAfter, save);
  if (form.dataset.checks && event.type === "change") later(form, "check", 400, check);
}

document.addEventListener("input", (event) => changed(event, 3000));
document.addEventListener("compositionend", (event) => changed(event, 3000));
document.addEventListener("change", (event) => changed(event, 600));
