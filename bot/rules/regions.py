"""Places in a question and the region of a document. Pure.

Provinces with their prefecture-level cities (names as of 2024, from the Ministry of Civil Affairs' public list), short forms as people say them.
"""

import re
from functools import cache

_CITIES = {
    "北京市": "",
    "天津市": "",
    "上海市": "",
    "重庆市": "",
    "河北省": "石家庄 唐山 秦皇岛 邯郸 邢台 保定 张家口 承德 沧州 廊坊 衡水 雄安",
    "山西省": "太原 大同 阳泉 长治 晋城 朔州 晋中 运城 忻州 临汾 吕梁",
    "内蒙古自治区": "呼和浩特 包头 乌海 赤峰 通辽 鄂尔多斯 呼伦贝尔 巴彦淖尔 乌兰察布",
    "辽宁省": "沈阳 大连 鞍山 抚顺 本溪 丹东 锦州 营口 阜新 辽阳 盘锦 铁岭 葫芦岛",
    "吉林省": "长春 四平 辽源 通化 白山 松原 白城 延边",
    "黑龙江省": "哈尔滨 齐齐哈尔 鸡西 鹤岗 双鸭山 大庆 伊春 佳木斯 七台河 牡丹江 绥化",
    "江苏省": "南京 无锡 徐州 常州 苏州 南通 连云港 淮安 盐城 扬州 镇江 泰州 宿迁",
    "浙江省": "杭州 宁波 温州 嘉兴 湖州 绍兴 金华 衢州 舟山 台州 丽水",
    "安徽省": "合肥 芜湖 蚌埠 淮南 马鞍山 淮北 铜陵 安庆 黄山 滁州 阜阳 宿州 六安 亳州 池州 宣城",
    "福建省": "福州 厦门 莆田 三明 泉州 漳州 南平 龙岩 宁德",
    "江西省": "南昌 景德镇 萍乡 九江 新余 鹰潭 赣州 吉安 宜春 抚州 上饶",
    "山东省": "济南 青岛 淄博 枣庄 东营 烟台 潍坊 济宁 泰安 威海 日照 临沂 德州 聊城 滨州 菏泽",
    "河南省": "郑州 开封 洛阳 平顶山 安阳 鹤壁 新乡 焦作 濮阳 许昌 漯河 三门峡 南阳 商丘 信阳 周口 驻马店",
    "湖北省": "武汉 黄石 十堰 宜昌 襄阳 鄂州 荆门 孝感 荆州 黄冈 咸宁 随州 恩施",
    "湖南省": "长沙 株洲 湘潭 衡阳 邵阳 岳阳 常德 张家界 益阳 郴州 永州 怀化 娄底 湘西",
    "广东省": "广州 深圳 珠海 汕头 佛山 韶关 湛江 肇庆 江门 茂名 惠州 梅州 汕尾 河源 阳江 清远 东莞 中山 潮州 揭阳 云浮",
    "广西壮族自治区": "南宁 柳州 桂林 梧州 北海 防城港 钦州 贵港 玉林 百色 贺州 河池 来宾 崇左",
    "海南省": "海口 三亚 三沙 儋州",
    "四川省": "成都 自贡 攀枝花 泸州 德阳 绵阳 广元 遂宁 内江 乐山 南充 眉山 宜宾 广安 达州 雅安 巴中 资阳",
    "贵州省": "贵阳 六盘水 遵义 安顺 毕节 铜仁",
    "云南省": "昆明 曲靖 玉溪 保山 昭通 丽江 普洱 临沧 大理",
    "西藏自治区": "拉萨 日喀则 昌都 林芝 山南 那曲",
    "陕西省": "西安 铜川 宝鸡 咸阳 渭南 延安 汉中 榆林 安康 商洛",
    "甘肃省": "兰州 嘉峪关 金昌 白银 天水 武威 张掖 平凉 酒泉 庆阳 定西 陇南",
    "青海省": "西宁 海东",
    "宁夏回族自治区": "银川 石嘴山 吴忠 固原 中卫",
    "新疆维吾尔自治区": "乌鲁木齐 克拉玛依 吐鲁番 哈密",
    "香港特别行政区": "",
    "澳门特别行政区": "",
    "台湾省": "",
}
_OFFICIAL = re.compile(r"(?:特别行政区|壮族自治区|回族自治区|维吾尔自治区|自治区|省|市|新区|区|县)$")
# Words that also mean something else; as a place they need 市 behind them.
_AMBIGUOUS = {
    "中山",
    "黄山",
    "白银",
    "海东",
    "资阳",
    "吉安",
    "大理",
    "安康",
    "吴忠",
    "来宾",
    "保山",
    "白山",
    "普洱",
    "河池",
    "鹤壁",
    "平凉",
    "白城",
    "本溪",
}


@cache
def _parents() -> dict[str, str]:
    """Short name of every place to the official name of its province."""
    found: dict[str, str] = {}
    for province, cities in _CITIES.items():
        found[short(province)] = province
        for city in cities.split():
            found[city] = province
    return found


@cache
def _pattern() -> re.Pattern[str]:
    names = sorted(_parents(), key=len, reverse=True)
    return re.compile("|".join(f"{name}市" if name in _AMBIGUOUS else name for name in names))


def short(name: str) -> str:
    """湖南省 as 湖南, 青岛西海岸新区 as 青岛西海岸."""
    return _OFFICIAL.sub("", name)


def places(text: str, known: frozenset[str] = frozenset()) -> tuple[str, ...]:
    """The places a text names, in short form, first mention first, each once.

    Args:
        known: Regions of the documents at hand, as printed there; their short names and the part after a city (西海岸) are found too.
    """
    found = [(match.start(), match.group().removesuffix("市")) for match in _pattern().finditer(text)]
    for region in known:
        for name in _names_of(region):
            if (at := text.find(name)) >= 0:
                found.append((at, short(region)))
    seen: dict[str, None] = {}
    for _, name in sorted(found):
        seen.setdefault(name)
    return tuple(name for name in seen if not any(name != other and other.startswith(name) for other in seen))


def covers(region: str | None, place: str) -> bool | None:
    """Whether a document of `region` is about `place`: itself, a place inside it, or a place that holds it. None when the document has no region."""
    if not region or region in ("全国", "中国", "国家"):
        return None
    own = short(region)
    if place in own or own in place:
        return True
    parents = _parents()
    province = next((parents[name] for name in parents if own.startswith(name)), None)
    if province is None:
        return False
    if place == short(province):  # 山东 holds 青岛
        return True
    return own == short(province) and parents.get(place) == province  # 长沙 lies in 湖南


def _names_of(region: str) -> tuple[str, ...]:
    own = short(region)
    city = next(
        (
            name
            for name in sorted(_parents(), key=len, reverse=True)
            if own.startswith(name) and len(own) - len(name) >= 2
        ),
        None,
    )
    return (own, own[len(city) :].lstrip("市省")) if city else (own,)
