"""Gathers what the pages need out of node_modules into var/vendor: one SVG sprite, and Bootstrap's style sheet.

Run at set-up (`python -m core.sprite`), before `collectstatic`; imports no Django, so that it works on a bare clone.
Only what is used is copied: post-processing all of Bootstrap's dist directory takes twenty seconds.
"""

import re
import shutil
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
NODE_MODULES = ROOT / "node_modules"
VENDOR = ROOT / "var" / "vendor"

# Tabler's outline icons (MIT). A name that is not here cannot be drawn: `icon()` refuses it.
ICONS = (
    "adjustments-horizontal",
    "alert-triangle",
    "archive",
    "arrow-back-up",
    "arrow-right",
    "arrows-join",
    "ban",
    "bell",
    "building",
    "building-bank",
    "building-plus",
    "calendar",
    "calendar-event",
    "camera",
    "certificate",
    "chart-bar",
    "check",
    "checks",
    "chevron-down",
    "chevron-left",
    "chevron-right",
    "chevron-up",
    "circle-check",
    "circle-minus",
    "circle-x",
    "clipboard-check",
    "clipboard-list",
    "clock",
    "cloud-upload",
    "coin",
    "columns",
    "copy",
    "device-floppy",
    "door-exit",
    "download",
    "edit",
    "external-link",
    "eye",
    "eye-off",
    "file-check",
    "file-import",
    "file-spreadsheet",
    "file-text",
    "filter",
    "flag",
    "gavel",
    "help",
    "history",
    "home",
    "id",
    "inbox",
    "info-circle",
    "key",
    "link",
    "list-check",
    "list-details",
    "lock",
    "logout",
    "mail",
    "map-pin",
    "map-search",
    "menu-2",
    "message",
    "minus",
    "notebook",
    "paperclip",
    "pencil",
    "phone",
    "photo",
    "player-pause",
    "player-play",
    "plus",
    "printer",
    "qrcode",
    "refresh",
    "report-money",
    "rotate",
    "rubber-stamp",
    "scale",
    "school",
    "search",
    "send",
    "settings",
    "shield-check",
    "sort-ascending",
    "star",
    "switch-horizontal",
    "table",
    "text-size",
    "trash",
    "upload",
    "user",
    "user-check",
    "user-edit",
    "user-plus",
    "users",
    "users-group",
    "vocabulary",
    "wallet",
    "x",
    "zoom-in",
    "zoom-out",
)

_BACKGROUND = re.compile(r'\s*<path stroke="none" d="M0 0h24v24H0z" fill="none"\s*/>')
_COMMENT = re.compile(r"<!--.*?-->", re.DOTALL)


def symbol(name: str, svg: str) -> str:
    """One icon file as a <symbol>: colour and stroke come from the page, through currentColor."""
    drawing = _COMMENT.sub("", svg)
    inner = drawing[drawing.index(">", drawing.index("<svg")) + 1 : drawing.rindex("</svg>")]
    return (
        f'<symbol id="{name}" viewBox="0 0 24 24">{"".join(_BACKGROUND.sub("", inner).split(chr(10))).strip()}</symbol>'
    )


def sprite(icons: Path) -> str:
    symbols = "\n".join(symbol(name, (icons / f"{name}.svg").read_text(encoding="utf-8")) for name in ICONS)
    return f'<svg xmlns="http://www.w3.org/2000/svg">\n{symbols}\n</svg>\n'


def build(node_modules: Path = NODE_MODULES, vendor: Path = VENDOR) -> None:
    """Write icons.svg and bootstrap/ into `vendor`; the same input gives the same bytes."""
    (vendor / "bootstrap").mkdir(parents=True, exist_ok=True)
    (vendor / "icons.svg").write_text(sprite(node_modules / "@tabler/icons/icons/outline"), encoding="utf-8")
    # The style sheet names its map, and the manifest storage refuses a style sheet whose map is missing.
    for file in ("bootstrap.min.css", "bootstrap.min.css.map"):
        shutil.copyfile(node_modules / "bootstrap/dist/css" / file, vendor / "bootstrap" / file)


if __name__ == "__main__":
    build()
