"""`wenzhen document`: what is known of each document, and how it was read."""

from __future__ import annotations

from bot.assistant.shape import STATUS_WORDS
from bot.settings import Settings
from handlers.commands import console
from handlers.commands.house import reach


def list_documents(settings: Settings, *, as_json: bool) -> None:
    """Print every document."""
    with reach(settings, verb="document list") as house:
        listed = house.run("document-list", {}, lambda what, done, total: None)
    if as_json:
        console.say_json(listed)
        return
    if not listed["items"]:
        console.say("还没有文件。用 wenzhen ingest 文件或文件夹 读入。")
    for item in listed["items"]:
        facts = [
            item["number"],
            STATUS_WORDS[item["status"]],
            f"至 {item['valid_until']}" if item["valid_until"] else None,
            "示例" if item["example"] else None,
        ]
        console.say(
            f"{item['id'][:12]}  {item['title']}（{'，'.join(fact for fact in facts if fact)}）{item['passages']} 段  {item['source']}"
        )


def show_document(settings: Settings, document_id: str, *, tree: bool, as_json: bool) -> None:
    """Print one document, with its tree if asked."""
    with reach(settings, verb="document show") as house:
        shown = house.run("document-show", {"id": document_id, "tree": tree}, lambda what, done, total: None)
    if as_json:
        console.say_json(shown)
        return
    names = {
        "id": "编号", "title": "标题", "number": "文号", "issuer": "发文机关", "region": "地区", "issued": "成文日期", "effective": "施行日期",
        "valid_until": "有效期至", "source": "来源", "passages": "条款段落",
    }  # fmt: skip
    for key, name in names.items():
        console.say(f"{name}：{shown[key] if shown[key] is not None else '文中未写明'}")
    console.say(f"状态：{STATUS_WORDS[shown['status']]}")
    for note in shown["notes"]:
        console.say(f"注意：{note}")
    if tree:
        console.say()
        console.say(shown["tree"])
