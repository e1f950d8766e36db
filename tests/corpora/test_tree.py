"""The tree can be read as text."""

from corpora.tree import outline
from tests.corpora.outlines import read


def test_an_outline_names_every_unit_with_clause_and_responsible_body() -> None:
    document = read("海川市工坊办法\n第一章 总则\n第一条 为管理工坊，制定本办法。（责任单位：市工信局）\n")
    assert outline(document).splitlines() == [
        "［文头文尾］ 海川市工坊办法〔引作 标题〕",
        "第一章 总则〔引作 第一章〕",
        "  第一条 为管理工坊，制定本办法。（责任单位：市工信局）〔引作 第一条；责任单位：市工信局〕",
    ]


def test_the_outline_leaves_out_personal_numbers() -> None:
    assert "13800000001" not in outline(read("一、报名\n联系人：周岚，13800000001\n"))
