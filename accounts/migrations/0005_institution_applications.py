"""A unit applies by itself to become a dispatching institution."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0004_flags_by_year"),
        ("core", "0005_bigrams"),
    ]

    operations = [
        migrations.CreateModel(
            name="InstitutionApplication",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("uscc", models.CharField(max_length=18, verbose_name="统一社会信用代码")),
                ("name", models.CharField(max_length=100, verbose_name="单位名称")),
                (
                    "type",
                    models.CharField(
                        choices=[
                            ("university", "高等院校"),
                            ("research_institute", "科研院所"),
                            ("tech_service", "科技服务机构"),
                            ("enterprise", "企业"),
                            ("other", "其他"),
                        ],
                        max_length=20,
                        verbose_name="单位类型",
                    ),
                ),
                ("address", models.CharField(blank=True, max_length=200, verbose_name="地址")),
                ("contact_name", models.CharField(max_length=30, verbose_name="联系人")),
                ("contact_phone", models.CharField(max_length=30, verbose_name="联系电话")),
                ("contact_email", models.EmailField(blank=True, max_length=254, verbose_name="联系邮箱")),
                ("admin_name", models.CharField(max_length=30, verbose_name="管理员姓名")),
                ("admin_email", models.EmailField(max_length=254, verbose_name="管理员邮箱")),
                ("admin_phone", models.CharField(max_length=30, verbose_name="管理员手机号")),
                (
                    "status",
                    models.CharField(
                        choices=[
                            ("unconfirmed", "待确认邮箱"),
                            ("submitted", "待审核"),
                            ("returned", "退回补正"),
                            ("approved", "已通过"),
                            ("refused", "不予通过"),
                        ],
                        default="unconfirmed",
                        max_length=12,
                        verbose_name="状态",
                    ),
                ),
                ("opinion", models.CharField(blank=True, max_length=300, verbose_name="意见")),
                ("source", models.CharField(max_length=64)),
                ("token_digest", models.CharField(blank=True, max_length=64, null=True, unique=True)),
                ("link_expires_at", models.DateTimeField(blank=True, null=True)),
                ("applied_at", models.DateTimeField(auto_now_add=True, verbose_name="申请时间")),
                ("submitted_on", models.DateField(blank=True, null=True, verbose_name="提交日期")),
                ("decided_on", models.DateField(blank=True, null=True, verbose_name="办结日期")),
                ("version", models.PositiveIntegerField(default=1)),
                (
                    "decided_by",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="accounts.membership",
                    ),
                ),
                (
                    "district",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        to="accounts.district",
                        verbose_name="所在县（市、区）",
                    ),
                ),
                (
                    "letter",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="core.storedfile",
                        verbose_name="盖章申请书",
                    ),
                ),
                (
                    "organization",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="applications",
                        to="accounts.organization",
                    ),
                ),
            ],
            options={
                "indexes": [
                    models.Index(fields=["status", "-id"], name="applications_by_status"),
                    models.Index(fields=["source", "applied_at"], name="applications_by_source"),
                ],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("status", "unconfirmed"), ("submitted_on", None)),
                            models.Q(
                                models.Q(("status", "unconfirmed"), _negated=True), ("submitted_on__isnull", False)
                            ),
                            _connector="OR",
                        ),
                        name="application_submitted_with_its_day",
                        violation_error_message="已提交的申请须有提交日期。",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(
                                ("decided_by__isnull", False),
                                ("decided_on__isnull", False),
                                ("status__in", ("approved", "refused")),
                            ),
                            models.Q(
                                models.Q(("status__in", ("approved", "refused")), _negated=True),
                                ("decided_by", None),
                                ("decided_on", None),
                            ),
                            _connector="OR",
                        ),
                        name="application_decided_when_and_by_whom",
                        violation_error_message="办结的申请须同时有办理人和日期。",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("organization__isnull", False), ("status", "approved")),
                            models.Q(models.Q(("status", "approved"), _negated=True), ("organization", None)),
                            _connector="OR",
                        ),
                        name="application_approved_with_its_unit",
                        violation_error_message="通过的申请须对应一个派出单位。",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("status__in", ["returned", "refused"]), _negated=True),
                            models.Q(("opinion", ""), _negated=True),
                            _connector="OR",
                        ),
                        name="application_sent_back_with_an_opinion",
                        violation_error_message="退回或不予通过须写明意见。",
                    ),
                ],
            },
        ),
    ]
