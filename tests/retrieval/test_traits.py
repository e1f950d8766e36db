import pytest

from retrieval.codes import folded
from retrieval.traits import held, wanted


@pytest.mark.parametrize(
    ("question", "answer", "other"),
    [
        ("联系电话是多少", "咨询电话：0532-86001234", "由市州工信局组织初审"),
        ("补贴多少钱", "给予最高２０００万元支持", "给予资金支持"),
        ("培育期多久", "设立为期一年的培育期", "由市州工信局组织初审"),
        ("什么时候截止", "请于2月6日17时前报送", "请按时报送"),
        ("占比多少", "不低于50%", "占比较高"),
        ("至少几名讲师", "不少于3名专职讲师", "配备专职讲师"),
        ("在哪个网址报名", "登录 www.example.cn 报名", "现场报名"),
    ],
)
def test_a_passage_holds_what_the_question_wants(question: str, answer: str, other: str) -> None:
    wants = wanted(folded(question))
    assert wants & held(folded(answer)) == wants & ~held(folded(other)) & held(folded(answer)) != 0


def test_a_question_for_no_kind_of_thing_wants_none() -> None:
    assert wanted("不合格怎么办") == 0
