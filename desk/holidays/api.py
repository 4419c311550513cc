"""/api/v1/holidays/: the years whose arrangement is known, by days; the bureau's own programs enter one."""

from typing import Any

from django.urls import path
from django.utils.timezone import localdate
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.api import HatAPI, RefusalSerializer
from core import calendar, holidays
from core.forms import no_control_characters, no_line_breaks
from core.holidays import Arrangement, Span
from core.models import HolidayYear

ONE_LINE = (no_control_characters, no_line_breaks)


class HolidaySerializer(serializers.Serializer[Any]):
    """First and last day, both included."""

    name = serializers.CharField(max_length=20, validators=ONE_LINE)
    first = serializers.DateField()
    last = serializers.DateField()


class HolidayYearSerializer(serializers.Serializer[Any]):
    """`worked`: Saturdays and Sundays worked in exchange. `version` 0: as the platform was delivered."""

    year = serializers.IntegerField()
    source = serializers.CharField(read_only=True)  # type: ignore[assignment]  # DRF's fields have one too
    free = HolidaySerializer(many=True)
    worked = serializers.ListField(child=serializers.DateField())
    version = serializers.IntegerField()


class NewHolidayYear(serializers.Serializer[Any]):
    year = serializers.IntegerField(help_text="本年度或下一年度")
    document_number = serializers.CharField(
        max_length=60, validators=ONE_LINE, help_text="通知的文号，如：国办发明电〔2025〕7号"
    )
    free = serializers.ListField(child=HolidaySerializer(), help_text="各节日放假的起止日期，含首尾两日", max_length=20)
    worked = serializers.ListField(child=serializers.DateField(), help_text="调休上班的周六、周日", max_length=31)
    version = serializers.IntegerField(min_value=0, default=0, help_text="所看到的版本；尚未录入的为0")


class Holidays(HatAPI):
    @extend_schema(summary="放假安排", responses=HolidayYearSerializer(many=True))
    def get(self, request: Request) -> Response:
        return Response([told(year) for year in sorted(calendar.years())])

    @extend_schema(
        summary="录入一年的放假安排",
        request=NewHolidayYear,
        responses={200: HolidayYearSerializer, 409: None, 422: RefusalSerializer},
    )
    def post(self, request: Request) -> Response:
        given = self.given(NewHolidayYear)
        spans = tuple(Span(**one) for one in given["free"])
        kept = holidays.enter_holidays(
            Arrangement(given["year"], spans, tuple(sorted(given["worked"]))),
            document_number=given["document_number"],
            by=self.membership,
            on=localdate(),
            version=given["version"],
        )
        return Response(told(kept.pk))


def told(year: int) -> dict[str, Any]:
    known = calendar.years()[year]
    kept = HolidayYear.objects.filter(pk=year).values_list("version", flat=True).first()
    spans = holidays.spans_of(known.free.items())
    return HolidayYearSerializer(
        {"year": year, "source": known.source, "free": spans, "worked": sorted(known.worked), "version": kept or 0}
    ).data


urlpatterns = [path("holidays/", Holidays.as_view(), name="holiday-list")]
