"""What is remembered between turns."""

from bot.dialogue.memory import THIS, Draft, Memory, Phase
from bot.rules.registration import Details
from bot.rules.triage import Demand, Domain, Urgency


def test_nothing_is_kept_of_an_empty_memory() -> None:
    assert Memory().as_json("m_1") == {}
    assert Memory.from_json({}) == Memory()


def test_a_memory_is_read_back_with_this_message_under_its_id() -> None:
    draft = Draft(
        ("m_0", THIS), Demand.TESTING, Domain.MATERIALS, Urgency.HIGH, ("items",), {THIS: ("items",)}, "T-000001", True
    )
    memory = Memory(
        Phase.REGISTER, draft, ("items",), 2, Details("甲厂", "王强", "1", True), "T-000002", 3, ("m_0", THIS), (THIS,)
    )
    kept = memory.as_json("m_1")
    assert THIS not in str(kept).replace("'", "").split()
    read = Memory.from_json(kept)
    assert read.draft is not None
    assert read.draft.messages == ("m_0", "m_1")
    assert read.draft.answering == {"m_1": ("items",)}
    assert read.as_json("m_9") == kept


def test_danger_has_no_kind_of_demand() -> None:
    kept = Memory(draft=Draft(("m_0",), None)).as_json("m_1")
    assert Memory.from_json(kept).draft == Draft(("m_0",), None)
