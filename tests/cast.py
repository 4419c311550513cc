"""The people, units and papers of the tests (glossary: U1, H1, P1 …). Today is in May 2026, as in the scenarios.

Rows are laid straight into the tables, valid but without the services: a test of an act brings its case to the act by
hand, and only the act itself goes through its service.
"""

import pickle
from datetime import date
from functools import cache, cached_property
from itertools import count
from typing import Any

from django.utils.timezone import now

from accounts.enums import HostType, InstitutionType, OfficeKind, Role
from accounts.models import District, HostUnit, Institution, Membership, Office, Organization, User
from agreements.enums import AgreementStatus, Authority, Party
from agreements.models import Agreement, AgreementScan, Signature
from core import files
from core.crypto import blind_index
from core.identifiers import birth_date, mask_id, mask_mobile, sex
from core.models import PolicyPack, StoredFile
from core.packs import POLICIES, read
from specialists.enums import Category, Education, PersonnelType, RegistrationStatus, Title
from specialists.models import ProvincialListEntry, Registration, Specialist
from tests.core import hostile
from tests.laying import laid
from visits.enums import VisitStatus
from visits.models import Visit, VisitAttendance

MAY_12, MAY_18, MAY_20 = date(2026, 5, 12), date(2026, 5, 18), date(2026, 5, 20)
END = date(2027, 12, 31)
PASSWORD = "Tepai-2026-demo"

PDF = hostile.pdf()  # one empty page; nothing hostile in it

# name, ID number, category: invented people under the unassigned prefix 139999
PEOPLE = {
    "P1": ("李喆", "139999197803050010"),
    "P2": ("赵芃", "139999198206170027"),
    "P3": ("张昇", "139999198509230031"),
    "P4": ("王晓晨", "139999197904110043"),
    "P5": ("何雨桐", "139999199011020058"),
    "P6": ("周珺", "139999199902140061"),
    "P7": ("欧阳明远", "139999200005200074"),
    "P8": ("孙立群", "139999197512080084"),
    "P9": ("吴建国", "139999198807300093"),
    "P10": ("郑旻", "139999198301010101"),
    "P11": ("冯赟", "139999198602020119"),
    "P12": ("陈玥", "13999919920303012X"),
}


@cache
def shipped() -> bytes:
    """The pack of 2026 as it is shipped, read once and taken apart anew for everybody."""
    return pickle.dumps(read(POLICIES / "shijiazhuang-2026.toml"))


class Season:
    """A year with an active pack, every kind of unit and a person under every hat."""

    pack: PolicyPack
    bureau: Office
    officer: Membership
    head: Membership
    admin: Membership
    u1: Institution
    clerk: Membership
    manager: Membership
    h4: HostUnit

    def __init__(self) -> None:
        self.__dict__.update(laid("season", self._core))

    def _core(self) -> dict[str, Any]:
        self.pack = PolicyPack.objects.create(**selecting_at_once(pickle.loads(shipped())))
        self.bureau = office("石家庄市科技局", OfficeKind.CITY_BUREAU, "11139999MB0000001K")
        self.officer = member("陈科员", Role.BUREAU_OFFICER, self.bureau, "chen")
        self.head = member("刘处长", Role.DIVISION_HEAD, self.bureau, "liuchu")
        self.admin = member("郭管理", Role.BUREAU_ADMIN, self.bureau, "guo")
        self.u1 = institution("示范农林学院", InstitutionType.UNIVERSITY, "12139999401700016G")
        self.clerk = member("刘静怡", Role.INSTITUTION_CLERK, self.u1, "liu")
        self.manager = member("孟主任", Role.INSTITUTION_ADMIN, self.u1, "meng")
        self.h4 = host("滹沱示范谷物种植专业合作社", HostType.COOPERATIVE, "93139999MA0X001466", "130123")
        return self.__dict__

    # the rest of the cast enters when it is called

    @cached_property
    def u2(self) -> Institution:
        return institution("示范理工大学", InstitutionType.UNIVERSITY, "12139999401700024B")

    @cached_property
    def i1(self) -> Institution:
        return institution("示范农科所", InstitutionType.RESEARCH_INSTITUTE, "121399994017000326")

    @cached_property
    def s1(self) -> Institution:
        return institution("示范技术转移中心", InstitutionType.TECH_SERVICE, "91139999MA0X00015G")

    @cached_property
    def stranger(self) -> Membership:
        """The clerk of another institution, who must see nothing."""
        return member("吴老师", Role.INSTITUTION_CLERK, self.u2, "wu")

    @cached_property
    def h1(self) -> HostUnit:
        firm = host("示范装备制造有限公司", HostType.ENTERPRISE, "91139999MA0X00111R", "130109")
        return flagged(firm, above_scale=True)

    @cached_property
    def h2(self) -> HostUnit:
        firm = host("示范精密机械有限公司", HostType.ENTERPRISE, "91139999MA0X0012XH", "130109")
        return flagged(firm, tech_sme=True)

    @cached_property
    def h3(self) -> HostUnit:
        return host("示范生物制品有限公司", HostType.ENTERPRISE, "91139999MA0X00138H", "130108")

    @cached_property
    def h5(self) -> HostUnit:
        return host("赞皇县示范果品合作社", HostType.COOPERATIVE, "93139999MA0X001541", "130129")

    @cached_property
    def contact(self) -> Membership:
        return member("马社长", Role.HOST_CONTACT, self.h4.organization, "ma")

    @cached_property
    def county(self) -> Membership:
        k1 = office("正定县科技局", OfficeKind.COUNTY_BUREAU, "111399994017002198", district="130123")
        return member("县经办", Role.COUNTY_OFFICER, k1, "zhengding")

    @cached_property
    def finance(self) -> Membership:
        return member(
            "钱会计", Role.FINANCE, office("石家庄市财政局", OfficeKind.FINANCE_BUREAU, "11139999MB0000002H"), "qian"
        )

    @cached_property
    def auditor(self) -> Membership:
        return member(
            "沈审计", Role.AUDITOR, office("石家庄市审计局", OfficeKind.AUDIT_OFFICE, "11139999MB0000003E"), "shen"
        )

    def hat_of(self, person: Specialist) -> Membership:
        """The person's own account, in the role of specialist at their institution."""
        if person.user:
            return person.user.memberships.get(role=Role.SPECIALIST)
        registration = person.registrations.first()
        at = registration.institution if registration and registration.institution else self.u1
        hat = member(person.name, Role.SPECIALIST, at, f"sp{person.pk}")
        person.user = hat.person
        person.save(update_fields=["user"])
        return hat

    def selected(self, key: str, category: str = Category.AGRICULTURE, **more: Any) -> Registration:
        """A person of PEOPLE whose registration for 2026 the bureau has approved."""
        institution = more.pop("institution", self.u1)
        defaults: dict[str, Any] = {
            "personnel_type": PersonnelType.STAFF,
            "status": RegistrationStatus.APPROVED,
            "submitted_on": MAY_12,
            "approved_on": MAY_12,
            "consented_on": MAY_12,
            "pack": self.pack,
        }
        return Registration.objects.create(
            specialist=person(key), year=2026, category=category, institution=institution, **{**defaults, **more}
        )

    def agreement(self, registration: Registration, host: HostUnit, **more: Any) -> Agreement:
        """A complete agreement, signed by three and scanned unless signed=False; a draft unless a status is said.

        With a `letter` it is a delegate who signs for the host.
        """
        signed, letter = more.pop("signed", True), more.pop("letter", None)
        defaults: dict[str, Any] = {
            "service_start": MAY_12,
            "service_end": END,
            "service_content": "小麦、谷子高产栽培技术指导；新品种引进示范。",
            "visits_per_year": 12,
            "goals": [{"name": "组织技术培训", "count": 2, "unit": "场"}],
            "created_by": self.clerk,
        }
        status = more.get("status", AgreementStatus.DRAFT)
        if status != AgreementStatus.DRAFT:
            defaults |= {"submitted_on": MAY_18, "pack": self.pack}
        if status == AgreementStatus.VOID:
            defaults["filing_number"] = f"SJZ-KTP-2025-{next(_serial):04}"
        if status in AgreementStatus.once_filed:
            defaults |= {
                "filed_on": MAY_20,
                "filed_by": self.officer,
                "filing_number": f"SJZ-KTP-2025-{next(_serial):04}",
            }
        agreement = Agreement.objects.create(
            registration=registration,
            specialist=registration.specialist,
            institution=registration.institution,
            host=host,
            **{**defaults, **more},
        )
        if signed:
            for party, signer in zip(Party, ("孟主任", "马社长", registration.specialist.name), strict=True):
                as_what = Authority.SELF if party == Party.SPECIALIST else Authority.LEGAL
                if letter and party == Party.HOST:
                    as_what = Authority.DELEGATE
                Signature.objects.create(
                    agreement=agreement,
                    party=party,
                    signer=signer,
                    signed_on=MAY_12,
                    authority=as_what,
                    letter=letter if as_what == Authority.DELEGATE else None,
                )
            AgreementScan.objects.create(
                agreement=agreement, number=1, paper_version=agreement.version, file=scan(self.clerk)
            )
        return agreement

    def submitted(self, registration: Registration, host: HostUnit, **more: Any) -> Agreement:
        return self.agreement(registration, host, status=AgreementStatus.SUBMITTED, **more)

    def filed(self, registration: Registration, host: HostUnit, **more: Any) -> Agreement:
        return self.agreement(registration, host, status=AgreementStatus.FILED, **more)

    def visit(self, agreement: Agreement, on: date, **more: Any) -> Visit:
        """A visit logged by the specialist; confirmed by the host with status=VisitStatus.CONFIRMED."""
        defaults: dict[str, Any] = {
            "content": "田间苗情会诊，提出追肥方案。",
            "activities": ["技术咨询"],
            "logged_by": self.clerk,
        }
        if more.get("status") == VisitStatus.CONFIRMED:
            defaults |= {"confirmed_at": now(), "confirmed_name": "马社长"}
        visit = Visit.objects.create(agreement=agreement, date=on, **{**defaults, **more})
        VisitAttendance.objects.create(visit=visit, specialist=agreement.specialist)
        return visit

    def on_provincial_list(self, key: str, **more: Any) -> ProvincialListEntry:
        name, number = PEOPLE[key]
        defaults: dict[str, Any] = {"valid_from": date(2026, 1, 1), "valid_to": date(2026, 12, 31), "row": 7}
        return ProvincialListEntry.objects.create(
            year=2026,
            name=name,
            id_digest=blind_index(number, "id_number"),
            id_masked=mask_id(number),
            entered_by=self.officer,
            **{**defaults, **more},
        )


def selecting_at_once(content: dict[str, Any]) -> dict[str, Any]:
    """The plan without calls and with review selecting at once: only the tests of the selection go the long way."""
    content["settings"]["selection"] |= {"calls_required": False, "published_list": False}
    return content


_serial = count(9001)


def person(key: str) -> Specialist:
    name, number = PEOPLE[key]
    mobile = f"139{number[-9:-1]}"
    found = Specialist.objects.filter(id_digest=blind_index(number, "id_number")).first()
    return found or Specialist.objects.create(
        name=name,
        id_number=number,
        id_digest=blind_index(number, "id_number"),
        id_masked=mask_id(number),
        sex=sex(number),
        birth_date=birth_date(number),
        mobile=mobile,
        mobile_masked=mask_mobile(mobile),
        email=f"{key.lower()}@example.org",
        education=Education.DOCTOR,
        title_name="副教授",
        title=Title.ASSOCIATE,
        field="粮油作物",
        bank_account="6222000000000000017",
        bank_name="示范银行石家庄分行",
    )


def scan(by: Membership) -> StoredFile:
    """A signed paper as it comes from a scanner."""
    return files.keep(PDF, name="三方协议书.pdf", kind="pdf", purpose="agreement-scan", by=by)


def organization(name: str, uscc: str, district: str = "130102") -> Organization:
    return Organization.objects.create(
        name=name,
        uscc=uscc,
        district=District.objects.get(pk=district),
        contact_name="联系人",
        contact_phone="0311-86000000",
        contact_email=f"u{uscc[-4:].lower()}@example.org",
    )


def institution(name: str, type: InstitutionType, uscc: str) -> Institution:
    return Institution.objects.create(organization=organization(name, uscc), type=type)


def host(name: str, host_type: HostType, uscc: str, district: str) -> HostUnit:
    return HostUnit.objects.create(organization=organization(name, uscc, district), host_type=host_type)


def flagged(unit: HostUnit, *, above_scale: bool = False, tech_sme: bool = False) -> HostUnit:
    unit.is_above_scale, unit.is_tech_sme, unit.flags_year = above_scale, tech_sme, 2026
    unit.save(update_fields=["is_above_scale", "is_tech_sme", "flags_year"])
    return unit


def office(name: str, kind: OfficeKind, uscc: str, district: str = "130102") -> Office:
    return Office.objects.create(organization=organization(name, uscc, district), kind=kind)


def member(name: str, role: Role, at: Organization | Institution | Office, username: str) -> Membership:
    where = at if isinstance(at, Organization) else at.organization
    person, new = User.objects.get_or_create(
        username=username, defaults={"name": name, "email": f"{username}@example.org"}
    )
    if new:
        person.set_password(PASSWORD)
        person.save(update_fields=["password"])
    return Membership.objects.create(person=person, organization=where, role=role, since=date(2026, 1, 1))
