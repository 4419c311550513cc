"""The words with which the dictionaries begin: what the forms offered before, and the sections of GB/T 4754-2017."""

from typing import Any

from django.db import migrations

FIELDS = {
    "工业和服务业": "新一代电子信息 生物医药 先进装备制造 现代食品 现代商贸物流 节能环保 新材料 化工 纺织服装 建材 新能源 汽车零部件 人工智能与软件 科技服务与文化创意 旅游 金融",
    "农业": "粮油作物 蔬菜 果树 食用菌 中药材 畜牧 水产 林业花卉 土壤肥料 植物保护 农业机械 农产品加工 设施农业 节水灌溉 种业 乡村环境与能源",
    "其他": "其他",
}
# The group says in which category a team of this trade serves, where nobody says otherwise.
INDUSTRIES = {
    "农业": {"A": "农、林、牧、渔业"},
    "工业和服务业": {
        "B": "采矿业",
        "C": "制造业",
        "D": "电力、热力、燃气及水生产和供应业",
        "E": "建筑业",
        "F": "批发和零售业",
        "G": "交通运输、仓储和邮政业",
        "H": "住宿和餐饮业",
        "I": "信息传输、软件和信息技术服务业",
        "J": "金融业",
        "K": "房地产业",
        "L": "租赁和商务服务业",
        "M": "科学研究和技术服务业",
        "N": "水利、环境和公共设施管理业",
        "O": "居民服务、修理和其他服务业",
        "P": "教育",
        "Q": "卫生和社会工作",
        "R": "文化、体育和娱乐业",
        "S": "公共管理、社会保障和社会组织",
        "T": "国际组织",
    },
}
ALIASES = {
    "新一代电子信息": "电子信息",
    "生物医药": "生物医药健康 生物医药(健康)",
    "先进装备制造": "装备制造 高端装备制造",
    "化工": "循环化工 化工(循环化工)",
    "植物保护": "植保",
    "农业机械": "农机",
}


def put_in(apps: Any, schema_editor: Any) -> None:
    term, alias = apps.get_model("core", "Term"), apps.get_model("core", "TermAlias")
    place = 0
    for group, names in FIELDS.items():
        for label in names.split():
            place += 1
            term.objects.create(dictionary="field", code=f"F{place:02}", label=label, group=group, order=place * 10)
    place = 0
    for group, sections in INDUSTRIES.items():
        for code, label in sections.items():
            place += 1
            term.objects.create(dictionary="industry", code=code, label=label, group=group, order=place * 10)
    for label, words in ALIASES.items():
        meant = term.objects.get(dictionary="field", label=label)
        for word in words.split():
            alias.objects.create(dictionary="field", word=word, term=meant)


def take_out(apps: Any, schema_editor: Any) -> None:
    apps.get_model("core", "TermAlias").objects.all().delete()
    apps.get_model("core", "Term").objects.update(successor=None)
    apps.get_model("core", "Term").objects.all().delete()


class Migration(migrations.Migration):
    dependencies = [("core", "0008_dictionaries")]
    operations = [migrations.RunPython(put_in, take_out)]
