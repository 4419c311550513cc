"""Who may be made a member of what, and which units may be entered.

These rules come from the way the platform keeps its accounts, not from an article of the work plan, so their findings
cite none and are always in the way.
"""

from collections.abc import Collection

from accounts.enums import ApplicationStatus, HostType, InstitutionType, OfficeKind, Role
from core.policy import Finding, plain

# What a unit must be for a role to be worn there.
SEATS: dict[Role, str] = {
    Role.BUREAU_ADMIN: OfficeKind.CITY_BUREAU,
    Role.BUREAU_OFFICER: OfficeKind.CITY_BUREAU,
    Role.DIVISION_HEAD: OfficeKind.CITY_BUREAU,
    Role.COUNTY_OFFICER: OfficeKind.COUNTY_BUREAU,
    Role.FINANCE: OfficeKind.FINANCE_BUREAU,
    Role.AUDITOR: OfficeKind.AUDIT_OFFICE,
    Role.INSTITUTION_ADMIN: "institution",
    Role.INSTITUTION_CLERK: "institution",
    Role.SPECIALIST: "institution",
    Role.HOST_CONTACT: "host",
}
# Without one of these a unit stands still: nobody lets people in, or nobody reviews and files.
NEVER_VACANT = {
    Role.BUREAU_ADMIN: "管理员",
    Role.INSTITUTION_ADMIN: "管理员",
    Role.BUREAU_OFFICER: "经办",
    Role.DIVISION_HEAD: "处室负责人",
}

# What the first two characters of a credit code (登记管理部门和机构类别) say of a unit, and the kinds of host that go with
# them without a word.
PREFIXES: dict[str, tuple[str, frozenset[HostType]]] = {
    prefix: (label, frozenset((*types, HostType.OTHER)))
    for prefix, label, *types in (
        ("11", "机关", HostType.COUNTY_BUREAU),
        ("12", "事业单位", HostType.UNIVERSITY, HostType.RESEARCH_INSTITUTE, HostType.PARK, HostType.COUNTY_BUREAU),
        ("51", "社会团体"),
        ("52", "民办非企业单位", HostType.UNIVERSITY, HostType.RESEARCH_INSTITUTE),
        ("53", "基金会"),
        ("91", "企业", HostType.ENTERPRISE, HostType.PARK, HostType.FAMILY_FARM, HostType.RESEARCH_INSTITUTE),
        ("92", "个体工商户", HostType.FAMILY_FARM),
        ("93", "农民专业合作社", HostType.COOPERATIVE),
        ("N1", "农村集体经济组织", HostType.VILLAGE),
        ("N2", "农村集体经济组织", HostType.VILLAGE),
        ("N3", "农村集体经济组织", HostType.VILLAGE),
    )
}
# An institution's administrator appoints its clerks and lets its specialists in; another administrator is the bureau's.
INSTITUTION_INVITES = (Role.INSTITUTION_CLERK, Role.SPECIALIST)


def role_has_its_seat(*, role: Role, unit: str, capacities: Collection[str]) -> Finding | None:
    """A role is worn only at a unit of its kind; the bureau also seats the specialists it appoints itself."""
    if SEATS[role] in capacities or (role == Role.SPECIALIST and OfficeKind.CITY_BUREAU in capacities):
        return None
    return plain("E-SEAT", f"“{unit}”不能设“{role.label}”身份，请核对单位和身份。", field="role")


def inviter_may_give(*, role: Role, inviter: Role) -> Finding | None:
    """The bureau's administrator invites anybody, an institution's administrator its clerks and specialists.

    Others of the bureau let in an institution's administrator, with the institution they approve.
    """
    if inviter == Role.BUREAU_ADMIN or (inviter in Role.institution and role in INSTITUTION_INVITES):
        return None
    if inviter in Role.bureau and role == Role.INSTITUTION_ADMIN:  # who approves a unit lets its first one in
        return None
    return plain("E-SEAT", f"您的身份不能邀请“{role.label}”，请与市科技局管理员联系。", field="role")


def not_a_member_yet(*, holder: str, role: Role) -> Finding | None:
    """Nobody is invited to what they are; `holder` is whose address it is, whoever was meant."""
    if not holder:
        return None
    return plain(
        "E-MEMBER",
        f"这个邮箱是{holder}的，{holder}在该单位已有“{role.label}”身份。同一人无须再次邀请；邀请他人的，请核对邮箱。",
        field="email",
    )


def invitation_is_open(*, accepted: bool, over: bool) -> Finding | None:
    """An invitation opens once, and for seven days."""
    if accepted:
        return plain("E-INVITATION", "这份邀请已经使用过。请直接登录；如非本人操作，请与邀请单位的管理员联系。")
    if over:
        return plain("E-INVITATION", "这份邀请已超过有效期或已撤回。请与邀请单位的管理员联系，重新发送邀请。")
    return None


def hat_is_worn(*, ended: bool) -> Finding | None:
    """What was ended cannot be ended again."""
    return plain("E-STATE", "这个身份已经终止。") if ended else None


def keeps_an_administrator(*, role: Role, others: int, unit: str) -> Finding | None:
    """A unit is never left without an administrator, the bureau never without who reviews and who decides."""
    if role not in NEVER_VACANT or others:
        return None
    word = NEVER_VACANT[role]
    return plain(
        "E-LAST-ADMIN",
        f"这是“{unit}”的最后一名{word}，不能终止。请先请市科技局管理员邀请另一名{word}，并待其接受后再操作。",
    )


def work_is_handed_over(*, work: Collection[str], to: bool) -> Finding | None:
    """What only the leaver could go on with is taken over by somebody."""
    if not work or to:
        return None
    return plain("E-HANDOVER", f"{'、'.join(work)}只能由本人办理，请选择接手的同事。", field="to")


def heir_is_a_colleague(*, fits: bool) -> Finding | None:
    """Who takes over is another person of the same unit and hat."""
    return None if fits else plain("E-HANDOVER", "接手的应为本单位同一身份的其他在职人员，请重新选择。", field="to")


def code_is_kept(*, former: str, uscc: str) -> Finding | None:
    """What has a code keeps one: a correction mends it and takes none away. Some offices never had one."""
    if uscc or not former:
        return None
    return plain("E-USCC", "请填写统一社会信用代码，不能清除。", field="uscc")


def code_unless_a_village(*, uscc: str, host_type: HostType) -> Finding | None:
    """Every unit has a credit code; a village may have only a special code."""
    if uscc or host_type == HostType.VILLAGE:
        return None
    return plain("E-UNIT", "请填写统一社会信用代码；只有村可以不填。", field="uscc")


def unit_is_new(*, taken: bool, field: str) -> Finding | None:
    """A unit stands here once. The sentence is the same whether or not its reader may see that unit."""
    if not taken:
        return None
    return plain("E-UNIT", "这个单位已在平台登记，但不能由您登记为派驻单位，请与市科技局联系。", field=field)


def code_is_free(*, taken: bool) -> Finding | None:
    """A correction gives no unit the code of another. The sentence is the same whether or not its reader may see that one."""
    if not taken:
        return None
    said = "平台中另一个单位的统一社会信用代码与此相同，请逐位核对；确为同一单位的，由市科技局合并重复登记。"
    return plain("E-UNIT", said, field="uscc")


def institution_is_new(*, taken: bool) -> Finding | None:
    """A unit becomes a dispatching institution once."""
    return plain("E-UNIT", "这个单位已是派出单位，无须重复新增。", field="uscc") if taken else None


def application_may_move(*, status: ApplicationStatus, to: ApplicationStatus) -> Finding | None:
    """An application is confirmed, then decided, once; what was sent back may come again."""
    if to in ApplicationStatus.moves[status]:
        return None
    return plain("E-STATE", f"这份申请当前为“{status.label}”，不能执行此操作。")


def not_too_many(*, lately: int, most: int) -> Finding | None:
    """An open page takes so many applications an hour from one address, whatever they say."""
    if lately < most:
        return None
    return plain("E-RATE", "提交过于频繁，请一小时后再试，或与市科技局联系。")


def code_of_an_institution(*, uscc: str, type: InstitutionType) -> str:
    """What the code's first two characters say against the type of a dispatching institution; only pointed out."""
    fitting = {
        InstitutionType.UNIVERSITY: ("12", "52"),
        InstitutionType.RESEARCH_INSTITUTE: ("12", "52", "91"),
        InstitutionType.TECH_SERVICE: ("12", "51", "52", "91"),
        InstitutionType.ENTERPRISE: ("91",),
    }.get(type)
    if fitting is None or uscc[:2] in fitting:
        return ""
    label = PREFIXES.get(uscc[:2], ("其他组织", frozenset()))[0]
    return f"统一社会信用代码以{uscc[:2]}开头，一般是{label}，与单位类型“{type.label}”不一致，请核对。"


def flags_have_their_year(*, above_scale: bool, tech_sme: bool, year: int | None, this_year: int) -> Finding | None:
    """Whether a firm is above scale or a tech SME is told with the year in which it was so (it decides the cap)."""
    if not (above_scale or tech_sme):
        return None
    if year is None:
        return plain("E-FLAGS", "选择了企业标识，请填写认定年度。", field="flags_year")
    if not this_year - 5 <= year <= this_year:
        return plain("E-FLAGS", f"认定年度应在{this_year - 5}年至{this_year}年之间，请核对。", field="flags_year")
    return None


def flags_of_a_firm(*, above_scale: bool, tech_sme: bool, host_type: HostType) -> Finding | None:
    """Only firms are above scale or tech SMEs."""
    if not (above_scale or tech_sme) or host_type == HostType.ENTERPRISE:
        return None
    return plain("E-FLAGS", "规模以上和科技型中小企业标识只适用于企业，请核对单位类型。", field="host_type")


def district_in_use(*, name: str, is_retired: bool, successor: str) -> Finding | None:
    """A new entry names a county that there is; what was entered before keeps the name of its day."""
    if not is_retired:
        return None
    instead = f"由“{successor}”接替，请改选“{successor}”" if successor else "请重新选择"
    return plain("E-DISTRICT", f"“{name}”已停用，{instead}。", field="district")


def in_ones_own_county(*, district: str, own: str) -> Finding | None:
    """A county enters hosts of its own; moving one to another county is the bureau's."""
    if district == own:
        return None
    return plain(
        "E-COUNTY", "只能登记本县（市、区）的派驻单位；涉及其他县（市、区）的，请与市科技局联系。", field="district"
    )


def keeps_its_own_name(*, names: Collection[str], only_hosts: bool) -> Finding | None:
    """A correction gives no unit the name of another, unless whoever makes it says that they are two.

    `names` are those of the others, as they stand here. Two that only host are made one by the bureau, others are not.
    """
    if not names:
        return None
    listed = "、".join(f"“{name}”" for name in list(names)[:3])
    instead = "由市科技局合并重复登记" if only_hosts else "业务在已登记的单位下办理"
    return plain(
        "E-NAMESAKE",
        f"已有单位名为{listed}，修改后两个单位同名。确为同一单位的，不要改名，{instead}；"
        "不是同一单位的，请勾选“已核对，不是同一单位”后再保存。",
        field="distinct",
    )


def told_apart_without_a_code(*, taken: bool) -> Finding | None:
    """Of two units of one county without a code only the name says which is meant."""
    if not taken:
        return None
    said = "同一县（市、区）已有同名单位，两者都没有统一社会信用代码，无法区分。请填写代码；确为同一单位的，由市科技局合并重复登记。"
    return plain("E-UNIT", said, field="name")


def no_namesake(*, names: Collection[str]) -> Finding | None:
    """Two hosts of one name in one county are mostly one that was entered twice; who knows better says so.

    `names` are those that the reader may see, as they stand here.
    """
    if not names:
        return None
    listed = "、".join(f"“{name}”" for name in list(names)[:3])
    return plain("E-NAMESAKE", f"同一县（市、区）已登记{listed}。请先核对是否为同一单位。", field="distinct")


def code_fits_the_type(*, uscc: str, host_type: HostType) -> str:
    """What the code's first two characters say, where they speak against the type; "" where they do not.

    A suggestion and never in the way: the register of the code is not ours.
    """
    label, fitting = PREFIXES.get(uscc[:2], ("", frozenset((host_type,))))
    if host_type in fitting:
        return ""
    return f"统一社会信用代码以{uscc[:2]}开头，一般是{label}，与单位类型“{host_type.label}”不一致，请核对。"


def something_to_verify(*, above_scale: bool, tech_sme: bool, verified: bool) -> Finding | None:
    """A declaration is verified once; without one there is nothing to verify."""
    if verified:
        return plain("E-STATE", "企业标识已经核实。")
    if not (above_scale or tech_sme):
        return plain("E-STATE", "该单位没有申报企业标识，无须核实。")
    return None


def verified_by_another(*, declarer: int | None, verifier: int, office: Role) -> Finding | None:
    """Who declared a host's flags does not hold them against the proof, whatever hat they wear."""
    if declarer is None or declarer != verifier:
        return None
    others = (
        "本县（市、区）其他经办人员或市科技局" if office == Role.COUNTY_OFFICER else "县（市、区）或市科技局其他人员"
    )
    return plain("E-TWO-PEOPLE", f"该单位的企业标识由您申报，申报人和核实人不能为同一人，请由{others}核实。")


def verified_by_a_document(*, basis: str) -> Finding | None:
    """Who verifies says by what: the number in the register of technology SMEs, or of the statistics' list."""
    if basis.strip():
        return None
    return plain("E-FLAGS", "请填写核实依据，如科技型中小企业入库登记编号，或规模以上企业名录的文号。", field="basis")
