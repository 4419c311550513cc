"""归档: the archive of a year, its items under numbers that never change, and the papers in them."""

import django.db.models.deletion
from django.db import migrations, models

# A number given is kept: only what comes after it (pages, box) is filled in, once. `refuse_change` comes from core.
GUARDS = """
CREATE TRIGGER closed_archive_never_changes BEFORE UPDATE OR DELETE ON agreements_archiveyear
    FOR EACH ROW WHEN (OLD.closed_on IS NOT NULL) EXECUTE FUNCTION refuse_change();
REVOKE DELETE, TRUNCATE ON agreements_archiveyear FROM app;

CREATE FUNCTION guard_archive_number() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.number = 1 OR EXISTS (
        SELECT FROM agreements_archiveitem
        WHERE archive_id = NEW.archive_id AND retention = NEW.retention AND number = NEW.number - 1
    ) THEN
        RETURN NEW;
    END IF;
    RAISE EXCEPTION 'archive_numbers_have_no_gaps (%)', NEW.code
        USING ERRCODE = 'check_violation', CONSTRAINT = 'archive_numbers_have_no_gaps';
END $$;
CREATE TRIGGER archive_numbers_have_no_gaps BEFORE INSERT ON agreements_archiveitem
    FOR EACH ROW EXECUTE FUNCTION guard_archive_number();

CREATE TRIGGER archived_item_never_changes BEFORE UPDATE ON agreements_archiveitem FOR EACH ROW WHEN (
    (OLD.archive_id, OLD.retention, OLD.number, OLD.code, OLD.supplements_id, OLD.title, OLD.responsible,
     OLD.document_numbers, OLD.dated, OLD.added_on)
    IS DISTINCT FROM
    (NEW.archive_id, NEW.retention, NEW.number, NEW.code, NEW.supplements_id, NEW.title, NEW.responsible,
     NEW.document_numbers, NEW.dated, NEW.added_on)
    OR OLD.assembled_at IS NOT NULL
       AND (OLD.assembled_at, OLD.pages, OLD.lacking) IS DISTINCT FROM (NEW.assembled_at, NEW.pages, NEW.lacking)
    OR OLD.box IS NOT NULL AND OLD.box IS DISTINCT FROM NEW.box
) EXECUTE FUNCTION refuse_change();
CREATE TRIGGER archived_item_is_kept BEFORE DELETE ON agreements_archiveitem
    FOR EACH ROW EXECUTE FUNCTION refuse_change();
REVOKE UPDATE, DELETE, TRUNCATE ON agreements_archiveitem FROM app;
GRANT UPDATE (assembled_at, pages, lacking, box) ON agreements_archiveitem TO app;
"""
GUARDS_BACK = """
GRANT UPDATE, DELETE ON agreements_archiveitem TO app;
DROP TRIGGER archived_item_is_kept ON agreements_archiveitem;
DROP TRIGGER archived_item_never_changes ON agreements_archiveitem;
DROP TRIGGER archive_numbers_have_no_gaps ON agreements_archiveitem;
DROP FUNCTION guard_archive_number;
GRANT DELETE ON agreements_archiveyear TO app;
DROP TRIGGER closed_archive_never_changes ON agreements_archiveyear;
"""
APPEND_ONLY = """
REVOKE UPDATE, DELETE, TRUNCATE ON {table} FROM app;
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON {table} FOR EACH ROW EXECUTE FUNCTION refuse_change();
"""
APPEND_ONLY_BACK = """
DROP TRIGGER append_only ON {table};
GRANT UPDATE, DELETE ON {table} TO app;
"""
KEPT = ["agreements_archiveline", "agreements_archivedpaper"]


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0008_lists"),
        ("agreements", "0024_letters_until_submission"),
        ("core", "0010_forgotten_files"),
    ]

    operations = [
        migrations.CreateModel(
            name="ArchiveYear",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("year", models.PositiveSmallIntegerField(unique=True, verbose_name="年度")),
                ("note", models.TextField(blank=True, verbose_name="情况说明")),
                ("prepared_on", models.DateField(verbose_name="整理日期")),
                ("closed_on", models.DateField(blank=True, null=True, verbose_name="归档日期")),
                ("fonds", models.CharField(blank=True, max_length=10, verbose_name="全宗号")),
                ("office", models.CharField(blank=True, max_length=10, verbose_name="机构（问题）代码")),
                ("office_name", models.CharField(blank=True, max_length=30, verbose_name="机构（问题）")),
                ("box_pages", models.PositiveSmallIntegerField(blank=True, null=True, verbose_name="每盒页数")),
                (
                    "closed_by",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="accounts.membership",
                        verbose_name="检查人",
                    ),
                ),
                (
                    "prepared_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="accounts.membership",
                        verbose_name="整理人",
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="ArchivePackage",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("asked_at", models.DateTimeField(auto_now_add=True, verbose_name="时间")),
                ("items", models.PositiveIntegerField(verbose_name="件数")),
                ("made_at", models.DateTimeField(blank=True, null=True)),
                ("path", models.CharField(blank=True, max_length=200)),
                ("sha256", models.CharField(blank=True, max_length=64)),
                (
                    "asked_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="accounts.membership",
                        verbose_name="办理人",
                    ),
                ),
                (
                    "archive",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="packages",
                        to="agreements.archiveyear",
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="ArchiveItem",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "retention",
                    models.CharField(
                        choices=[("Y", "永久"), ("D30", "30年"), ("D10", "10年")], max_length=3, verbose_name="保管期限"
                    ),
                ),
                ("number", models.PositiveSmallIntegerField(verbose_name="件号")),
                ("code", models.CharField(max_length=60, unique=True, verbose_name="档号")),
                ("title", models.CharField(max_length=200, verbose_name="题名")),
                ("responsible", models.TextField(verbose_name="责任者")),
                ("document_numbers", models.TextField(verbose_name="文号")),
                ("dated", models.DateField(verbose_name="日期")),
                ("added_on", models.DateField(verbose_name="归档日期")),
                ("assembled_at", models.DateTimeField(blank=True, null=True)),
                ("pages", models.PositiveIntegerField(blank=True, null=True, verbose_name="页数")),
                ("lacking", models.TextField(blank=True, verbose_name="缺少的材料")),
                ("box", models.PositiveSmallIntegerField(blank=True, null=True, verbose_name="盒号")),
                (
                    "supplements",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="supplements_of",
                        to="agreements.archiveitem",
                        verbose_name="补充",
                    ),
                ),
                (
                    "archive",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="items", to="agreements.archiveyear"
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="ArchivedPaper",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("number", models.PositiveSmallIntegerField(verbose_name="序号")),
                ("source", models.CharField(max_length=40, unique=True)),
                ("title", models.CharField(max_length=80, verbose_name="材料")),
                (
                    "agreement",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="agreements.agreement"
                    ),
                ),
                (
                    "file",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="core.storedfile"
                    ),
                ),
                (
                    "item",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="papers", to="agreements.archiveitem"
                    ),
                ),
            ],
            options={
                "ordering": ["number"],
                "constraints": [
                    models.UniqueConstraint(fields=("item", "number"), name="paper_stands_once_in_an_item")
                ],
            },
        ),
        migrations.CreateModel(
            name="ArchiveLine",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("is_first", models.BooleanField()),
                (
                    "agreement",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="archive_lines",
                        to="agreements.agreement",
                    ),
                ),
                (
                    "item",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="lines", to="agreements.archiveitem"
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("is_first", True)),
                        fields=("agreement",),
                        name="agreement_archived_once",
                        violation_error_message="这份协议已经归档。",
                    ),
                    models.UniqueConstraint(fields=("item", "agreement"), name="agreement_once_in_an_item"),
                ],
            },
        ),
        migrations.AddConstraint(
            model_name="archiveyear",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("box_pages", None), ("closed_by", None), ("closed_on", None)),
                    models.Q(
                        ("box_pages__isnull", False),
                        ("closed_by__isnull", False),
                        ("closed_on__isnull", False),
                        models.Q(("fonds", ""), _negated=True),
                    ),
                    _connector="OR",
                ),
                name="archive_closed_when_and_by_whom",
                violation_error_message="归档须同时有检查人、日期和档号的组成。",
            ),
        ),
        migrations.AddConstraint(
            model_name="archiveyear",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("closed_by", None),
                    models.Q(("closed_by", models.F("prepared_by")), _negated=True),
                    _connector="OR",
                ),
                name="archive_checked_by_another",
                violation_error_message="归档的整理人和检查人不能是同一人。",
            ),
        ),
        migrations.AddConstraint(
            model_name="archiveyear",
            constraint=models.CheckConstraint(
                condition=models.Q(("closed_on", None), ("closed_on__gte", models.F("prepared_on")), _connector="OR"),
                name="archive_closed_after_it_was_prepared",
                violation_error_message="归档日期不能早于整理日期。",
            ),
        ),
        migrations.AddConstraint(
            model_name="archiveyear",
            constraint=models.CheckConstraint(
                condition=models.Q(("prepared_on__year__gt", models.F("year"))),
                name="archive_prepared_after_its_year",
                violation_error_message="年度结束后才能归档。",
            ),
        ),
        migrations.AddConstraint(
            model_name="archivepackage",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("made_at", None), ("path", "")),
                    models.Q(models.Q(("path", ""), _negated=True), ("made_at__isnull", False)),
                    _connector="OR",
                ),
                name="archive_package_made_at_its_time",
                violation_error_message="归档压缩包须记录生成时间。",
            ),
        ),
        migrations.AddConstraint(
            model_name="archiveitem",
            constraint=models.UniqueConstraint(
                fields=("archive", "retention", "number"),
                name="archive_number_given_once",
                violation_error_message="这个件号已经使用。",
            ),
        ),
        migrations.AddConstraint(
            model_name="archiveitem",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("assembled_at", None), ("box", None), ("pages", None)),
                    models.Q(("assembled_at__isnull", False), ("pages__isnull", False)),
                    _connector="OR",
                ),
                name="archive_pages_counted_when_assembled",
                violation_error_message="整理完的件须有页数。",
            ),
        ),
        migrations.RunSQL(GUARDS, GUARDS_BACK),
        *(migrations.RunSQL(APPEND_ONLY.format(table=table), APPEND_ONLY_BACK.format(table=table)) for table in KEPT),
    ]
