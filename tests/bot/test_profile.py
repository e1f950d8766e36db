"""The centre profile is what the operator wrote, and nothing else."""

import tomllib
from pathlib import Path

import pytest

from bot.errors import Invalid, Unavailable
from bot.profile import LABELS, TEMPLATE, Profile, load


def test_the_first_start_makes_a_profile_in_which_nothing_is_set(tmp_path: Path) -> None:
    path = tmp_path / "data" / "profile.toml"
    assert load(path) == Profile()
    assert path.read_bytes() == TEMPLATE.read_bytes()
    assert [entry.name for entry in path.parent.iterdir()] == ["profile.toml"]


def test_what_the_operator_wrote_is_kept_at_the_next_start(tmp_path: Path) -> None:
    path = tmp_path / "profile.toml"
    path.write_text('telephone = " 0731-00000000 "\n', encoding="utf-8")
    profile = Profile.load(path)
    assert profile == Profile(telephone="0731-00000000")
    assert path.read_text(encoding="utf-8") == 'telephone = " 0731-00000000 "\n'


def test_the_template_names_every_field_and_no_other() -> None:
    assert set(tomllib.loads(TEMPLATE.read_text(encoding="utf-8"))) == set(LABELS)


def test_all_that_is_unset_is_named_for_people() -> None:
    assert Profile().unset == tuple(LABELS.values())
    assert "电话" not in Profile(telephone="1").unset


def test_days_with_the_same_hours_are_joined() -> None:
    data = '[hours]\n"周六"="9:00-12:00"\n' + "".join(
        f'"{day}"="9:00-17:00"\n' for day in ("周一", "周二", "周三", "周五")
    )
    profile = Profile.parse(data.encode())
    assert profile.hours == "周一至周三 9:00-17:00；周五 9:00-17:00；周六 9:00-12:00"
    assert profile.hours_by_day[-1] == ("周六", "9:00-12:00")


def test_two_neighbouring_days_are_listed() -> None:
    assert Profile.parse('[hours]\n"周六"="休息"\n"周日"="休息"'.encode()).hours == "周六、周日 休息"


def test_contacts_keep_the_operators_order_and_drop_the_empty_ones() -> None:
    profile = Profile.parse('[contacts]\n"课程报名"="前台"\n"政策与申报"=""\n"会员、会费"="秘书处"'.encode())
    assert profile.contacts == "课程报名：前台\n会员、会费：秘书处"
    assert profile.contacts_by_matter == (("课程报名", "前台"), ("会员、会费", "秘书处"))


def test_a_file_saved_by_notepad_is_read() -> None:
    assert Profile.parse('\ufeffname = "中心"\r\nfees = """\r\n咨询免费\r\n"""\r\n'.encode()) == Profile(
        name="中心", fees="咨询免费"
    )


@pytest.mark.parametrize(
    ("data", "says"),
    [
        ("\nname = 中心".encode(), "第 2 行写法有误"),
        ('name = "中心"'.encode("gb18030"), "UTF-8"),
        (b'phone = "1"', "phone"),
        (b"telephone = 12345", "telephone"),
        (b'hours = "9-5"', "[hours]"),
        ('[hours]\n"星期八" = "9-5"'.encode(), "星期八"),
        (b"[hours]\nx = 3", "hours.x"),
    ],
)
def test_a_bad_profile_is_refused_with_one_sentence(data: bytes, says: str) -> None:
    with pytest.raises(Invalid) as refused:
        Profile.parse(data)
    message = str(refused.value)
    assert says in message
    assert message.count("。") == 1 and "\n" not in message


def test_a_profile_that_cannot_be_made_is_unavailable(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(Unavailable):
        load(tmp_path / "file" / "profile.toml")
