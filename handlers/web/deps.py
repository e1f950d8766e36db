"""What endpoints take: the services, the desk, and who is asking."""

import hmac
from typing import Annotated

from fastapi import Depends, Request

from bot.bootstrap import Services
from bot.errors import Invalid, NotAllowed, Unauthenticated
from handlers.web.desk import Desk
from retrieval.protocols import PUBLIC, Principal, Role

AS_HEADER = "x-wenzhen-as"  # the role that a command on this machine speaks in


def services_of(request: Request) -> Services:
    """The services that this application was made with."""
    services: Services = request.app.state.services
    return services


def desk_of(request: Request) -> Desk:
    """Where questions queue."""
    desk: Desk = request.app.state.desk
    return desk


Wired = Annotated[Services, Depends(services_of)]
AskDesk = Annotated[Desk, Depends(desk_of)]


def token_of(request: Request) -> str | None:
    """The bearer token as given; None without an Authorization header.

    Raises:
        Unauthenticated: the header is there and is not a bearer token.
    """
    header = request.headers.get("authorization")
    if header is None:
        return None
    scheme, _, token = header.partition(" ")
    if scheme.lower() != "bearer" or not token.strip():
        raise Unauthenticated("登录凭据的格式不对，应为 Authorization: Bearer 加口令。")
    return token.strip()


def is_secret(token: str, secret: str) -> bool:
    """Whether the token is this directory's secret; the time taken does not tell how much of it was right."""
    return bool(secret) and hmac.compare_digest(token.encode(), secret.encode())


def resolve_principal(request: Request, services: Wired) -> Principal:
    """Who is asking: the public without a token, this machine's operator with the directory's secret.

    Raises:
        Unauthenticated: nobody holds this token.
        Invalid: the operator names a role that does not exist.
    """
    token = token_of(request)
    if token is None:
        return PUBLIC
    if not is_secret(token, services.secret):
        raise Unauthenticated("这个口令无效或已停用，请重新登录，或去掉口令以公众身份提问。")
    return _operator(request.headers.get(AS_HEADER))


def _operator(role: str | None) -> Principal:
    if role is None:
        return Principal(Role.ADMIN)
    try:
        return Principal(Role(role))
    except ValueError:
        raise Invalid(f"身份只能是 {'、'.join(Role)} 之一。") from None


Asker = Annotated[Principal, Depends(resolve_principal)]


def require_secret(request: Request, services: Wired) -> None:
    """Let only commands of this machine's operator pass; being on loopback is not enough.

    Raises:
        Unauthenticated: no token, or an unknown one.
        NotAllowed: the operator speaks in somebody else's role.
    """
    if token_of(request) is None:
        raise Unauthenticated("这个操作需要数据目录里的密钥。")
    if resolve_principal(request, services).role is not Role.ADMIN:
        raise NotAllowed("以这个身份不能执行此操作。")
