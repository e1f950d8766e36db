"""The region that a document is about, as printed: 湖南省, 青岛市, 青岛西海岸新区."""

import re
from collections import Counter

PROVINCES = [
    "北京",
    "天津",
    "上海",
    "重庆",
    "河北",
    "山西",
    "辽宁",
    "吉林",
    "黑龙江",
    "江苏",
    "浙江",
    "安徽",
    "福建",
    "江西",
    "山东",
    "河南",
    "湖北",
    "湖南",
    "广东",
    "海南",
    "四川",
    "贵州",
    "云南",
    "陕西",
    "甘肃",
    "青海",
    "台湾",
    "内蒙古",
    "广西",
    "西藏",
    "宁夏",
    "新疆",
    "香港",
    "澳门",
]
_SUFFIX = (
    {name: "市" for name in ("北京", "天津", "上海", "重庆")}
    | {"内蒙古": "自治区", "西藏": "自治区", "广西": "壮族自治区", "宁夏": "回族自治区", "新疆": "维吾尔自治区"}
    | {name: "特别行政区" for name in ("香港", "澳门")}
)
# Cities that texts name without 市; others are recognised by it.
CITIES = [
    "石家庄",
    "唐山",
    "秦皇岛",
    "邯郸",
    "保定",
    "张家口",
    "承德",
    "沧州",
    "廊坊",
    "太原",
    "大同",
    "呼和浩特",
    "包头",
    "鄂尔多斯",
    "沈阳",
    "大连",
    "鞍山",
    "抚顺",
    "丹东",
    "锦州",
    "营口",
    "长春",
    "四平",
    "哈尔滨",
    "齐齐哈尔",
    "大庆",
    "南京",
    "无锡",
    "徐州",
    "常州",
    "苏州",
    "南通",
    "连云港",
    "淮安",
    "盐城",
    "扬州",
    "镇江",
    "泰州",
    "宿迁",
    "杭州",
    "宁波",
    "温州",
    "嘉兴",
    "湖州",
    "绍兴",
    "金华",
    "衢州",
    "舟山",
    "台州",
    "丽水",
    "合肥",
    "芜湖",
    "蚌埠",
    "淮南",
    "马鞍山",
    "淮北",
    "铜陵",
    "安庆",
    "黄山",
    "滁州",
    "阜阳",
    "宿州",
    "六安",
    "亳州",
    "池州",
    "宣城",
    "福州",
    "厦门",
    "莆田",
    "三明",
    "泉州",
    "漳州",
    "南平",
    "龙岩",
    "宁德",
    "南昌",
    "景德镇",
    "萍乡",
    "九江",
    "新余",
    "鹰潭",
    "赣州",
    "吉安",
    "宜春",
    "抚州",
    "上饶",
    "济南",
    "青岛",
    "淄博",
    "枣庄",
    "东营",
    "烟台",
    "潍坊",
    "济宁",
    "泰安",
    "威海",
    "日照",
    "临沂",
    "德州",
    "聊城",
    "滨州",
    "菏泽",
    "郑州",
    "开封",
    "洛阳",
    "平顶山",
    "安阳",
    "鹤壁",
    "新乡",
    "焦作",
    "濮阳",
    "许昌",
    "漯河",
    "三门峡",
    "南阳",
    "商丘",
    "信阳",
    "周口",
    "驻马店",
    "武汉",
    "黄石",
    "十堰",
    "宜昌",
    "襄阳",
    "鄂州",
    "荆门",
    "孝感",
    "荆州",
    "黄冈",
    "咸宁",
    "随州",
    "长沙",
    "株洲",
    "湘潭",
    "衡阳",
    "邵阳",
    "岳阳",
    "常德",
    "张家界",
    "益阳",
    "郴州",
    "永州",
    "怀化",
    "娄底",
    "广州",
    "韶关",
    "深圳",
    "珠海",
    "汕头",
    "佛山",
    "江门",
    "湛江",
    "茂名",
    "肇庆",
    "惠州",
    "梅州",
    "汕尾",
    "河源",
    "阳江",
    "清远",
    "东莞",
    "中山",
    "潮州",
    "揭阳",
    "云浮",
    "南宁",
    "柳州",
    "桂林",
    "北海",
    "海口",
    "三亚",
    "成都",
    "自贡",
    "攀枝花",
    "泸州",
    "德阳",
    "绵阳",
    "广元",
    "遂宁",
    "内江",
    "乐山",
    "南充",
    "眉山",
    "宜宾",
    "贵阳",
    "遵义",
    "昆明",
    "曲靖",
    "玉溪",
    "拉萨",
    "西安",
    "铜川",
    "宝鸡",
    "咸阳",
    "渭南",
    "汉中",
    "兰州",
    "天水",
    "西宁",
    "银川",
    "乌鲁木齐",
]

_OPENING_CHARS = 60
_BODY_CHARS = 3000
_MOST = 0.5  # a text that names several places in turn is about none of them
_NATIONAL = re.compile(r"国家|国务院|中央|全国|中国|[一-鿿]{2,8}部(?!门)|[一-鿿]{2,6}总局|三部|多部")
_DATELINE = re.compile(r"(?:新华社|中新社)[一-鿿]{2,5}\d{1,2}月\d{1,2}日|[一-鿿]{2,4}日报讯")
_PARTY = re.compile(r"^(中共|中国共产党)")
_NEW_AREA = re.compile(rf"((?:{'|'.join(CITIES + PROVINCES)})[一-鿿]{{1,6}}?新区)")
_NOT_PLACE = re.compile(
    r"(城市|全市|各市|本市|我市|该市|县市|地市|超市|上市|门市|夜市|股市|我省|全省|各省|本省|外省|全区|本区|各区|园区|社区|地区$|辖区|校区|厂区|城区|片区|特区|景区|小区)"
)


def read_region(issuer: str, title: str, body: str) -> str | None:
    """The region that a document is about; None where it names none or was issued for the whole country.

    Args:
        issuer: Who signed it, empty when not known.
        title: Its title.
        body: Its text, the beginning of which says more than the rest.
    """
    for text in (issuer, title):
        if region := _at_start(_PARTY.sub("", text.strip())) or _within(text, at_least=1):
            return region
    if _NATIONAL.match(issuer or title):
        return None
    opening = _DATELINE.sub("", body[:_OPENING_CHARS])
    return _at_start(opening) or _within(_DATELINE.sub("", body[:_BODY_CHARS]), at_least=3)


def _at_start(text: str) -> str | None:
    head = text[:24]
    if found := _NEW_AREA.match(head):
        return found[1]
    for name in (*PROVINCES, *CITIES):
        if not head.startswith(name):
            continue
        full = _full_name(name)
        rest = head[len(full) :] if head.startswith(full) else head[len(name) :]
        if rest.startswith(("大学", "理工", "路", "街", "港")):
            return None
        if name in PROVINCES and name not in CITIES and (inner := _at_start(rest)):
            return inner
        district = re.match(r"([一-鿿]{1,6}?(?:新区|区|县|市))(?!域|县|市)", rest)
        if (
            district
            and full.endswith("市")
            and head.startswith(full)
            and not _NOT_PLACE.search(district[1])
            and district[1] not in ("区",)
        ):
            return full + district[1]
        return full
    found = re.match(r"([一-鿿]{2,3}?(?:省|市|县|州|盟|旗))(?:[^场民内外域级])", head)
    if found and not _NOT_PLACE.search(found[1]):
        return found[1]
    found = re.match(r"([一-鿿]{2,6}?新区)", head)
    return found[1] if found else None


def _within(text: str, *, at_least: int) -> str | None:
    """The region that most of the places named in `text` are, and at least so many of them."""
    counts = Counter(found[1] or _full_name(found[2]) for found in _ANYWHERE.finditer(text))
    if not counts:
        return None
    best, times = counts.most_common(1)[0]
    return best if times >= at_least and times >= _MOST * counts.total() else None


def _full_name(name: str) -> str:
    if name in CITIES:
        return name + "市"
    return name + _SUFFIX.get(name, "省")


_ANYWHERE = re.compile(
    rf"((?:{'|'.join(CITIES + PROVINCES)})[一-鿿]{{2,4}}?新区)|({'|'.join(sorted(CITIES + PROVINCES, key=len, reverse=True))})(?!大学|理工|路|街|舰)"
)
