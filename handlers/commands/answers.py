"""`wenzhen answers`: which answers were rated wrong, and what the same question gets today."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from handlers.commands import asking, console
from handlers.commands.options import Data, Json, Token

app = typer.Typer(help="被评价的回答：哪些被评为没用，今天再问会怎样。")
Id = Annotated[str, typer.Argument(metavar="ID", help="回答编号", show_default=False)]
OUTCOMES = {"answered": "答了", "clarify": "反问", "no_answer": "没有答案", "handoff": "转人工", "refused": "拒答"}
PARTS = {
    "outcome": "结果", "answer": "文字", "citations": "引用", "near": "相近条款", "courses": "课程", "similar": "案例",
}  # fmt: skip


@app.command("wrong")
def wrong(
    after: Annotated[int | None, typer.Option(metavar="N", help="从上一页给的编号往后")] = None,
    token: Token = None,
    data: Data = None,
    json: Json = False,
) -> None:
    """列出被评为没用的回答，新的在前。"""
    asking.run("answers-wrong", {"after": after}, data=data, json=json, token=token, operator=True, show=_show_list)


@app.command("replay")
def replay(answer: Id, token: Token = None, data: Data = None, json: Json = False) -> None:
    """同一个问题按今天收录的文件再问一次，对照当时和现在。"""
    asking.run("answers-replay", {"answer": answer}, data=data, json=json, token=token, operator=True, show=_show_both)


def _show_list(listed: dict[str, Any]) -> None:
    console.say(f"一共 {listed['useful']} 条有用，{listed['useless']} 条没用。")
    for item in listed["items"]:
        comment = f"；说明：{item['comment']}" if item["comment"] else ""
        console.say(
            f"{item['id']}  {item['rated'][:10]}  {item['question'] or '（已清除）'}（{_brief(item['answer'])}{comment}）"
        )
    if listed["next"]:
        console.say(f"还有更多，加 --after {listed['next']} 往后看。")


def _brief(answer: dict[str, Any] | None) -> str:
    return "已清除" if answer is None else f"{OUTCOMES[answer['outcome']]}，引用 {len(answer['citations'])} 处"


def _show_both(both: dict[str, Any]) -> None:
    from handlers.commands.ask import render

    console.say(f"问：{both['question']}")
    if both["comment"]:
        console.say(f"说明：{both['comment']}")
    for name, answer in (("当时", both["before"]), ("现在", both["after"])):
        console.say(
            f"\n【{name}】" + ("已清除" if answer is None else f"{OUTCOMES[answer['outcome']]}\n{render(answer)}")
        )
    changed = "、".join(PARTS[part] for part in both["changed"])
    console.say(f"\n变了：{changed}" if changed else "\n和当时一样。")
