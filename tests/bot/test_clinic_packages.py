"""Packages from a common problem to applications, on both databases."""

import json

import pytest

from bot.clinic import clusters, demands, packages, tickets
from bot.clinic.clinic import Clinic
from bot.db import Records
from bot.errors import Conflict, Invalid, NotAllowed, NotFound, Unauthenticated
from bot.models.people import Organisation, Person
from bot.rules.people import NOBODY, Caller
from bot.services import ledger, personal
from retrieval.protocols import Role
from tests.bot.clinic import make_person, moment
from tests.bot.test_clinic_demands import ask, at

WRITTEN = {
    "title": "注塑件缩水攻关", "goal": "壁厚 6 mm 处不缩水", "metrics": "凹陷深度小于 0.02 mm\n不良率低于 1%", "deadline": "2026年12月31日",
    "period": "签约后六个月", "budget": "30 万元以内", "rights": "成果由双方共有", "reach": "open",
}  # fmt: skip
OFFER = {
    "name": "李工",
    "organisation": "某研究所",
    "contact": "13900001111",
    "proposal": "先试模",
    "price": "20 万元",
    "time": "三个月",
}
FIRMS = ("青岛海恒精密有限公司", "长沙鑫盛塑胶有限公司")


@pytest.fixture
def people(records: Records) -> dict[str, Caller]:
    with records.write() as session:
        return {
            "one": make_person(session, Role.SME, "王强强", organisation=FIRMS[0]),
            "two": make_person(session, Role.SME, "赵敏敏", organisation=FIRMS[1]),
            "engineer": make_person(session, Role.ENGINEER, "张工"),
            "clerk": make_person(session, Role.STAFF, "小陈"),
        }


def problem(records: Records, people: dict[str, Caller]) -> tuple[str, list[str]]:
    refs = [ask(records, people["one"], "注塑件缩水，海恒的件"), ask(records, people["two"], "注塑件老缩水")]
    made = clusters.make(at(records), people["clerk"], demands=refs, name="注塑件缩水")
    return made["ref"], refs


def published(records: Records, people: dict[str, Caller], **more: str) -> str:
    cluster, _ = problem(records, people)
    made = packages.make(at(records), people["clerk"], cluster=cluster, fields=WRITTEN | more)
    return str(packages.publish(at(records), people["clerk"], made["ref"])["ref"])


def test_a_common_problem_becomes_a_package_and_its_tickets_end(records: Records, people: dict[str, Caller]) -> None:
    clinic, clerk = at(records), people["clerk"]
    cluster, refs = problem(records, people)
    made = packages.make(clinic, clerk, cluster=cluster)
    assert (made["state"], made["title"], made["left"], made["firms"]) == ("draft", "注塑件缩水", {}, 2)
    assert made["lacking"] == ["目标", "指标", "揭榜截止日", "完成期限", "预算", "知识产权"]
    assert [item["state"] for item in made["items"]] == ["package", "package"]
    assert {item["package"] for item in made["items"]} == {made["ref"]}
    assert {ticket["state"] for ticket in tickets.listed(clinic, clerk)["items"]} == {"escalated"}
    assert clusters.show(clinic, clerk, cluster)["package"] == made["ref"]
    with pytest.raises(Conflict):
        packages.make(clinic, clerk, demands=refs)
    with records.read() as session:
        assert [entry.event for entry in ledger.entries(session, subject=refs[0])][-2:] == [
            "demand.package",
            "package.joined",
        ]
        assert ledger.verify(session).broken_at is None


def test_what_cannot_come_along_is_named_and_left(records: Records, people: dict[str, Caller]) -> None:
    clinic, clerk = at(records), people["clerk"]
    _, refs = problem(records, people)
    ticket = demands.show(clinic, clerk, refs[0])["ticket"]["ref"]
    tickets.claim(clinic, people["engineer"], ticket)
    with pytest.raises(Conflict, match=ticket):
        packages.make(clinic, clerk, demands=[refs[0]])
    made = packages.make(clinic, clerk, demands=refs)
    assert list(made["left"]) == [refs[0]] and [item["ref"] for item in made["items"]] == [refs[1]]
    assert demands.show(clinic, clerk, refs[0])["state"] == "matched"
    for wrong, refusal in (({}, Invalid), ({"demands": ["D-999999"]}, NotFound), ({"cluster": "K-999999"}, NotFound)):
        with pytest.raises(refusal):
            packages.make(clinic, clerk, **wrong)  # type: ignore[arg-type]


def test_an_escalated_ticket_waits_to_be_written(records: Records, people: dict[str, Caller]) -> None:
    clinic, clerk = at(records), people["clerk"]
    ref = ask(records, people["one"])
    demands.publish(clinic, clerk, ref)
    assert [item["ref"] for item in packages.waiting(clinic, clerk)["items"]] == [ref]
    packages.make(clinic, clerk, demands=[ref])
    assert packages.waiting(clinic, clerk)["items"] == []


def test_only_a_whole_package_is_published_and_then_it_stays_as_it_is(
    records: Records, people: dict[str, Caller]
) -> None:
    clinic, clerk = at(records), people["clerk"]
    cluster, _ = problem(records, people)
    ref = packages.make(clinic, clerk, cluster=cluster)["ref"]
    with pytest.raises(Conflict, match="还缺目标"):
        packages.publish(clinic, clerk, ref)
    for fields in (
        {"goal": "像海恒那样"}, {"title": "鑫盛塑胶的缩水"}, {"metrics": "电话 13800138000"}, {"deadline": "下周"}, {"reach": "all"},
        {"rights": "归王强强"}, {"title": "长" * 61},
    ):  # fmt: skip
        with pytest.raises(Invalid):
            packages.edit(clinic, clerk, ref, fields=fields)
    packages.edit(clinic, clerk, ref, fields=WRITTEN | {"deadline": "2026-11-22"})
    with pytest.raises(Conflict, match="截止日"):
        packages.publish(clinic, clerk, ref)
    edited = packages.edit(clinic, clerk, ref, fields=WRITTEN)
    assert (edited["deadline"], edited["lacking"]) == ("2026-12-31", [])
    assert packages.publish(clinic, clerk, ref)["state"] == "published"
    for move in (packages.publish, packages.drop):
        with pytest.raises(Conflict):
            move(clinic, clerk, ref)
    with pytest.raises(Conflict):
        packages.edit(clinic, clerk, ref, fields={"budget": "1 元"})
    assert packages.close(clinic, clerk, ref)["state"] == "closed"


def test_outside_the_centre_no_firm_is_named(records: Records, people: dict[str, Caller]) -> None:
    ref = published(records, people)
    for caller in (NOBODY, people["one"], people["two"], people["engineer"]):
        seen = json.dumps(
            [packages.show(at(records), caller, ref), packages.listed(at(records), caller)], ensure_ascii=False
        )
        assert not any(name in seen for name in ("海恒", "鑫盛", "王强强", "赵敏敏", "D-0", "T-0", "o_"))
        assert packages.show(at(records), caller, ref)["firms"] == 2


def test_what_is_for_the_alliance_is_for_verified_firms_and_engineers(
    records: Records, people: dict[str, Caller]
) -> None:
    ref = published(records, people, reach="alliance")
    with records.write() as session:
        session.get_one(Organisation, people["two"].organisation).verified = True
    for caller, sees in ((NOBODY, False), (people["one"], False), (people["two"], True), (people["engineer"], True)):
        assert ([item["ref"] for item in packages.listed(at(records), caller)["items"]] == [ref]) is sees
        if not sees:
            with pytest.raises(NotFound):
                packages.apply(at(records), caller, ref, consent=True, given=OFFER)


def test_applications_need_consent_and_only_staff_read_them(records: Records, people: dict[str, Caller]) -> None:
    clinic, clerk, ref = at(records), people["clerk"], published(records, people)
    for consent, given in (
        (False, OFFER),
        (True, OFFER | {"contact": ""}),
        (True, OFFER | {"proposal": "长" * 4001}),
        (True, {}),
    ):
        with pytest.raises(Invalid):
            packages.apply(clinic, NOBODY, ref, consent=consent, given=given)
    first = packages.apply(clinic, NOBODY, ref, consent=True, given=OFFER)
    packages.apply(clinic, people["one"], ref, consent=True, given=OFFER | {"name": "王强强"})
    told = packages.applications(clinic, clerk, ref)["items"]
    assert [(one["name"], one["account"]) for one in told] == [("李工", False), ("王强强", True)]
    for caller, refusal in ((NOBODY, Unauthenticated), (people["one"], NotAllowed)):
        with pytest.raises(refusal):
            packages.applications(clinic, caller, ref)
    assert "13900001111" not in str(packages.show(clinic, NOBODY, ref))
    emptied = packages.empty(clinic, clerk, ref, first["id"])
    assert emptied["deleted"] and emptied["contact"] == ""
    with records.read() as session:
        assert "13900001111" not in str([entry.data for entry in ledger.entries(session, limit=500)])
    late = Clinic(clinic.records, lambda: moment(days=60).now, clinic.hours, clinic.profile, clinic.hub)
    with pytest.raises(Conflict, match="截止"):
        packages.apply(late, NOBODY, ref, consent=True, given=OFFER)


def test_a_dropped_draft_gives_its_demands_back(records: Records, people: dict[str, Caller]) -> None:
    clinic, clerk = at(records), people["clerk"]
    cluster, refs = problem(records, people)
    ref = packages.make(clinic, clerk, cluster=cluster)["ref"]
    assert packages.drop(clinic, clerk, ref)["state"] == "dropped"
    assert {item["ref"] for item in packages.waiting(clinic, clerk)["items"]} == set(refs)
    assert packages.make(clinic, clerk, cluster=cluster)["left"] == {}


def test_an_application_goes_with_its_author(records: Records, people: dict[str, Caller]) -> None:
    clinic, clerk, ref = at(records), people["clerk"], published(records, people)
    packages.apply(clinic, people["engineer"], ref, consent=True, given=OFFER)
    with records.write() as session:
        person = session.get_one(Person, people["engineer"].person)
        assert len(personal.export(session, moment().now, person, caller=clerk)["applications"]) == 1
        personal.delete(session, moment(), person, caller=Caller(Role.ADMIN))
    [told] = packages.applications(clinic, clerk, ref)["items"]
    assert told["deleted"] and told["proposal"] == ""
