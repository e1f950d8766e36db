"""The hand-off packet."""

import json

import pytest

from bot.rules.intake import Fact, codes, extract
from bot.rules.packet import Line, packet
from bot.rules.triage import Demand, Domain, Urgency

P, M = Demand.PROBLEM, Domain.MOULDING
FACTS = extract(
    [("m1", "注塑件老缩水，客户要退货"), ("m2", "不知道"), ("m3", "PP 料，昨天开始的")], P, M, answering={"m2": "model"}
)


def test_each_line_points_to_its_message_and_is_unverified_until_somebody_confirms():
    lines = packet(FACTS, P, M, Urgency.HIGH, verified=["material"]).lines
    assert lines == (
        Line("symptom", "现象", "注塑件老缩水", "m1", False),
        Line("equipment", "设备", "注塑", "m1", False),
        Line("model", "型号", "不清楚", "m2", False),
        Line("material", "材料", "PP 料", "m3", True),
        Line("since_when", "何时开始", "昨天开始的", "m3", False),
        Line("effect", "影响", "客户要退货", "m1", False),
    )


def test_what_was_passed_over_or_never_said_is_missing():
    assert packet(FACTS, P, M, Urgency.HIGH).missing == ("型号", "试过", "联系方式")


def test_what_the_account_knows_fills_what_was_not_said():
    phone = Fact("contact", "13800138000", "account")
    handed = packet(FACTS, P, M, Urgency.HIGH, known={"contact": phone, "material": Fact("material", "铁", "x")})
    assert handed.lines[-1] == Line("contact", "联系方式", "13800138000", "account", True)
    assert handed.missing == ("型号", "试过")
    assert [line.value for line in handed.lines if line.code == "material"] == ["PP 料"]


def test_the_text_for_people():
    assert packet(FACTS, P, M, Urgency.HIGH, verified=["material"], photos=2).as_text() == (
        "技术难题 · 模具成形 · 紧急\n"
        "现象：注塑件老缩水（未核实，消息 m1）\n"
        "设备：注塑（未核实，消息 m1）\n"
        "型号：不清楚（未核实，消息 m2）\n"
        "材料：PP 料（消息 m3）\n"
        "何时开始：昨天开始的（未核实，消息 m3）\n"
        "影响：客户要退货（未核实，消息 m1）\n"
        "照片：2 张\n"
        "还缺：型号、试过、联系方式"
    )


def test_an_empty_packet_says_that_all_is_missing():
    handed = packet({}, P, M, Urgency.NORMAL)
    assert handed.lines == ()
    assert len(handed.missing) == len(codes(P, M))
    assert handed.as_text().startswith("技术难题 · 模具成形 · 一般\n照片：无\n还缺：现象、设备、型号")


def test_a_full_packet_lacks_nothing():
    facts = {code: Fact(code, "有", "1") for code in codes(Demand.TESTING, M)}
    assert packet(facts, Demand.TESTING, M, Urgency.LOW).as_text().endswith("还缺：无")


def test_the_json_is_plain_and_complete():
    data = packet(FACTS, P, M, Urgency.HIGH, photos=1).as_json()
    assert json.loads(json.dumps(data, ensure_ascii=False)) == data
    assert (data["demand"], data["domain"], data["urgency"], data["photos"]) == ("problem", "moulding", "high", 1)
    assert data["lines"][0] == {
        "code": "symptom",
        "label": "现象",
        "value": "注塑件老缩水",
        "message": "m1",
        "verified": False,
    }
    assert data["missing"] == ["型号", "试过", "联系方式"]


def test_a_material_that_says_nothing_is_not_missing():
    assert "材料" not in packet({}, P, Domain.ELECTRICAL, Urgency.NORMAL).missing


def test_less_than_no_photo_is_refused():
    with pytest.raises(ValueError, match="负数"):
        packet({}, P, M, Urgency.NORMAL, photos=-1)
