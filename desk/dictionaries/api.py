"""/api/v1/terms/: the words of the dictionaries, with how many records use each."""

from typing import Any

from django.urls import path
from django.utils.timezone import localdate
from drf_spectacular.utils import OpenApiParameter, OpenApiTypes, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.api import HatAPI, RefusalSerializer, cleaned
from core import dictionaries
from core.enums import Dictionary
from core.models import Term
from desk.dictionaries import keeping, queries
from desk.dictionaries.forms import (
    AliasForm,
    ArrangeForm,
    NewTermForm,
    RenameForm,
    RetireForm,
    dictionary_in,
    groups_of,
)


class TermSerializer(serializers.Serializer[Any]):
    """One word; `retired_on` is the first day on which it is not offered."""

    id = serializers.IntegerField()
    dictionary = serializers.CharField()
    code = serializers.CharField()
    label = serializers.CharField()  # type: ignore[assignment]  # DRF's fields have one too
    group = serializers.CharField()
    order = serializers.IntegerField()
    valid_from = serializers.DateField(allow_null=True)
    retired_on = serializers.DateField(allow_null=True)
    successor = serializers.IntegerField(source="successor_id", allow_null=True)
    aliases = serializers.SerializerMethodField()
    version = serializers.IntegerField()

    def get_aliases(self, term: Term) -> list[str]:
        return [alias.word for alias in term.aliases.all()]


class NewTerm(serializers.Serializer[Any]):
    dictionary = serializers.ChoiceField(choices=Dictionary.choices)
    label = serializers.CharField(max_length=60)  # type: ignore[assignment]  # DRF's fields have one too
    group = serializers.CharField(max_length=30)


class Arrangement(serializers.Serializer[Any]):
    group = serializers.CharField(max_length=30)
    order = serializers.IntegerField(min_value=0, max_value=100_000)
    version = serializers.IntegerField(min_value=1)


class NewName(serializers.Serializer[Any]):
    label = serializers.CharField(max_length=60)  # type: ignore[assignment]  # DRF's fields have one too
    version = serializers.IntegerField(min_value=1)


class Retirement(serializers.Serializer[Any]):
    reason = serializers.CharField(max_length=200)
    successor = serializers.IntegerField(allow_null=True, default=None)


class NewAlias(serializers.Serializer[Any]):
    word = serializers.CharField(max_length=60)


class Terms(HatAPI):
    @extend_schema(
        summary="字典用词（按字典筛选）",
        parameters=[OpenApiParameter("of", str, enum=Dictionary.values, description="字典，默认专业领域")],
        responses=TermSerializer(many=True),
    )
    def get(self, request: Request) -> Response:
        rows = Term.objects.visible_to(self.membership)
        rows = rows.filter(dictionary=dictionary_in(self.choice("of", Dictionary.values))).prefetch_related("aliases")
        return Response(TermSerializer(rows, many=True).data)

    @extend_schema(summary="新增用词", request=NewTerm, responses={201: TermSerializer, 422: RefusalSerializer})
    def post(self, request: Request) -> Response:
        given = self.given(NewTerm)
        of = Dictionary(given.pop("dictionary"))
        typed = cleaned(NewTermForm(given, groups=groups_of(of)))
        term, _ = keeping.add_term(of, by=self.membership, on=localdate(), **typed)
        return Response(TermSerializer(term).data, status=201)


class TermDetail(HatAPI):
    subject: Term

    @extend_schema(
        summary="调整分组和次序",
        request=Arrangement,
        responses={200: TermSerializer, 409: None, 422: RefusalSerializer},
    )
    def patch(self, request: Request, pk: int) -> Response:
        given = self.given(Arrangement)
        version = given.pop("version")
        typed = cleaned(ArrangeForm(given, groups=groups_of(self.subject.dictionary)))
        term, _ = keeping.arrange_term(self.subject, by=self.membership, on=localdate(), version=version, **typed)
        return Response(TermSerializer(term).data)

    @extend_schema(summary="删除没有记录使用的用词", responses={204: None, 422: RefusalSerializer})
    def delete(self, request: Request, pk: int) -> Response:
        dictionaries.delete_term(self.subject, uses=queries.uses_of, by=self.membership)
        return Response(status=204)


class RenameTerm(HatAPI):
    subject: Term

    @extend_schema(
        summary="改名（原来的用词留作别名）",
        request=NewName,
        responses={200: TermSerializer, 409: None, 422: RefusalSerializer},
    )
    def post(self, request: Request, pk: int) -> Response:
        given = self.given(NewName)
        version = given.pop("version")
        typed = cleaned(RenameForm(given))
        term, _ = keeping.rename_term(self.subject, by=self.membership, on=localdate(), version=version, **typed)
        return Response(TermSerializer(term).data)


class RetireTerm(HatAPI):
    subject: Term

    @extend_schema(summary="停用", request=Retirement, responses={200: TermSerializer, 422: RefusalSerializer})
    def post(self, request: Request, pk: int) -> Response:
        given = {name: value for name, value in self.given(Retirement).items() if value is not None}
        typed = cleaned(RetireForm(given, successors=Term.objects.filter(dictionary=self.subject.dictionary)))
        term = dictionaries.retire_term(self.subject, by=self.membership, on=localdate(), **typed)
        return Response(TermSerializer(term).data)


class ReviveTerm(HatAPI):
    subject: Term

    @extend_schema(summary="恢复使用", request=None, responses={200: TermSerializer, 422: RefusalSerializer})
    def post(self, request: Request, pk: int) -> Response:
        return Response(TermSerializer(dictionaries.revive_term(self.subject, by=self.membership)).data)


class TermAliases(HatAPI):
    subject: Term

    @extend_schema(summary="增加别名", request=NewAlias, responses={201: TermSerializer, 422: RefusalSerializer})
    def post(self, request: Request, pk: int) -> Response:
        typed = cleaned(AliasForm(self.given(NewAlias)))
        keeping.add_alias(self.subject, by=self.membership, on=localdate(), **typed)
        return Response(TermSerializer(self.subject).data, status=201)


class RemoveAlias(HatAPI):
    subject: Term

    @extend_schema(summary="删除别名", request=NewAlias, responses={200: TermSerializer, 422: RefusalSerializer})
    def post(self, request: Request, pk: int) -> Response:
        word = self.given(NewAlias)["word"]
        alias = self.subject.aliases.filter(word=word).first()
        if alias is None:
            raise serializers.ValidationError({"word": [f"“{self.subject}”没有别名“{word}”。"]})
        dictionaries.remove_alias(alias, by=self.membership)
        return Response(TermSerializer(self.subject).data)


class TermUses(HatAPI):
    @extend_schema(
        summary="各用词的记录数",
        parameters=[OpenApiParameter("of", str, enum=Dictionary.values, description="字典，默认专业领域")],
        responses=OpenApiTypes.OBJECT,
    )
    def get(self, request: Request) -> Response:
        return Response(dict(queries.uses(dictionary_in(self.choice("of", Dictionary.values)))))


urlpatterns = [
    path("terms/", Terms.as_view(), name="term-list"),
    path("terms/uses/", TermUses.as_view(), name="term-uses"),
    path("terms/<int:pk>/", TermDetail.as_view(), name="term-detail"),
    path("terms/<int:pk>/rename/", RenameTerm.as_view(), name="term-rename"),
    path("terms/<int:pk>/retire/", RetireTerm.as_view(), name="term-retire"),
    path("terms/<int:pk>/revive/", ReviveTerm.as_view(), name="term-revive"),
    path("terms/<int:pk>/aliases/", TermAliases.as_view(), name="term-alias"),
    path("terms/<int:pk>/aliases/remove/", RemoveAlias.as_view(), name="term-alias-remove"),
]
