"""A Django service whose people sign in by mozilla-django-oidc; the lines of docs/integrate.md."""

import json
import os

ISSUER, BASE_URL = os.environ["ISSUER"], os.environ["BASE_URL"]

OIDC_RP_CLIENT_ID = os.environ["CLIENT_ID"]
OIDC_RP_CLIENT_SECRET = os.environ["CLIENT_SECRET"]
OIDC_RP_SIGN_ALGO = "RS256"
OIDC_RP_SCOPES = "openid profile email"
OIDC_OP_AUTHORIZATION_ENDPOINT = f"{ISSUER}/authorize"
OIDC_OP_TOKEN_ENDPOINT = f"{ISSUER}/token"
OIDC_OP_USER_ENDPOINT = f"{ISSUER}/userinfo"
OIDC_OP_JWKS_ENDPOINT = f"{ISSUER}/jwks"
OIDC_OP_ISSUER = ISSUER
OIDC_USE_PKCE = True
OIDC_STORE_ID_TOKEN = True
if os.environ["IS_MARKED"]:
    OIDC_AUTH_REQUEST_EXTRA_PARAMS = {
        "claims": json.dumps({"userinfo": {"email": {"essential": True}}})
    }
OIDC_OP_LOGOUT_URL_METHOD = "service.sign_out_url"
ALLOW_LOGOUT_GET_METHOD = True
AUTHENTICATION_BACKENDS = ["service.OneDoorBackend"]
LOGIN_REDIRECT_URL = "/"
LOGIN_REDIRECT_URL_FAILURE = "/not-signed-in"
LOGOUT_REDIRECT_URL = "/"

SECRET_KEY = os.environ["CLIENT_SECRET"]
ALLOWED_HOSTS = ["127.0.0.1"]
ROOT_URLCONF = "service"
INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "mozilla_django_oidc",
]
MIDDLEWARE = [
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
]
DATABASES = {
    "default": {
        "ENGINE": "django.db.backends.sqlite3",
        "NAME": f"{os.environ['FOLDER']}/people.sqlite3",
    }
}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
USE_TZ = True
