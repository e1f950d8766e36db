"""Going through conditions with a firm, turn by turn: asked once each, ticked, left and gone on with, summed up with clauses."""

from collections.abc import Callable
from pathlib import Path

import pytest

from bot.assistant.answer import Assistant
from corpora.document import Document, Kind, Passage
from corpora.reading import read_file
from tests.bot.dialogue.stage import PROFILE, TODAY, Stage
from tests.bot.fakes import MemoryFinder

RULES = """青岛市优质工坊认定办法

第一条 为了培育本市优质工坊，制定本办法。
第二条 申报优质工坊的企业应当符合下列条件：
（一）在青岛市注册；
（二）技术人员不少于20名；
（三）有固定厂房，有检测设备；
（四）信用良好，近两年无违法记录。
第三条 有下列情形之一的，不得申报优质工坊：
（一）提供虚假材料的。
第四条 申报企业应当提交下列材料：申请表、营业执照复印件。
第五条 优质工坊称号有效期三年。
"""
CHOICES = """青岛市实训站建设标准

一、基本条件
1.有固定场地。
二、分项要求
可选择申报以下一项或多项，每项须满足相应要求：
（一）培训方向
1.配备专职讲师。
（二）检测方向
1.拥有检测设备。
"""
ELSEWHERE = """湖南省先进车间认定办法

第一条 申报先进车间的企业应当符合下列条件：
（一）在湖南省注册；
（二）有固定厂房。
"""
TWIN = RULES.replace("青岛市", "长沙市").replace("20名", "50名")


def finder(folder: Path, *texts: str) -> MemoryFinder:
    documents: list[Document] = []
    passages: list[Passage] = []
    for at, text in enumerate(texts):
        path = folder / f"{at}.txt"
        path.write_text(text, encoding="utf-8")
        reading = read_file(path, source=path.name, kind=Kind.POLICY)
        documents += reading.documents
        passages += reading.passages
    return MemoryFinder(documents, passages)


@pytest.fixture
def over(stage: Stage, tmp_path: Path) -> Callable[..., Stage]:
    def made(*texts: str) -> Stage:
        stage.dialogue._assistant = Assistant(finder(tmp_path, *texts), profile=PROFILE, today=lambda: TODAY)
        return stage

    return made


def test_each_condition_is_asked_once_and_the_end_names_clauses_and_materials(over: Callable[..., Stage]) -> None:
    stage = over(RULES)
    first = stage.say("我们能申报优质工坊吗")
    assert "第二条（一）" in first.text
    assert {"是", "不是", "不清楚"} <= set(first.buttons)
    assert "第二条（二）" in stage.press("是").text
    assert "第二条（三）" in stage.say("技术人员15个").text
    assert "第二条（四）" in stage.press("不清楚").text
    assert "第三条" in stage.say("没有违法").text
    last = stage.press("没有")
    (reply,) = last.replies
    assert "✗ 不符合：第二条（二）" in last.text
    assert "？ 待核实：第二条（三）" in last.text
    assert "第四条" in last.text
    assert "转人工" in last.buttons
    answer = reply.answer
    assert answer is not None
    assert [cited["clause"] for cited in answer["citations"]][:3] == ["第二条（二）", "第二条（三）", "第四条"]
    assert all(cited["quote"] in RULES for cited in answer["citations"])


def test_what_was_said_before_is_not_asked_again(over: Callable[..., Stage]) -> None:
    stage = over(RULES)
    stage.say("你好，我们厂在青岛市，有30名技术人员")
    first = stage.say("我们够不够条件申报优质工坊")
    assert "第二条（三）" in first.text
    stage.press("是")
    stage.say("是")
    last = stage.press("没有")
    assert "您说过“你好，我们厂在青岛市，有30名技术人员”" in last.text
    assert "都符合" in last.text


def test_it_is_left_at_any_time_and_gone_on_with(over: Callable[..., Stage]) -> None:
    stage = over(RULES)
    stage.say("我们能申报优质工坊吗")
    stage.press("是")
    assert "已对 1/5 条" in stage.say("算了").text
    stage.later(days=2)
    assert "第二条（二）" in stage.say("接着对条件").text
    stage.press("先到这里")
    assert "第二条（二）" in stage.say("我们能申报优质工坊吗").text


def test_another_question_is_answered_and_the_condition_put_again(over: Callable[..., Stage]) -> None:
    stage = over(RULES)
    stage.say("我们能申报优质工坊吗")
    heard = stage.say("优质工坊称号有效期几年")
    assert "三年" in heard.replies[0].text
    assert "第二条（一）" in heard.replies[-1].text


def test_a_button_of_an_earlier_condition_ticks_nothing(over: Callable[..., Stage]) -> None:
    stage = over(RULES)
    stage.say("我们能申报优质工坊吗")
    old = stage.buttons["不是"]
    stage.press("是")
    assert "已经记过了" in stage.say(old).text
    stage.say("算了")
    with stage.records.read() as session:
        from bot.models.conversations import Conversation

        state = session.get_one(Conversation, stage.conversation).state
    assert [tick for tick, _ in state["check"]["ticks"].values()] == ["met"]


def test_a_part_of_a_condition_and_a_bare_no_to_a_clean_record_are_asked_back(over: Callable[..., Stage]) -> None:
    stage = over(RULES)
    stage.say("我们能申报优质工坊吗")
    stage.press("是")
    stage.say("有25名技术人员")
    assert "整条都符合吗" in stage.say("有检测设备").text
    stage.press("是")
    assert "“没有”是说" in stage.say("没有").text


def test_the_condition_before_is_corrected(over: Callable[..., Stage]) -> None:
    stage = over(RULES)
    stage.say("我们能申报优质工坊吗")
    stage.press("是")
    assert "第二条（二）" in stage.say("上一条错了，不是").text
    for reply in ("技术人员25个", "有", "是", "没有"):
        last = stage.say(reply)
    assert "✗ 不符合：第二条（一）" in last.text


def test_of_several_things_to_apply_for_only_the_chosen_one_is_asked(over: Callable[..., Stage]) -> None:
    stage = over(CHOICES)
    which = stage.say("我们能建实训站吗")
    assert set(which.buttons) >= {"培训方向", "检测方向", "都看看"}
    assert "1/2 一、1" in stage.press("培训方向").text
    assert "二、（一）1" in stage.press("是").text
    assert "二、（二）" not in stage.press("是").text


def test_where_places_differ_one_is_asked_for_unless_the_firm_said_where_it_is(over: Callable[..., Stage]) -> None:
    stage = over(RULES, TWIN.replace("长沙市", "长沙市"))
    which = stage.say("我们能申报优质工坊吗")
    assert set(which.buttons) == {"青岛市", "长沙市"}
    assert "长沙市优质工坊" in stage.say("长沙的").text
    stage.begin(stage.firm)
    stage.say("你好，我们公司在青岛")
    assert "青岛市优质工坊" in stage.say("我们能申报优质工坊吗").text


def test_danger_and_a_call_for_a_person_come_first(over: Callable[..., Stage]) -> None:
    stage = over(RULES)
    stage.say("我们能申报优质工坊吗")
    assert stage.say("转人工").ticket == "offered"
    stage.begin(stage.firm)
    stage.say("我们能申报优质工坊吗")
    assert "119" in stage.say("车间着火了").text


def test_an_engineer_who_owns_the_talk_is_not_talked_over_by_a_tick(over: Callable[..., Stage]) -> None:
    stage = over(RULES)
    stage.say("我们能申报优质工坊吗")
    stage.say("转人工")
    stage.claim()
    heard = stage.press("是")
    assert heard.owner == "engineer"
    assert "第二条" not in heard.text


def test_trouble_on_the_shop_floor_is_heard_in_between(over: Callable[..., Stage]) -> None:
    stage = over(RULES)
    stage.say("我们能申报优质工坊吗")
    assert "登记给工程师" in stage.say("数控车床主轴不转了").text


def test_ask_lists_the_conditions_and_begins_no_dialogue(tmp_path: Path) -> None:
    assistant = Assistant(finder(tmp_path, RULES, ELSEWHERE), profile=PROFILE, today=lambda: TODAY)
    answer = assistant.ask("我们能申报优质工坊吗")
    assert [one.clause for one in answer.citations] == [
        *(f"第二条（{n}）" for n in "一二三四"), "第三条（一）", "第四条",
    ]  # fmt: skip
    assert assistant.ask("我们能申报青岛的先进车间吗").outcome == "no_answer"


def test_a_document_that_is_gone_ends_it_honestly(over: Callable[..., Stage], tmp_path: Path) -> None:
    stage = over(RULES)
    stage.say("我们能申报优质工坊吗")
    over(CHOICES)
    assert "查不到了" in stage.press("是").text
