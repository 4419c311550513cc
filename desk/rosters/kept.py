"""What a roster brings about known people and does not change, said row by row: nothing is kept silently.

A roster is filled in once a year from somebody's old list. Details of a person whom the bureau has selected change by
a request with its proof, those whom another unit looks after change there, and a row that only adds a second agreement
changes nothing of the person at all.
"""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from urllib.parse import urlencode

from django.urls import reverse

from core.identifiers import mask_account, mask_mobile
from core.models import PolicyPack
from desk.enums import Verdict
from desk.rosters.lines import Line, Sayer
from desk.rosters.models import RosterBatch
from specialists.enums import ChangeField, Education, Form, RegistrationStatus
from specialists.models import Registration, Specialist
from specialists.queries import Registered
from specialists.services import BY_REQUEST, label_of_detail

CODE = "I-KEPT"
DETAILS = ("mobile", "email", "bank_account", "bank_name")
OF_A_ROW = (*DETAILS, "education", "title", "field")  # what a row may say of a person beside their name
COLUMN = {"title": "title_name"}  # where the person's column is called otherwise than the roster's
MASKS = {"mobile": mask_mobile, "bank_account": mask_account}
ASKED_AS = {"bank_name": ChangeField.BANK_ACCOUNT.value}  # a bank goes with its account


@dataclass(frozen=True)
class Kept:
    """A known person, as the unit that brings the roster may be told of them."""

    details: Mapping[str, str]
    settled: frozenset[str]  # what changes by request only
    asked_at: int | None  # the registration at which this unit asks for a change
    is_elsewhere: bool  # other units look after the details: nothing of them is told
    begun: Mapping[str, tuple[int, bool]]  # category → this unit's registration of the year, and if its form is open


def people(digests: Collection[str], *, unit: int, year: int, pack: PolicyPack) -> dict[str, Kept]:
    """Who of these is known, by ID digest: three statements, whatever their number."""
    if not (found := [*Specialist.objects.filter(id_digest__in=digests).defer("id_number")]):
        return {}
    registered = Registered([person.pk for person in found], year=year)
    selected = Registration.objects.filter(specialist__in=found, status=RegistrationStatus.APPROVED)
    keepers: dict[int, tuple[int, int | None]] = {}  # the newest one: its unit asks for changes
    for pk, registration, institution in selected.order_by("-year", "-approved_on", "-pk").values_list(
        "specialist", "pk", "institution"
    ):
        keepers.setdefault(pk, (registration, institution))
    by_request = BY_REQUEST if "E-CHANGE" in pack.rules else frozenset[str]()
    known = {}
    for person in found:
        keeper, keeper_unit = keepers.get(person.pk, (None, None))
        own = [one for one in registered.places[person.pk] if one.unit == unit and one.form == Form.INDIVIDUAL]
        is_elsewhere = registered.looked_after_elsewhere(person.pk, unit=unit)
        known[person.id_digest] = Kept(
            details={name: getattr(person, COLUMN.get(name, name)) for name in OF_A_ROW},
            settled=by_request if keeper else frozenset(),
            asked_at=keeper if keeper_unit == unit else None,
            is_elsewhere=is_elsewhere or (bool(keeper and by_request) and keeper_unit != unit),
            begun={
                one.category: (one.registration, one.status in RegistrationStatus.editable)
                for one in own
                if one.registration
            },
        )
    return known


def say(line: Line, sayer: Sayer, kept: Kept | None, *, begun: bool = False) -> None:
    """Say what of this row will not be taken over; `begun`: its registration is there, it only adds an agreement."""
    if kept is None or line.blocked:
        return
    told = [name for name in OF_A_ROW if line.values.get(name)]
    may = "" if line.is_there else "可以导入；"
    if kept.is_elsewhere:
        if brought := [name for name in told if name in DETAILS]:
            # Whether they differ is not told: that would say what somebody else's person has.
            sayer.info(
                CODE,
                f"未改动：此人的{_labels(brought)}以平台已登记的为准，本行填写的不导入。",
                brought[0],
                f"{may}需要变更的，由本人或负责其资料的单位申请。",
            )
        return
    registration, is_open = kept.begun.get(line.values.get("category", ""), (0, False)) if begun else (0, False)
    for name in told:
        if str(line.values[name]) == kept.details[name] or not (name in kept.settled or registration):
            continue
        words = f"未改动：平台登记的{_label(name)}为{_shown(name, kept.details[name])}"
        if name in kept.settled:  # name and number of the person are held against each other by E-ID
            query = urlencode({"what": ASKED_AS.get(name, name)})
            link = f"{reverse('specialists:change-new', args=[kept.asked_at])}?{query}" if kept.asked_at else ""
            sayer.info(CODE, f"{words}，入选后须走变更申请。", name, f"{may}确需变更的，提交变更申请。", link)
        elif is_open:
            link = reverse("specialists:edit", args=[registration])
            made = "本行不再导入" if line.is_there else "本行只新建协议草稿"
            sayer.info(CODE, f"{words}，{made}。", name, f"{may}确需修改的，在登记中修改。", link)
        else:
            advice = f"{may}确需修改的，请市科技局退回登记后修改，已入选的在下一年度登记时更新。"
            sayer.info(CODE, f"{words}，登记已提交。", name, advice)


def _shown(name: str, value: str) -> str:
    """As the unit that looks after the person may read it: numbers behind their masks, choices in words."""
    if not value:
        return "空"
    return Education(value).label if name == "education" else MASKS[name](value) if name in MASKS else value


def _label(name: str) -> str:
    return label_of_detail(COLUMN.get(name, name))


def _labels(names: Iterable[str]) -> str:
    return "、".join(map(_label, names))


def rows_of(batch: RosterBatch) -> int:
    """How many rows bring what is not taken over."""
    return batch.lines.exclude(verdict=Verdict.BLOCK).filter(findings__contains=[{"code": CODE}]).count()
