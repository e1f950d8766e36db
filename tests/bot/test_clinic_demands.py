"""The pool as staff look at it, on both databases."""

import csv
import io

import pytest

from bot.clinic import demands
from bot.clinic.clinic import Clinic
from bot.db import Records
from bot.errors import Conflict, Invalid, NotAllowed, NotFound, Unauthenticated
from bot.profile import Profile
from bot.rules.people import NOBODY, Caller
from bot.rules.triage import Demand, Domain, Urgency
from bot.services import conversations, ledger, tickets
from bot.services import demands as records_of
from bot.work.hub import Hub
from retrieval.protocols import Role
from tests.bot.clinic import HOURS, make_person, moment

OPERATOR = Caller(Role.ADMIN)


def at(records: Records, **later: float) -> Clinic:
    return Clinic(records, lambda: moment(**later).now, HOURS, Profile(name="测试中心"), Hub())


@pytest.fixture
def people(records: Records) -> dict[str, Caller]:
    with records.write() as session:
        return {
            "firm": make_person(session, Role.SME, "王强", organisation="青岛甲厂"),
            "other": make_person(session, Role.SME, organisation="长沙乙厂"),
            "clerk": make_person(session, Role.STAFF, "小陈"),
            "second": make_person(session, Role.STAFF, "小李"),
        }


def ask(
    records: Records,
    firm: Caller,
    text: str = "注塑件缩水",
    *,
    domain: Domain = Domain.MOULDING,
    urgency: Urgency = Urgency.NORMAL,
    channel: str = "web",
    **later: float,
) -> str:
    """A demand with its open ticket; gives the demand's reference."""
    with records.write() as session:
        when = moment(**later)
        talk = conversations.begin(session, when.now, channel=channel, caller=firm)
        made = records_of.propose(
            session, when.now, talk, caller=firm, kind=Demand.PROBLEM, domain=domain, urgency=urgency,
            title=text[:20], text=text, facts={},
        )  # fmt: skip
        tickets.open_ticket(session, when, talk, made, caller=firm)
        return made.ref


def refs(clinic: Clinic, clerk: Caller, **chosen: object) -> list[str]:
    return [item["ref"] for item in demands.listed(clinic, clerk, chosen=chosen)["items"]]


def test_the_pool_shows_what_stands_around_a_demand(records: Records, people: dict[str, Caller]) -> None:
    ref = ask(records, people["firm"], "注塑件缩水，不良率 8%，客户要索赔30万元")
    [item] = demands.listed(at(records, days=9), people["clerk"])["items"]
    assert (item["ref"], item["state"], item["origin"], item["town"]) == (ref, "pool", "web", "青岛")
    assert (item["value"], item["age_days"], item["marks"]) == (300_000, 9, ["measurable"])
    assert item["lacks"] == ["说清楚", "有人拍板", "有附件"] and 20 <= item["completeness"] < 60


def test_every_filter_narrows_and_the_count_follows(records: Records, people: dict[str, Caller]) -> None:
    clinic, clerk = at(records, days=10), people["clerk"]
    old = ask(records, people["firm"], "焊缝气孔，损失 5 万元", domain=Domain.WELDING, urgency=Urgency.HIGH)
    new = ask(records, people["other"], "注塑件缩水", channel="telegram", days=8)
    every = [new, old]
    for chosen, wanted in (
        ({}, every), ({"state": "open"}, every), ({"state": "solved"}, []), ({"domain": "welding"}, [old]),
        ({"urgency": "high"}, [old]), ({"town": "长沙"}, [new]), ({"origin": "telegram"}, [new]), ({"days": 5}, [old]),
        ({"value": 1}, [old]), ({"complete": 20}, [old]), ({"cluster": "any"}, []), ({"cluster": "none"}, every),
        ({"package": "any"}, []), ({"kind": "testing"}, []), ({"words": "乙厂"}, [new]), ({"words": old}, [old]),
        ({"words": "100%"}, []), ({"firm": people["firm"].organisation}, [old]), ({"sort": "oldest"}, [old, new]),
        ({"sort": "value"}, [old, new]), ({"sort": "urgent"}, [old, new]), ({"sort": "complete"}, [old, new]),
    ):  # fmt: skip
        assert refs(clinic, clerk, **chosen) == wanted, chosen
        assert demands.listed(clinic, clerk, chosen=chosen)["total"] == len(wanted), chosen


@pytest.mark.parametrize("sort", ["newest", "oldest", "value", "complete", "urgent", "changed"])
def test_pages_in_any_order_hold_every_demand_once(
    records: Records, people: dict[str, Caller], sort: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = {ask(records, people["firm"], f"注塑件缩水，损失 {number % 3} 万元", minutes=number) for number in range(7)}
    monkeypatch.setattr(demands, "PAGE", 2)
    clinic, clerk, seen, after = at(records), people["clerk"], list[str](), None
    while True:
        page = demands.listed(clinic, clerk, after=after, chosen={"sort": sort})
        seen += [item["ref"] for item in page["items"]]
        after = page["next"]
        if after is None:
            break
    assert len(seen) == 7 and set(seen) == made


def test_an_export_holds_what_the_filters_leave_and_is_on_record(records: Records, people: dict[str, Caller]) -> None:
    clinic, clerk = at(records), people["clerk"]
    ask(records, people["firm"], '=HYPERLINK("http://x","缩水")')
    ask(records, people["other"], "焊缝气孔", domain=Domain.WELDING)
    rows = list(
        csv.DictReader(io.StringIO(demands.export(clinic, clerk, chosen={"domain": "moulding"}).decode("utf-8-sig")))
    )
    assert [(row["企业"], row["原话"][:2]) for row in rows] == [("青岛甲厂", "'=")]
    assert demands.export(clinic, clerk, format="xlsx").startswith(b"PK")
    with records.read() as session:
        told = [entry.data for entry in ledger.entries(session) if entry.event == "pool.exported"]
    assert told == [{"rows": 1}, {"rows": 2}]
    with pytest.raises(Invalid, match="csv"):
        demands.export(clinic, clerk, format="pdf")


def test_kept_filters_are_ones_own_and_the_same_name_replaces_them(records: Records, people: dict[str, Caller]) -> None:
    clinic, clerk, second = at(records), people["clerk"], people["second"]
    first = demands.keep_view(clinic, clerk, name=" 等得 久的 ", chosen={"days": "7", "sort": "oldest"})
    again = demands.keep_view(clinic, clerk, name="等得 久的", chosen={"days": 30})
    assert first["id"] == again["id"] and again["filters"] == {"days": 30}
    assert demands.choices(clinic, clerk)["views"] == [again]
    assert demands.choices(clinic, second)["views"] == []
    with pytest.raises(NotFound):
        demands.drop_view(clinic, second, first["id"])
    demands.drop_view(clinic, clerk, first["id"])
    assert demands.choices(clinic, clerk)["views"] == []
    for name in ("", " ", "长" * 41):
        with pytest.raises(Invalid):
            demands.keep_view(clinic, clerk, name=name)
    with pytest.raises(Unauthenticated):
        demands.keep_view(clinic, OPERATOR, name="谁的")


def test_nobody_but_staff_sees_the_pool(records: Records, people: dict[str, Caller]) -> None:
    clinic, ref = at(records), ask(records, people["firm"])
    for caller, refusal in ((NOBODY, Unauthenticated), (people["firm"], NotAllowed)):
        for verb, given in (
            (demands.listed, {}), (demands.show, {"ref": ref}), (demands.export, {}), (demands.keep_view, {"name": "x"}),
        ):  # fmt: skip
            with pytest.raises(refusal):
                verb(clinic, caller, **given)  # type: ignore[operator]


def test_a_merge_shows_its_source_and_only_one_firms_join(records: Records, people: dict[str, Caller]) -> None:
    clinic, clerk = at(records), people["clerk"]
    one, two = ask(records, people["firm"]), ask(records, people["firm"], "又缩水了")
    theirs = ask(records, people["other"])
    merged = demands.merge(clinic, clerk, two, into=one)
    assert (merged["state"], merged["merged_into"]) == ("merged", one)
    assert [source["ref"] for source in demands.show(clinic, clerk, one)["sources"]] == [two]
    with pytest.raises(Conflict):
        demands.merge(clinic, clerk, theirs, into=one)
