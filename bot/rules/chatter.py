"""How a question is written and what it is wrapped in: width, script, greetings, thanks, hurry, who one is. Pure."""

import re

from bot.rules.wording import content

MIN_CONTENT = 2  # characters that say something, so that what is left can be asked

# A piece that is made of these alone asks nothing. Words that a question could turn on (多少, 什么, 怎么, 谁 …) are not among them.
_SOCIAL = (
    "谢谢|多谢|感谢|先谢|谢|辛苦|麻烦|拜托|劳驾|打扰|打搅|不好意思|抱歉|对不起|见谅|包涵|指教|赐教|你好|您好|大家好|早上好|上午好|下午好|晚上好|在吗|在不在|有人吗"
    "|着急|紧急|急用|急|在线等|等着|等|回复|回个话|回|尽快|赶紧|快点|快|马上|一下下|一下|下"
    "|老师|师傅|领导|老板|同志|朋友|亲|各位|大家|专家|客服|小编|新手|小白|新人|新来|刚来|刚接手|外行|门外汉"
    "|请教|请问|咨询|打听|了解|问问|问|想|要|请|帮忙|帮|讲|说|跟|和|给|让|叫|催|汇报|交差|听人|听说|听|看到|看见|开会|聊天|讨论"
    "|今天|昨天|刚才|刚刚|早上|上午|下午|最近|现在|又|再|先|还|也|都|就|才|很|太|挺|蛮|真|特别|非常|有点|有些"
    "|不懂|不太懂|不会|不明白|没明白|没听明白|不清楚|不太清楚|搞不清|弄不清|糊涂|明白|清楚|懂|没|不|多"
    "|事情|事儿|事|问题|个|件|些|点|这个|那个|这里|这边|这儿|起|人|到"
    "|我们|咱们|你们|他们|我|你|您|咱|他|的|了|啦|哈|哦|呀|啊|呢|吧|嘛|嗯|呃|哎|诶|喂|嗨|是|有|来|得|着|过|在|好"
)
_PIECE = re.compile(rf"(?:{_SOCIAL}|[\s~～…、.!！]|[\U0001F300-\U0001FAFF])+")
_CUT = re.compile(r"([，,。；;！!～~\n]+)")


def without_chatter(text: str) -> str:
    """The text without pieces between pauses that ask nothing; unchanged where nothing would be left to ask."""
    parts = _CUT.split(text)
    pieces, pauses = parts[::2], [*parts[1::2], ""]
    kept = [
        (piece, pause)
        for piece, pause in zip(pieces, pauses, strict=True)
        if piece.strip() and not _PIECE.fullmatch(piece)
    ]
    if len(kept) == sum(1 for piece in pieces if piece.strip()):
        return text
    left = "".join(piece + pause for piece, pause in kept).strip(" ，,；;～~\n")
    return left if len(content(left).replace(" ", "")) >= MIN_CONTENT else text


def simplified(text: str) -> str:
    """The text in simplified characters where it holds traditional ones; a text in simplified ones is left as it is, 著作权 and all."""
    if not any(_is_traditional(char) for char in text):
        return text
    import opencc  # 20 ms; only those who write so pay it

    converted: str = opencc.OpenCC("t2s").convert(text)
    return converted


_WIDE = {code: code - 0xFEE0 for code in (*range(0xFF10, 0xFF1A), *range(0xFF21, 0xFF3B), *range(0xFF41, 0xFF5B))}
_MARK = re.compile(r"(?<=[\u3400-\u9fff])[,?!;:]|[,?!;:](?=[\u3400-\u9fff])")
_MARKS = {",": "，", "?": "？", "!": "！", ";": "；", ":": "："}


def one_width(text: str) -> str:
    """The text with narrow letters and digits, and with wide marks beside Chinese characters."""
    return _MARK.sub(lambda found: _MARKS[found[0]], text.translate(_WIDE))


def plain(text: str) -> str:
    """A question as it is looked for: in one width and script, without chatter."""
    return without_chatter(simplified(one_width(text)))


def _is_traditional(char: str) -> bool:
    """Whether a character is one that simplified Chinese does not use, and traditional Chinese does."""
    if not "\u4e00" <= char <= "\u9fff":
        return False
    try:
        char.encode("gb2312")
    except UnicodeEncodeError:
        try:
            char.encode("big5")
        except UnicodeEncodeError:
            return False
        return True
    return False
