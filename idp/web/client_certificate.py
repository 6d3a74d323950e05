"""The certificate a client showed to the proxy in front of us, believing only named proxies."""

from starlette.requests import HTTPConnection

from idp.kit import clock
from idp.kit.certificates import ClientCertificate, read_certificate
from idp.web.client_ip import is_from_proxy
from idp.web.site import Site


def client_certificate(request: HTTPConnection) -> ClientCertificate | None:
    """The certificate, valid now.

    None unless the settings name the header and the request comes from a trusted proxy: anybody
    else may write into a header what they like.
    """
    mtls = Site.of(request).mtls
    if not mtls.certificate_header or not is_from_proxy(request):
        return None
    sent = request.headers.getlist(mtls.certificate_header)
    content = read_certificate(sent[0]) if len(sent) == 1 else None
    if content is None:
        return None
    said = request.headers.getlist(mtls.verified_header) if mtls.verified_header else []
    certificate = ClientCertificate(content, is_verified=said == ["SUCCESS"])
    return certificate if certificate.is_valid_at(clock.now()) else None
