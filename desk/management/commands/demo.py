from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.utils.timezone import localdate

from accounts.models import User
from desk.demo import cast, season


class Command(BaseCommand):
    help = "Fill an empty database with a season of invented people, and print their accounts. Does nothing otherwise."

    def handle(self, *args: Any, **options: Any) -> None:
        if not settings.DEMO:
            raise CommandError("this installation is no demonstration (DEMO=1)")
        if User.objects.exists():
            return
        self.stdout.write(f"演示账号（密码均为 {cast.PASSWORD}）")
        for account in season.load(on=localdate()):
            self.stdout.write(f"{account.username:<10}{account.role}　{account.name}　{account.unit}")
