"""What endpoints take: the services, the desk, and who is asking.

Asynchronous where nothing blocks: FastAPI sends every other one to a thread and back.
"""

import hmac
from typing import Annotated

from fastapi import Depends, Request
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import Response

from bot.bootstrap import Services
from bot.clinic import people
from bot.clinic.clinic import Clinic
from bot.errors import Invalid, NotAllowed, Unauthenticated
from bot.rules.people import NOBODY, TOKEN_PREFIX, Caller
from handlers.web.desk import Desk
from retrieval.protocols import Principal, Role

AS_HEADER = "x-wenzhen-as"  # the role that a command on this machine speaks in
LOGIN = "wenzhen_login"  # the cookie of a browser that signed in
LOGIN_S = 30 * 24 * 3600
CSRF_HEADER = "x-csrf"
CSRF_FIELD = "csrf"
SAFE = frozenset({"GET", "HEAD", "OPTIONS"})
FORMS = ("application/x-www-form-urlencoded", "multipart/form-data")
UNKNOWN = "这个口令无效或已停用，请重新登录，或去掉口令以公众身份提问。"


async def services_of(request: Request) -> Services:
    """The services that this application was made with."""
    services: Services = request.app.state.services
    return services


async def desk_of(request: Request) -> Desk:
    """Where questions queue."""
    desk: Desk = request.app.state.desk
    return desk


Wired = Annotated[Services, Depends(services_of)]
AskDesk = Annotated[Desk, Depends(desk_of)]


async def clinic_of(services: Wired) -> Clinic:
    """The clinic, for its verbs."""
    return services.clinic


Room = Annotated[Clinic, Depends(clinic_of)]


# --- who is asking --------------------------------------------------------------------------------------------------------------------


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


async def resolve_caller(request: Request, services: Wired) -> Caller:
    """Who is asking: the holder of a token, whoever signed in with this browser, the operator with the directory's secret, or nobody.

    Raises:
        Unauthenticated: nobody holds this token.
        NotAllowed: a form or script of another page tries to act in the name of who signed in here.
        Invalid: the operator names a role that does not exist.
    """
    token = token_of(request)
    if token is None:
        return await _signed_in(request, services)
    if is_secret(token, services.secret):
        return Caller(_operator(request.headers.get(AS_HEADER)))
    if not token.startswith(TOKEN_PREFIX):
        raise Unauthenticated(UNKNOWN)
    return await run_in_threadpool(people.caller_of_token, services.clinic, token)


async def _signed_in(request: Request, services: Services) -> Caller:
    cookie = request.cookies.get(LOGIN)
    if not cookie:
        return NOBODY
    found = await run_in_threadpool(people.caller_of_login, services.clinic, cookie)
    if found is None:
        return NOBODY  # a cookie comes by itself: a dead one must not keep anybody from asking as the public
    caller, csrf = found
    if request.method not in SAFE:
        await _check_csrf(request, csrf)
    request.state.csrf = csrf
    return caller


async def _check_csrf(request: Request, csrf: str) -> None:
    given = request.headers.get(CSRF_HEADER)
    if given is None and request.headers.get("content-type", "").startswith(FORMS):
        field = (await request.form()).get(CSRF_FIELD)
        given = field if isinstance(field, str) else None
    if given is None or not hmac.compare_digest(given.encode(), csrf.encode()):
        raise NotAllowed("这个页面已过期，请刷新后再试一次。")


def caller_now(request: Request, services: Services, before: Caller) -> Caller:
    """Who holds now what a request was made with: a stream may outlive its token. Blocks for a reading of the records.

    Raises:
        Unauthenticated: the token or the login is dead.
    """
    token = token_of(request)
    if token is not None:
        return before if is_secret(token, services.secret) else people.caller_of_token(services.clinic, token)
    cookie = request.cookies.get(LOGIN)
    if before.person is None or cookie is None:
        return before
    found = people.caller_of_login(services.clinic, cookie)
    if found is None:
        raise Unauthenticated(UNKNOWN)
    return found[0]


def csrf_of(request: Request) -> str:
    """The word that forms of this page must carry; empty where nobody signed in. Known once `Who` is resolved."""
    word: str = getattr(request.state, "csrf", "")
    return word


def _operator(role: str | None) -> Role:
    if role is None:
        return Role.ADMIN
    try:
        return Role(role)
    except ValueError:
        raise Invalid(f"身份只能是 {'、'.join(Role)} 之一。") from None


Who = Annotated[Caller, Depends(resolve_caller)]


async def resolve_principal(caller: Who) -> Principal:
    """What retrieval is told of who is asking."""
    return caller.principal


Asker = Annotated[Principal, Depends(resolve_principal)]


async def require_secret(request: Request, services: Wired) -> None:
    """Let only commands of this machine's operator pass; being on loopback is not enough, nor is an administrator's token.

    Raises:
        Unauthenticated: no token, or another one.
        NotAllowed: the operator speaks in somebody else's role.
    """
    token = token_of(request)
    if token is None or not is_secret(token, services.secret):
        raise Unauthenticated("这个操作需要数据目录里的密钥。")
    if _operator(request.headers.get(AS_HEADER)) is not Role.ADMIN:
        raise NotAllowed("以这个身份不能执行此操作。")


# --- the cookie -----------------------------------------------------------------------------------------------------------------------


def set_login(request: Request, response: Response, cookie: str) -> None:
    """Let the browser stay signed in; scripts cannot read the cookie, other sites' forms do not carry it."""
    response.set_cookie(
        LOGIN, cookie, max_age=LOGIN_S, path="/", httponly=True, samesite="lax", secure=request.url.scheme == "https"
    )


def clear_login(request: Request, response: Response) -> None:
    """Let the browser forget it."""
    response.delete_cookie(LOGIN, path="/", httponly=True, samesite="lax", secure=request.url.scheme == "https")


def require_own_page(request: Request) -> None:
    """Refuse a form that another site sent: signing somebody in to a stranger's account needs no cookie to be harmful.

    Raises:
        NotAllowed: the browser says that it came from elsewhere.
    """
    if request.headers.get("sec-fetch-site", "same-origin") not in ("same-origin", "none"):
        raise NotAllowed("请直接在本站的页面上登录。")
