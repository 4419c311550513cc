"""The permission matrix: who may do what, how far they see, and which address asks for which action.

One TOML file per app in `accounts/permissions/`; from it come the checks of every request, the menu, the tests that
walk every address, and the printable page. An address that is not in it is refused.
"""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cache
from pathlib import Path
from typing import Any

from accounts.enums import Role

HERE = Path(__file__).parent / "permissions"


# What each file is about, in the order of the printed page.
PARTS = {
    "accounts": "单位、成员与账户",
    "lists": "列表视图和导出",
    "specialists": "科技特派员登记",
    "selection": "遴选：推荐通知、名单、公示和公布",
    "proving": "研究生佐证材料",
    "changes": "变更申请与号码查看",
    "agreements": "协议备案",
    "moves": "改派申请",
    "signing": "三方签署",
    "departures": "离职登记",
    "suspensions": "暂停资格",
    "reviewing": "协议审核",
    "renewals": "续签安排",
    "filing_sheets": "备案汇总表",
    "archiving": "协议归档",
    "merging": "合并打印材料",
    "amendments": "协议变更",
    "graduations": "毕业安排",
    "visits": "服务记录",
    "funding": "专项经费",
    "assessments": "年度考核",
    "desk": "首页与查询",
    "plan": "政策条款",
    "texts": "协议书文本",
    "overrides": "例外情况",
    "dictionaries": "字典",
    "districts": "县（市、区）",
    "holidays": "放假安排",
    "core": "平台",
}


class Scope(StrEnum):
    """How far a role sees: the whole city, its county, its institution, its own host unit, itself."""

    ALL = "all"
    COUNTY = "county"
    INSTITUTION = "institution"
    HOST = "host"
    SELF = "self"

    @property
    def label(self) -> str:
        return {"all": "全市", "county": "本县", "institution": "本单位", "host": "本单位", "self": "本人"}[self.value]


@dataclass(frozen=True)
class Action:
    code: str  # "agreement.file"
    label: str
    roles: Mapping[Role, Scope]
    part: str  # the file it stands in
    own: bool = False  # of a record only for whose side it is: an institution's its own, the bureau's whom it appoints

    def reach(self, role: Role) -> str:
        """How far a role may go, as the printed page says it; "—": nowhere."""
        if role not in self.roles:
            return "—"
        return "直接聘请的" if self.own and role in Role.bureau else self.roles[role].label


@dataclass(frozen=True)
class Address:
    """One named URL: the action each method asks for, and the record it is about."""

    name: str  # "agreements:detail", "api:agreement-file"
    methods: Mapping[str, str]  # {"GET": "agreement.view"}
    model: str = ""  # "agreements.Agreement": the record that `key` names; empty: a list or a form for a new one
    key: str = "pk"
    view: str = ""  # the action that makes the record visible at all: 404 without it, 403 with it
    open: bool = False  # no signing in
    hatless: bool = False  # signed in is enough (changing a password, choosing a hat)
    superuser: bool = False  # nobody's hat: the administration of Django, for who was made superuser by hand


@dataclass(frozen=True)
class MenuItem:
    label: str
    url: str
    icon: str
    action: str
    group: str
    order: int


@dataclass(frozen=True)
class Matrix:
    actions: Mapping[str, Action]
    addresses: Mapping[str, Address]
    menu: tuple[MenuItem, ...] = field(default=())

    def address(self, name: str) -> Address | None:
        """The entry of a named URL: its own, or the one of its whole namespace (`admin:*`)."""
        return self.addresses.get(name) or self.addresses.get(f"{name.partition(':')[0]}:*")

    def may(self, role: str, action: str) -> bool:
        return Role(role) in self.actions[action].roles

    def sees(self, role: str, address: Address) -> Scope | None:
        """How far the role sees the records of an address, None: not at all."""
        return self.actions[address.view].roles.get(Role(role))

    def parts(self) -> list[tuple[str, list[Action]]]:
        """The actions by what they are about, as the printed page shows them."""
        known = [*PARTS, *sorted({action.part for action in self.actions.values()} - PARTS.keys())]
        parts = [(PARTS.get(part, part), [one for one in self.actions.values() if one.part == part]) for part in known]
        return [(title, actions) for title, actions in parts if actions]


@cache
def matrix() -> Matrix:
    """Read and check the files. Raises ValueError naming the entry that does not fit."""
    actions: dict[str, Action] = {}
    addresses: dict[str, Address] = {}
    menu: list[MenuItem] = []
    for path in sorted(HERE.glob("*.toml")):
        part = tomllib.loads(path.read_text())
        for code, entry in part.get("actions", {}).items():
            if code in actions:
                raise ValueError(f"{path.name}: action {code} stands twice")
            roles = {Role(role): Scope(scope) for role, scope in entry["roles"].items()}
            actions[code] = Action(code, entry["label"], roles, path.stem, entry.get("own", False))
        for name, entry in part.get("urls", {}).items():
            if name in addresses:
                raise ValueError(f"{path.name}: address {name} stands twice")
            addresses[name] = _address(name, entry)
        menu += [MenuItem(**item) for item in part.get("menu", [])]
    for address in addresses.values():
        anybody = address.open or address.hatless
        if not (address.methods or anybody or address.superuser):
            raise ValueError(f"{address.name}: it lists no method")
        for code in address.methods.values():
            if code not in actions and not (anybody and code == ""):
                raise ValueError(f"{address.name}: no action {code!r}")
        if address.view and address.view not in actions:
            raise ValueError(f"{address.name}: no action {address.view!r}")
        if address.model and not address.view:
            raise ValueError(f"{address.name}: a record needs the action that shows it (view)")
    return Matrix(actions, addresses, tuple(sorted(menu, key=lambda item: item.order)))


def _address(name: str, entry: dict[str, Any]) -> Address:
    methods = {key: value for key, value in entry.items() if key.isupper()}
    rest = {key: value for key, value in entry.items() if not key.isupper()}
    if not methods and (rest.get("open") or rest.get("hatless")):
        methods = {"GET": ""}
    return Address(name, methods, **rest)
