"""Whether a document is valid at another time than today: 2025年那会儿还有效吗."""

from bot.assistant.asking import Asking
from bot.assistant.evidence import title
from bot.rules.moments import asked_moment
from corpora.document import Document


def validity(asking: Asking, document: Document) -> str | None:
    """One sentence on the time that the question names; None where it names none, or the document has no dates to tell from."""
    moment = asked_moment(asking.original, asking.today)
    start, end = document.effective or document.issued, document.valid_until
    if moment is None or moment.first <= asking.today <= moment.last or start is None and end is None:
        return None
    name = title(document.title) + (f"（{document.number}）" if document.number else "")
    when, today = moment.words, asking.today.isoformat()
    begins = "施行" if document.effective else "印发"
    if start and moment.last < start:
        return f"{name}在{when}还没有{begins}：{start.isoformat()} 才{begins}[1]。"
    if end and end < moment.first:
        ahead = "，除非到时延期或修订" if end >= asking.today else ""
        return f"{name}到{when}已不在有效期内：有效期到 {end.isoformat()}{ahead}（今天是 {today}）[1]。"
    if start and moment.first < start:
        return f"{name}是{when}里从 {start.isoformat()} 起{begins}的，在那之前无效[1]。"
    if end and end < moment.last:
        return f"{name}在{when}里有效到 {end.isoformat()}，之后不在有效期内[1]。"
    replaced = "（现已被新文件替代）" if asking.shelf.superseded(document) else ""
    if end:
        return f"{name}在{when}属于有效期内：有效期到 {end.isoformat()}{replaced}[1]。"
    return f"{name}在{when}已经{begins}，文件没有写明有效期{replaced}，那时是否执行请向发文单位核实[1]。"
