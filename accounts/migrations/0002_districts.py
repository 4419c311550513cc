"""The 22 county-level divisions (GB/T 2260) and the two functional zones with statistical codes."""

from django.apps.registry import Apps
from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor

DIVISIONS = """130102 长安区 130104 桥西区 130105 新华区 130107 井陉矿区 130108 裕华区 130109 藁城区 130110 鹿泉区
130111 栾城区 130121 井陉县 130123 正定县 130125 行唐县 130126 灵寿县 130127 高邑县 130128 深泽县 130129 赞皇县
130130 无极县 130131 平山县 130132 元氏县 130133 赵县 130181 辛集市 130183 晋州市 130184 新乐市"""
ZONES = "130171 石家庄高新技术产业开发区 130172 石家庄循环化工园区"


def fill(apps: Apps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    District = apps.get_model("accounts", "District")
    for kind, words in (("gb2260", DIVISIONS), ("functional_zone", ZONES)):
        pairs = words.split()
        for code, name in zip(pairs[::2], pairs[1::2], strict=True):
            District.objects.create(code=code, name=name, kind=kind, province_managed=code == "130181")


class Migration(migrations.Migration):
    dependencies = [("accounts", "0001_initial"), ("core", "0001_roles")]
    operations = [migrations.RunPython(fill, migrations.RunPython.noop)]
