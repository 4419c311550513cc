// The session ended while a page stood open: the way back in opens above it, so that nothing typed is lost. Afterwards
// the page holds a fresh token and the reader presses the same button again.
import { band } from "./requests.js";

export function signInAgain(markup) {
  const form = new DOMParser().parseFromString(markup, "text/html").querySelector("form");
  if (!form) return;
  let dialog = document.getElementById("session-dialog");
  if (!dialog) {
    dialog = document.createElement("dialog");
    dialog.id = "session-dialog";
    dialog.className = "dlg";
    dialog.setAttribute("aria-labelledby", "sign-in-again");
    document.body.append(dialog);
  }
  if (dialog.open) return;
  dialog.replaceChildren(form);
  window.htmx.process(dialog);
  dialog.showModal();
}

export function freshToken(token) {
  const meta = document.querySelector('meta[name="csrf-token"]');
  if (meta) meta.content = token;
  for (const field of document.querySelectorAll('input[name="csrfmiddlewaretoken"]')) field.value = token;
}

document.addEventListener("htmx:beforeSwap", (event) => {
  const { xhr } = event.detail;
  const token = xhr.getResponseHeader("X-Fresh-Token");
  if (xhr.status === 401) {
    event.detail.isError = false;
    signInAgain(xhr.responseText);
  } else if (token) {
    event.detail.isError = false;
    freshToken(token);
    band("登录状态已更新，您填写的内容仍在页面上。请再次点击刚才的按钮。", "warn");
  }
});

document.addEventListener("signed-in", (event) => {
  freshToken(event.detail.token);
  const dialog = document.getElementById("session-dialog");
  if (dialog) dialog.close();
  band("已重新登录，您填写的内容仍在页面上。请再次点击刚才的按钮。", "ok");
});
