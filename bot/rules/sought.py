"""What a question seeks beside hard facts: a way to do something, conditions, papers, somebody, a place, any number. Pure.

How each is asked for and how a clause says it. A clause about skills contests does not tell how to sign up for one: then
no part of a sentence that speaks of the contest speaks of signing up. Both sides are broad, for they only weigh.
"""

import re

from bot.rules.facts import Asked, Wanted

WAY = Wanted(
    "办法",
    re.compile(
        r"(?:怎么|咋|如何|怎样|哪里|去哪儿?|上哪儿?|向谁|找谁|跟谁)(?:去|来|能|才能|可以|样)*(?:申请|申报|报名|报(?!销)|加入|入会|注册|登记|办理|办|申领|领取|认定|评|考|弄|入驻)"
        r"|(?:申请|申报|报名|认定|办理|登记|加入)(?:的)?(?:流程|程序|步骤|办法|方式|入口|渠道|手续)|(?:登记|许可|申报|申请|认证)(?:怎么|咋)"
    ),
    re.compile(
        r"申报|申请|推荐|提交|报送|登记|办理|受理|报名|填写|填报|审核|评审|遴选|公示|通过.{1,10}(?:平台|网|系统)|流程|程序"
    ),
)
OTHERS = (
    Wanted(
        "数目",
        re.compile(
            r"多少|(?<![哪这那前后头好])几(?=[个名人位家所项次台套场篇门条款分天年月日周期届批轮票趟份页成倍种类级步小元万亿百千])"
            r"|(?:数量|人数|规模|额度|金额|天数|次数|分值|占比)(?:要求)?[？?]?$"
        ),
        re.compile(
            r"\d|[一二两三四五六七八九十百千万]+[余多]?[个名人位家所项次台套场篇门条分天年月日周期届批轮元倍种类级步成]|百分之|若干|半年|全额"
        ),
    ),
    Wanted(
        "条件",
        re.compile(
            r"条件|门槛|资历|资质|什么要求|啥要求|标准(?:是什么|是啥)?[？?]?$|什么人(?:能|可以|才)|谁(?:能|可以)(?:申|报|参)|最低要求"
        ),
        re.compile(r"具备|须|应当?|不少于|不低于|以上|符合|满足|条件|要求|资格|拥有|具有|优先|不得"),
    ),
    Wanted(
        "材料",
        re.compile(r"材料|交(?:什么|啥|哪些)|(?:要|带|准备)(?:什么|啥|哪些)(?:东西|资料|手续|证)"),
        re.compile(r"材料|申报书|申请表|证明|清单|附件|方案|报告|回执|表"),
    ),
    Wanted(
        "谁",
        re.compile(
            r"哪(?:些|几|个|家|所|两|三|\d+)?(?:个|家|所|座)?(?:高校|院校|大学|学校|公司|企业|单位|机构|银行|产业|专业|部门|局|处|厅|园区|领导)"
            r"|(?:单位|公司|院校|机构|银行|部门|名单)(?:是)?(?:哪|谁|[？?]?$)|都?(?:有|是)谁|谁(?:来|去|负责|牵头|主持|管|定|批|认定|发|出|付|审|签)|哪位"
        ),
        re.compile(
            r"[“《].{2,20}[”》]|大学|学院|公司|集团|研究院|研究所|[局厅委院办]|部门|中心|单位|机构|负责|牵头|会同|主持|理事会|委员会|秘书处|实体|联盟|同志|专家"
        ),
    ),
    Wanted(
        "地方",
        re.compile(r"(?:在|去|到|上)(?:什么|哪)(?:个|里|儿|块|些|几个)?(?:地方|地点|区|市|县)?|地点|地址|位置"),
        re.compile(r"位于|地[点址]|会议室|[路街号楼]|大厦|[省市区县]|园区|现场|平台|网"),
    ),
)


def sought(question: str, kinds: tuple[Wanted, ...]) -> tuple[Asked, ...]:
    """Those of the kinds that a question seeks, with the words that ask for them."""
    return tuple(Asked(kind, match.span()) for kind in kinds if (match := kind.asked.search(question)))
