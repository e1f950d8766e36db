"""One turn after another: what is kept, what happens when others are quicker, and when parts are broken."""

import random
from typing import Any

import pytest

from bot.assistant.answer import Assistant
from bot.db import Records
from bot.dialogue.dialogue import Dialogue
from bot.models.conversations import Message
from bot.models.people import Consent, Organisation, Person, Scope
from bot.rules.conversations import Sender
from bot.rules.people import NOBODY
from bot.rules.turns import MAX_MESSAGE_CHARS
from bot.services import ledger, signing, tickets
from tests.bot.dialogue.stage import PROFILE, TODAY, Broken, Stage, finder, is_system
from tests.bot.dialogue.tables import CASE, REGISTERED, STRANGE


def answers_of(stage: Stage) -> list[Message]:
    return [message for message in stage.messages() if message.sender in (Sender.BOT, Sender.SYSTEM)]


# --- what is kept ---------------------------------------------------------------------------------------------------------------------


def test_the_story_holds_on_both_databases(records: Records) -> None:
    stage = Stage(records)
    stage.begin(NOBODY)
    assert stage.say("转人工").owner == "bot"
    assert stage.say(REGISTERED).ticket == "offered"
    stage.claim()
    assert stage.say("在吗").text == ""
    stage.speak()
    stage.resolve()
    stage.say("好了，可以用了")
    assert stage.press("确认，不公开").ticket == "closed"
    stage.say("5分")
    stage.later(days=2)
    assert stage.say("又坏了").owner == "engineer"
    with records.read() as session:
        assert ledger.verify(session).broken_at is None


def test_every_fact_points_to_the_message_that_it_came_from(stage: Stage) -> None:
    stage.say("注塑件老缩水，材料PP")
    stage.say("没解决，找工程师")
    stage.say("海天MA1600")
    said = {message.id: message.text for message in stage.messages() if message.sender is Sender.SME}
    facts = stage.demand().facts
    assert {"material", "model"} <= set(facts)
    for fact in facts.values():
        assert fact["value"] in said[fact["message"]]


def test_a_correction_points_to_the_message_that_corrects(stage: Stage) -> None:
    stage.say(STRANGE)
    stage.say("材料是PP")
    stage.press("跳过")
    stage.say("材料不是PP是ABS")
    stage.say("确认提交")
    fact = stage.demand().facts["material"]
    assert fact["value"] == "ABS"
    assert next(one.text for one in stage.messages() if one.id == fact["message"]) == "材料不是PP是ABS"


def test_nothing_that_was_said_is_asked(stage: Stage) -> None:
    asked = stage.say("冲压件开裂，冲床是扬力JH21，材料DC04，昨天换了模具以后开始的，试过退火没用，每天报废50件")
    assert "请核对" in asked.text


def test_a_trouble_of_another_trade_is_another_demand(stage: Stage) -> None:
    stage.say("注塑件老缩水")
    stage.say("机器人焊接轨迹老是偏，机器人是安川的")
    while "确认提交" not in stage.buttons:
        stage.press("跳过")
    stage.press("确认提交")
    assert "缩水" not in stage.demand().text


def test_a_press_is_kept_as_its_label(stage: Stage) -> None:
    stage.say("转人工")
    stage.press("查进度")
    assert [one.text for one in stage.messages() if one.sender is Sender.SME] == ["转人工", "查进度"]


def test_twenty_thousand_characters_are_kept_whole(stage: Stage) -> None:
    text = "转人工。" + "铁" * (MAX_MESSAGE_CHARS - 4)
    assert stage.say(text).ticket == "offered"
    assert stage.messages()[0].text == text


def test_the_same_words_for_another_firms_ticket_and_for_none(stage: Stage) -> None:
    stage.say("转人工")
    stage.begin(stage.other)
    theirs = stage.say("T-000001 怎么样了").text
    none = stage.say("T-000007 怎么样了").text
    assert theirs.replace("T-000001", "T-000007") == none


# --- registering ----------------------------------------------------------------------------------------------------------------------


def test_registering_makes_an_unverified_firm_of_its_own_with_consent_and_a_way_back(stage: Stage) -> None:
    talk = stage.begin(NOBODY)
    stage.say("注塑件老缩水")
    stage.say("转人工")
    said = stage.say("我是甲厂的王强 13800000000 同意").text
    key = said.split("/enter/")[1].split()[0]
    with stage.records.write() as session:
        opened = signing.come_back(session, stage.at, key)
        assert opened.conversation == talk
        firms = session.query(Organisation).filter_by(name="甲厂").all()
        assert len(firms) == 2
        assert opened.caller.organisation != stage.firm.organisation
        person = session.get_one(Person, opened.caller.person)
        assert (person.name, person.phone) == ("王强", "13800000000")
        consent = session.query(Consent).filter_by(person_id=person.id).one()
        assert (consent.scope, consent.given) == (Scope.PERSONAL_DATA, True)
        assert not next(firm for firm in firms if firm.id == opened.caller.organisation).verified
    assert stage.demand().title == "注塑件老缩水"


def test_without_consent_nobody_is_registered(stage: Stage) -> None:
    stage.begin(NOBODY)
    stage.say("转人工")
    stage.say("滨江塑料厂 王强 13800000000")
    stage.say("不同意")
    with stage.records.read() as session:
        assert session.query(Organisation).filter_by(name="滨江塑料厂").count() == 0
    assert stage.tickets() == []


def test_a_message_taken_in_before_the_registration_belongs_to_the_firm_too(stage: Stage) -> None:
    stage.begin(NOBODY)
    stage.say("转人工")
    stage.say(REGISTERED)
    assert stage.say("刚才那个单子怎么样了", caller=NOBODY).text.startswith("工单 T-000001")


def test_a_talk_that_began_without_an_account_goes_on_signed_in(stage: Stage) -> None:
    stage.begin(NOBODY)
    stage.say("注塑件老缩水")
    assert stage.say("转人工", caller=stage.firm).ticket == "offered"
    assert stage.demand().title == "注塑件老缩水"


def test_staff_and_engineers_are_told_that_they_are_no_firm(stage: Stage) -> None:
    for caller in (stage.clerk, stage.engineer):
        stage.begin(caller)
        heard = stage.say("转人工")
        assert (heard.ticket, "不是企业账号" in heard.text) == ("", True)


# --- broken parts ---------------------------------------------------------------------------------------------------------------------


def test_a_person_is_had_with_everything_else_broken(stage: Stage) -> None:
    broken = Stage.__new__(Stage)
    broken.__dict__ |= stage.__dict__
    broken.dialogue = type(stage.dialogue)(Broken(), PROFILE, stage.at.hours)
    heard = broken.say("培育期多久")
    assert PROFILE.telephone in heard.text
    assert "转人工" in heard.buttons
    assert "登记给工程师" in broken.say("注塑件老缩水").text
    assert broken.say("转人工").ticket == "offered"
    broken.begin(NOBODY)
    assert "119" in broken.say("车间着火了，有人被困").text
    assert broken.say(REGISTERED).ticket == "offered"


# --- others are quicker ---------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("text", ["申报材料包括什么", CASE, "转人工", "谢谢", "刚才那个单子怎么样了", "海天MA1600"])
def test_a_claim_while_the_bot_thinks_silences_it(stage: Stage, text: str) -> None:
    stage.say("转人工")
    heard = stage.say(text, meanwhile=stage.claim)
    assert heard.owner == "engineer"
    assert heard.replies == []


def test_a_withdrawal_that_a_claim_overtook_is_asked_by_the_system(stage: Stage) -> None:
    stage.say("转人工")
    heard = stage.say("算了，我们自己弄好了", meanwhile=stage.claim)
    assert [is_system(reply) for reply in heard.replies] == [True]
    assert "撤回" in heard.buttons


def test_a_press_that_a_claim_overtook_does_nothing(stage: Stage) -> None:
    stage.say("转人工")
    stage.say("算了")
    heard = stage.say(stage.buttons["撤回"], meanwhile=stage.claim)
    assert heard.ticket == "claimed"
    assert "过期" in heard.text


def test_a_yes_that_a_claim_overtook_cancels_nothing(stage: Stage) -> None:
    stage.say("转人工")
    stage.say("算了")
    heard = stage.say("是的", meanwhile=stage.claim)
    assert (heard.ticket, heard.replies) == ("claimed", [])


def test_another_firms_press_is_like_none(stage: Stage) -> None:
    stage.say("转人工")
    stage.say("算了")
    value = stage.buttons["撤回"]
    stage.begin(stage.other)
    assert "没有查到" in stage.say(value).text
    assert [ticket.state.value for ticket in stage.tickets()] == ["offered"]


def test_pressing_twice_does_no_harm(stage: Stage) -> None:
    stage.say("转人工")
    stage.claim()
    stage.resolve()
    stage.say("好了")
    for _ in range(3):
        assert stage.press("确认并同意去掉名称后供同行参考").ticket == "closed"
    with stage.records.read() as session:
        assert session.query(Consent).filter_by(scope=Scope.SHARE_CASE).count() == 1


# --- whatever happens in whatever order -----------------------------------------------------------------------------------------------

SAID = (
    "转人工",
    "注塑件老缩水，客户要退货，急",
    STRANGE,
    "申报材料包括什么",
    "你们几点上班",
    "刚才那个单子怎么样了",
    "算了，我们自己弄好了",
    "是的",
    "不用",
    "谢谢",
    "又坏了",
    "好了，可以用了",
    "5分",
    "跳过",
    "海天MA1600",
    "材料不是PP是ABS",
    "车间着火了，有人被困",
    "#submit::1",
    "#withdraw:T-000001:1",
    "#confirm:T-000001:4:share",
    "#unsolved:T-000001:4",
    "#rate:T-000001:5:3",
    "",
)
DONE = ("claim", "speak", "wait", "resolve", "release", "time_is_up")


def wander(stage: Stage, seed: int, steps: int) -> list[str]:
    """Firm, engineer, timers and slow answers in random order; gives what was wrong."""
    chance = random.Random(seed)
    wrong = []

    def act() -> None:
        try:
            getattr(stage, chance.choice(DONE))()
        except Exception as error:  # most acts are refused in most states, as they should be
            assert type(error).__name__ in ("IllegalMove", "NoResultFound", "Conflict")

    for _ in range(steps):
        if chance.random() < 0.35:
            act()
        if chance.random() < 0.1:
            stage.later(days=chance.choice((0.1, 2, 9)))
        text = chance.choice(SAID) or chance.choice(tuple(stage.buttons.values()) or ("你好",))
        heard = stage.say(text, meanwhile=act if chance.random() < 0.3 else lambda: None)
        if heard.owner == "engineer" and any(reply.sender is Sender.BOT for reply in heard.replies):
            before = [one.text for one in heard.replies]
            wrong.append(f"{text}: {before}")
        if not heard.replies and heard.owner != "engineer":
            wrong.append(f"{text}: nothing came back")
    return wrong


def test_no_bot_word_while_an_engineer_owns_the_talk_and_an_answer_always_otherwise(stage: Stage) -> None:
    for seed in range(6):
        stage.begin(stage.firm)
        assert wander(stage, seed, 12) == []
    with stage.records.read() as session:
        assert ledger.verify(session).broken_at is None
        for ticket in stage.tickets():
            open_ones = [one for one in stage.tickets() if one.conversation_id == ticket.conversation_id]
            assert sum(one.state in tickets.OPEN for one in open_ones) <= 1


def test_the_wandering_finds_a_bot_that_talks_over_the_engineer(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    from bot.dialogue import decide

    monkeypatch.setattr(decide, "_relay", lambda now: now.decides(decide.texts.notice("我来回答")))
    monkeypatch.setattr("bot.dialogue.perform._is_silenced", lambda *given: False)
    found: list[Any] = []
    for seed in range(8):
        stage.begin(stage.firm)
        found += wander(stage, seed, 12)
    assert found


def test_the_assistant_is_asked_as_who_speaks_with_what_was_said_before(stage: Stage) -> None:
    asked: list[Any] = []

    class Listening(Assistant):
        def ask(self, question: str, **given: Any) -> Any:
            asked.append((question, given["principal"].role.value, tuple(given["prev"])))
            return super().ask(question, **given)

    stage.dialogue = Dialogue(Listening(finder(), profile=PROFILE, today=lambda: TODAY), PROFILE, stage.at.hours)
    for text in ("申报材料包括什么", "好的", "#status", "培育期多久"):
        stage.say(text)
    assert asked == [("申报材料包括什么", "sme", ()), ("培育期多久", "sme", ("申报材料包括什么",))]


# --- follow-ups -----------------------------------------------------------------------------------------------------------------------


def test_a_follow_up_on_a_rule_is_no_trouble_of_a_machine(stage: Stage) -> None:
    stage.say("培育期多久")
    assert "登记给工程师" not in stage.say("那不合格呢").text


def test_a_machine_that_is_named_after_a_rule_is_a_trouble(stage: Stage) -> None:
    stage.say("培育期多久")
    assert "登记给工程师" in stage.say("那主轴响呢").text
