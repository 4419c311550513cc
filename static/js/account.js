// The account menu and the choice of columns, the navigation, its drawer on a phone, and the large-text version.

// A long menu scrolls by itself: the place where the reader is stands in its window from the start.
const here = document.querySelector(".side-links [aria-current]");
const links = here?.parentElement;
if (links && here.offsetTop + 2 * here.offsetHeight > links.clientHeight) {
  links.scrollTop = here.offsetTop - links.clientHeight / 2;
}

document.addEventListener("click", (event) => {
  for (const menu of document.querySelectorAll("details.account[open], details.columns[open]")) {
    if (!menu.contains(event.target)) menu.open = false;
  }
  const opener = event.target.closest("[data-menu]");
  if (opener) {
    const drawer = document.getElementById("side");
    if (!drawer) return;
    event.preventDefault();
    const open = drawer.classList.toggle("open");
    opener.setAttribute("aria-label", open ? "关闭菜单" : "打开菜单");
    if (open) {
      drawer.scrollIntoView({ block: "nearest" });
      const first = drawer.querySelector("a");
      if (first) first.focus();
    }
  }
  if (event.target.closest("[data-large-text]")) {
    const large = document.documentElement.classList.toggle("large-text");
    // A cookie, so that the next page comes large already instead of jumping.
    document.cookie = `text=${large ? "large" : ""}; path=/; max-age=${large ? 31536000 : 0}; samesite=lax`;
    words();
  }
});

document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape") return;
  for (const menu of document.querySelectorAll("details.account[open], details.columns[open]")) {
    menu.open = false;
    menu.querySelector("summary").focus();
  }
  const drawer = document.querySelector("#side.open");
  if (drawer) {
    drawer.classList.remove("open");
    document.querySelector("[data-menu]").focus();
  }
});

function words() {
  const large = document.documentElement.classList.contains("large-text");
  for (const button of document.querySelectorAll("[data-large-text] span")) button.textContent = large ? "标准字号" : "大字版";
}

words();
document.addEventListener("page:swapped", words);
