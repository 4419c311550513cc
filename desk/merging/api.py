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
from desk.merging import people, queries, services
from specialists.models import Specialist


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


class Merges(HatAPI):
    @extend_schema(summary="可能重复的派驻单位", responses=PairSerializer(many=True))
    def get(self, request: Request) -> Response:
        return Response(PairSerializer(queries.candidates(), many=True).data)

    @extend_schema(
        summary="合并两个派驻单位", request=NewMerge, responses={201: MergeSerializer, 422: RefusalSerializer}
    )
    def post(self, request: Request) -> Response:
        given = self.given(NewMerge)
        survivor, loser = (self._host(given[name], name) for name in ("survivor", "loser"))
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

    def _host(self, pk: int, name: str) -> Organization:
        seen = Organization.objects.visible_to(self.membership).hosts()
        unit = seen.filter(pk=pk).first() if 0 < pk < 1 << 63 else None
        if unit is None:
            raise serializers.ValidationError({name: ["没有这个派驻单位。"]})
        return unit


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
        survivor, loser = (self._person(given[name], name) for name in ("survivor", "loser"))
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

    def _person(self, pk: int, name: str) -> Specialist:
        seen = Specialist.objects.visible_to(self.membership).filter(merged_into=None)
        person = seen.filter(pk=pk).first() if 0 < pk < 1 << 63 else None
        if person is None:
            raise serializers.ValidationError({name: ["没有这条人员记录。"]})
        return person


urlpatterns = [
    path("merges/", Merges.as_view(), name="merge-list"),
    path("merges/people/", PersonMerges.as_view(), name="merge-people-list"),
]
