"""The titles with which the dictionary begins: the usual series, and how institutions shorten them.

The rank itself is a word too: many rosters say no more than 副高级.
"""

from typing import Any

from django.db import migrations

TITLES = {
    "正高级": """正高级 教授 研究员 正高级工程师 正高级农艺师 农业技术推广研究员 正高级畜牧师 正高级兽医师 正高级农经师
        正高级实验师 正高级经济师 正高级会计师 正高级统计师 正高级审计师 主任医师 主任药师 主任护师 主任技师 研究馆员 编审
        译审 正高级教师 正高级讲师 正高级实习指导教师 正高级工艺美术师 一级律师""",
    "副高级": """副高级 副教授 副研究员 高级工程师 高级农艺师 高级畜牧师 高级兽医师 高级农经师 高级实验师 高级经济师 高级会计师
        高级统计师 高级审计师 副主任医师 副主任药师 副主任护师 副主任技师 副研究馆员 副编审 一级翻译 高级教师 高级讲师
        高级实习指导教师 高级工艺美术师 二级律师""",
    "中级": """中级 讲师 助理研究员 工程师 农艺师 畜牧师 兽医师 农经师 实验师 经济师 会计师 统计师 审计师 主治医师 主管药师
        主管护师 主管技师 馆员 编辑 二级翻译 一级教师 一级实习指导教师 工艺美术师 三级律师 技术经纪人""",
    "初级": """初级 助教 研究实习员 助理工程师 技术员 助理农艺师 农业技术员 助理畜牧师 助理兽医师 助理农经师 助理实验师 实验员
        助理经济师 助理会计师 助理统计师 助理审计师 医师 药师 护师 护士 助理馆员 助理编辑 三级翻译 二级教师 三级教师
        助理讲师 二级实习指导教师 助理工艺美术师 四级律师""",
    "无": "无",
}
ALIASES = {
    "正高级": "正高 正高职 正高级职称",
    "教授": "一级教授 二级教授 三级教授 四级教授",
    "研究员": "一级研究员 二级研究员 三级研究员 四级研究员",
    "正高级工程师": "正高工 教授级高级工程师 教授级高工 研究员级高级工程师 研究员级高工",
    "农业技术推广研究员": "推广研究员 农技推广研究员",
    "正高级农艺师": "正高农艺师",
    "副高级": "副高 副高职 副高级职称 高级",
    "高级工程师": "高工 副高级工程师",
    "高级农艺师": "副高级农艺师",
    "中级": "中级职称",
    "讲师": "大学讲师",
    "助理研究员": "助研",
    "工程师": "中级工程师",
    "农艺师": "中级农艺师",
    "初级": "初级职称 员级",
    "研究实习员": "实习研究员",
    "助理工程师": "助工",
    "无": "无职称 暂无 暂无职称 未评 未评定 未定级 - —",
}


def put_in(apps: Any, schema_editor: Any) -> None:
    term, alias = apps.get_model("core", "Term"), apps.get_model("core", "TermAlias")
    ranked = [(rank, label) for rank, labels in TITLES.items() for label in labels.split()]
    made = term.objects.bulk_create(
        term(dictionary="title", code=f"T{place:02}", label=label, group=rank, order=place * 10)
        for place, (rank, label) in enumerate(ranked, start=1)
    )
    by_label = {one.label: one for one in made}
    alias.objects.bulk_create(
        alias(dictionary="title", word=word, term=by_label[label])
        for label, words in ALIASES.items()
        for word in words.split()
    )


def take_out(apps: Any, schema_editor: Any) -> None:
    apps.get_model("core", "TermAlias").objects.filter(dictionary="title").delete()
    apps.get_model("core", "Term").objects.filter(dictionary="title").update(successor=None)
    apps.get_model("core", "Term").objects.filter(dictionary="title").delete()


class Migration(migrations.Migration):
    dependencies = [("core", "0011_title_dictionary")]
    operations = [migrations.RunPython(put_in, take_out)]
