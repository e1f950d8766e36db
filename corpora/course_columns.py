"""Which column of a course catalogue holds what, by the names that people give columns."""

import re
from collections.abc import Sequence

# For each field the names of its column, best first: where two columns claim a field the earlier name wins.
NAMES: dict[str, tuple[str, ...]] = {
    "title": (
        "课程名称",
        "课程名",
        "课程",
        "课名",
        "课程标题",
        "培训课程",
        "培训名称",
        "培训班名称",
        "班次名称",
        "培训班",
        "培训项目",
        "培训主题",
        "主题",
        "名称",
        "标题",
        "coursename",
        "coursetitle",
        "course",
        "title",
        "name",
    ),
    "id": (
        "课程编号",
        "课程代码",
        "课程号",
        "课号",
        "编号",
        "代码",
        "编码",
        "courseid",
        "coursecode",
        "id",
        "code",
        "_id",
        "no",
    ),
    "start": (
        "开课日期",
        "开课时间",
        "开始日期",
        "开班日期",
        "开班时间",
        "开始时间",
        "起始日期",
        "起始时间",
        "上课日期",
        "培训日期",
        "培训时间",
        "课程时间",
        "授课时间",
        "日期",
        "时间",
        "startdate",
        "start",
        "starttime",
        "begin",
        "date",
    ),
    "end": (
        "结束日期",
        "结束时间",
        "结课日期",
        "结课时间",
        "结业日期",
        "终止日期",
        "结束",
        "enddate",
        "end",
        "endtime",
        "finish",
    ),
    "hours": (
        "上课时间",
        "上课时段",
        "时段",
        "上课时间段",
        "时间安排",
        "具体时间",
        "每日时间",
        "课时安排",
        "上课安排",
        "hours",
        "schedule",
        "time",
        "timeslot",
    ),
    "place": (
        "地点",
        "上课地点",
        "培训地点",
        "授课地点",
        "开课地点",
        "教学地点",
        "校区",
        "地址",
        "place",
        "location",
        "venue",
        "address",
    ),
    "price": (
        "价格",
        "费用",
        "学费",
        "收费",
        "收费标准",
        "培训费",
        "培训费用",
        "课程费用",
        "课程价格",
        "金额",
        "单价",
        "price",
        "fee",
        "cost",
        "tuition",
    ),
    "seats": (
        "剩余名额",
        "剩余",
        "剩余席位",
        "余位",
        "余额",
        "空余名额",
        "可报名额",
        "可报名人数",
        "剩余人数",
        "名额",
        "席位",
        "seatsleft",
        "remaining",
        "available",
        "seats",
    ),
    "capacity": ("招生人数", "招生名额", "计划人数", "限额", "人数上限", "班额", "容量", "人数", "capacity"),
    "taken": ("已报名", "已报名人数", "已报人数", "报名人数", "已报", "enrolled", "taken"),
    "level": ("级别", "课程级别", "等级", "难度", "层次", "课程难度", "level", "difficulty"),
    "summary": (
        "简介",
        "课程简介",
        "内容",
        "课程内容",
        "培训内容",
        "主要内容",
        "内容简介",
        "课程介绍",
        "介绍",
        "描述",
        "说明",
        "summary",
        "description",
        "content",
        "intro",
        "text",
    ),
    "online": (
        "线上",
        "是否线上",
        "方式",
        "授课方式",
        "上课方式",
        "培训方式",
        "教学方式",
        "形式",
        "授课形式",
        "培训形式",
        "上课形式",
        "online",
        "mode",
        "format",
        "delivery",
    ),
    "example": ("示例", "是否示例", "example"),
}
_MAX_NAME_CHARS = 60
_FIELD_OF = {name: field for field, names in NAMES.items() for name in names}
_BRACKETS = re.compile(r"[（(\[【].*?[）)\]】]")
_BLANKS = re.compile(r"[\s*：:_\-　]+")


def field_of(column: str) -> str | None:
    """The field that a column name means; None for a name nobody gave before. Units in brackets do not matter."""
    if len(column) > _MAX_NAME_CHARS:
        return None
    bare = _BLANKS.sub("", _BRACKETS.sub("", column)).lower()
    return _FIELD_OF.get(bare) or _FIELD_OF.get(_BLANKS.sub("", column).lower())


def fields_of(columns: Sequence[str]) -> dict[str, int]:
    """For each field the place of its column. A field claimed twice goes to the better name, then to the first."""
    places: dict[str, int] = {}
    ranks: dict[str, int] = {}
    for place, column in enumerate(columns):
        field = field_of(column)
        if field is None:
            continue
        bare = _BLANKS.sub("", _BRACKETS.sub("", column)).lower()
        rank = NAMES[field].index(bare) if bare in NAMES[field] else len(NAMES[field])
        if field not in places or rank < ranks[field]:
            places[field], ranks[field] = place, rank
    return places
