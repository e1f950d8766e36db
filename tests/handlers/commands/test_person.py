"""Accounts and cases from the command line: what is printed, exit codes, and a whole case by commands alone."""

import io
from pathlib import Path

import pytest

from handlers.commands import console
from tests.handlers.commands.conftest import Run

FORM = [
    "--symptom",
    "注塑件缩水",
    "--cause",
    "保压不足",
    "--steps",
    "保压加到六成",
    "--verification",
    "称重",
    "--limits",
    "PP",
]


def add(run: Run, role: str, name: str, *more: str) -> dict[str, str]:
    done = run("person", "add", "--role", role, "--name", name, *more, "--json")
    assert done.code == 0, done.err
    return dict(done.json)


def test_an_account_is_made_on_an_empty_directory_and_its_token_works(run: Run) -> None:
    made = add(run, "engineer", "李工", "--skills", "注塑，moulding", "--capacity", "2")
    assert set(made) == {"id", "role", "name", "organisation", "token"}
    assert (made["role"], made["name"], made["organisation"]) == ("engineer", "李工", None)
    listed = run("person", "list", "--json").json["items"]
    assert [(one["name"], one["skills"], one["capacity"]) for one in listed] == [("李工", ["注塑", "moulding"], 2)]
    assert made["token"] not in run("person", "list", "--json").out
    assert run("ticket", "list", "--token", made["token"], "--json").json == {"items": [], "next": None}


def test_people_of_one_firm_share_it(run: Run) -> None:
    first = add(run, "sme", "王厂长", "--organisation", "甲厂")
    second = add(run, "sme", "赵师傅", "--organisation", "甲厂")
    assert first["organisation"] == second["organisation"] == "甲厂"
    firms = run("organisation", "list", "--json").json["items"]
    assert [(firm["name"], firm["verified"]) for firm in firms] == [("甲厂", True)]


def test_a_disabled_or_reissued_token_is_dead(run: Run) -> None:
    made = add(run, "engineer", "李工")
    renewed = run("person", "token", made["id"], "--json").json["token"]
    assert run("ticket", "list", "--token", made["token"]).code == console.NOTHING_DONE
    assert run("ticket", "list", "--token", renewed).code == console.DONE
    assert "已停用" in run("person", "disable", made["id"]).out
    assert run("ticket", "list", "--token", renewed).code == console.NOTHING_DONE
    assert "已启用" in run("person", "enable", made["id"]).out
    assert run("ticket", "list", "--token", renewed).code == console.DONE


def test_the_token_of_the_environment_says_who_handles_cases_and_not_whose_directory_it_is(
    run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = add(run, "engineer", "李工")
    assert "口令" in run("ticket", "list").sentence
    monkeypatch.setenv("WENZHEN_TOKEN", made["token"])
    assert run("ticket", "list").code == console.DONE
    assert run("person", "list").code == console.DONE
    assert run("person", "list", "--token", made["token"]).code == console.NOTHING_DONE


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (["person", "add", "--role", "boss", "--name", "李"], console.BAD_INPUT),
        (["person", "add", "--role", "public", "--name", "李"], console.BAD_INPUT),
        (["person", "add", "--role", "staff"], console.BAD_INPUT),
        (["person", "add", "--role", "staff", "--name", " "], console.BAD_INPUT),
        (["person", "add", "--role", "staff", "--name", "李" * 41], console.BAD_INPUT),
        (["person", "add", "--role", "engineer", "--name", "李", "--capacity", "-1"], console.BAD_INPUT),
        (["person", "add", "--role", "engineer", "--name", "李", "--phone", "没有"], console.BAD_INPUT),
        (["person", "disable", "p_nobody"], console.NOTHING_DONE),
        (["person", "delete", "p_nobody", "--yes"], console.NOTHING_DONE),
        (["organisation", "verify", "o_none"], console.NOTHING_DONE),
        (["ticket", "show", "T-000001", "--token", "wz_nobody"], console.NOTHING_DONE),
        (["ticket", "rate", "T-000001", "viel", "--token", "wz_nobody"], console.BAD_INPUT),
        (["ticket", "confirm", "T-000001", "--share", "--keep"], console.BAD_INPUT),
    ],
)
def test_what_cannot_be_done_is_one_sentence_and_an_exit_code(run: Run, words: list[str], code: int) -> None:
    done = run(*words)
    assert (done.code, done.out) == (code, "")
    assert done.sentence


def test_a_case_from_the_firms_word_to_the_public_solution_by_commands(
    run: Run, place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    firm = add(run, "sme", "王厂长", "--organisation", "甲厂")
    engineer, rival = add(run, "engineer", "李工"), add(run, "engineer", "孙工")
    clerk = add(run, "staff", "小陈")

    def by(who: dict[str, str], *words: str, code: int = 0) -> dict[str, object]:
        done = run(*words, "--token", who["token"], "--json")
        assert done.code == code, done.err
        return dict(done.json) if code == 0 else {"said": done.sentence}

    script = place / "talk.txt"
    script.write_text("转人工\n", encoding="utf-8")
    with script.open(encoding="utf-8") as typed:
        monkeypatch.setattr("sys.stdin", typed)
        assert run("chat", "--token", firm["token"]).code == 0
    listed = by(firm, "ticket", "list")["items"]
    assert isinstance(listed, list)
    ref, state = listed[0]["ref"], listed[0]["state"]
    assert state == "offered"
    assert by(engineer, "ticket", "claim", ref)["state"] == "claimed"
    assert "李工" in str(by(rival, "ticket", "claim", ref, code=1)["said"])
    by(engineer, "ticket", "say", ref, "先告诉我材料牌号")
    by(engineer, "ticket", "note", ref, "像是保压不够")
    assert by(engineer, "ticket", "resolve", ref, *FORM)["state"] == "resolved"
    assert by(firm, "ticket", "confirm", ref)["state"] == "closed"
    by(firm, "ticket", "rate", ref, "5", "--comment", "快")
    solutions = by(clerk, "solution", "list", "--state", "review")["items"]
    assert isinstance(solutions, list)
    solution = solutions[0]["id"]
    assert "工作人员" in str(by(engineer, "solution", "approve", solution, code=1)["said"])
    by(clerk, "solution", "approve", solution)
    assert by(clerk, "solution", "show", solution)["state"] == "indexed"
    shown = run("ask", "注塑件缩水怎么办", "--json").json
    assert [case["id"] for case in shown["similar"]] == [solution]
    by(clerk, "solution", "retract", solution)
    assert run("ask", "注塑件缩水怎么办", "--json").json["similar"] == []
    text = run("ticket", "show", ref, "--token", clerk["token"]).out
    assert "像是保压不够" in text
    assert "先告诉我材料牌号" in text
    assert "像是保压不够" not in run("ticket", "show", ref, "--token", firm["token"]).out
    verdict = run("ledger", "verify", "--json").json
    assert verdict["ok"]
    assert run("ledger", "list", "--subject", ref).out.count(ref) >= 8


def test_a_touched_ledger_is_found_and_said(run: Run, place: Path) -> None:
    import sqlite3

    add(run, "staff", "小陈")
    assert run("ledger", "verify").code == console.DONE
    with sqlite3.connect(place / "data" / "records.sqlite") as connection:
        connection.execute("UPDATE ledger SET actor = 'admin2' WHERE seq = 2")
    connection.close()
    done = run("ledger", "verify")
    assert (done.code, "第 2 条" in done.out) == (console.NOTHING_DONE, True)


def test_a_deleted_person_stands_nowhere_in_the_directory(
    run: Run, place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = add(run, "sme", "欧阳震华", "--organisation", "震华五金", "--phone", "13912345678")
    assert run("person", "export", made["id"]).json["account"]["phone"] == "13912345678"
    monkeypatch.setattr("sys.stdin", io.StringIO("n\n"))
    assert "不能恢复" in run("person", "delete", made["id"]).err
    assert run("person", "delete", made["id"], "--yes").code == 0
    assert run("person", "export", made["id"]).code == console.NOTHING_DONE
    held = {
        (path.name, word)
        for path in (place / "data").rglob("*")
        if path.is_file()
        for word in ("欧阳震华", "13912345678")
        if word.encode() in path.read_bytes()
    }
    assert held == set()


def test_accounts_cases_and_the_ledger_need_no_index(run: Run, place: Path) -> None:
    add(run, "staff", "小陈")
    (place / "data" / "index").mkdir(exist_ok=True)
    (place / "data" / "index" / "catalogue.sqlite").write_bytes(b"not a database" * 1000)
    made = add(run, "engineer", "李工")
    assert run("ticket", "list", "--token", made["token"]).code == console.DONE
    assert run("ledger", "verify").code == console.DONE
    assert run("document", "list").code == console.NOTHING_DONE
