"""The service: who is signed in, and how mozilla-django-oidc knows them."""

from typing import Any
from urllib.parse import urlencode

from django.conf import settings
from django.core.exceptions import SuspiciousOperation
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.urls import include, path
from mozilla_django_oidc.auth import OIDCAuthenticationBackend


class OneDoorBackend(OIDCAuthenticationBackend):
    """What the library leaves open: whose token it is, and that people are known by `sub`."""

    def verify_token(self, token: str, **given: Any) -> dict[str, Any]:
        claims = super().verify_token(token, **given)
        if (claims["iss"], claims["aud"]) != (settings.OIDC_OP_ISSUER, self.OIDC_RP_CLIENT_ID):
            raise SuspiciousOperation("a token of or for somebody else")
        return claims

    def get_userinfo(self, access_token: str, id_token: str, payload: dict[str, Any]) -> Any:
        claims = super().get_userinfo(access_token, id_token, payload)
        if claims["sub"] != payload["sub"]:
            raise SuspiciousOperation("userinfo of another person")
        return claims

    def filter_users_by_claims(self, claims: dict[str, Any]) -> Any:
        return self.UserModel.objects.filter(username=claims["sub"])

    def get_username(self, claims: dict[str, Any]) -> str:
        return claims["sub"]

    def update_user(self, user: Any, claims: dict[str, Any]) -> Any:
        user.email = claims["email"]
        user.save()
        return user


def home(request: HttpRequest) -> HttpResponse:
    if not request.user.is_authenticated:
        return JsonResponse({"error": "nobody is signed in"}, status=401)
    return JsonResponse({"user": request.user.username, "email": request.user.email})


def not_signed_in(_request: HttpRequest) -> HttpResponse:
    return JsonResponse({"error": "not signed in"}, status=401)


def signed_out(_request: HttpRequest) -> HttpResponse:
    return JsonResponse({"signed": "out"})


def sign_out_url(request: HttpRequest) -> str:
    query = {
        "id_token_hint": request.session["oidc_id_token"],
        "post_logout_redirect_uri": f"{settings.BASE_URL}/signed-out",
    }
    return f"{settings.ISSUER}/end_session?{urlencode(query)}"


urlpatterns = [
    path("", home),
    path("not-signed-in", not_signed_in),
    path("signed-out", signed_out),
    path("oidc/", include("mozilla_django_oidc.urls")),
]
