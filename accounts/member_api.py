"""/api/v1/memberships/ and invitations/: who wears which hat, letting people in, taking a hat away."""

from typing import Any

from django.urls import path
from django.utils.timezone import localdate, now
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from accounts import api, leaving, services
from accounts.enums import Role
from accounts.forms import EndForm, InviteForm
from accounts.models import Invitation, Membership, Organization
from accounts.rules import INSTITUTION_INVITES


class MembershipSerializer(serializers.Serializer[Any]):
    """One hat that is worn."""

    id = serializers.IntegerField()
    name = serializers.CharField(source="person.name")
    username = serializers.CharField(source="person.username")
    organization = serializers.IntegerField(source="organization_id")
    organization_name = serializers.CharField(source="organization.name")
    role = serializers.CharField()
    role_label = serializers.CharField(source="get_role_display")
    since = serializers.DateField()
    until = serializers.DateField(allow_null=True)
    ended_at = serializers.DateTimeField(allow_null=True)


class WorkSerializer(serializers.Serializer[Any]):
    """Something under way that hangs on the hat; what is personal needs a colleague who takes it over."""

    label = serializers.CharField()  # type: ignore[assignment]  # DRF's fields have one too
    count = serializers.IntegerField()
    note = serializers.CharField()
    is_personal = serializers.BooleanField()


class Ending(serializers.Serializer[Any]):
    to = serializers.IntegerField(allow_null=True, default=None, help_text="接手同事的身份编号")
    reason = serializers.CharField(max_length=200, allow_blank=True, default="")


class InvitationSerializer(serializers.Serializer[Any]):
    id = serializers.IntegerField()
    organization = serializers.IntegerField(source="organization_id")
    role = serializers.CharField()
    name = serializers.CharField()
    email = serializers.CharField()
    expires_at = serializers.DateTimeField()
    is_open = serializers.SerializerMethodField()

    def get_is_open(self, invitation: Invitation) -> bool:
        return invitation.accepted_at is None and invitation.expires_at > now()


class NewInvitation(serializers.Serializer[Any]):
    organization = serializers.IntegerField(allow_null=True, default=None, help_text="市科技局邀请时填写单位编号")
    role = serializers.ChoiceField(choices=Role.choices)
    name = serializers.CharField(max_length=30)
    email = serializers.CharField(max_length=254)


class Memberships(api.HatAPI):
    @extend_schema(
        summary="在用的身份（按编号倒序）", parameters=[api.AFTER], responses=MembershipSerializer(many=True)
    )
    def get(self, request: Request) -> Response:
        rows = Membership.objects.visible_to(self.membership).active(on=localdate())
        related = rows.select_related("person", "organization")
        return Response(MembershipSerializer(self.page_of(related, size=api.PAGE), many=True).data)


class EndMembership(api.HatAPI):
    subject: Membership

    @extend_schema(summary="终止身份之前：未办结的事项", responses=WorkSerializer(many=True))
    def get(self, request: Request, pk: int) -> Response:
        return Response(WorkSerializer(leaving.open_work(self.subject, on=localdate()), many=True).data)

    @extend_schema(
        summary="终止身份，须由本人办理的事项同时交接",
        request=Ending,
        responses={200: MembershipSerializer, 422: api.RefusalSerializer},
    )
    def post(self, request: Request, pk: int) -> Response:
        today, given = localdate(), self.given(Ending)
        form = EndForm(
            {name: value for name, value in given.items() if value is not None},
            colleagues=leaving.colleagues(self.subject, on=today),
            asks=True,
        )
        ended = services.end_membership(self.subject, by=self.membership, on=today, **api.cleaned(form))
        return Response(MembershipSerializer(ended).data)


class Invitations(api.HatAPI):
    @extend_schema(
        summary="待接受的邀请（按编号倒序）", parameters=[api.AFTER], responses=InvitationSerializer(many=True)
    )
    def get(self, request: Request) -> Response:
        rows = Invitation.objects.visible_to(self.membership).open(at=now())
        return Response(InvitationSerializer(self.page_of(rows, size=api.PAGE), many=True).data)

    @extend_schema(
        summary="邀请成员", request=NewInvitation, responses={201: InvitationSerializer, 422: api.RefusalSerializer}
    )
    def post(self, request: Request) -> Response:
        hat, given = self.membership, self.given(NewInvitation)
        anybody = hat.role == Role.BUREAU_ADMIN
        roles = [role for role in Role if role != Role.SPECIALIST and (anybody or role in INSTITUTION_INVITES)]
        units = Organization.objects.visible_to(hat) if anybody else None
        typed = api.cleaned(InviteForm({k: v for k, v in given.items() if v is not None}, roles=roles, units=units))
        unit = typed.pop("organization", None) or hat.organization
        invitation = services.invite(unit, by=hat, **{**typed, "role": Role(typed["role"])})
        return Response(InvitationSerializer(invitation).data, status=201)


class InviteAgain(api.HatAPI):
    subject: Invitation

    @extend_schema(
        summary="重新发送邀请", request=None, responses={201: InvitationSerializer, 422: api.RefusalSerializer}
    )
    def post(self, request: Request, pk: int) -> Response:
        invitation = services.invite_again(self.subject, by=self.membership)
        return Response(InvitationSerializer(invitation).data, status=201)


class WithdrawInvitation(api.HatAPI):
    subject: Invitation

    @extend_schema(summary="撤回邀请", request=None, responses={204: None, 422: api.RefusalSerializer})
    def post(self, request: Request, pk: int) -> Response:
        services.withdraw_invitation(self.subject, by=self.membership)
        return Response(status=204)


urlpatterns = [
    path("memberships/", Memberships.as_view(), name="membership-list"),
    path("memberships/<int:pk>/end/", EndMembership.as_view(), name="membership-end"),
    path("invitations/", Invitations.as_view(), name="invitation-list"),
    path("invitations/<int:pk>/again/", InviteAgain.as_view(), name="invitation-again"),
    path("invitations/<int:pk>/withdraw/", WithdrawInvitation.as_view(), name="invitation-withdraw"),
]
