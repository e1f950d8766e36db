"""What a firm says of itself when it registers in the chat: firm, name, telephone, consent. Pure."""

import re
import unicodedata
from dataclasses import dataclass, replace

FIRM, NAME, PHONE, CONSENT = "organisation", "name", "phone", "consent"
WORDS = {FIRM: "企业名称", NAME: "您的姓名", PHONE: "联系电话", CONSENT: "“同意”二字"}
_FIRM_END = r"(?:有限(?:责任)?公司|股份公司|公司|集团|工厂|[^\s，,。；;]{0,1}厂|厂|研究所|研究院|设计院|学院|大学|学校|合作社|经营部|加工部|门市部|商行|工作室|车间|作坊|制造部|机械部|中心|实验室)"
_FIRM = re.compile(rf"[A-Za-z0-9一-鿿（）()·&\-]{{1,40}}{_FIRM_END}(?:[（(][^）)]{{1,12}}[）)])?")
_LEAD = re.compile(
    r"^(?:(?:你好|您好|嗯|好的?|行|我们?这?边?|咱们?|这里|这边|公司|企业|单位|厂子?|名称|名字|全称|是|叫|做|的|在|来自|就是|：|:|，|,|\s)+)"
)
_SURNAME = (
    r"(?:欧阳|上官|司马|诸葛|夏侯|皇甫|尉迟|公孙|慕容|司徒|令狐|端木|东方|南宫|西门|独孤|呼延|"
    r"[赵钱孙李周吴郑王冯陈褚卫蒋沈韩杨朱秦尤许何吕施张孔曹严华金魏陶姜戚谢邹喻柏水窦章云苏潘葛奚范彭郎鲁韦昌马苗凤花方俞任袁柳酆鲍史唐费廉岑薛雷贺倪汤滕殷罗毕郝邬安常乐于时傅皮卞齐康伍余元卜顾孟平黄和穆萧尹姚邵湛汪祁毛禹狄米贝明臧计伏成戴谈宋茅庞熊纪舒屈项祝董梁杜阮蓝闵席季麻强贾路娄危江童颜郭梅盛林刁钟徐邱骆高夏蔡田樊胡凌霍虞万支柯昝管卢莫经房裘缪干解应宗丁宣贲邓郁单杭洪包诸左石崔吉钮龚程嵇邢滑裴陆荣翁荀羊於惠甄曲家封芮羿储靳汲邴糜松井段富巫乌焦巴弓牧隗山谷车侯宓蓬全郗班仰秋仲伊宫宁仇栾暴甘钭厉戎祖武符刘景詹束龙叶幸司韶郜黎蓟薄印宿白怀蒲邰从鄂索咸籍赖卓蔺屠蒙池乔阴胥能苍双闻莘党翟谭贡劳逄姬申扶堵冉宰郦雍却璩桑桂濮牛寿通边扈燕冀郏浦尚农温别庄晏柴瞿阎充慕连茹习宦艾鱼容向古易慎戈廖庾终暨居衡步都耿满弘匡国文寇广禄阙东殴殳沃利蔚越夔隆师巩厍聂晁勾敖融冷訾辛阚那简饶空曾毋沙乜养鞠须丰巢关蒯相查后荆红游竺权逯盖益桓公肖覃付代])"
)
_LABELLED = re.compile(r"(?:公司|企业|单位|厂名|工厂)(?:的?名称?|全称)?\s*[:：]\s*(?P<firm>[^\s，,。；;]{2,40})")
_TITLE = r"(?:先生|女士|小姐|师傅|经理|总监|总|厂长|主任|老板|工|主管|科长|部长)"
_TOLD_NAME = re.compile(
    rf"(?:我(?:的名字)?(?:是|叫|姓)|姓名|名字|联系人|称呼|本人)\s*(?:是|叫|为|[:：])?\s*(?P<name>{_SURNAME}[一-鿿]{{0,3}}?(?:{_TITLE})?)(?=$|[^一-鿿]|电话|手机|同意|联系)"
)
_AFTER_FIRM = re.compile(rf"^的?\s*(?P<name>{_SURNAME}[一-鿿]{{0,3}}?(?:{_TITLE})?)(?=$|[^一-鿿]|电话|手机|同意|联系)")
_ALONE = re.compile(rf"(?<![一-鿿])(?P<name>{_SURNAME}(?:[一-鿿]{{1,2}}|{_TITLE}))(?![一-鿿])")
_PHONE = re.compile(
    r"(?<!\d)(?:\+?86[\s-]?)?1[3-9]\d[\s-]?\d{4}[\s-]?\d{4}(?!\d)|(?<!\d)(?:0\d{2,3}[-\s]?)\d{7,8}(?:-\d{1,6})?(?!\d)|(?<!\d)[48]00-?\d{3,4}-?\d{3,4}(?!\d)"
)
_COULD_NAME_A_FIRM = re.compile(
    r"(?!.*(?:同意|电话|手机|姓名|联系|登记|转人工|工程师|人工|[吗呢了么啊吧怎]|问题|坏|急))[A-Za-z一-鿿（）()·&]{2,20}"
)
_SHORT_NAME = re.compile(
    r"[一-鿿]{2,8}(?:模具|机械|电子|塑胶|塑料|五金|精密|科技|制造|电气|电器|重工|铸造|锻造|自动化|材料|实业|工贸|机电|装备|汽配|焊接|热处理|数控|机床|液压)"
)
_AGREES = re.compile(r"同意|我?愿意(?:登记)?|agree", re.IGNORECASE)
_REFUSES = re.compile(r"不(?:太|大|想|能|会)?(?:同意|愿意)|别(?:登记|保存|存)|不想?(?:登记|留|说|给|提供|注册)")


@dataclass(frozen=True, slots=True)
class Details:
    """What is known so far; empty where it was not said."""

    organisation: str = ""
    name: str = ""
    phone: str = ""
    consent: bool = False

    @property
    def missing(self) -> tuple[str, ...]:
        """What must still be said, in the order of asking."""
        told = {FIRM: self.organisation, NAME: self.name, PHONE: self.phone, CONSENT: self.consent}
        return tuple(code for code, value in told.items() if not value)


def refuses(text: str) -> bool:
    """Whether the firm will not be registered."""
    return bool(_REFUSES.search(text))


def could_be_firm(text: str) -> bool:
    """Whether a few words are a firm's short name (宏达模具), though a trade stands in it."""
    return bool(_SHORT_NAME.fullmatch(_LEAD.sub("", unicodedata.normalize("NFKC", text).strip()).strip("。，, 的")))


def remainder(text: str) -> str:
    """What a message says beside who the firm is."""
    found = _found(unicodedata.normalize("NFKC", text))
    rest = _PHONE.sub("，", unicodedata.normalize("NFKC", text))
    for value in (found.organisation, found.name):
        rest = rest.replace(value, "，") if value else rest
    clauses = [_LEAD.sub("", clause) for clause in re.split(r"[，,。；;\s]+", rest)]
    return "，".join(clause for clause in clauses if len(clause) > 1 and not _AGREES.fullmatch(clause))


def parse(text: str, before: Details | None = None, *, taking: bool = True) -> Details:
    """What a message adds: all four may stand in one (我是滨江塑料厂的王强 13800000000 同意), or one at a time.

    Args:
        before: What was said earlier.
        taking: Whether a short message in which nothing is recognised is taken for the missing name of the firm or of the person; only
            where something was said before.
    """
    before = before or Details()
    plain = unicodedata.normalize("NFKC", text).strip()
    found = _found(plain)
    told = Details(
        found.organisation or before.organisation,
        found.name or before.name,
        found.phone or before.phone,
        before.consent or found.consent,
    )
    if told != before or before == Details() or not taking or refuses(text):
        return told
    bare = _LEAD.sub("", plain).strip("。，, ")
    if not 2 <= len(bare) <= 30 or not re.fullmatch(r"[\w（）()·&\- ]*[^\W\d][\w（）()·&\- ]*", bare):
        return told
    if not before.organisation:
        return replace(before, organisation=bare)
    return told if before.name else replace(before, name=bare)


def _found(text: str) -> Details:
    phone = _PHONE.search(text)
    consent = bool(_AGREES.search(text)) and not refuses(text)
    rest = text.replace(phone[0], "，") if phone else text
    labelled = _LABELLED.search(rest)
    firm, name = labelled["firm"] if labelled else "", ""
    left = []
    for piece in re.split(r"[，,。；;、\n/|]+|\s+", rest):
        bare = _LEAD.sub("", piece)
        hit = None if firm else _FIRM.match(bare)
        if hit and len(hit[0]) > 1:
            firm = hit[0]
            after = _AFTER_FIRM.match(bare[hit.end() :])
            name = name or (after["name"] if after else "")
            continue
        told = _TOLD_NAME.search(piece) or _ALONE.fullmatch(bare.removesuffix("同意"))
        if told and not name:
            name = told["name"]
        elif _COULD_NAME_A_FIRM.fullmatch(bare):
            left.append(bare)
    if phone and name and not firm and len(left) == 1:
        firm = left[0]  # beside a name and a telephone it can hardly be anything else
    return Details(firm, name, _dialled(phone[0]) if phone else "", consent)


def _dialled(phone: str) -> str:
    """Without gaps; a landline keeps the hyphen behind its area code."""
    bare = re.sub(r"\s", "", phone)
    return bare.replace("-", "") if re.match(r"(?:\+?86-?)?1[3-9]", bare) else bare
