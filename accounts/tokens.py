"""How a token of the interface is recognised (settings.REST_FRAMEWORK)."""

from typing import Any

from drf_spectacular.extensions import OpenApiAuthenticationExtension
from drf_spectacular.plumbing import build_bearer_security_scheme_object
from knox.auth import TokenAuthentication
from rest_framework.exceptions import AuthenticationFailed
from rest_framework.request import Request


class HatTokenAuthentication(TokenAuthentication):
    """Knox's tokens, refused in Chinese; a header of bytes that are no text is a wrong token, not an error."""

    def authenticate(self, request: Request) -> Any:
        try:
            return super().authenticate(request)
        except (AuthenticationFailed, ValueError):  # ValueError: bytes that are no text, or NUL
            raise AuthenticationFailed("令牌无效或已过期，请重新创建令牌。") from None


class TokenScheme(OpenApiAuthenticationExtension):
    """What the schema says about it."""

    target_class = "accounts.tokens.HatTokenAuthentication"
    name = "令牌"

    def get_security_definition(self, auto_schema: Any) -> dict[str, Any]:
        return build_bearer_security_scheme_object(header_name="Authorization", token_prefix="Token")
