"""What a message wants, by rules of words. Pure.

Present danger and injection decide over any other wish. Where the words leave policy and technical both possible, `Wish.sure` is False
and the caller searches both.
"""

import re
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache

from bot.rules.regions import places
from bot.rules.troubles import tells
from bot.rules.wording import content, without_greeting


class Intent(StrEnum):
    """Which part of the clinic a message is for."""

    POLICY = "policy"
    COURSE = "course"
    TECHNICAL = "technical"
    SERVICE = "service"
    STATUS = "status"
    HUMAN = "human"
    SAFETY = "safety"
    CHITCHAT = "chitchat"
    OUT_OF_SCOPE = "out_of_scope"


class Topic(StrEnum):
    """What exactly a message of a fixed kind is about."""

    NONE = ""
    INJECTION = "injection"
    FISHING = "fishing"
    FORGERY = "forgery"
    HARM = "harm"
    OFF_TOPIC = "off_topic"
    THANKS = "thanks"
    GREETING = "greeting"
    FAREWELL = "farewell"
    WHO = "who"
    NOISE = "noise"
    HOURS = "hours"
    TELEPHONE = "telephone"
    ADDRESS = "address"
    FEES = "fees"
    PRIVACY = "privacy"
    JOIN = "join"
    HELP = "help"
    COMPLAINT = "complaint"
    ACCOUNT = "account"
    CUSTOM_TRAINING = "custom_training"
    WITHDRAW = "withdraw"


@dataclass(frozen=True, slots=True)
class Wish:
    """What a message wants."""

    intent: Intent
    topic: Topic = Topic.NONE
    sure: bool = True  # False: another kind of knowledge may answer as well


# --- danger ---------------------------------------------------------------------------------------------------------------------------

_GAS = r"(?:燃气|煤气|天然气|液化气|沼气|氨气?|液氨|氯气?|氢气?|甲烷|乙炔|一氧化碳|硫化氢|有毒|毒气|可燃气?|酸|强碱|化学品|危化品|溶剂|甲醇|苯)"
_DANGER = re.compile(
    r"着火|起火|失火|着起来|烧起来|燃起来|火灾|冒(?:着|出|起|了)?(?:大|浓|黑|白|青|点)*烟|冒火|火苗|明火|爆炸|炸了|爆燃"
    r"|触电|电到人|电着人|被电(?:$|[了到着击伤晕死麻，,。！!])|电击(?!穿)"
    rf"|{_GAS}.{{0,6}}(?:泄漏|泄露|漏|外泄|喷)|(?:泄漏|漏).{{0,3}}{_GAS}|闻到.{{0,6}}(?:煤气|燃气|毒|刺鼻|氨)"
    r"|(?:压|夹|砸|绞|卷|轧|挤|碾|撞|烫|埋|困)(?:到|住|伤|着|进|倒|断|在)了?(?:人|工人|手|胳膊|手指|腿|脚|头发|同事|师傅|员工)|(?:人|工人|手|胳膊|手指|腿|脚|头发|同事|师傅|员工)(?:都|还|给)?(?:被|让)?.{0,6}?(?:压住|夹住|夹到|砸到|砸伤|卷进|绞进|轧到|压伤|挤伤|夹伤|夹断|割伤|烫伤|切断|绞断|卡住|困住)"
    r"|(?:有人|工人|师傅|同事|员工|人).{0,6}(?:受伤|晕倒|昏迷|昏过去|中毒|流血|出血|没意识|没有意识|倒地|坠落|摔下|烧伤|窒息|呼吸困难)|断指|大出血|快要?塌|要塌了|坍塌"
)
_HARMLESS = re.compile(
    r"(?:柴油机|发动机|主机|排气管?|烟囱|挖掘机|叉车|锅炉|车)[^，。；！!？?]{0,6}冒(?:着|出)?(?:黑|蓝|白)烟|防(?:火|爆|触电|泄漏|烟|夹|坠落)|火灾(?:报警|探测|等级|荷载)|灭火器|触电保护|漏电保护|爆炸极限|防爆|着火点|着火温度|爆炸性环境|(?:烟感|烟雾)(?:报警|探测)|粉尘爆炸(?:的|风险|危险|防|标准|规程)"
    r"|机器人|机械手|机器手|抓手|手柄|手轮|手动"  # hold 人 and 手, and are machines
)
_OVER_BEFORE = re.compile(
    r"上周|上个?月|上次|上回|去年|前年|昨天|昨晚|前天|前几天|前阵子|前段时间|之前|以前|曾经|当时|那次|早上|冒过|着过|起过|烧过|炸过|发生过|出过|触过|漏过|事故后|事后|复盘|调查报告"
)
_SUPPOSED = re.compile(
    r"怎么防|如何防|怎样防|防止|预防|避免|万一|如果|假如|要是|会不会|是否会|可能会|怕|担心|应急预案|演练|规定|要求|标准|规范|培训|课程|课|法规|责任|赔偿|保险|评价|扣分|否决|取消|撤销|会被|会怎|安全距离|多少人|几个人|几人|案(?!件)|事件|设计|需不需要|要不要装|有没有.{0,6}(?:要求|规定)|案例"
)
_NOW = re.compile(r"现在|正在|还在|刚刚|马上|快来|救命|怎么办|又|赶紧|急")
_SETTLED = re.compile(
    r"(?:现在|已经?|目前|早就?|都)(?:好了|没事|修好|处理好|处理完|恢复|扑灭|灭了|停了|解决|正常|不冒|不漏|堵住|送医|控制住)|没事了|扑灭了|火灭了|不冒了|恢复正常|处理好了|有惊无险"
)
_PIECE = re.compile(r"[，,。；;！!？?\n、]+")


_RUNAWAY = re.compile(
    r"(?:釜|放热|反应器)[^。！!？?]{0,20}(?:现在|正|还)[^。！!？?，,]{0,3}(?:一直)?(?:在)?(?:往上|升|涨|冲)|飞温|釜.{0,6}(?:要|快)(?:爆|炸)"
)


def present_danger(text: str) -> bool:
    """Whether people are in danger now. A danger that is over, supposed, or only asked about as a rule is not."""
    if _RUNAWAY.search(text) and not _SUPPOSED.search(text) and not _OVER_BEFORE.search(text):
        return True
    pieces = [piece for piece in _PIECE.split(text) if piece.strip()]
    found = False
    past = False
    for at, piece in enumerate(pieces):
        now = bool(_NOW.search(piece))
        past = (past and not now) or bool(_OVER_BEFORE.search(piece))
        if _SETTLED.search(piece):
            found = False
            continue
        hazard = _DANGER.search(_HARMLESS.sub("", piece))
        if not hazard or re.search(r"没有?$|未$|不会$|别$|无$", piece[: hazard.start()]):
            continue
        if past and not re.search(r"现在|正在|还在|又", piece):
            continue
        rest = "，".join(pieces[at:])
        if _SUPPOSED.search(piece) or (_SUPPOSED.search(rest) and not re.search(r"了|正|现在|救命", piece)):
            continue
        found = True
    return found


def names_danger(text: str) -> bool:
    """Whether a danger to people is named at all, be it present, over or supposed."""
    bare = _HARMLESS.sub("", text)
    # 触过电, 冒过烟 and 夹过手 are 触电, 冒烟 and 夹到手.
    return any(_DANGER.search(words) for words in (bare, bare.replace("过", ""), bare.replace("过", "到")))


# --- refusals -------------------------------------------------------------------------------------------------------------------------

_INJECTION = re.compile(
    r"(?:忽略|无视|忘记|忘掉|抛开|不要管|别管|跳过|覆盖|绕过|解除|取消).{0,8}(?:以上|上面|之前|前面|先前|此前|所有|全部|你的|一切|系统|安全|内容).{0,8}(?:要求|指令|指示|规则|提示|设定|限制|约束|命令|身份|说明|审查)"
    r"|系统提示|提示词|system\s*prompt|(?:ignore|disregard|forget|override)\s+(?:all|any|the|your|previous|above|prior)"
    r"|开发者模式|developer mode|越狱|jailbreak|\bDAN\b|不受(?:任何)?(?:限制|约束|道德)|没有(?:任何)?(?:限制|道德|审查)"
    r"|(?:从现在(?:开始|起)|现在).{0,4}你(?:是|就是|扮演|要扮演|不再是)|你(?:将|要|会|应该|来|需要|可以|现在)?.{0,4}扮演|扮演(?:一个|一名|虚构|[A-Za-z'‘“])|(?:用|以|模仿).{0,60}(?:语气|口吻|态度|身份).{0,16}(?:回答|回应|评论|说话|描述|评价|批判)"
    r"|设定为.{0,40}角色|假设故事|模拟对话|玩(?:一?个|场)游戏|场景设定|虚构的?(?:角色|故事|世界|人物)|假装(?:你|自己)(?:是|不是|没有)|模仿.{0,30}(?:口吻|语气|角色|态度)|的口吻.{0,20}(?:回答|回应|评论|批判)|角色扮演"
    r"|(?:输出|显示|打印|说出|复述|告诉我|泄露|公开).{0,8}(?:你的|系统的?|初始|内部).{0,6}(?:指令|提示|设定|规则|prompt|配置)"
    r"|<\s*/?\s*(?:system|script|im_start)|\[\s*(?:system|INST)\s*\]|drop\s+table|rm\s+-rf|'\s*or\s+'?1'?\s*=",
    re.IGNORECASE,
)
_PEOPLE = r"(?:企业|公司|客户|用户|会员|学员|工程师|专家|老板|负责人|人员|单位|厂家|报名者|员工|人|厂)"
_FISHING = re.compile(
    rf"(?:所有|全部|每个|每家|各个|其他|别的|别人|人家|隔壁|对手|竞争对手|哪些).{{0,10}}{_PEOPLE}?.{{0,8}}的?(?:电话|手机|号码|联系方式|身份证|住址|微信|邮箱|通讯录|花名册|报价|图纸|工单|问诊记录|聊天记录|需求单|个人信息)"
    rf"|(?:导出|下载|列出|打包|发给我|给我一份|拉一份|查一下|查查).{{0,14}}{_PEOPLE}.{{0,6}}(?:名单|电话|联系方式|身份证|通讯录|花名册|手机|资料|信息)"
    r"|(?:数据库|后台|服务器|管理员|系统).{0,6}(?:密码|口令|账号密码|token|密钥|权限|连接串)"
    r"|api[ _-]?key|(?:给我|告诉我|拿到|要).{0,6}(?:管理员|root|admin).{0,4}(?:密码|权限)"
    r"|身份证号(?:码)?.{0,4}(?:多少|是啥|是什么|发我|给我)|(?:私人|家庭|老板个人).{0,3}(?:电话|手机|号码|住址|微信)|个人(?:手机|微信|住址)",
    re.IGNORECASE,
)
_FORGERY = re.compile(
    r"(?:帮我|给我|替我|教我|怎么|如何|怎样|能不能)(?:去|才能|悄悄|偷偷)?(?:伪造|编造|捏造|造假|作假|做假|虚构|篡改|骗(?:取|补|过)|套取|代写.{0,4}论文|P一?个?(?:假)?(?:章|证))|(?:帮我|给我|替我|教我).{0,10}(?:假|虚假)的?(?:材料|合同|发票|证明|数据|报告|公章|财务)"
)
_HARM = re.compile(
    r"(?:制造|制作|合成|购买|贩卖|做).{0,6}(?:毒品|炸弹|炸药|枪支|假钞|假币)|洗钱|贩毒|诈骗话术|(?:设立|开设|经营).{0,8}赌|黑客攻击|入侵.{0,6}(?:网站|系统|电脑)|(?:逃|偷|漏)税(?:方法|技巧|的办法)|怎么.{0,4}逃税|自杀|裸照|色情"
)
_OFF_TOPIC = re.compile(
    r"天气|下雨吗|气温|股票|股市|炒股|基金(?:推荐|怎么买)|大盘|比特币|虚拟币|彩票|双色球|开奖|中奖号|写(?:一?首|个|篇|段)?(?:诗|情书|作文|小说|歌词|对联|检讨|演讲稿)|作诗|讲(?:个|一个)?(?:笑话|故事|段子)|电影|电视剧|综艺|追剧|明星|偶像|足球|篮球|世界杯|奥运|球赛|NBA|欧冠|星座|运势|算命|占卜|风水|菜谱|怎么做菜|红烧|做饭|外卖|减肥|健身|感冒|发烧|吃什么药|看病|挂号|偏方|旅游|景点|机票|酒店|火车票|高考|考研|考公|相亲|女朋友|男朋友|对象|离婚|结婚|房价|买房|租房|游戏|王者荣耀|原神|手机推荐|翻译(?:一?下|成|这)|总统|首都是|(?:python|java|c\+\+).{0,8}(?:代码|脚本|爬虫)|爬虫|写(?:一?段|个|份)?代码|唐诗|脑筋急转弯|几点钟?了|今天几号|今天星期|1\s*[+加]\s*1|护照|驾照|驾驶证|社保|医保|公积金|养老金|退休|户口|身份证怎么|小孩上学|孩子上学|入学|幼儿园|二手车|违章|车牌|快递|话费|宽带|水电费|物业费|过户|遗产|彩礼|信用卡|花呗|餐馆|美食|吃什么|减脂|奶茶|宠物|养猫|养狗|化妆",
    re.IGNORECASE,
)

# --- fixed talk -----------------------------------------------------------------------------------------------------------------------

_THANKS = re.compile(
    r"^(?:好的?|嗯+|行|太好了|明白了?|知道了|收到|ok|了解)?[，,！!。\s]*(?:非常|太|十分|多)?(?:谢谢|感谢|多谢|谢了|谢啦|辛苦|3q|thank|thx)(?:你|您|了|啦|哈|啊|大家|老师|师傅|s|\s|you|们|指点|帮助|解答|的)*[！!。.~～]*$",
    re.IGNORECASE,
)
_GREETING = re.compile(
    r"^(?:你好|您好|hello|hi|hey|嗨|哈喽|在吗|在不在|有人吗|有人在吗|早|早上好|上午好|中午好|下午好|晚上好|老师好|新年好|大家好|喂)(?:啊|呀|哈|吗|了|在|老师|师傅|[\s，,！!？?。.~～])*(?:在吗|有人吗)?[！!？?。.~～]*$",
    re.IGNORECASE,
)
_FAREWELL = re.compile(
    r"^(?:再见|拜拜|回见|bye|晚安|先这样|没事了|没有了|好的|好|嗯+|哦+|行|可以|ok|收到|明白了?|知道了|了解|哈+|呵+|嘿+|不用了|算了)(?:吧|啦|了|哈|啊|[！!。.~～])*$",
    re.IGNORECASE,
)
_WHO = re.compile(
    r"^(?:请问)?(?:你|您)(?:到底)?(?:是|叫)(?:不是)?(?:谁|什么|啥|个?(?:机器人|真人|AI|人工智能|人|智能客服|程序|大模型)|人还是)|(?:你|您)是.{0,3}(?:机器人|真人|AI|chatgpt|gpt|deepseek|豆包|文心)",
    re.IGNORECASE,
)
_HELP = re.compile(
    r"(?:你|您|你们|这里|这个(?:平台|系统|网站|小程序|软件)|平台|这)(?:都|还|到底)?(?:能|会|可以)(?:干|做|帮我?(?:做|干)?|问|查|回答|解决|提供)(?:些|点)?(?:什么|啥|哪些)|(?:^|你|平台|系统)有(?:什么|哪些)功能|怎么(?:用|使用|提问|问)(?:你|这个|平台|系统|啊|呢|$)|使用(?:方法|说明|帮助)|点哪里|点哪儿|从哪(?:里|儿)?开始|^(?:帮助|help|菜单|功能)$|怎么操作这个|我?(?:该|应该)?(?:能|可以)?怎么问",
    re.IGNORECASE,
)

_CALL_PERSON = re.compile(
    r"转(?:接)?(?:到)?(?:一?下)?人工|人工(?:客服|服务|坐席|咨询|回复|处理|帮|来)|(?:要|找|换|叫|接|给我?|来|喊|派)(?:个|一个|位|一位)?(?:真人|活人|人工(?!智能)|客服)|真人(?:客服|服务|回答|来)|^(?:人工|真人|客服|人工客服|人工服务|转接)[！!。.吧呢啊？?\s]*$|(?:要|想|和|跟)(?:真)?人(?:说|聊|谈|沟通)|不要机器人|别用机器人|不想(?:跟|和)机器人"
)
_CALL_ENGINEER = re.compile(
    r"(?:找|叫|派|请|要|联系|安排|转|换|喊)(?:一?下|到|个|一个|位|一位|你们的?|共享|专业的?)*(?:工程师|技术员|师傅|专家|工作人员|老师)"
)
_NOT_A_CALL = re.compile(
    r"电话(?:是)?多少|几点|收费|多少钱|要钱|上班|条件|怎么成为|是什么|指哪|指的|哪些|为什么|标准|规定|政策|办法|人工(?:费|成本|智能|成本)"
)

_STATUS = re.compile(
    r"(?:我|我们|咱们?|本公司|我司|我厂)(?:的|提|报|发|交|上次|昨天|前天|之前|那个|那|刚才|上周|家)*.{0,8}(?:工单|单子|需求|问诊单|申请|问题|报名|请求).{0,10}(?:怎么样|到哪|进度|进展|处理|有消息|没消息|没人|结果|受理|接了|接单|状态|回复|安排|多久|几天|解决了|怎么还)"
    r"|工单(?:号|编号|状态|进度|查询)|查(?:一?下|询)?(?:我的)?(?:工单|进度|单子)|有人接(?:单|了|我)|(?:还没|怎么没|一直没|都没)(?:有)?人(?:联系|回|理|接|管|处理|来)|催(?:一?下|促|办|单)|(?:处理|受理|办理)到(?:哪|什么程度|进度|得怎么样)|(?:工程师|师傅|专家)(?:什么时候|几时|何时|啥时候|多久)(?:能|会)?(?:来|到|联系|回)"
)
_WITHDRAW = re.compile(
    r"(?:撤回|撤销|撤掉|取消|不要了|作废|删掉|关掉|结束|撤)(?:掉|了|一?下)?.{0,6}(?:我|我们|刚才|上次|那个|那).{0,8}(?:工单|单子|需求|申请|问题|报名|请求)|(?:我|我们|刚才|上次)(?:的|提|报|交|发)?的?.{0,8}(?:工单|单子|需求|申请|问题|报名|请求).{0,4}(?:撤回|撤销|撤掉|取消|不要了|撤)"
)

_HERE = (
    r"(?:你们|您们|你这|你那|您这|您那|这里|这边|贵中心|贵单位|贵处|本平台|这个?平台|(?<![\u4e00-\u9fff])平台|这个?系统|问诊|在线问诊|小程序|咱们?(?:这|中心|平台)"
    r"|客服|公众号|工作人员|找(?:你|您))"
)
_SERVICE: tuple[tuple[Topic, re.Pattern[str]], ...] = (
    (
        Topic.PRIVACY,
        re.compile(
            r"隐私|个人信息.{0,6}(?:保护|安全|泄|用|存|删)|(?:信息|资料|数据|图纸|内容|聊天|说的|发的|上传的?|填的|问的).{0,10}(?:会不会|会|是否|能不能|有没有|怎么)?.{0,6}(?:泄露|泄漏|保密|外传|给别人|被别人|别人看|公开|卖|安全吗)|(?:删除|注销|清除).{0,4}(?:我的)?(?:数据|信息|账号|记录|聊天)"
        ),
    ),
    (
        Topic.JOIN,
        re.compile(
            r"(?:我|本人)?(?:想|要|能|可以|怎么|如何|怎样).{0,6}(?:加入|成为|当|做|注册|报名|入驻|应聘)(?:你们|平台|咱们|这里|中心|个|一名|一个|为|的|当|做|成)*(?:共享工程师|工程师|专家|技术顾问|专家库)"
        ),
    ),
    (
        Topic.COMPLAINT,
        re.compile(r"(?:^|我要|想|怎么|哪里|去哪|在哪)(?:投诉|举报你们|差评|提意见|反馈意见)(?!人|率|处理)"),
    ),
    (
        Topic.ACCOUNT,
        re.compile(
            r"(?:怎么|哪里|在哪|要不要|需要|用不用|忘).{0,4}(?:注册|登录|登陆|账号|账户|密码|实名|开户)(?!资|地|商标)|(?:注册|登录)(?:不了|失败|账号)"
        ),
    ),
    (
        Topic.HOURS,
        re.compile(
            rf"{_HERE}.{{0,8}}(?:几点|上班|下班|营业|开门|关门|工作时间|服务时间|周末|节假日|休息|有人(?:吗|值班|在))|^(?:几点|什么时候|周[一二三四五六日末]|周末|节假日|中午|晚上|现在)?.{{0,3}}(?:上班|下班|营业|开门|关门|值班|有人)(?:时间)?(?:吗|啊|呢|的|是)?(?:几点|什么时候)?[？?]*$|^(?:上班|营业|办公|对外|接待|服务|开放)时间(?:是|是什么|是几点|呢|多少|几点到几点|[？?])*$|晚上(?:还)?有人(?:吗|值班)"
        ),
    ),
    (
        Topic.TELEPHONE,
        re.compile(
            rf"{_HERE}.{{0,8}}(?:电话|热线|号码|联系方式|手机|微信|邮箱|怎么联系)|(?:^|中心|平台|咨询|客服|服务|你们)的?(?:电话|热线|联系方式|联系电话|咨询电话|客服电话)(?:是)?(?:多少|几|什么|呢|给|有|[？?]|$)|怎么(?:才能)?(?:联系|找)(?:到)?(?:你们|中心|客服|平台)|打(?:哪个|什么)电话"
        ),
    ),
    (
        Topic.ADDRESS,
        re.compile(
            rf"{_HERE}.{{0,6}}(?:地址|在哪|在什么(?:地方|位置)|哪个(?:区|路|楼|地方)|怎么(?:走|去|过去|到)|位置|网站|网址|官网)|^(?:你们|中心|贵中心)?(?:的)?(?:地址|位置|网址|官网)(?:是|在)?(?:哪|哪里|哪儿|什么|多少|呢|[？?])*$"
        ),
    ),
    (
        Topic.FEES,
        re.compile(
            rf"^(?:那|大概|一般|上门|来)*(?:多少钱|什么价|怎么收费|怎么算钱|贵不贵|什么价格)(?:一次|一趟|一天|一单)?[啊呀呢吗？?]*$|{_HERE}.{{0,10}}(?:收费|要钱|免费|多少钱|费用|价格|收钱|付费|怎么算钱|花钱)|^(?:这个?|问|咨询|问诊|在线问诊|请工程师|找工程师|服务|提问|用|使用|请|找|转人工)?(?:一次|一下)?(?:是|要|需要|用)?(?:不|收不)?(?:收费|要钱|免费|花钱|付费|给钱)(?:吗|不|的|么|标准|咨询|啊|呢|是多少|怎么收|多少)*[？?]*$|(?:问诊|咨询|工程师上门|请(?:工程师|专家)).{{0,6}}(?:收费|要钱|免费|多少钱|费用|花钱)"
        ),
    ),
)

# --- kinds of knowledge ---------------------------------------------------------------------------------------------------------------

_POLICY_WORDS = re.compile(
    r"申报|申请|认定|评审|初审|复核|公示|评估|考核|培育期|整改|撤销|取消资格|一票否决|细则|办法|意见|通知|规定|条例|政策|文件|方案|条款|第[一二三四五六七八九十百\d]+条|附件|文号|有效期|施行|生效|废止|补贴|补助|资金|奖励|扶持|支持措施|财政|经费|税|主管|责任单位|哪个部门|工信|财政厅|人社|区委|市委|省|市州|责任|高层次人才|人才|院士|高校|科研院所|产业集群|集群|成果转化|技术经理人|技术经纪人|链主|四链|产业链|创新链|教育链|联盟|理事会|专家委员会|秘书处|需求池|揭榜挂帅|项目包|积分|会费|会员|成员单位|运营实体|实训基地|实践基地|基地|(?<!加工)中心|共享工程师|指标|分值|得分|加分|打分|评分|座谈会|会议|参会|回执|议程|会期|知识产权|专利|职称|名单|指导意见|工作机制|标准化|建设标准|牵头单位|依托单位|法人|资质|讲师|导师|场地面积|学科|专精特新|小巨人|首台套|先投后股|拨投结合|首购|梧桐树|年度报告|材料(?=.{0,4}(?:要|提交|准备|有|清单|哪|审))|(?:交|提交|准备|递交|要|什么|哪些)材料|条件"
)
_TECHNICAL_WORDS = re.compile(
    r"注塑|注射机|缩水|缩痕|缩孔|毛刺|毛边|飞边|披锋|熔接|银纹|料花|气纹|困气|短射|缺料|翘曲|保压|射胶|模温|脱模|顶白|顶针|拉伤|粘模|模具|冲压|压铸|拉深|起皱|回弹|冲头|落料|数控|车床|铣床|磨床|加工中心|CNC|机床|主轴|丝杠|导轨|刀具|刀片|铣刀|钻头|丝锥|断刀|崩刃|让刀|对刀|换刀|振刀|振纹|颤纹|粗糙度|光洁度|椭圆|圆度|同轴|平行度|垂直度|尺寸|公差|超差|偏差|跳动|切削|切屑|攻丝|螺纹|焊|熔深|咬边|夹渣|气孔|裂纹|开裂|变形|热处理|淬火|回火|退火|渗碳|氮化|硬度|脱碳|变频器|伺服|编码器|PLC|HMI|触摸屏|接触器|继电器|断路器|跳闸|短路|接地|干扰|通讯|通信|丢包|Modbus|Profinet|EtherCAT|I/?O|传感器|接近开关|光电|电机|马达|减速机|电柜|电流|电压|过流|过载|过热|发热|发烫|温升|烧(?:了|坏|毁)|轴承|齿轮|皮带|链条|联轴器|异响|噪音|噪声|振动|抖动|爬行|卡死|卡滞|卡住|磨损|松动|液压|气压|油缸|气缸|油泵|柱塞泵|齿轮泵|溢流阀|换向阀|电磁阀|比例阀|油温|压力上不去|没压力|保不住压|漏油|漏气|漏水|渗油|内泄|密封|O型圈|油封|乳化|涂层|镀|电泳|喷涂|喷漆|喷粉|附着力|起泡|掉漆|橘皮|锈|腐蚀|盐雾|材质|牌号|金相|检具|三坐标|CMM|卡尺|千分尺|量具|测量|检测不|CPK|CMK|MSA|GRR|校准|机器人|机械手|机械臂|AGV|AMR|输送线|码垛|抓手|示教|导航|MES|ERP|SCADA|WMS|PLM|CAD|CAM|数据采集|采集不到|数据库|接口|组态|挤出|反应釜|搅拌|结垢|堵塞|蒸馏|精馏|换热器|泵|阀门|阀|管道|流量计|液位|PCB|SMT|虚焊|连锡|锡珠|立碑|芯片|晶圆|封装|静电|ESD|回流|船体|船用|艉轴|海工|空压机|锅炉|能耗|电费|功率因数|谐波|制冷|冷却塔|冷水机|余热|光伏|储能|粉尘|除尘|护栏|光栅|急停|安全门|联锁|报警|故障|异常|失效|死机|黑屏|停机|罢工|不动作|不转|转不动|启动不了|起不来|不良|良率|合格率|报废|返工|退货|客诉|NG|工艺|参数|打滑|跑偏|错位|偏心|夹具|工装|定位销|装夹|节拍|胶|粘接|固化|脱胶|烘干|含水|色差|杂质|黑点|气泡|断裂|疲劳|AL[.\-]?\d+|E\d{2,}|[A-Z]{1,3}\d{3,}|AL\.?\w+|维修|保养|润滑|换刀|刀库|产线|流水线|拧紧|扭矩|铸|锻|砂眼|触电|漏电|防爆|冒过?烟|打火|安全距离|防护罩|双手按钮|锁定挂牌",
    re.IGNORECASE,
)
_MACHINE = re.compile(r"机器(?!人)|设备|加工|工艺|参数|测量|零件|产品")
_TROUBLE = re.compile(
    r"老是?(?=[^师板])|总是?|一直|经常|时不时|偶尔|突然|忽然|怎么回事|什么原因|啥原因|怎么解决|怎么处理|怎么调|怎么修|怎么排查|怎么办|咋办|咋整|(?<!行)不行|不好使|没用|坏了|不动|不转|没反应|上不去|下不来|不稳|不准|跑了|太大|太高|太低|太慢|降不下来|压不住|客户(?:要|说|投诉)|停线|趴窝"
)
_COURSE_WORDS = re.compile(
    r"课程|(?:的|上|听|报|门|节|有|开|什么|哪些|讲)课|课(?:吗|么|啊|呢|表|时|有|多少|什么|可|能|在|怎|[，,？?。！!]|$)|培训班|班次|开班|上课|学费|培训费|网课|线上课|线下课|直播课|公开课|研修班|训练营|讲座|报名费|培训课|想学|学一?下|学点|学(?:会|习)(?:一?下)?(?=PLC|数控|编程|机器人)|报(?:个|一?个|名)?班|有(?:没有|什么|哪些)?.{0,10}培训(?:吗|么|啊|呢|可以|能|[，,？?。]|$)|(?:报名|参加).{0,6}(?:培训|学习|班)|名额|零基础|入门班|进修|考证|取证班",
    re.IGNORECASE,
)
_TEACHING = re.compile(r"[上讲听]课")  # alone it may also be what a document says of teaching
_NOT_COURSE = re.compile(
    r"课程体系|课程内容|核心课程|教学|讲师|导师|师资|基地|标准|建设|申报|条件|要求|规定|功能|档案|补贴|文件|意见|细则|办法|联盟|理事会|政策|资助|课题|指标|分值|评分|中心应|中心要|收入来源|揭榜|项目包|机制"
)
_CUSTOM = re.compile(
    r"定制.{0,4}(?:培训|课|班(?!车))|(?:给|为|帮)(?:我们?|咱们?|我司|我厂|本厂|厂里|公司|员工|工人)(?:厂|公司|单位|工人|员工|里|的)*.{0,8}(?:培训|上课|讲课|开(?:个|一)?(?:个)?班|办(?:个|一)?班)|(?<!网)(?:上门|到厂|进厂|来厂|来公司).{0,6}(?:培训|讲课|上课|授课)|包班|内训|培训.{0,6}(?:我们(?:厂|公司)?的?(?:员工|工人|技术员))"
)


@lru_cache(maxsize=4096)  # a talk's earlier messages, and the clauses of this one, are read again and again
def read(text: str) -> Wish:
    """What the message, cleaned, wants."""
    if present_danger(text):
        return Wish(Intent.SAFETY)
    refused = _refused(text)
    if refused:
        return Wish(Intent.OUT_OF_SCOPE, refused)
    if _wants_person(text):
        return Wish(Intent.HUMAN)
    talk = _small_talk(text)
    if talk:
        return talk
    text = without_greeting(text)
    if _WITHDRAW.search(text):
        return Wish(Intent.STATUS, Topic.WITHDRAW)
    if _STATUS.search(text):
        return Wish(Intent.STATUS)
    wish = _knowledge(text)
    service = Topic.NONE if places(text) else _service(text)
    if service and (wish.intent is not Intent.COURSE or service is Topic.PRIVACY):
        return Wish(Intent.SERVICE, service)
    if _OFF_TOPIC.search(text) and not _strong(text) and wish.intent is not Intent.TECHNICAL:
        return Wish(Intent.OUT_OF_SCOPE, Topic.OFF_TOPIC, sure=False)
    return wish


def _knowledge(text: str) -> Wish:
    """Which knowledge is wanted: policy unless the words of a course or of the shop floor stand against it."""
    policy = len(set(_POLICY_WORDS.findall(text)))
    technical = len({word for word in _TECHNICAL_WORDS.findall(text) if word})
    trouble = bool(_TROUBLE.search(text))
    technical += trouble and bool(_MACHINE.search(text))
    if _CUSTOM.search(text) and not _NOT_COURSE.search(text):
        return Wish(Intent.COURSE, Topic.CUSTOM_TRAINING)
    if _COURSE_WORDS.search(text) and not _NOT_COURSE.search(text):
        return Wish(Intent.COURSE, sure=policy == 0 and bool(_COURSE_WORDS.search(_TEACHING.sub("", text))))
    if policy <= 1 and tells(text):
        return Wish(Intent.TECHNICAL, sure=not policy)
    if technical and not policy:
        return Wish(Intent.TECHNICAL, sure=technical > 1 or trouble)
    if technical > policy and (trouble or technical > 2 * policy):
        return Wish(Intent.TECHNICAL, sure=False)
    return Wish(Intent.POLICY, sure=policy > 0 and not technical)


def _refused(text: str) -> Topic:
    for topic, pattern in (
        (Topic.INJECTION, _INJECTION),
        (Topic.FISHING, _FISHING),
        (Topic.FORGERY, _FORGERY),
        (Topic.HARM, _HARM),
    ):
        if pattern.search(text):
            return topic
    return Topic.NONE


def _wants_person(text: str) -> bool:
    if _CALL_PERSON.search(text):
        return not _NOT_A_CALL.search(text) or bool(
            re.search(r"转(?:接)?(?:到)?(?:一?下)?人工(?![费成智])", text)
            and not re.search(r"收费|要钱|多少钱|怎么转", text)
        )
    called = _CALL_ENGINEER.search(text)
    if not called or _NOT_A_CALL.search(text):
        return False
    rest = content(text[: called.start()] + text[called.end() :])
    return len(re.sub(r"[想帮给来吧看谈聊一下个快直接]", "", rest).replace(" ", "")) <= 2


def _small_talk(text: str) -> Wish | None:
    bare = text.strip()
    for topic, pattern in (
        (Topic.THANKS, _THANKS),
        (Topic.GREETING, _GREETING),
        (Topic.FAREWELL, _FAREWELL),
        (Topic.WHO, _WHO),
    ):
        if pattern.search(bare):
            return Wish(Intent.CHITCHAT, topic)
    if _HELP.search(bare) and not _TECHNICAL_WORDS.search(bare) and not _POLICY_WORDS.search(_without_here(bare)):
        return Wish(Intent.SERVICE, Topic.HELP)
    if not re.search(r"[\w\u3400-\u9fff]", bare):
        return Wish(Intent.CHITCHAT, Topic.NOISE)
    return None


def _without_here(text: str) -> str:
    return re.sub(_HERE, "", text)


def _service(text: str) -> Topic:
    for topic, pattern in _SERVICE:
        if pattern.search(text):
            return topic
    return Topic.NONE


def _strong(text: str) -> bool:
    """Whether the message also speaks of the house's own matters."""
    return bool(_POLICY_WORDS.search(text) or _TECHNICAL_WORDS.search(text) or _COURSE_WORDS.search(text))
