from django.urls import include, path

from accounts.views import account, members, session, units

app_name = "accounts"
urlpatterns = [
    path("", include("accounts.districts.urls")),
    path("", include("accounts.joining.urls")),
    path("", include("accounts.lists.urls")),
    path("sign-in/", session.sign_in, name="sign-in"),
    path("sign-out/", session.sign_out, name="sign-out"),
    path("account/", account.account, name="account"),
    path("account/password/", account.change_password, name="password"),
    path("account/hat/", session.change_hat, name="change-hat"),
    path("account/tokens/", account.tokens, name="tokens"),
    path("account/tokens/<int:pk>/delete/", account.delete_token, name="token-delete"),
    path("invitation/<str:token>/", members.accept, name="accept"),
    path("members/", members.members, name="members"),
    path("members/invite/", members.invite, name="invite"),
    path("members/<int:pk>/end/", members.end, name="membership-end"),
    path("invitations/<int:pk>/withdraw/", members.withdraw, name="invitation-withdraw"),
    path("invitations/<int:pk>/again/", members.invite_again, name="invitation-again"),
    path("organizations/", units.organizations, name="organizations"),
    path("organizations/flags/", units.host_flags, name="host-flags"),
    path("organizations/new-host/", units.new_host, name="host-new"),
    path("organizations/new-institution/", units.new_institution, name="institution-new"),
    path("organizations/<int:pk>/", units.organization, name="organization"),
    path("organizations/<int:pk>/unit/", units.change_unit, name="unit-change"),
    path("organizations/<int:pk>/host/", units.change_host, name="host-change"),
    path("organizations/<int:pk>/verify/", units.verify_flags, name="host-verify"),
    path("organizations/<int:pk>/return-flags/", units.return_flags, name="flags-return"),
    path("permissions/", units.permissions, name="permissions"),
]
