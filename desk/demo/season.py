"""What happens in the demonstration: the acts of a season, each through the service that the pages call, day by day.

The days lie around today, so that something is due today, something expires this week and the assessment is under way,
whenever it is loaded. No chance is in it: two loads on one day tell the same.
"""

from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from functools import cached_property
from io import BytesIO
from itertools import cycle

from django.contrib.auth.hashers import make_password
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import transaction
from django.utils.module_loading import import_string
from django.utils.timezone import now
from PIL import Image

from accounts import entering
from accounts import services as accounts
from accounts.enums import HostType, InstitutionType, OfficeKind, Role
from accounts.flags import verify_flags
from accounts.models import District, HostUnit, Institution, Invitation, Membership, Office, Organization, User
from agreements import services as agreements
from agreements import tasks as agreement_tasks
from agreements.enums import AgreementStatus, Party, RunTrigger, TerminationReason
from agreements.models import Agreement
from agreements.progress import REVIEW_DAYS, review_days_left
from assessments import services as assessments
from assessments.enums import AssessmentStatus, Grade
from assessments.models import Assessment, Campaign
from core import files, packs, pdf
from core.calendar import ONE_DAY, is_working_day
from core.enums import PaperKind
from core.models import Message, OutboxRow, PolicyPack, StoredFile
from core.policy import Refused
from desk.demo import cast, kept, past
from desk.demo.cast import PEOPLE, Band, Person, Unit
from desk.demo.clock import HERE, Days, Story, clock, run
from funding import queries as funds
from funding import services as funding
from funding.models import Account, Budget, LedgerEntry, PaymentBatch
from specialists import services as specialists
from specialists import teams
from specialists.changes import services as changes
from specialists.enums import Category, ChangeField, Channel, Conclusion, Form, PersonnelType, RegistrationStatus
from specialists.models import Registration, SelectionList
from specialists.selection import calls
from specialists.selection import queries as selection_queries
from specialists.selection import services as selection
from visits import services as visits
from visits.enums import Mode, Rating
from visits.models import Visit, VisitAttendance
from visits.queries import activities_for

# One empty page: the signed paper where this machine cannot make a PDF.
EMPTY_PAPER = (
    b"%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj 2 0 obj<</Type/Pages/Kids[3 0 R]/Count 1>>endobj "
    b"3 0 obj<</Type/Page/MediaBox[0 0 595 842]/Parent 2 0 R>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF\n"
)
WORK = {
    Category.AGRICULTURE: (
        "推广{field}高产栽培和绿色防控技术，开展田间指导；引进示范新品种。",
        ["田间会诊，提出水肥调控方案。", "举办技术培训，现场讲解病虫害防治。", "示范田测产，确定下一步品种布局。"],
    ),
    Category.ENTERPRISE: (
        "围绕{field}开展工艺改进和关键技术攻关，指导创新平台申报。",
        ["排查产线工艺问题，确定改进方案。", "讲解研发费用归集和政策申报要点。", "联合试验，完成样品性能测试。"],
    ),
    Category.BROKER: (
        "梳理技术需求，组织与高校院所对接，推动成果转化和技术合同登记。",
        ["走访了解技术需求，形成需求清单。", "组织专家与企业对接，商谈合作意向。", "指导签订并登记技术合同。"],
    ),
}
# How many days ago the lists were composed; between summer and autumn nobody was registered.
LISTS = (254, 240, 226, 212, 198, 184, 168, 150, 130, 51)
SHORTER = {
    "W-TERM": "服务一个生产周期的示范项目，项目按计划在到期日完成。",
    "W-END": "服务期限与示范项目周期一致。",
}
SCORES = {  # workload, results, satisfaction, records: together within the band of the grade
    Grade.EXCELLENT: (38, 38, 15, 5),
    Grade.GOOD: (33, 32, 13, 4),
    Grade.QUALIFIED: (27, 26, 11, 4),
    Grade.UNQUALIFIED: (10, 18, 8, 3),
}


@dataclass(frozen=True)
class WayIn:
    """A way in, as the launcher prints it."""

    username: str
    name: str
    role: str
    unit: str


def load(*, on: date) -> list[WayIn]:
    """Tell the whole season up to that day; returns the accounts to try first."""
    packs.load_all()
    return Season(on).told()


class Season:
    def __init__(self, on: date) -> None:
        self.pack = PolicyPack.in_force(on=on)
        first = PolicyPack.objects.filter(active_from__isnull=False).earliest("active_from").active_from
        assert first
        self.days = Days(on, first)
        self.on = on
        self.day = first  # of the act that is being told
        self.hats: dict[str, Membership] = {}
        self.specialists: dict[str, Membership] = {}  # by the person's name
        self.institutions: dict[str, Institution] = {}
        self.hosts: dict[str, HostUnit] = {}
        self.districts = {district.code: district for district in District.objects.all()}
        self.officers: Iterator[Membership] = cycle(())

    def told(self) -> list[WayIn]:
        opening = self.days.ago(262)
        with clock(_morning(opening)):
            self._found(opening)
            self._keep_promises(opening)
        run(self._stories(), days=Days(self.on, opening), at_the_end_of_a_day=self._keep_promises)
        agreement_tasks.check_quotas()
        agreement_tasks.remind_expiring()
        self._keep_promises(self.on)
        # Nobody begins the day with what was told a week ago.
        Message.objects.filter(created_at__lt=now() - timedelta(days=4)).update(read_at=now())
        return self._accounts()

    def _stories(self) -> list[Story[None]]:
        """Everything that happens, side by side. Who comes first in a list is also who the sign-in page offers."""
        return [
            self._call(),
            self._money(),
            self._provincial_list(),
            # in service
            self._serves("张昇", "hutuo", since=258, visits=9),
            self._serves("李喆", "equipment", since=256, visits=8),
            self._serves("陈玥", "hutuo", since=240, visits=5),
            self._serves("高粟", "hutuo", since=236, visits=6),
            self._serves("郝知春", "hutuo", since=215, visits=4),
            self._serves("王晓晨", "hutuo", since=232, visits=7),
            self._serves("赵芃", "orchard", since=228, visits=6),
            self._serves("孙立群", "dairy", since=224, visits=7),
            self._serves("郑敏", "farmstead", since=205, visits=3),
            self._serves("梁秋实", "pears", since=196, visits=5),
            self._serves("贾丰", "village", since=188, visits=4),
            self._serves("牛致远", "dairy", since=238, visits=1),
            self._serves("唐岩", "software", since=220, visits=5),
            self._serves("崔衡", "chemistry", since=212, visits=6),
            self._serves("白露", "biology", since=203, visits=4),
            self._serves("康宁", "pharmacy", since=181, visits=4),
            self._serves("欧阳明远", "software", since=199, visits=5),
            self._serves("司徒静", "biology", since=170, visits=3),
            self._serves("林一诺", "equipment", since=210, visits=4),
            self._serves_also("林一诺", "biology", since=120),
            self._serves("程岳", "chemistry", since=175, visits=3),
            self._serves("曲径", "precision", since=160, visits=3),
            self._exempts("曲径", "本年度产假三个月，不参加考核。"),
            # the lists by which they were selected; the last one is on view today
            *(self._list(since) for since in LISTS),
            self._list(35, objects_to="石可久"),
            self._list(6),
            # coming to their end
            self._serves("吴建国", "orchard", since=250, visits=6, ends_in=5),
            self._serves("苗雨", "pears", since=248, visits=5, ends_in=25),
            self._renews("苗雨", left=1),
            self._serves("秦朗", "materials", since=246, visits=5, ends_in=50),
            self._serves("何雨桐", "equipment", since=190, visits=3),
            self._moves("何雨桐", "precision", left=1),
            self._serves("左思源", "foods", since=150, visits=2),
            self._appoints("顾清梨", "pears", since=45),
            self._drafts("左思源", "pharmacy", known=True),
            # before the bureau
            self._waits("张昇", "farmstead", left=0, known=True),
            self._waits("尹航", "gaocheng", left=1),
            self._waits("周珺", "materials", left=2),
            self._waits("田青禾", "hutuo", left=2),
            self._waits("卢思齐", "software", left=2),
            self._waits("霍启明", "equipment", left=3),
            self._waits("冯云", "pears", left=3, mended="协议第二条服务地点与派驻单位地址不一致，请核对后重新签署。"),
            self._waits("夏之衡", "pharmacy", left=3, mended="扫描件第2页不清晰，请重新扫描。"),
            self._waits("樊星", "jujubes", left=-1),
            # with the institutions
            self._sent_back("石榴红", "orchard", "年度目标任务请写明培训场次和示范面积。"),
            self._sent_back("温如玉", "chemistry", "派驻单位签署人与联系人不一致，请补充授权说明或更正。"),
            self._drafts("封若谷", "jujubes"),
            self._drafts("邢越", None),
            # registrations under way
            self._registers("洛川", 2),
            self._registers("谷雨霏", 3),
            self._registers("沈嘉木", 4),
            self._registers("宁远", 8, officer_passed=True),
            self._registers("任飞鸿", 7, officer_passed=True),
            self._registers("安麦生", 12, returned="请补充近三年与专业领域有关的工作成果。"),
            self._registers("蒋牧之", 1, handed_in=False),
            # on a list: on view, and not selected after an objection
            *(self._proposed(name, 9) for name in ("甘霖", "纪云帆")),
            self._proposed("石可久", 40),
            # teams: one changed a member, one lost a member with the assessment, two are before the bureau
            self._bands_together(cast.GRAIN, 230, host="farmstead", replaces=("麦冬青", "谷满仓", 75)),
            self._bands_together(cast.DAIRY, 200, host="dairy"),
            self._bands_together(cast.MATERIALS, 6, steps=1),
            self._bands_together(cast.ORCHARDS, 3, steps=0),
            # details to be changed: the person's own account waits for the administrator, a name for the bureau
            self._asks_to_change(
                "张昇", ChangeField.BANK_ACCOUNT, "6222020200008801234", "原卡遗失，已补办新卡。", own=True
            ),
            self._asks_to_change("郝知春", ChangeField.NAME, "郝之春", "户口簿已更名。"),
            # what was filed before the platform
            self._takes_over(),
            self._keeps_views(),
            *(self._pays(key) for key in self.institutions),
            self._checks(),
            self._assesses(),
        ]

    # --- units and people ---------------------------------------------------------------------------------------------

    @transaction.atomic
    def _found(self, day: date) -> None:
        """The units and who works there. Offices and the first administrator have nobody who could invite them."""
        self.day = day
        for unit in (cast.BUREAU, *cast.COUNTIES, cast.FINANCE, cast.AUDIT):
            assert isinstance(unit.kind, OfficeKind)
            organization = Organization.objects.create(**self._facts(unit).columns())
            Office.objects.create(organization=organization, kind=unit.kind)
        username, name, role, _ = cast.ADMIN
        bureau = Organization.objects.get(name=cast.BUREAU.name)
        person = self._person(username, name)
        admin = Membership.objects.create(person=person, organization=bureau, role=role, since=day)
        self.hats[username] = admin
        for unit in cast.INSTITUTIONS:
            assert isinstance(unit.kind, InstitutionType)
            username, name = next((login, name) for login, name, _, at in cast.MEMBERS if at == unit.key)
            self.institutions[unit.key] = entering.create_institution(
                self._facts(unit), type=unit.kind, admin_name=name, admin_email=_address(username), by=admin
            )
        for unit in cast.HOSTS:
            assert isinstance(unit.kind, HostType)
            flags = {"is_above_scale": unit.is_above_scale, "is_tech_sme": unit.is_tech_sme}
            year = day.year if any(flags.values()) else None
            self.hosts[unit.key] = entering.create_host(
                self._facts(unit), entering.HostFacts(unit.kind, flags_year=year, **flags), by=admin, on=day
            )
        county = cast.COUNTIES[1]  # a county's bureau is a unit that brokers may serve
        self.hosts[county.key] = entering.create_host(
            self._facts(county), entering.HostFacts(HostType.COUNTY_BUREAU), by=admin, on=day
        )
        for username, name, role, at in cast.MEMBERS:
            self.hats[username] = self._hat(username, name, role, self._unit(at))
        self.officers = cycle([self.hats["chen"], self.hats["song"]])
        for key in ("precision", "equipment"):
            verify_flags(self.hosts[key], by=self.hats["gaocheng"], on=day, basis=f"冀{day.year}{key[:1].upper()}001")

    def _facts(self, unit: Unit) -> entering.UnitFacts:
        place = self.districts[unit.place]
        return entering.UnitFacts(
            name=unit.name,
            uscc=unit.uscc,
            district=place,
            address=f"石家庄市{place}示范路{len(unit.name)}号",
            contact_name="联系人",
            contact_phone=f"0311-86{unit.place[-4:]}{len(unit.name):02}",
            contact_email=_address(unit.key),
        )

    def _unit(self, key: str) -> Organization:
        names = {unit.key: unit.name for unit in (cast.BUREAU, *cast.COUNTIES, cast.FINANCE, cast.AUDIT)}
        if key in names:
            return Organization.objects.get(name=names[key])
        return (self.institutions.get(key) or self.hosts[key]).organization

    def _hat(self, username: str, name: str, role: Role, unit: Organization) -> Membership:
        """An account as it comes about: invited, then accepted."""
        opened = Invitation.objects.filter(organization=unit, role=role, email=_address(username)).first()
        invitation = opened or accounts.invite(
            unit, role=role, name=name, email=_address(username), by=self.hats[cast.ADMIN[0]]
        )
        return accounts.accept(invitation, self._person(username, name), on=self.day)

    def _person(self, username: str, name: str) -> User:
        return User.objects.create(username=username, name=name, email=_address(username), password=self._password)

    @cached_property
    def _password(self) -> str:
        """Hashed once: fifty times would take longer than the rest of the season."""
        return make_password(cast.PASSWORD)

    def _accounts(self) -> list[WayIn]:
        shown = [self.hats[username] for username, *_ in (cast.ADMIN, *cast.MEMBERS)]
        shown += [self.specialists[name] for name in ("张昇", "李喆", "欧阳明远", "林一诺") if name in self.specialists]
        return [
            WayIn(hat.person.username, hat.person.name, hat.get_role_display(), str(hat.organization)) for hat in shown
        ]

    # --- from registration to service ---------------------------------------------------------------------------------

    def _on(self, day: date) -> Story[None]:
        """What follows happens on that day, or today in the story if it has come further already."""
        self.day = yield day

    def _selected(self, name: str, since: int) -> Story[Registration]:
        yield from self._on(self.days.ago(since))
        registration = self._handed_in(PEOPLE[name])
        yield from self._on(self.days.later(self.day, 1))
        registration = self._decides(registration, next(self.officers))
        yield from self._on(self.days.later(self.day, 1))
        registration = self._decides(registration, self.hats["liuchu"])
        while registration.status == RegistrationStatus.PROPOSED:  # until its list is announced
            yield from self._on(self.days.later(self.day, 1))
            registration.refresh_from_db()
        self._let_in(registration)
        return registration

    def _proposed(self, name: str, since: int) -> Story[None]:
        """Reviewed, and then what becomes of the list."""
        yield from self._on(self.days.ago(since))
        registration = self._handed_in(PEOPLE[name])
        for by in (next(self.officers), self.hats["liuchu"]):
            yield from self._on(self.days.later(self.day, 1))
            registration = self._decides(registration, by)

    def _call(self) -> Story[None]:
        """The year's call, which takes nominations until the end of next week but one."""
        yield from self._on(self.days.ago(261))
        officer = next(self.officers)
        year = self.pack.setting("registration.call_year")
        call = calls.draft_call(
            by=officer,
            on=self.day,
            title=f"关于推荐{year}年度市级科技特派员的通知",
            text="请各派出单位按照工作方案的条件推荐个人和团队，取得本人同意后在平台登记并提交。\n"
            "在校研究生须写明导师和预计毕业日期，并附科研能力说明或科研成果。",
            opens_on=self.day,
            closes_on=self.on + timedelta(days=12),
            categories=[*Category.values],
            forms=[*Form.values],
        )
        calls.publish_call(call, by=officer, on=self.day)

    def _list(self, since: int, *, objects_to: str = "") -> Story[None]:
        """One 拟选派名单 from whoever passed review by then to its announcement."""
        yield from self._on(self.days.ago(since))
        year = self.pack.setting("registration.call_year")
        while not (found := selection_queries.pool(year)).count:
            yield from self._on(self.days.later(self.day, 1))
        officer = next(self.officers)
        held = selection.compose_list(
            by=officer, on=self.day, registrations=[*found.registrations], teams=[*found.teams]
        )
        held = selection.submit_list(held, by=officer, on=self.day, opinion="材料齐全，符合选派条件。")
        held = selection.decide_list(held, by=self.hats["liuchu"], on=self.day, passed=True, opinion="同意呈报。")
        yield from self._on(self.days.later(self.day, 1))
        held = selection.record_paper_step(
            held,
            by=officer,
            on=self.day,
            passed=True,
            kind=PaperKind.SLIP,
            number=f"签批示〔{self.day.year}〕{held.number}号",
            decided_on=self.day,
            scan=self._signed_paper("签批单", officer),
            opinion="同意。",
        )
        held = selection.open_notice(
            held,
            by=officer,
            on=self.day,
            starts_on=self.day,
            working_days=held.pack.entry("E-NOTICE").params["working_days"],
            contact="农村科技处　0311-86000000",
        )
        if objects_to:
            yield from self._on(self.days.later(self.day, 2))
            self._objects(held, objects_to, officer)
        assert held.notice_until
        yield from self._on(self.days.later(held.notice_until, 1))
        held = selection.close_notice(held, by=officer, on=self.day)
        yield from self._on(self.days.later(self.day, 1))
        selection.announce(
            held,
            by=officer,
            on=self.day,
            document_number=f"石科示〔{self.day.year}〕{held.number + 10}号",
            announced_on=self.day,
            scan=self._signed_paper("公布文件", officer),
        )

    def _objects(self, held: SelectionList, name: str, officer: Membership) -> None:
        entry = held.entries.filter(registration__specialist__name=name).first()
        if entry is None:
            return
        objection = selection.receive_objection(
            held,
            by=officer,
            on=self.day,
            received_on=self.day,
            channel=Channel.LETTER,
            content="反映其已办理退休手续，不在派出单位岗位工作。",
            entry=entry,
            sender="示范单位职工",
        )
        selection.conclude_objection(
            objection,
            by=officer,
            on=self.day,
            conclusion=Conclusion.UPHELD,
            handling="经向派出单位人事部门核实，其已于上月退休，异议属实。",
        )

    def _signed_paper(self, name: str, by: Membership) -> StoredFile:
        data = self._plain_paper + f"%{name}{self.day}\n".encode()  # no two scans are the same file
        return files.keep(data, name=f"{name}（签署件）.pdf", kind="pdf", purpose="selection-scan", by=by)

    def _bands_together(
        self,
        band: Band,
        since: int,
        *,
        steps: int = 2,
        host: str | None = None,
        replaces: tuple[str, str, int] | None = None,
    ) -> Story[None]:
        """A team on its way through the bureau to a host; `replaces`: who left, who came, how many days ago."""
        yield from self._on(self.days.ago(since))
        clerk = self._clerk(band.unit)
        team = teams.register_team(
            by=clerk,
            on=self.day,
            name=band.name,
            domains=band.domains,
            members=[self._entry(name, leads=name == band.members[0]) for name in band.members],
            summary=f"围绕{'、'.join(band.domains)}开展产业调研、技术示范和成果推广，与县域龙头企业和基地结对。",
            consent=True,
        )
        team = teams.submit_team(team, by=clerk, on=self.day)
        for by in (next(self.officers), self.hats["liuchu"])[:steps]:
            yield from self._on(self.days.later(self.day, 1))
            team = teams.decide_team(team, by=by, on=self.day, passed=True, opinion="同意")
        while team.status == RegistrationStatus.PROPOSED:
            yield from self._on(self.days.later(self.day, 1))
            team.refresh_from_db()
        leader = team.members.current().get(is_leader=True).registration
        if host and leader:
            yield from self._filed(leader, host)
        if replaces:
            out, come, ago = replaces
            yield from self._on(self.days.ago(ago))
            agreements.change_team_members(
                team,
                by=clerk,
                on=self.day,
                day=self.day,
                leaving=team.members.current().get(specialist__name=out),
                joining=self._entry(come),
                reason="赴外省挂职，不能继续参加团队服务。",
                consent=True,
            )

    def _entry(self, name: str, *, leads: bool = False) -> teams.MemberEntry:
        person = PEOPLE[name]
        return teams.MemberEntry(
            name=person.name,
            id_number=person.id_number,
            mobile=person.mobile,
            title_name=person.title_name,
            education=person.education,
            is_leader=leads,
        )

    def _handed_in(self, person: Person, *, submit: bool = True) -> Registration:
        student = person.personnel_type == PersonnelType.GRADUATE
        told = student and person.name not in ("沈嘉木", "司徒静")
        clerk = self._clerk(person.unit)
        registration = specialists.register_specialist(
            by=clerk,
            on=self.day,
            id_number=person.id_number,
            name=person.name,
            mobile=person.mobile,
            email=f"sp{person.id_number[6:14]}@example.org",
            education=person.education,
            title_name=person.title_name,
            field=person.field,
            bank_account=f"62220000000{person.id_number[6:15]}",
            bank_name="示范银行石家庄分行",
            category=person.category,
            personnel_type=person.personnel_type,
            department="科研处",
            speciality=f"{person.field}技术研究与推广",
            ability_note="参与国家重点研发计划课题，发表论文2篇。" if told else "",
            research_results="",
            supervisor="李喆" if student else "",
            appointment_note="冷链保鲜急需，暂无单位推荐合适人选。" if person.unit == cast.BUREAU.key else "",
            graduates_on=date(self.on.year + 1, 6, 30) if student else None,
            consent=True,
        )
        return specialists.submit_registration(registration, by=clerk, on=self.day) if submit else registration

    def _decides(self, registration: Registration, by: Membership) -> Registration:
        own = registration.institution_id is None and by == self.hats["chen"]  # who registered it does not review it
        return specialists.decide_registration(
            registration,
            by=self.hats["song"] if own else by,
            on=self.day,
            passed=True,
            opinion="同意",
            reasons={"W-GRAD": "导师已出具科研能力证明，专业与企业需求相符。"},
        )

    def _let_in(self, registration: Registration) -> None:
        """The specialist's own account, by invitation of the institution."""
        person = registration.specialist
        if person.name in self.specialists or registration.institution is None:
            return
        username = f"tpy{len(self.specialists) + 1:02}"
        hat = self._hat(username, person.name, Role.SPECIALIST, registration.institution.organization)
        person.user = hat.person
        person.save(update_fields=["user"])
        self.specialists[person.name] = hat

    def _filed(self, registration: Registration, host: str, *, end: date | None = None) -> Story[Agreement]:
        yield from self._on(self.days.later(self.day, 3))
        agreement = self._submitted(registration, host, end=end)
        yield from self._on(self.days.later(self.day, 2))
        return agreements.file_agreement(agreement, by=next(self.officers), on=self.day)

    def _drafted(self, registration: Registration, host: str | None, *, end: date | None = None) -> Agreement:
        person = PEOPLE[registration.specialist.name]
        if host is None:
            return agreements.draft_agreement(registration, by=self._clerk(person.unit))
        return agreements.draft_agreement(
            registration,
            by=self._clerk(person.unit),
            host=self.hosts[host],
            service_start=self.day,
            service_end=end or agreements.default_end(self.day, self.pack),
            service_content=WORK[person.category][0].format(field=person.field),
            goals=[
                {"name": "组织技术培训", "count": 2, "unit": "场"},
                {"name": "解决技术难题", "count": 3, "unit": "项"},
            ],
        )

    def _submitted(self, registration: Registration, host: str, *, end: date | None = None) -> Agreement:
        agreement = self._drafted(registration, host, end=end)
        return self._hands_in(agreement)

    def _hands_in(self, agreement: Agreement, *, printed: bool = False, **reasons: str) -> Agreement:
        """Signed by three, scanned and submitted, with the institution's words to whatever needs them."""
        clerk = self._clerk(PEOPLE[agreement.specialist.name].unit)
        assert agreement.host
        signers = (str(clerk.person), agreement.host.organization.contact_name, agreement.specialist.name)
        for party, signer in zip(Party, signers, strict=True):
            agreements.sign(agreement, party=party, signer=signer, signed_on=self.day, authority="legal", by=clerk)
        agreements.attach_scan(agreement, file=self._scan(agreement, clerk, printed=printed), by=clerk)
        given = {**SHORTER, "W-GRADUATION": "毕业后由导师课题组继续履行协议，服务内容不变。"}
        written = {code.replace("_", "-"): words for code, words in reasons.items()}
        agreements.submit_agreements([agreement], by=clerk, on=self.day, reasons={agreement.pk: {**given, **written}})
        agreement.refresh_from_db()
        return agreement

    def _scan(self, agreement: Agreement, by: Membership, *, printed: bool) -> StoredFile:
        """The paper itself for what the bureau is going to read, one plain page for what it has read long ago."""
        data, pages = self._plain_paper, 1
        if printed:
            try:
                _, data = agreements.print_paper(agreement, by=by, on=self.day)
                pages = 2
            except pdf.Unavailable:
                pass  # without Pango or fonts the platform runs all the same, and so does its demonstration
        # No two scans are the same file.
        data += f"%{agreement.draft_code}v{agreement.version}\n".encode()
        return files.keep(
            data, name="三方协议书（签署件）.pdf", kind="pdf", pages=pages, purpose="agreement-scan", by=by
        )

    @cached_property
    def _plain_paper(self) -> bytes:
        try:
            return pdf.to_pdf("<html><body><h1>三方协议书</h1><p>演示用签署件，内容从略。</p></body></html>")
        except pdf.Unavailable:
            return EMPTY_PAPER

    @cached_property
    def _photo(self) -> bytes:
        """What stands for a photograph of a card: a plain sheet."""
        file = BytesIO()
        Image.new("RGB", (640, 400), "#e8edf4").save(file, "PNG")
        return file.getvalue()

    def _serves(self, name: str, host: str, *, since: int, visits: int, ends_in: int | None = None) -> Story[None]:
        """Selected, filed, visiting until today; `ends_in`: the service is shorter than usual and soon over."""
        last = date(self.on.year, 12, 31)
        end = None if ends_in is None else min(self.on + timedelta(days=ends_in), last)
        registration = yield from self._selected(name, since)
        agreement = yield from self._filed(registration, host, end=end)
        every = max(9, (self.on - self.day).days // visits - 3)  # days go by until the host confirms, some of them free
        for place in range(visits):
            yield from self._visits(agreement, place, after=every)

    def _appoints(self, name: str, host: str, *, since: int) -> Story[None]:
        """R28, A6: the bureau's own appointee. One officer writes and hands in, another files."""
        yield from self._on(self.days.ago(since))
        registration = self._handed_in(PEOPLE[name])
        for by in (self.hats["song"], self.hats["liuchu"]):
            yield from self._on(self.days.later(self.day, 1))
            registration = self._decides(registration, by)
        yield from self._on(self.days.later(self.day, 2))
        agreement = self._submitted(registration, host)
        yield from self._on(self.days.later(self.day, 1))
        agreements.file_agreement(agreement, by=self.hats["song"], on=self.day)

    def _serves_also(self, name: str, host: str, *, since: int) -> Story[None]:
        yield from self._on(self.days.ago(since))
        if (registration := self._registration_of(name)) and registration.status == RegistrationStatus.APPROVED:
            agreement = yield from self._filed(registration, host)
            yield from self._visits(agreement, 1, after=16)

    def _renews(self, name: str, *, left: int) -> Story[None]:
        yield from self._on(self._submitted_with(left))
        if agreement := self._agreement_of(name):
            clerk = self._clerk(PEOPLE[name].unit)
            self._hands_in(agreements.renew_agreement(agreement, by=clerk, on=self.day))

    def _moves(self, name: str, host: str, *, left: int) -> Story[None]:
        """The service at one host is over early; the bureau is asked to give the year to another (改派)."""
        yield from self._on(self.days.ago(20))
        agreement = self._agreement_of(name)
        if agreement is None:
            return
        agreements.terminate_agreement(
            agreement,
            by=next(self.officers),
            on=self.day,
            reason=TerminationReason.AGREED,
            note="企业产线调整，三方协商提前终止。",
        )
        yield from self._on(self._submitted_with(left))
        moved = self._drafted(agreement.registration, host)
        self._hands_in(moved, printed=True, E_ONE_HOST="原派驻单位产线停产，协议已提前终止，申请改派。")

    def _registration_of(self, name: str) -> Registration | None:
        return Registration.objects.filter(specialist__name=name).select_related("specialist", "institution").first()

    def _agreement_of(self, name: str) -> Agreement | None:
        """What somebody serves under; nothing yet while the year is young."""
        filed = Agreement.objects.filter(specialist__name=name, status=AgreementStatus.FILED)
        return filed.select_related("registration__specialist", "specialist").order_by("pk").first()

    def _visits(self, agreement: Agreement, place: int, *, after: int) -> Story[None]:
        """One trip, told in the evening and confirmed by the host a day or two later; the latest are still open."""
        person = PEOPLE[agreement.specialist.name]
        wanted = self.day + timedelta(days=after)
        yield from self._on(wanted if is_working_day(wanted) else self.days.later(wanted, 1))
        agreement.refresh_from_db(fields=["status"])
        if agreement.status != AgreementStatus.FILED:
            return  # ended meanwhile: by agreement of the parties, or with the qualification
        content = WORK[person.category][1][place % 3]
        trained = 20 + 5 * place if "培训" in content else 0
        visit = visits.log_visit(
            agreement,
            by=self.specialists[person.name],
            on=self.day,
            date=self.day,
            days=1,
            mode=Mode.ONLINE if place == 3 else Mode.ONSITE,
            place=str(agreement.host),
            activities=activities_for(agreement.registration, self.pack)[place % 3 : place % 3 + 1],
            content=content,
            outcome="已按方案实施，农户反映良好。" if person.category == Category.AGRICULTURE else "方案已落实。",
            trainings=1 if trained else 0,
            trained=trained,
        )
        yield from self._on(self.days.later(self.day, 1 + place % 2))
        if person.name == "高粟" and place == 5:
            visits.dispute_visit(visit, by=None, on=self.day, opinion="当日服务人数与登记不符，请核对后更正。")
        elif self.day < self.days.ago(9):
            self._confirms(visit, rating=Rating.FAIR if place == 2 else Rating.SATISFIED)

    def _confirms(self, visit: Visit, *, rating: Rating) -> None:
        assert visit.agreement.host
        host = visit.agreement.host.organization
        hat = next((hat for hat in self.hats.values() if hat.organization_id == host.pk), None)
        name = hat.person.name if hat else host.contact_name
        visits.confirm_visit(visit, by=hat, on=self.day, name=name, rating=rating)

    # --- what waits ---------------------------------------------------------------------------------------------------

    def _waits(self, name: str, host: str, *, left: int, known: bool = False, mended: str = "") -> Story[None]:
        """Submitted, so that the bureau has `left` working days for it; `mended` was returned once before."""
        submitted = self._submitted_with(left)
        if known:
            yield from self._on(submitted)
            registration = self._registration_of(name)
        else:
            registration = yield from self._selected(name, 45)
        if registration is None or registration.status != RegistrationStatus.APPROVED:
            return
        agreement = None
        if mended:
            yield from self._on(max(self.day, submitted - timedelta(days=9)))
            agreement = self._submitted(registration, host)
            yield from self._on(max(self.day, submitted - timedelta(days=6)))
            agreements.return_agreement(agreement, by=next(self.officers), on=self.day, opinion=mended)
        yield from self._on(submitted)
        if agreement:
            clerk = self._clerk(PEOPLE[name].unit)
            fields = {"service_content": f"{agreement.service_content}服务地点：{agreement.host}。"}
            agreement = agreements.save_draft(agreement, by=clerk, version=None, **fields)
        self._hands_in(agreement or self._drafted(registration, host), printed=True)

    def _sent_back(self, name: str, host: str, opinion: str) -> Story[None]:
        registration = yield from self._selected(name, 40)
        yield from self._on(self.days.ago(8))
        agreement = self._submitted(registration, host)
        yield from self._on(self.days.ago(4))
        agreements.return_agreement(agreement, by=next(self.officers), on=self.day, opinion=opinion)

    def _drafts(self, name: str, host: str | None, *, known: bool = False) -> Story[None]:
        registration = None
        if not known:
            registration = yield from self._selected(name, 55)
        yield from self._on(self.days.ago(3))
        registration = registration or self._registration_of(name)
        if registration and registration.status == RegistrationStatus.APPROVED:
            self._drafted(registration, host)

    def _registers(
        self, name: str, since: int, *, officer_passed: bool = False, returned: str = "", handed_in: bool = True
    ) -> Story[None]:
        yield from self._on(self.days.ago(since))
        registration = self._handed_in(PEOPLE[name], submit=handed_in)
        if officer_passed:
            yield from self._on(self.days.later(self.day, 1))
            self._decides(registration, next(self.officers))
        if returned:
            yield from self._on(self.days.later(self.day, 1))
            specialists.decide_registration(
                registration, by=next(self.officers), on=self.day, passed=False, opinion=returned
            )

    def _submitted_with(self, left: int) -> date:
        """The day on which was handed in what has so many working days left; a day off has nothing due on it."""
        promised = self.pack.setting(REVIEW_DAYS)
        while left == 0 and not is_working_day(self.on):
            left = 1
        day = self.on
        while day > self.days.first and not (
            is_working_day(day) and review_days_left(day, promised, on=self.on) <= left
        ):
            day -= ONE_DAY
        return day

    # --- the city's list, money, checks -------------------------------------------------------------------------------

    def _provincial_list(self) -> Story[None]:
        """One who may be both, one who is nobody here, and one who is listed after the city had selected him."""
        yield from self._on(self.days.ago(230))
        self._listed(PEOPLE["程岳"], 18)
        self._listed(Person("邵远山", "1974-05-30", True, "agri", Category.AGRICULTURE, "果树"), 19)
        yield from self._on(self.days.ago(30))
        registration = self._registration_of("封若谷")
        if registration and registration.status == RegistrationStatus.APPROVED:
            self._listed(PEOPLE["封若谷"], 61)

    def _listed(self, person: Person, row: int) -> None:
        specialists.add_provincial_entry(
            by=next(self.officers),
            on=self.day,
            year=self.day.year,
            name=person.name,
            id_number=person.id_number,
            valid_from=date(self.day.year, 1, 1),
            valid_to=date(self.on.year, 12, 31),
            row=row,
            document_number=f"冀科示〔{self.day.year}〕{row}号",
        )

    def _money(self) -> Story[None]:
        """The fund of each year that has service in it: budget, standards, two allocations."""
        yield from self._on(self.days.ago(260))
        for key, yuan in (("agri", 600), ("tech", 700), ("farm", 500), ("transfer", 800)):
            funding.set_rate(
                self.institutions[key],
                amount_fen=yuan * 100,
                effective_from=self.day,
                note="院务会议定",
                by=self._manager(key),
            )
        while True:
            budget = funding.record_budget(
                year=self.day.year,
                amount_fen=120_000_00,
                document_number=f"石财教示〔{self.day.year}〕12号",
                decided_on=self.day,
                by=self.hats["guo"],
            )
            self._allocates(budget, 21, {"agri": 18_000, "tech": 30_000, "farm": 15_000, "transfer": 9_000})
            yield from self._on(max(self.day, self.days.ago(70)))
            if self.day.year == budget.year:
                self._allocates(budget, 58, {"agri": 4_000, "tech": 12_000})
            yield from self._on(date(budget.year + 1, 1, 12))

    def _allocates(self, budget: Budget, number: int, amounts: dict[str, int]) -> None:
        for key, yuan in amounts.items():
            funding.allocate(
                budget,
                institution=self.institutions[key],
                amount_fen=yuan * 100,
                document_number=f"石财教示〔{budget.year}〕{number}号",
                by=self.hats["guo"],
                on=self.day,
            )

    def _pays(self, key: str) -> Story[None]:
        """Three payments that are over, and one that waits for the second person or has just been put together; one of
        the college's lines is asked to be reversed."""
        for days in (150, 95, 40):
            yield from self._on(self.days.ago(days))
            batches = [
                funding.submit_batch(batch, by=self._clerk(key), on=self.day)
                for batch in self._batches(key, note="工作补助")
            ]
            yield from self._on(self.days.later(self.day, 1))
            for batch in batches:
                funding.approve_batch(batch, by=self._manager(key), on=self.day)
        yield from self._on(self.days.ago(2))
        for batch in self._batches(key, note="近期工作补助"):
            if key != "farm":
                funding.submit_batch(batch, by=self._clerk(key), on=self.day)
        paid = LedgerEntry.objects.standing().filter(account__institution=self.institutions[key]).last()
        if key == "agri" and paid:
            reason = "服务日期登记有误，核实后重新申领"
            funding.ask_reversal(paid, by=self._clerk(key), on=self.day, reason=reason)

    def _batches(self, key: str, *, note: str) -> list[PaymentBatch]:
        """Everything that may be paid, in a batch for each year."""
        unit = self.institutions[key]
        batches = []
        for year in sorted({self.day.year - 1, self.day.year}):
            unpaid = funds.unpaid(unit.pk, year)
            verdicts = funding.judge(funds.trips(unpaid))
            payable = [attendance for attendance, findings in verdicts.items() if not findings]
            if payable and Account.objects.filter(institution=unit, year=year, balance_fen__gt=0).exists():
                chosen = VisitAttendance.objects.filter(pk__in=payable)
                batches.append(funding.pay_visits(chosen, by=self._clerk(key), on=self.day, note=note))
        return batches

    def _takes_over(self) -> Story[None]:
        yield from self._on(self.days.ago(19))
        past.take_over(by=self.hats["chen"], on=self.day)
        year = self.day.year - 2
        yield from self._on(self.days.ago(18))
        past.archive(year, by=self.hats["chen"], head=self.hats["liuchu"], on=self.day, paper=self._plain_paper)

    def _keeps_views(self) -> Story[None]:
        yield from self._on(self.days.ago(17))
        kept.save_views(self.hats)

    def _checks(self) -> Story[None]:
        yield from self._on(self.days.ago(15))
        agreements.check_quotas(self.day.year, trigger=RunTrigger.MANUAL, on=self.day)

    # --- the assessment -----------------------------------------------------------------------------------------------

    def _assesses(self) -> Story[None]:
        """Some results are final, one of them unqualified; the rest is at every step on the way."""
        yield from self._on(self.days.ago(24))
        try:
            campaign = assessments.open_campaign(
                year=self.days.ago(130).year,  # of which some months have passed
                opens_on=self.day,
                institution_due=self.on + timedelta(days=23),
                bureau_due=self.on + timedelta(days=39),
                by=self.hats["chen"],
                on=self.day,
            )
        except Refused as refusal:
            if [finding.code for finding in refusal.findings] != ["E-ASSESS-YEAR"]:
                raise
            return  # in the first months of the first plan there is no year of service to look back on
        steps = (self.hats["chen"], self.hats["liuchu"])
        graded: Sequence[tuple[str, Grade, int]] = (
            ("王晓晨", Grade.EXCELLENT, 2),
            ("李喆", Grade.GOOD, 2),
            ("郑敏", Grade.QUALIFIED, 2),
            ("牛致远", Grade.UNQUALIFIED, 2),
            ("张昇", Grade.EXCELLENT, 1),
            ("林一诺", Grade.GOOD, 1),
            ("孙立群", Grade.GOOD, 0),
            ("高粟", Grade.QUALIFIED, 0),
            ("崔衡", Grade.GOOD, 0),
            ("程岳", Grade.QUALIFIED, 0),
        )
        sheets = []
        yield from self._on(self.days.ago(14))
        for name, grade, taken in graded:
            if sheet := self._opinion_on(campaign, name, grade):
                sheets.append((sheet, grade, steps[:taken]))
        for place, days in enumerate((9, 6)):
            yield from self._on(self.days.ago(days))
            for sheet, grade, by in sheets:
                if place < len(by):
                    assessments.take_step(
                        sheet,
                        by=by[place],
                        on=self.day,
                        version=None,
                        grade=grade,
                        opinion="同意派出单位意见。",
                        reasons={"W-NO-VISIT": "服务以线上方式进行，派驻单位出具了证明。"},
                        typed_name=sheet.specialist.name,
                    )
        yield from self._on(self.days.ago(5))
        if sheet := self._opinion_on(campaign, "康宁", Grade.EXCELLENT):
            yield from self._on(self.days.ago(3))
            opinion = "服务成效缺少佐证材料，请补充说明。"
            assessments.return_opinion(sheet, by=self.hats["chen"], on=self.day, opinion=opinion)

    def _exempts(self, name: str, reason: str) -> Story[None]:
        yield from self._on(self.days.ago(13))
        sheet = Assessment.objects.filter(specialist__name=name, status=AssessmentStatus.OPEN).first()
        if sheet:
            assessments.exempt(sheet, by=self.hats["chen"], on=self.day, reason=reason)

    def _opinion_on(self, campaign: Campaign, name: str, grade: Grade) -> Assessment | None:
        """The institution's sheet; None for who served too shortly to be assessed."""
        sheets = campaign.assessments.filter(specialist__name=name, status=AssessmentStatus.OPEN)
        sheet = sheets.select_related("specialist").first()
        if sheet is None:
            return None
        codes = [part["code"] for part in self.pack.setting("assessments.parts")]
        scores = {code: Decimal(points) for code, points in zip(codes, SCORES[grade], strict=True)}
        words = "未完成年度目标任务。" if grade == Grade.UNQUALIFIED else "完成年度目标任务，服务对象评价良好。"
        return assessments.submit_opinion(
            sheet,
            by=self._manager(PEOPLE[name].unit),
            on=self.day,
            version=None,
            scores=scores,
            grade=grade,
            opinion=words,
        )

    def _asks_to_change(
        self, name: str, field: ChangeField, value: str, note: str, *, own: bool = False
    ) -> Story[None]:
        yield from self._on(self.days.ago(2))
        registration = self._registration_of(name)
        if registration is None or registration.status != RegistrationStatus.APPROVED:
            return  # the season has only begun
        changes.ask_for_change(
            registration.specialist,
            by=self.specialists[name] if own else self._clerk(PEOPLE[name].unit),
            on=self.day,
            field=field,
            value=value,
            bank_name="示范银行裕华支行" if field == ChangeField.BANK_ACCOUNT else "",
            note=note,
            evidence=SimpleUploadedFile("证明材料.png", self._photo),
        )

    # --- pieces -------------------------------------------------------------------------------------------------------

    def _clerk(self, unit: str) -> Membership:
        """Who writes for a unit; for whom the bureau appoints directly, one of its officers."""
        return self.hats["chen"] if unit == cast.BUREAU.key else self._of(unit, Role.INSTITUTION_CLERK)

    def _manager(self, unit: str) -> Membership:
        return self._of(unit, Role.INSTITUTION_ADMIN)

    def _of(self, unit: str, role: Role) -> Membership:
        return next(self.hats[login] for login, _, has, at in cast.MEMBERS if (has, at) == (role, unit))

    def _keep_promises(self, day: date) -> None:
        """What the acts of the day promised happens at its end: mails, certificates, checks. See core.outbox.

        The sheets of payments are left to the worker: they take seconds, and tell nobody anything.
        """
        promised = OutboxRow.objects.filter(done_at=None, attempts=0).exclude(task="funding.tasks.make_sheet")
        while waiting := list(promised.order_by("pk")):
            for row in waiting:
                OutboxRow.objects.filter(pk=row.pk).update(attempts=1)
                # A paper that this machine cannot print stays promised: the relay asks again, as it does for everybody.
                with suppress(pdf.Unavailable, Refused):
                    import_string(row.task)(outbox_id=row.pk)


def _address(name: str) -> str:
    return f"{name}@example.org"


def _morning(day: date) -> datetime:
    return datetime.combine(day, time(8, 30), HERE)
