"""What an engineer asks of a firm with one tap: the question, as a person would put it. Pure."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from types import MappingProxyType


@dataclass(frozen=True, slots=True)
class Request:
    """A question to a firm and what stands on its button. `fact`: the code of what it asks for, where the pool knows it."""

    label: str
    question: str
    fact: str = ""


REQUESTS: Mapping[str, Request] = MappingProxyType(
    {
        "photo": Request("照片", "麻烦拍几张照片发过来：整体一张，出问题的地方近一点再拍一张，有尺子比着更好。"),
        "plate": Request("铭牌型号", "请把设备铭牌拍给我，或者告诉我品牌和型号。", "model"),
        "alarm": Request("报警号", "屏幕上有没有报警号或报警文字？请原样发过来，拍一张也行。"),
        "material": Request("材料牌号", "用的是什么材料，牌号是多少？有材质单的话请拍一张。", "material"),
        "settings": Request("工艺参数", "现在的工艺参数是多少（温度、压力、速度、时间、电流这些）？请拍一张参数页。"),
        "since": Request("何时开始", "从什么时候开始的？之前换过料、换过模具、调过参数或修过机器吗？", "since_when"),
        "tried": Request("试过什么", "到现在试过哪些办法，各自有没有效果？", "tried"),
        "share": Request("多大比例", "大概多少件里出一件？是每一件都有，还是断断续续？"),
        "drawing": Request(
            "图纸要求", "图纸上这一处的尺寸和公差（或检验标准）是多少？可以遮住不方便公开的部分拍一张。"
        ),
        "visit": Request("上门时间", "要是需要上门看，哪几天方便，到现场找谁？"),
    }
)


def offered(told: Collection[str]) -> tuple[str, ...]:
    """Codes of the questions, those first that ask for what the firm has not told."""
    return tuple(sorted(REQUESTS, key=lambda code: bool(REQUESTS[code].fact) and REQUESTS[code].fact in told))
