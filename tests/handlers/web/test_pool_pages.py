"""The pages of the pool, the common problems and the packages: a clerk's way from three demands to a published package."""

from collections.abc import Iterator

import pytest

from bot.clinic import clusters, demands
from retrieval.protocols import Role
from tests.handlers.web.test_work_pages import Window, words
from tests.handlers.web.world import World, open_world


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    with open_world(tmp_path_factory.mktemp("pool")) as made:
        yield made


@pytest.fixture
def console(world: World) -> Window:
    return Window(world, world.clerk[Role.STAFF])


def demand(world: World, letter: str) -> str:
    return str(world.shown(world.ticket(letter))["demand"])


def test_the_pool_is_filtered_kept_and_exported(world: World, console: Window) -> None:
    ref = demand(world, "A")
    assert ref in words(console.get("/console/demands"), "#list")
    assert ref not in words(console.get("/console/demands?domain=welding"), "#list")
    page = console.post("/console/demands/views", name="模具", query="domain=moulding&state=open")
    assert "已保存" in words(page, ".told") and "模具" in words(page, ".view-row")
    assert "只能是" in words(console.get("/console/demands?state=gone"), "[data-problem]")
    file = console.client.get("/console/demands/export?format=xlsx")
    assert file.content.startswith(b"PK") and "attachment" in file.headers["content-disposition"]


def test_three_demands_become_a_package_that_names_nobody(world: World, console: Window) -> None:
    refs = [demand(world, "A"), demand(world, "B"), demand(world, "B")]
    made = console.client.post(
        "/console/packages", data={"csrf": console.csrf, "demands": refs}, headers={"Accept": "text/html"}
    )
    ref = str(made.url).split("/")[-1].split("?")[0]
    assert ref.startswith("P-") and "发布前还缺" in made.text
    given = {
        "title": "缩水攻关", "goal": "不缩水", "metrics": "不良率 1%\n三批稳定", "deadline": "2027-06-30", "period": "半年",
        "budget": "30 万元", "rights": "双方共有", "reach": "open",
    }  # fmt: skip
    refused = console.post(f"/console/packages/{ref}", act="publish", **{**given, "goal": ""})
    assert "还缺目标" in words(refused, "[data-problem]") and "缩水攻关" in str(refused.select_one("#p-title"))
    assert "已发布" in words(console.post(f"/console/packages/{ref}", act="publish", **given), ".told")
    shown = world.client.get(f"/packages/{ref}", headers={"Accept": "text/html"}).text
    assert "三批稳定" in shown and "A厂" not in shown and "B厂" not in shown and "D-0" not in shown
    offer = {
        "organisation": "某所",
        "name": "李工",
        "contact": "a@b.cn",
        "proposal": "试模",
        "price": "20 万",
        "time": "三月",
    }
    assert "请先同意" in world.client.post(f"/packages/{ref}/apply", data=offer).text
    assert world.client.post(f"/packages/{ref}/apply", data=offer | {"consent": "yes"}).status_code == 201
    assert "某所" in words(console.get(f"/console/packages/{ref}"), "main")
    assert "某所" not in world.client.get(f"/packages/{ref}").text


def test_a_common_problem_is_made_renamed_and_dissolved_on_its_page(world: World, console: Window) -> None:
    refs = [demand(world, "A"), demand(world, "B")]
    made = console.client.post(
        "/console/clusters",
        data={"csrf": console.csrf, "demands": refs, "name": "缩水"},
        headers={"Accept": "text/html"},
    )
    ref = str(made.url).split("/")[-1].split("?")[0]
    assert ref.startswith("K-") and "缩水" in made.text
    assert "可能指向" in words(console.post(f"/console/clusters/{ref}/rename", name="A厂缩水"), "[data-problem]")
    assert "已改名" in words(console.post(f"/console/clusters/{ref}/rename", name="塑料件缩水"), ".told")
    assert "已解散" in words(console.post(f"/console/clusters/{ref}/dissolve"), ".told")
    assert ref not in words(console.get("/console/clusters"), "#list")
    assert clusters.show(world.clinic, world.clerk[Role.STAFF].caller, ref)["state"] == "dissolved"
    alone = console.post("/console/clusters", demands=refs[0])
    assert "两家" in words(alone, "[data-problem]")


def test_a_merge_is_taken_back_on_the_page_of_the_demand(world: World, console: Window) -> None:
    first, second = demand(world, "A"), demand(world, "A")
    assert "已合并" in words(console.post(f"/console/demands/{second}/merge", into=first), ".told")
    assert second in words(console.get(f"/console/demands/{first}"), "#acts")
    assert "已拆出" in words(console.post(f"/console/demands/{second}/split"), ".told")
    assert demands.show(world.clinic, world.clerk[Role.STAFF].caller, second)["state"] == "pool"
