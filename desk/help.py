"""What the help page says, by role: the errands of a season, where to click, and what happens next.

Words in 【】 are places in the menu, words in “” are buttons and links; a test holds the former against the permission
matrix, so that nobody is sent to a page that is not theirs.
"""

import re
from dataclasses import dataclass

from django.conf import settings

from accounts.enums import Role

PICTURES = settings.BASE_DIR / "static/manual"  # made by tests/browser/pictures.py


@dataclass(frozen=True)
class Errand:
    """One thing to do: `url` is the named page where it begins, with `query` behind it."""

    title: str
    steps: tuple[str, ...]
    url: str
    query: str = ""

    def file(self, role: Role) -> str:
        """Its picture as this role sees the page."""
        page = re.sub("[^a-z_]+", "-", self.url + self.query).strip("-")
        return f"{role}-{page}.webp"

    def picture(self, role: Role) -> str:
        """The picture's place under static/; empty while nobody has made it."""
        name = self.file(role)
        return f"manual/{name}" if (PICTURES / name).exists() else ""


MESSAGES = Errand(
    "看消息",
    (
        "右上角的铃铛是消息，数字是未读条数；点“查看”直接到要办的那件事。",
        "重要的消息同时发到您的邮箱。",
    ),
    "core:messages",
)
ACCOUNT = Errand(
    "修改密码、切换身份、放大文字",
    (
        "点右上角您的姓名，在菜单里修改密码、切换身份，或打开“大字版”。",
        "30分钟没有操作会自动退出；正在填写的内容不会丢失，重新登录后可以继续。",
    ),
    "accounts:account",
)

REGISTER = Errand(
    "登记科技特派员",
    (
        "在【特派员登记】点“登记特派员”，先填身份证号和姓名，右侧会随时告诉您哪一条还不符合。",
        "取得本人同意后，在【推荐通知】的受理期内点“保存并提交”。市科技局分两步审核，结果会发消息给您。",
        "入选后打开这条登记，点“邀请开通账号”，本人从邮件里的链接设置账号和密码。",
    ),
    "specialists:new",
)
DRAFT = Errand(
    "办理三方协议备案",
    (
        "在【协议备案】点“新建协议”，分三步：选择特派员、填写派驻信息、签署并提交。内容自动保存，可以随时离开。",
        "第3步先“下载并打印”协议书，三方签字盖章后扫描上传，再点“提交备案”。",
        "同时办理多份时，用“汇总提交”一次提交并打印汇总表。",
    ),
    "agreements:new",
)
PAPERS = Errand(
    "批量打印协议书，扫描件自动配对",
    (
        "在【协议备案】点“批量打印”，选好协议后点“生成打印文件”；首页的目录列明每份的起止页，便于点齐。每页右上角的二维码不要遮挡或裁掉。",
        "签署后全部扫描，在【签署扫描件】一次拖入或上传压缩包，点“上传并识别”；连着扫的、逐页拍照的都会按二维码附到各自的协议。",
        "没有认出来的列在“待您配对”，选择协议后点“按所选办理”；“还缺扫描件”说明还差哪几份。",
        "没有二维码或缺页而由您配对的，提交时写明核对情况，市科技局逐件查看。",
    ),
    "agreements:scan-batches",
)
RETURNED = Errand(
    "被退回补正",
    (
        "首页“需要您处理”里排在最前面的就是退回件，市科技局的意见写在页面上方和要改的项目旁。",
        "只能修改退回的项目，其他项目保持不变；内容改了的，重新打印、签署、上传后提交。",
        "不再办理的，在协议页点“放弃协议”并写明原因；打印、签署过的草稿也这样了结，材料留作记录。",
    ),
    "agreements:list",
    "?status=returned",
)
CLAIM = Errand(
    "核算和发放补助",
    (
        "派驻单位确认过的服务会出现在【补助核算】，勾选后点“申领并编入批次”。",
        "核对批次后点“提交复核”，由本单位另一位同事在【发放批次】里复核发放；同一人不能既经办又复核。",
        "发放后在批次页面下载发放明细表，台账自动记入【补助台账】。",
        "发错的，在这笔分录的页面点“申请冲红”并写明原因，由另一位同事点“复核冲红”后记账，原分录保留。",
    ),
    "funding:claims",
)
RATE = Errand(
    "制定补助标准",
    (
        "在【补助标准】填写每人每次的金额和执行日期，须在《工作方案》规定的范围内。",
        "按服务当日的标准计算，改标准不影响以前的服务。",
    ),
    "funding:rates",
)
SCORE = Errand(
    "年度考核评分",
    (
        "市科技局发起后，在【年度考核】逐人评分并写明意见，服务次数和满意度已按记录填好。",
        "点“提交市科技局”后由市科技局审定，结果会通知您和本人。",
    ),
    "assessments:list",
    "?status=open",
)
INVITE = Errand(
    "增加或停用本单位人员",
    (
        "在【成员】点“邀请成员”，填写姓名、邮箱和身份；链接7天内有效，只能用一次，过期的点“重新发送”。",
        "人员调离时点“终止身份”：页面列出未办结的事项，须本人办理的交接给同事，立即失效。",
    ),
    "accounts:members",
)

TEAM = Errand(
    "登记团队",
    (
        "在【团队】点“登记团队”，按规定人数填写成员并指定负责人，取得各人同意后点“保存并提交”。",
        "入选后成员有变动，在团队页面“变更成员”或“更换负责人”，以前的记录都保留。",
    ),
    "specialists:teams",
)
IMPORT = Errand(
    "批量导入名单",
    (
        "在【批量导入】选择名单种类并上传工作簿，核对各列后点“开始校验”；确认之前不写入任何登记。",
        "有问题的行可以“下载标注的工作簿”，改好再传；没有问题的点“确认导入”。导错了可以“撤回整批”。",
    ),
    "desk:rosters",
)
TAKE_OVER = Errand(
    "导入以前备案的协议",
    (
        "在【批量导入】点“导入历史协议”，上传原来的备案台账。协议按原备案号导入，标明历史导入；规则只提示，不阻止导入。",
        "导入后点“按单位核对”，核对表中、已接收、有差异和未接收的协议，用“打印全部核对表”交各单位签字盖章。",
        "原件的扫描件在【历史扫描件】整个文件夹上传，文件名中含有原备案号的自动附到协议。",
    ),
    "desk:rosters",
)
RECONCILE = Errand(
    "核对以前备案的协议",
    (
        "市科技局导入历史协议后，在【历史协议核对】查看本单位的核对结果，有差异的对照原件核对。",
        "点“打印核对表”，签字盖章后交市科技局。",
    ),
    "desk:reconciliations",
)
WORDS = Errand(
    "维护字典用词和别名",
    (
        "在【字典】新增用词；不再使用的打开后“停用”，写明依据，可选接替的词。原有记录照常显示。",
        "单位习惯的叫法设为别名，批量导入时自动改为字典中的用词。新增的职称归入等级，用它登记的人员随之有等级。",
        "行政区划调整的，在【县（市、区）】新增现在的，再停用原来的并选由谁接替；名单中的原名照样识别。",
    ),
    "desk:dictionaries",
)
LOOKS = Errand(
    "看谁查看过完整号码",
    ("【号码查看记录】按人统计次数，逐次列出理由；一人24小时内查看过多时会收到提醒。",),
    "specialists:looks",
)
CHANGE = Errand(
    "变更入选人员的账号、手机号、姓名",
    (
        "打开已入选的登记，点“申请变更”，填写新的内容并上传证明材料；同意前仍按原资料办理。",
        "在【变更申请】看办理结果。申请人不能审核自己的申请，同意后本人原来的邮箱会收到通知。",
    ),
    "specialists:changes",
)
MOVE = Errand(
    "申请改派到其他单位",
    (
        "打开已备案的协议，点“申请改派”，写明拟改派单位和原因，上传三方意见。",
        "市科技局同意后原协议终止，与新单位另签协议，提交时写明改派理由，备案时改派。",
    ),
    "agreements:list",
    "?status=filed",
)
GRADUATIONS = Errand(
    "办理研究生毕业后的安排",
    ("【毕业安排】列出毕业早于服务截止日的协议，打开后选择继续服务或终止，写明意见，各方收到通知。",),
    "agreements:graduations",
)
DECIDE_MOVE = Errand(
    "审核改派申请",
    ("在【改派申请】打开待审核的一件，核对证明材料后点“同意改派”（原协议当日终止）或写明意见点“不同意”。",),
    "agreements:moves",
)
DECIDE_CHANGE = Errand(
    "审核变更申请",
    (
        "在【变更申请】点“待我审核”，把“变更为”的内容与证明材料核对一致；号码要看全的，点“查看完整号码”并写明理由。",
        "点“同意变更”立即生效，或写明意见点“不同意”。",
    ),
    "specialists:changes",
    "?mine=1",
)
MINE = Errand(
    "更正我的资料，看谁查看过",
    (
        "在【我的资料】选择要变更的一项，拍照上传证明材料；审核同意后生效。",
        "同一页列出谁、什么时间、为什么看过您的完整号码。",
    ),
    "specialists:me",
)
POLICY = Errand(
    "查政策条款",
    ("【政策条款】列出工作方案的条款、平台据此执行的规则和数字，以及各版本的生效时间。",),
    "desk:plan",
)
EVERYBODY = (POLICY, MESSAGES, ACCOUNT)

REVIEW_REGISTRATION = Errand(
    "审核登记",
    (
        "在【特派员登记】打开待审核的登记，点“审核”。左边是资料，右边是规则校验和条款原文。",
        "点“通过”转下一步，或点“退回补正”写明意见。属“原则上”的提示，写明理由后可以通过。",
        "件数多时点“批量审核待我办理的登记和团队”：符合规定的已勾选，核对名额后“通过所选”，逐件列出结果。",
    ),
    "specialists:list",
    "?mine=1",
)
CALL = Errand(
    "发布推荐通知",
    (
        "在【推荐通知】点“起草通知”，写明受理期、类别和形式，核对后“发布通知”，各派出单位同时收到消息。",
        "通知页面列出各单位推荐到哪一步，并备有催报文字；截止之后确需补报的，点“受理补报”写明理由和截止日期。",
    ),
    "specialists:calls",
)
SELECT = Errand(
    "公示并公布选派名单",
    (
        "审核通过的登记和团队为“拟选派”。在【选派名单】点“拟定名单”，核对后“提交审批”；负责人通过后打印签批单送分管领导，"
        "再“据纸面登记签批”。",
        "“发布公示”按工作日算出截止日；收到异议随时“登记异议”，办结后期满“结束公示”。",
        "下载公布文件草稿，在办公系统印发后“登记公布文件”：填写文号并上传扫描件，名单中的人选即入选，各单位收到通知。",
    ),
    "specialists:lists",
)
APPROVE_LIST = Errand(
    "审批选派名单",
    ("收到待审批的消息后，在【选派名单】打开名单，核对人选和年度计划，点“通过”或“退回修改”。",),
    "specialists:lists",
)
REVIEW_AGREEMENT = Errand(
    "审核协议并备案",
    (
        "首页“从第一件开始审核”，或在【协议备案】按剩余时限打开。左边是签章扫描件，右边是校验结果；点任一行，左边显示它在原件上的位置。",
        "“通过备案”后生成备案号和备案证明，三方收到通知；有不符项时“退回补正”，勾选要改的项目并写明意见，派出单位只能改这些项目，改回后先看“补正前后对照”。",
        "没有提示的可以在列表中勾选后“批量备案”，先预览再逐件办理。“转办”交给同事，外出时在【代办安排】安排同事代办。",
        "键盘：J、K 换件，A 通过，R 退回，T 转办，X 勾选，? 查看全部快捷键，也可以关闭。",
    ),
    "agreements:list",
    "?status=submitted&sort=due",
)
APPOINT = Errand(
    "办理直接聘请的协议",
    (
        "在【特派员登记】点“直接聘请”登记，写明聘请理由；审核入选后，在【协议备案】点“直接聘请的协议”起草，由市科技局作为派出方签订。",
        "打印、登记三方签署、上传扫描件和派出单位一样办理，成批的扫描件放在【签署扫描件】；只能起草直接聘请人员的协议。",
        "“提交备案”后由起草人以外的人员审核；续签、变更、离职登记也由市科技局办理，年度考核由一人评分、另一人审定。",
    ),
    "agreements:new",
)
DIVIDE = Errand(
    "登记预算并拨付",
    (
        "在【预算与拨付】“登记年度经费”，再“向派出单位拨付”，按指标文号逐笔记入该单位台账。",
        "记账后不能修改，错了在这笔分录的页面点“申请冲红”，由另一位同事点“复核冲红”后记账，原分录保留。",
    ),
    "funding:overview",
)
DECIDE = Errand(
    "组织年度考核",
    (
        "在【年度考核】“发起年度考核”，当年服务的特派员自动列入。",
        "派出单位评分后，在考核表上“审定等次”；审定为不合格前，页面会列出随之停止的协议和补助。",
    ),
    "assessments:list",
)
PLAN = Errand(
    "看年度指标完成情况",
    ("【年度指标】逐项列出计划、已备案和审核中的人数，每个数字都能点开看是哪些人。",),
    "desk:quota",
)
TEXTS = Errand(
    "修改三方协议书的条款",
    (
        "在【协议书文本】点“起草新版本”，草稿照录最近一版；逐条修改，上移、下移、增加或删除，占位项点一下即插入。",
        "选了“适用情形”的条款只印在这一类协议上；点“预览样张”，按测试情形或一份实际协议看打印出来的样子。",
        "点“提交审定”，由处室负责人“同意启用”；已打印的协议书不变，此后打印的采用新文本。",
    ),
    "agreements:texts",
)
LEDGER = Errand(
    "查台账、核对发放",
    (
        "【预算与拨付】按单位列出拨入、发放和余额；点任何一个数字看到对应的分录。",
        "【补助台账】每笔分录都能追溯到批次、标准、服务记录和备案，页面显示台账校验是否通过。",
    ),
    "funding:overview",
)
TRACE = Errand(
    "查一件事的经过",
    (
        "用页面上方的搜索框输入编号、姓名或单位，也可以输入拼音首字母。",
        "打开记录后看“办理记录”：谁、什么时间、改了什么、理由是什么。",
    ),
    "desk:search",
)
UNITS = Errand(
    "登记和核实派驻单位",
    (
        "在【单位】“新增派驻单位”；信用代码已登记的直接用现有单位，同名的先核对是不是同一家。",
        "“规模以上”“科技型中小企业”由单位按年度申报，关系到接收人数的上限。在【标识核实】逐家打开，填写依据后点“核实企业标识”，"
        "不符的点“退回更正”。",
    ),
    "accounts:host-flags",
)

JOINING = Errand(
    "办理派出单位入驻申请",
    (
        "单位在登录页点“派出单位申请入驻”自行填报，确认邮箱后出现在【入驻申请】。",
        "打开申请，对照盖章申请书核对；同一信用代码已登记或另有申请的，页面上有提示和链接。",
        "点“通过申请”后单位成为派出单位，管理员收到邀请；需要补正的点“退回补正”，不符合的点“不予通过”并写明理由。",
    ),
    "accounts:applications",
)

MERGE = Errand(
    "合并重复的单位和人员",
    (
        "【重复登记】列出名称、电话或代码相近的单位，以及同名且生日、手机号或身份证号相近的人员，点“对照”逐项核对。",
        "选择保留哪一个、不同之处保留谁的值，写明理由后点“合并单位”或“合并人员”。协议和账号转到保留的一方，已签署的文本和已记的账不变。",
        "合并后不能拆开；原来的信用代码成为曾用代码，用它上传名单仍能找到保留的单位。",
    ),
    "desk:merges",
)

RENEW = Errand(
    "安排到期协议的续签",
    (
        "【续签安排】列出本年到期的协议：勾选后点“为选中的起草续签”，内容照上一份填好，逐份核对、签署后提交。",
        "不再续签的勾选后写明原因，点“选中的不再续签”；改变主意时点“恢复为未定”。",
    ),
    "agreements:renewals",
)
AMEND = Errand(
    "变更已备案协议的内容",
    (
        "在已备案协议的页面点“申请变更”，修改服务内容、次数或目标，附三方签字盖章的补充协议。服务期限和各方不能变更。",
        "市科技局同意前按原内容履行；办到哪一步看【协议变更】。",
    ),
    "agreements:amendments",
)
LEAVE = Errand(
    "登记人员离职或调出",
    (
        "在本人的登记页面点“登记离职”，填写离开日期和去向；页面列出由此受影响的协议和补助。",
        "协议不会自动终止：【离职登记】里看市科技局对每份协议的决定，登记有误的可以撤销。",
    ),
    "agreements:departures",
)
DECIDE_LEAVING = Errand(
    "决定离职人员的协议",
    (
        "【离职登记】上方列出等待决定的协议，点“办理”：页面列出终止的影响，选择继续服务或今日终止，写明意见。",
        "【协议变更】和【续签安排】里看各单位的申请和进展。",
    ),
    "agreements:departures",
)
SUSPEND = Errand(
    "暂停和恢复资格",
    (
        "在本人的登记页面点“暂停资格”，填写起止日期和原因；右侧列出涉及的协议。本人、派出单位和派驻单位会收到通知。",
        "暂停期间不能提交、备案新的协议，也不能登记服务；已备案的协议仍然有效。",
        "到期自动恢复；提前恢复的，在【暂停资格】打开这一次暂停，点“恢复资格”。",
    ),
    "specialists:list",
    "?status=approved",
)
SHEETS = Errand(
    "制作备案汇总表并盖章",
    (
        "在【备案汇总表】点派出单位，勾选要列入的协议后点“生成备案汇总表”，打印后加盖公章。",
        "把盖章后的表扫描上传：平台按二维码核对是不是这一版、页数是否齐全。此后这一批备案证明都写明汇总表编号，并可下载盖章件。",
    ),
    "agreements:sheets",
)
ARCHIVE = Errand(
    "年度归档",
    (
        "备案年度结束后，在【协议归档】点“整理”：每人一件，页面列出缺少的材料。先补齐；补不了的写入情况说明，再点“提请检查”。",
        "处室负责人检查归档后，档号一次编定，不再改变。材料在后台整理，完成后打印归档文件目录和备考表，或点“制作压缩包”。",
        "归档后新增的材料，点“补充归档”接在原件号之后。归档期限临近或已过时，首页和消息会提醒。",
    ),
    "agreements:archives",
)
CLOSE_ARCHIVE = Errand(
    "检查年度归档",
    (
        "在【协议归档】打开待检查的年度，核对将归档的文件、缺少的材料和情况说明，无误的点“检查并归档”。",
        "归档后件号和档号不能改变；整理人和检查人的姓名、日期写入备考表。",
    ),
    "agreements:archives",
)
FIND_ARCHIVED = Errand(
    "查归档文件",
    (
        "【协议归档】列出各年度的归档情况，点“查找归档文件”按档号、文号或题名查找。",
        "打开一件，看它的材料、页数和校验值；年度页面可以打印归档文件目录。",
    ),
    "agreements:archive-items",
)
COVER = Errand(
    "外出时安排代办",
    (
        "在【代办安排】选择同事和起止日期，点“安排代办”。期间送到您名下的协议由同事办理，记录中写明两人的姓名。",
        "提前回来的点“结束代办”。",
    ),
    "agreements:covers",
)

LISTS = Errand(
    "保存常用的筛选，导出筛选出的记录",
    (
        "在【协议备案】等列表选好筛选条件，点“保存为视图”，下次从列表上方直接打开；可以与相同身份的同事共用，或设为起始页。",
        "点“显示列”选择页面上显示哪些列；点“导出”选择表格的列，导出的就是筛选出来的记录，次序与列表相同。",
        "记录多的在后台生成，完成后发消息给您，文件保留7天；在“管理视图”里改名、调整次序或删除。",
    ),
    "agreements:list",
    "?status=filed",
)
EXCEPTIONS = Errand(
    "看例外情况，打印报告",
    (
        "【例外情况】列出凭书面理由办理的每一件：哪条规则、什么理由、谁作出，上方是各条规则的件数。",
        "筛选后点“打印例外情况报告”交处室负责人阅，或点“导出”做成表格。",
    ),
    "desk:overrides",
)

ERRANDS: dict[Role, tuple[Errand, ...]] = {
    Role.BUREAU_ADMIN: (
        Errand(
            "新增派出单位和人员",
            (
                "在【单位】“新增派出单位”，同时填写首位管理员的邮箱，保存后即发出邀请。",
                "在【成员】可以邀请市、县各部门的人员，或终止身份。",
            ),
            "accounts:organizations",
        ),
        JOINING,
        TAKE_OVER,
        WORDS,
        LOOKS,
        PLAN,
        TRACE,
    ),
    Role.BUREAU_OFFICER: (
        REVIEW_AGREEMENT,
        APPOINT,
        REVIEW_REGISTRATION,
        CALL,
        SELECT,
        DECIDE_CHANGE,
        DECIDE_MOVE,
        GRADUATIONS,
        DECIDE_LEAVING,
        SUSPEND,
        SHEETS,
        ARCHIVE,
        DIVIDE,
        DECIDE,
        TAKE_OVER,
        TEXTS,
        PLAN,
        UNITS,
        JOINING,
        MERGE,
        COVER,
        LISTS,
    ),
    Role.DIVISION_HEAD: (
        REVIEW_REGISTRATION,
        APPROVE_LIST,
        REVIEW_AGREEMENT,
        CLOSE_ARCHIVE,
        SUSPEND,
        TEXTS,
        PLAN,
        EXCEPTIONS,
        TRACE,
    ),
    Role.COUNTY_OFFICER: (
        UNITS,
        Errand(
            "看本县（市、区）的协议和服务",
            ("【协议备案】和【服务记录】列出派驻在本县（市、区）的特派员，只能查看。",),
            "agreements:list",
        ),
    ),
    Role.FINANCE: (LEDGER, TRACE),
    Role.AUDITOR: (LEDGER, FIND_ARCHIVED, EXCEPTIONS, TRACE, LOOKS),
    Role.INSTITUTION_ADMIN: (
        INVITE,
        REGISTER,
        TEAM,
        IMPORT,
        CHANGE,
        DECIDE_CHANGE,
        DRAFT,
        PAPERS,
        RENEW,
        AMEND,
        MOVE,
        LEAVE,
        RETURNED,
        CLAIM,
        RATE,
        SCORE,
        RECONCILE,
        LISTS,
    ),
    Role.INSTITUTION_CLERK: (
        REGISTER,
        TEAM,
        IMPORT,
        CHANGE,
        DRAFT,
        PAPERS,
        RENEW,
        AMEND,
        MOVE,
        LEAVE,
        RETURNED,
        CLAIM,
        RATE,
        SCORE,
        RECONCILE,
        LISTS,
    ),
    Role.HOST_CONTACT: (
        Errand(
            "确认一次服务",
            (
                "首页“待确认的服务”点开后核对日期和内容，属实的点“确认服务属实”，不符的写明后点“提出异议”。",
                "没有账号也能办：打开邮件里的链接，获取验证码，核对后确认。",
            ),
            "visits:list",
            "?status=logged",
        ),
        Errand(
            "看与本单位的协议",
            (
                "在【协议备案】查看服务期限和约定的目标。",
                "收到的备案证明是否有效，扫描二维码，或在登录页点“核验备案证明”，输入备案号和校验码。",
            ),
            "agreements:list",
        ),
    ),
    Role.SPECIALIST: (
        Errand(
            "登记一次服务",
            (
                "首页点“登记一次服务”，约1分钟：日期、做了什么、解决了什么问题。没有网络时内容保留在手机上。",
                "派驻单位确认后，计入年度考核和工作补助；对方提出异议时，在【服务记录】里更正。",
            ),
            "visits:new",
        ),
        Errand(
            "看协议办到哪一步",
            ("【我的协议】逐步列出进度；备案后在这里下载备案证明。",),
            "agreements:mine",
        ),
        Errand("核对补助", ("【补助】列出每次服务的金额和发放日期；如有不符，请联系派出单位财务。",), "funding:mine"),
        MINE,
        Errand("看考核结果", ("【年度考核】列出各年的结果；如有异议，请联系派出单位。",), "assessments:list"),
    ),
}
