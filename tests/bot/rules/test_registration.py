"""Who a firm says it is."""

import pytest

from bot.rules.registration import Details, could_be_firm, parse, refuses, remainder

WHOLE = Details("滨江塑料厂", "王强", "13800000000", True)


@pytest.mark.parametrize(
    "text",
    [
        "我是滨江塑料厂的王强 13800000000 同意",
        "滨江塑料厂，王强，13800000000，同意",
        "同意。滨江塑料厂 王强 138 0000 0000",
        "我们是滨江塑料厂，我叫王强，电话13800000000，同意",
        "滨江塑料厂王强13800000000同意",
        "企业名称：滨江塑料厂\n姓名：王强\n电话：138-0000-0000\n同意",
        "转人工，我是滨江塑料厂的王强 13800000000 同意",
    ],
)
def test_one_message_may_hold_everything(text: str) -> None:
    assert parse(text) == WHOLE


def test_a_firm_with_a_long_name_and_a_landline() -> None:
    assert parse("杭州滨江精密模具有限公司 李小明 0571-88888888") == Details(
        "杭州滨江精密模具有限公司", "李小明", "0571-88888888"
    )


def test_it_may_come_in_pieces() -> None:
    told = Details()
    for piece in ("滨江塑料厂", "我叫王强", "13800000000", "同意"):
        told = parse(piece, told)
    assert told == WHOLE


def test_a_name_without_any_mark_is_taken_where_it_is_what_is_missing() -> None:
    assert parse("宏达", Details(phone="13800000000")).organisation == "宏达"
    assert parse("王强", Details("宏达", phone="13800000000")).name == "王强"
    assert parse("宏达", Details()) == Details()
    assert parse("宏达", Details(phone="13800000000"), taking=False).organisation == ""


@pytest.mark.parametrize("text", ["不同意", "我不同意登记", "不想登记", "别保存我的电话"])
def test_a_refusal_is_no_consent(text: str) -> None:
    assert refuses(text)
    assert not parse(text).consent


@pytest.mark.parametrize("text", ["注塑件老缩水", "你们几点上班", "转人工", "厂里设备坏了", "培育期多久", "急死了"])
def test_a_question_is_nobody(text: str) -> None:
    assert parse(text) == Details()


def test_what_is_missing_is_named_in_the_order_of_asking() -> None:
    assert Details(name="王强").missing == ("organisation", "phone", "consent")
    assert WHOLE.missing == ()


def test_what_stands_beside_the_registration_is_left() -> None:
    assert remainder("我是海边模具厂的赵敏 13912345678 同意，注塑件老缩水") == "注塑件老缩水"
    assert remainder("我是海边模具厂的赵敏 13912345678 同意") == ""


def test_a_short_name_with_a_trade_in_it_could_be_a_firm() -> None:
    assert could_be_firm("宏达模具")
    assert could_be_firm("我们是宏达机械的")
    assert not could_be_firm("注塑件老缩水")
    assert not could_be_firm("模具")
