"""Which later change voids which signature: the one place that says so.

A party signs what the paper says to it. Each signature keeps a digest of every field below as it read that day; it stands
while those that concern its party read the same. So nobody has to remember to void one: whoever changes a field, here or
in the registers below, a rule compares at submission and at filing, and the services of agreements say it at once.

| field | voids | because |
| --- | --- | --- |
| host, period, content, visits, goals | all three | each promises the others exactly this |
| the host's name | the host's | the paper names who signs as 乙方 |
| the specialist's name | the specialist's | likewise 丙方 |
| the members of the team | the specialist's and the host's | the leader signs for them, the host takes them in; the institution changes them itself |

The words of the contract are no field: a version of the paper keeps its own, and taking newer ones (wording/taking.py) is
a new version that voids all three.

What stands on no paper (the institution's explanations, an address, a bank account) voids nothing. A signature given
before the platform kept digests has none, and stands until the paper has a new version.
"""

from collections.abc import Iterable, Mapping
from hashlib import sha256
from json import dumps

from agreements.enums import Party
from agreements.models import Agreement

ALL_THREE = frozenset(Party)

VOIDS: Mapping[str, frozenset[Party]] = {
    "host": ALL_THREE,
    "service_start": ALL_THREE,
    "service_end": ALL_THREE,
    "service_content": ALL_THREE,
    "visits_per_year": ALL_THREE,
    "goals": ALL_THREE,
    "host_name": frozenset({Party.HOST}),
    "specialist_name": frozenset({Party.SPECIALIST}),
    "members": frozenset({Party.SPECIALIST, Party.HOST}),
}

LABELS: Mapping[str, str] = {
    "host": "派驻单位",
    "service_start": "服务开始日期",
    "service_end": "服务截止日期",
    "service_content": "服务内容",
    "visits_per_year": "年度到现场服务次数",
    "goals": "年度目标任务",
    "host_name": "派驻单位名称",
    "specialist_name": "特派员姓名",
    "members": "团队成员",
}


WORDS = "text"  # why a signature is void that no field has voided


def as_it_reads(agreement: Agreement, *, members: Iterable[str]) -> dict[str, str]:
    """A digest of each field; `members` are the names of the team, nobody where one person serves."""
    values = {
        "host": agreement.host and (agreement.host.organization.uscc or str(agreement.host)),  # also once it is merged
        "service_start": str(agreement.service_start or ""),
        "service_end": str(agreement.service_end or ""),
        "service_content": agreement.service_content.strip(),
        "visits_per_year": agreement.visits_per_year,
        "goals": agreement.goals,
        "host_name": str(agreement.host or ""),
        "specialist_name": agreement.specialist.name,
        "members": sorted(members),
    }
    return {name: _digest(value) for name, value in values.items()}


def void(party: Party, *, signed: Mapping[str, str], reads: Mapping[str, str]) -> list[str]:
    """The fields that were changed since that party signed, as far as they concern it."""
    return [
        name for name, parties in VOIDS.items() if party in parties and signed.get(name, reads[name]) != reads[name]
    ]


def in_words(changed: Iterable[str]) -> str:
    return "、".join("协议书文本" if name == WORDS else LABELS[name] for name in changed)


def _digest(value: object) -> str:
    return sha256(dumps(value, sort_keys=True, ensure_ascii=False).encode()).hexdigest()[:16]
