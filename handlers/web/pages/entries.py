"""Entries of the ledger in words: what happened, to what, and who did it, as far as the account is still there. Pure."""

from collections.abc import Iterable, Mapping
from typing import Any

from bot.rules.demands import WORDS as DEMANDS
from bot.rules.packages import WORDS as PACKAGES
from bot.rules.solutions import WORDS as SOLUTIONS
from bot.rules.tickets import WORDS as TICKETS
from bot.services.ledger import SYSTEM, digest

Json = Mapping[str, Any]
EVENTS: Mapping[str, str] = {
    **{f"ticket.{state}": f"工单：{words}" for state, words in TICKETS.items()},
    **{f"demand.{state}": f"需求：{words}" for state, words in DEMANDS.items()},
    **{f"solution.{state}": f"方案：{words}" for state, words in SOLUTIONS.items()},
    "ticket.hastened": "工单：改为危险，立即处理",
    "ticket.note": "工单：写了内部备注",
    "ticket.rated": "工单：企业评分",
    "ticket.read": "看过企业的对话",
    "ticket.reminded": "工单：提醒",
    "answer.rated": "评价了一条回答",
    "complaint.made": "提交投诉",
    "complaint.closed": "办结投诉",
    "document.uploaded": "上传收录文件",
    "demand.retold": "需求：改了内容",
    "demand.supplemented": "需求：补充了内容",
    "offer.declined": "工程师不接",
    "pool.exported": "导出需求池",
    "demand.distinct": "需求：不是重复",
    **{f"package.{state}": f"项目包：{words}" for state, words in PACKAGES.items()},
    "package.joined": "需求：放进项目包",
    "package.edited": "项目包：改草稿",
    "package.applied": "项目包：有人揭榜",
    "package.application_deleted": "项目包：删除揭榜申请",
    "cluster.open": "共性难题：新归成",
    "cluster.joined": "需求：归入共性难题",
    "cluster.left": "需求：移出共性难题",
    "cluster.merged": "共性难题：并入另一个",
    "cluster.renamed": "共性难题：改名",
    "cluster.dissolved": "共性难题：解散",
    "solution.edited": "方案：改了公开稿",
    "organisation.created": "新建企业",
    "organisation.described": "补了企业的地区和行业",
    "organisation.verified": "核实企业",
    "person.created": "新建账号",
    "person.joined": "并入已有企业",
    "person.disabled": "停用账号",
    "person.enabled": "重新启用账号",
    "person.exported": "导出个人数据",
    "offers.widened": "又请了一批工程师",
    "hours.changed": "改了工作时间",
    "firm.blocked": "企业要求回避",
    "firm.unblocked": "企业不再要求回避",
    "chat.invited": "要连接 Telegram 的代码",
    "chat.connected": "连接 Telegram 聊天",
    "person.deleted": "删除个人数据",
    "consent.given": "同意",
    "consent.withdrawn": "收回同意",
    "login.opened": "登录",
    "login.closed": "退出登录",
    "invitation.made": "发出邀请",
    "token.issued": "发放口令",
    "token.reissued": "补发口令",
}
ROLES = {"public": "未登录的访客", "sme": "企业", "engineer": "工程师", "staff": "工作人员", "admin": "管理员"}
PAGES = {
    "T-": "/console/tickets/",
    "D-": "/console/demands/",
    "K-": "/console/clusters/",
    "P-": "/console/packages/",
    "s_": "/console/solutions/",
}
NAMELESS = {"s_": "方案", "x_": "投诉"}
GONE = "已注销或不在册"


def entry_views(entries: Iterable[Json], people: Iterable[Json], firms: Iterable[Json] = ()) -> list[dict[str, Any]]:
    """The entries with words for their codes; a code without words stays as it is.

    Args:
        people: Accounts, with `id` and `name`: the ledger itself holds only digests of people.
        firms: The same of firms.
    """
    names = {digest(person["id"]): person["name"] for person in people} | {firm["id"]: firm["name"] for firm in firms}
    return [_view(entry, names) for entry in entries]


def _view(entry: Json, names: Mapping[str, str]) -> dict[str, Any]:
    actor, subject = entry["actor"], entry["subject"]
    who = "系统" if actor == SYSTEM else ROLES.get(actor) or names.get(actor) or f"{GONE}（{actor[:6]}）"
    about = (
        names.get(subject)
        or ROLES.get(subject)
        or NAMELESS.get(subject[:2])
        or ({"answer": "回答", "document": "文件"}.get(entry["event"].partition(".")[0], subject))
    )
    return {
        **entry,
        "words": EVENTS.get(entry["event"], entry["event"]),
        "who": who,
        "about": about,
        "href": next((path + subject for prefix, path in PAGES.items() if subject.startswith(prefix)), ""),
    }
