"""/api/v1/merges/: the likely pairs, and making one host of two, by the services the pages call."""

from typing import Any

from django.urls import path
from django.utils.timezone import localdate
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.api import HatAPI, RefusalSerializer
from accounts.models import Organization
from desk.merging import dismissing, people, queries, services
from desk.merging.models import Dismissal
from specialists.models import Specialist

MOST = 100


class UnitSerializer(serializers.Serializer[Any]):
    id = serializers.IntegerField()
    name = serializers.CharField()
    uscc = serializers.CharField(allow_null=True)
    version = serializers.IntegerField()


class PairSerializer(serializers.Serializer[Any]):
    one = UnitSerializer()
    other = UnitSerializer()
    reasons = serializers.ListField(child=serializers.CharField())


class WhichStays(serializers.Serializer[Any]):
    survivor = serializers.IntegerField(help_text="保留的一方")
    loser = serializers.IntegerField(help_text="并入的一方")
    keep = serializers.DictField(
        child=serializers.ChoiceField(choices=["survivor", "loser"]),
        required=False,
        help_text="不同的字段保留哪一方的值，未写明的保留前者的",
    )
    reason = serializers.CharField(max_length=300)


class NewMerge(WhichStays):
    reasons = serializers.DictField(child=serializers.CharField(), required=False, help_text="按检查编号填写的例外说明")


class Done(serializers.Serializer[Any]):
    id = serializers.IntegerField()
    reason = serializers.CharField()
    kept = serializers.DictField()
    moved = serializers.DictField()
    at = serializers.DateTimeField()


class MergeSerializer(Done):
    survivor = UnitSerializer()
    loser = UnitSerializer()


def _unit(api: HatAPI, pk: int, name: str) -> Organization:
    seen = Organization.objects.visible_to(api.membership).hosts()
    unit = seen.filter(pk=pk).first() if 0 < pk < 1 << 63 else None
    if unit is None:
        raise serializers.ValidationError({name: ["没有这个派驻单位。"]})
    return unit


def _row(api: HatAPI, pk: int, name: str) -> Specialist:
    seen = Specialist.objects.visible_to(api.membership).filter(merged_into=None)
    person = seen.filter(pk=pk).first() if 0 < pk < 1 << 63 else None
    if person is None:
        raise serializers.ValidationError({name: ["没有这条人员记录。"]})
    return person


class Merges(HatAPI):
    @extend_schema(summary="可能重复的派驻单位", responses=PairSerializer(many=True))
    def get(self, request: Request) -> Response:
        return Response(PairSerializer(queries.candidates(), many=True).data)

    @extend_schema(
        summary="合并两个派驻单位", request=NewMerge, responses={201: MergeSerializer, 422: RefusalSerializer}
    )
    def post(self, request: Request) -> Response:
        given = self.given(NewMerge)
        survivor, loser = (_unit(self, given[name], name) for name in ("survivor", "loser"))
        sides = {"survivor": survivor.pk, "loser": loser.pk}
        made = services.merge_hosts(
            survivor,
            loser,
            keep={name: sides[stays] for name, stays in given.get("keep", {}).items()},
            by=self.membership,
            on=localdate(),
            reason=given["reason"],
            reasons=given.get("reasons", {}),
        )
        return Response(MergeSerializer(made).data, status=201)


class PersonSerializer(serializers.Serializer[Any]):
    """A row of a person, by its masked number."""

    id = serializers.IntegerField()
    name = serializers.CharField()
    id_masked = serializers.CharField()
    version = serializers.IntegerField()


class PersonPairSerializer(serializers.Serializer[Any]):
    one = PersonSerializer()
    other = PersonSerializer()
    reasons = serializers.ListField(child=serializers.CharField())


class NewPersonMerge(WhichStays):
    """Nothing about a person passes on a reason."""


class PersonMergeSerializer(Done):
    survivor = PersonSerializer()
    loser = PersonSerializer()


class PersonMerges(HatAPI):
    @extend_schema(summary="可能重复的人员", responses=PersonPairSerializer(many=True))
    def get(self, request: Request) -> Response:
        return Response(PersonPairSerializer(people.candidates(), many=True).data)

    @extend_schema(
        summary="合并两条人员记录",
        request=NewPersonMerge,
        responses={201: PersonMergeSerializer, 422: RefusalSerializer},
    )
    def post(self, request: Request) -> Response:
        given = self.given(NewPersonMerge)
        survivor, loser = (_row(self, given[name], name) for name in ("survivor", "loser"))
        sides = {"survivor": survivor.pk, "loser": loser.pk}
        made = people.merge_people(
            survivor,
            loser,
            keep={name: sides[stays] for name, stays in given.get("keep", {}).items()},
            by=self.membership,
            on=localdate(),
            reason=given["reason"],
        )
        return Response(PersonMergeSerializer(made).data, status=201)


class NewDismissal(serializers.Serializer[Any]):
    kind = serializers.ChoiceField(choices=[("units", "单位"), ("people", "人员")])
    one = serializers.IntegerField()
    other = serializers.IntegerField()
    reason = serializers.CharField(max_length=300)


class DismissalSerializer(serializers.Serializer[Any]):
    """Two that were found to be two; `alike` says what seemed to speak for one."""

    id = serializers.IntegerField()
    one = serializers.CharField()
    other = serializers.CharField()
    alike = serializers.ListField(child=serializers.CharField())
    reason = serializers.CharField()
    by = serializers.CharField(source="by.person")
    at = serializers.DateTimeField()
    undone_at = serializers.DateTimeField(allow_null=True)


class Dismissals(HatAPI):
    @extend_schema(summary="已认定不是同一单位、同一人的", responses=DismissalSerializer(many=True))
    def get(self, request: Request) -> Response:
        rows = Dismissal.objects.visible_to(self.membership).standing().order_by("-pk")[:MOST]
        return Response(DismissalSerializer(rows.select_related("by__person"), many=True).data)

    @extend_schema(
        summary="认定两个单位或两条人员记录不是同一个",
        request=NewDismissal,
        responses={201: DismissalSerializer, 422: RefusalSerializer},
    )
    def post(self, request: Request) -> Response:
        given = self.given(NewDismissal)
        said = {"by": self.membership, "reason": given["reason"]}
        if given["kind"] == "units":
            one, other = (_unit(self, given[name], name) for name in ("one", "other"))
            made = dismissing.dismiss(one, other, likeness=queries.likeness(one, other), **said)
        else:
            row, second = (_row(self, given[name], name) for name in ("one", "other"))
            made = dismissing.dismiss(row, second, likeness=people.likeness(row, second), **said)
        return Response(DismissalSerializer(made).data, status=201)


class UndoDismissal(HatAPI):
    subject: Dismissal

    @extend_schema(
        summary="撤销“不是同一个”的认定", request=None, responses={200: DismissalSerializer, 422: RefusalSerializer}
    )
    def post(self, request: Request, pk: int) -> Response:
        return Response(DismissalSerializer(dismissing.take_back(self.subject, by=self.membership)).data)


urlpatterns = [
    path("merges/dismissals/", Dismissals.as_view(), name="merge-dismissals"),
    path("merges/dismissals/<int:pk>/undo/", UndoDismissal.as_view(), name="merge-dismissal-undo"),
    path("merges/", Merges.as_view(), name="merge-list"),
    path("merges/people/", PersonMerges.as_view(), name="merge-people-list"),
]
