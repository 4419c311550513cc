"""What a hand does on the pages of agreements: read what stands there, fill in a form as it stands."""

import re
from html import unescape
from typing import Any

from django.core.files.uploadedfile import SimpleUploadedFile

from agreements.models import Agreement
from tests.core import hostile


def words(answer: Any) -> str:
    """What a reader sees of a page: no tags, no space between Chinese characters that the markup brought."""
    text = re.sub(r"<(style|script|title)\b.*?</\1>", "", answer.content.decode(), flags=re.DOTALL)
    return re.sub(r"\s+", " ", unescape(re.sub(r"<[^>]*>", " ", text)))


def body(answer: Any) -> bytes:
    """The bytes of a file that was handed out; reading it to its end closes it."""
    return b"".join(answer.streaming_content) if answer.streaming else answer.content


def draft_form(agreement: Agreement, **more: Any) -> dict[str, Any]:
    """Step 2 as it stands for a complete draft."""
    agreement.refresh_from_db()
    typed: dict[str, Any] = {
        "version": agreement.version,
        "host": str(agreement.host or ""),
        "service_start": "2026年5月20日",
        "service_end": "2027年12月31日",
        "visits_per_year": "12",
        "service_content": "小麦、谷子高产栽培技术指导。",
        "goal-0-name": "组织技术培训",
        "goal-0-count": "2",
        "goal-0-unit": "场",
        "act": "next",
    }
    return {**typed, **more}


LOOKED_AT = {"reason-W-SCAN-CODE": "已核对，是本协议。"}  # of a scan of blank pages, on which no code can be read


def signing_form(agreement: Agreement, **more: Any) -> dict[str, Any]:
    """Step 3, all three parties signed on the 20th of May."""
    agreement.refresh_from_db()
    parties = {"institution": "孟主任", "host": "马社长", "specialist": agreement.specialist.name}
    typed: dict[str, Any] = {"version": agreement.version, "act": "submit"}
    if "scan" in more:
        typed |= LOOKED_AT
    for party, signer in parties.items():
        typed |= {f"{party}-signer": signer, f"{party}-signed_on": "2026-05-20"}
        if party != "specialist":
            typed[f"{party}-authority"] = "legal"
    return {**typed, **more}


def scanned(data: bytes | None = None, name: str = "三方协议书.pdf") -> SimpleUploadedFile:
    return SimpleUploadedFile(name, hostile.pdf(2) if data is None else data, "application/pdf")
