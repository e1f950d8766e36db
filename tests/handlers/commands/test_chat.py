"""`wenzhen chat` over lines on stdin: the whole conversation, through inbox, lanes and dialogue."""

import io
import sys

import pytest

from .conftest import Outcome, Run


@pytest.fixture
def talk(run: Run, monkeypatch: pytest.MonkeyPatch):
    def talk(*lines: str, options: tuple[str, ...] = ()) -> Outcome:
        monkeypatch.setattr(sys, "stdin", io.StringIO("".join(f"{line}\n" for line in lines)))
        return run("chat", *options)

    return talk


def test_a_visitor_registers_gets_a_ticket_and_withdraws_it_with_a_button(talk) -> None:
    said = talk("转人工", "我是滨江塑料厂的王强 13800000000 同意", "跳过", "算了，我们自己弄好了", "a", "exit")
    assert said.code == 0
    parts = ["企业名称", "T-000001", "/enter/", "要撤回工单 T-000001", "(a) 撤回", "工单 T-000001 已撤回"]
    places = [said.out.index(part) for part in parts]
    assert places == sorted(places)


def test_a_firm_with_its_token_has_its_ticket_in_the_same_turn(run: Run, talk) -> None:
    token = run("person", "add", "--role", "sme", "--name", "王强", "--organisation", "甲厂", "--json").json["token"]
    assert "T-000001" in talk("转人工", options=("--token", token)).out
    assert [one["ref"] for one in run("ticket", "list", "--token", token, "--json").json["items"]] == ["T-000001"]


def test_a_wrong_token_is_one_sentence(talk) -> None:
    said = talk("你好", options=("--token", "wz_wrong"))
    assert said.code != 0
    assert said.sentence


def test_an_empty_directory_still_hands_over(talk) -> None:
    said = talk("你们几点上班", "培育期多久", "转人工")
    assert said.code == 0
    assert "企业名称" in said.out
