"""Request and response shapes of talks, tickets, offers, demands and the ledger.

Requests are strict: a number in quotes is no number, and true is none either. Responses name what is promised; more may stand beside it.
"""

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, StrictBool, StrictInt

CONVERSATION = Field(description="对话编号；没有账号时，知道这个编号的人才能看到这段对话。")


# What names a thing: no id holds a NUL, and not every database can even look for one.
Reference = Annotated[str, Field(max_length=200, pattern=r"^[^\x00]*$")]
# A day, a place, a few words that nobody cleans before they are looked up or kept.
Short = Annotated[str, Field(max_length=500, pattern=r"^[^\x00]*$")]


class _Given(BaseModel):
    """A body; what it does not know is ignored."""

    model_config = ConfigDict(extra="ignore")


class Nothing(_Given):
    """An empty object."""


class TurnIn(_Given):
    """One message of the asker's side."""

    text: str = Field(description="1 至 20000 字；按下按钮时发它的 value。")
    client_id: str | None = Field(None, description="客户端自定的编号；同一编号重发只算一条，得到的是第一次的回复。")


class MessageIn(_Given):
    """What the engineer or staff say to the firm."""

    text: str = Field(description="1 至 20000 字。")
    client_id: str | None = Field(None, description="同一编号重发只算一条。")
    asks: StrictBool = Field(False, description="是否在等企业回话：工单转为 waiting_sme，工程师的时钟停住。")


class NoteIn(_Given):
    """An internal note."""

    text: str = Field(description="1 至 20000 字，企业看不到。")


class ReasonIn(_Given):
    """Why."""

    reason: str = Field(description="原因，不能为空。")


class MaybeReasonIn(_Given):
    """Why, if one wants to say."""

    reason: str | None = Field(None, description="大白话；不是我的专业、太远、太忙会让以后的派单更准。")
    until: Short | None = Field(None, description="太忙时：忙到哪天（含），2026-11-25。")


class ResolveIn(_Given):
    """The solution, filled in by the engineer."""

    symptom: str = Field(description="现象。")
    cause: str = Field(description="原因。")
    steps: str | list[str] = Field(description="处理步骤。")
    verification: str = Field(description="怎样验证。")
    limits: str = Field(description="适用范围与限制。")


class ConfirmIn(_Given):
    """The firm's confirmation."""

    share: StrictBool | None = Field(None, description="是否同意公开去掉企业信息后的方案；企业不写即同意。")


class RateIn(_Given):
    """The firm's rating."""

    rating: StrictInt = Field(description="1 至 5。")
    comment: str | None = None


class MergeIn(_Given):
    """Where a duplicate goes."""

    into: Reference = Field(description="并入哪一张。")


class AssignIn(_Given):
    """Who gets it."""

    engineer: Reference = Field(description="工程师编号。")


class _Shown(BaseModel):
    """A part of a response."""

    model_config = ConfigDict(extra="allow")


class Made(_Shown):
    """What was made."""

    id: str


class PersonOut(_Shown):
    """A person as others see one."""

    id: str
    name: str


class TicketBrief(_Shown):
    """A ticket beside a reply."""

    ref: str
    state: str


class ButtonOut(_Shown):
    """A thing to press; post `value` as the next message."""

    label: str
    value: str


class ReplyOut(_Shown):
    """One message back."""

    id: str
    text: str
    kind: str = Field(description="answer、question、notice 或 system；工程师接手期间只有 system。")
    label: str | None = Field(description="机器生成的文字带标识，要一并显示。")
    answer: dict[str, Any] | None = None
    buttons: list[ButtonOut] = []


class RegisteredOut(_Shown):
    """The account of who registered in the talk; the token is shown this once."""

    token: str
    organisation: str
    verified: bool
    id: str


class TurnOut(_Shown):
    """What one message led to; `replies` is empty while it is still being worked on (202)."""

    message: str | None = Field(description="这条消息的编号。")
    replies: list[ReplyOut]
    owner: str = Field(description="现在由谁答复：bot、pool（等待接单，机器人仍会答）或 engineer。")
    ticket: TicketBrief | None = None
    registration: RegisteredOut | None = Field(None, description="只在这一轮里刚登记时有：之后用这个口令继续这段对话。")


class FileOut(_Shown):
    """A file of a talk."""

    id: str
    name: str = Field(description="按内容改正过后缀的名字。")
    media_type: str
    size: int = Field(description="存下来的字节数；照片缩小过。")


class SentOut(FileOut):
    """A file as it stands in a talk."""

    kind: str = Field(description="photo、document 或 voice。")
    state: str = Field(description="kept；waiting 表示还在从聊天软件取；refused 表示没有收下。")
    href: str = Field(description="从哪里取。")


class MessageOut(_Shown):
    """One message of a talk."""

    id: str
    at: str
    sender: str = Field(alias="from", description="sme、bot、engineer、staff 或 system。")
    text: str
    label: str | None
    files: list[SentOut] = Field(default=[], description="随这条消息发来的照片和文件。")


class MessageList(_Shown):
    """A part of a talk, oldest first."""

    items: list[MessageOut]
    next: str | None = Field(description="还有更多时，作为 after 继续读。")


class TicketOut(_Shown):
    """A ticket."""

    ref: str
    state: str
    owner: PersonOut | None
    conversation: str
    demand: str = Field(description="需求编号。")
    urgency: str
    due: str | None = Field(description="下一个时限。")


class TicketDetail(TicketOut):
    """A ticket with what the caller may see of it."""

    packet: dict[str, Any] = Field(description="交接单：逐条事实及其出处、还缺什么。")
    messages: list[MessageOut] = Field(description="对话；还没接单的工程师看不到。")
    notes: list[dict[str, Any]] = Field(description="内部备注；企业看不到。")
    solution: dict[str, Any] | None
    similar: list[dict[str, Any]] = Field(description="相似的已解决案例，给工程师和工作人员。")


class TicketList(_Shown):
    """Tickets, the newest first."""

    items: list[TicketOut]
    next: str | None


class SaidOut(MessageOut):
    """The message that was said, and its ticket now."""

    ticket: TicketOut


class NoteOut(_Shown):
    """An internal note."""

    id: int
    at: str
    by: str
    text: str


class OfferOut(_Shown):
    """An invitation."""

    id: str
    why: str
    ticket: TicketOut


class OfferList(_Shown):
    """What an engineer may claim now."""

    items: list[OfferOut]
    next: None = None


class Declined(_Shown):
    """An offer that was declined."""

    id: str
    declined: Literal[True]


class DemandOut(_Shown):
    """A demand of the pool."""

    ref: str
    state: str
    title: str
    kind: str | None
    domain: str
    urgency: str
    organisation: PersonOut
    text: str
    ticket: TicketBrief | None
    origin: str = Field(description="从哪里来：web、telegram 或 terminal。")
    completeness: int = Field(description="完整度，0 至 100。")
    marks: list[str] = Field(description="完整需求的四个标志里已有的：precise、measurable、decider、attached。")
    value: int | None = Field(description="企业说到的金额，元。")
    town: str | None
    age_days: int
    cluster: str | None = Field(description="所属的共性难题。")
    package: str | None = Field(description="所属的项目包。")


class DemandDetail(DemandOut):
    """A demand with what stands around it."""

    files: int
    sources: list[DemandOut] = Field(description="并入它的需求。")


class DemandList(_Shown):
    """Demands in the order asked for."""

    items: list[DemandOut]
    next: str | None
    total: int


class PublishIn(_Given):
    """Why it becomes a package, if one wants to say."""

    reason: str | None = None


class DuplicateOut(_Shown):
    """Two demands of one firm that look like one need."""

    id: int
    likeness: int = Field(description="百分比。")
    why: list[str] = Field(description="两条都提到的。")
    first: DemandOut
    second: DemandOut


class DuplicateList(_Shown):
    """Proposals, the likeliest first."""

    items: list[DuplicateOut]
    next: None = None


class GatherIn(_Given):
    """Demands, and how what they make is called."""

    demands: list[Reference] = Field(description="需求号。", max_length=200)
    name: str = Field("", description="40 个字以内；不能指向任何一家企业。")


class NameIn(_Given):
    """A name."""

    name: str = Field(description="40 个字以内；不能指向任何一家企业。")


class ClusterOut(_Shown):
    """A common problem. A firm gets `why` as a list of words and its `own` demands, no more."""

    ref: str
    name: str
    firms: int = Field(description="几家企业。")
    why: Any = Field(description="为什么归在一起：共同的设备或零件（things）和说法（words）。")


class ClusterList(_Shown):
    """Common problems, those of most firms first."""

    items: list[ClusterOut]
    next: None = None


class PackageIn(_Given):
    """What a draft is to say; what is left out stays."""

    title: str | None = Field(None, description="名称。")
    goal: str | None = Field(None, description="目标。")
    metrics: str | None = Field(None, description="指标，一行一条。")
    deadline: str | None = Field(None, description="揭榜截止日，如 2026-12-31。")
    period: str | None = Field(None, description="完成期限。")
    budget: str | None = Field(None, description="预算。")
    rights: str | None = Field(None, description="知识产权归谁。")
    reach: str | None = Field(None, description="alliance 联盟内，open 面向社会。")

    def named(self) -> dict[str, str]:
        """The fields that were given."""
        fields = ("title", "goal", "metrics", "deadline", "period", "budget", "rights", "reach")
        return {name: value for name in fields if (value := getattr(self, name)) is not None}


class PackageMakeIn(PackageIn):
    """Demands or a common problem, and what the draft is to say."""

    demands: list[Reference] = Field(default_factory=list, max_length=200, description="需求号。")
    cluster: Reference | None = Field(None, description="共性难题编号；不写 demands 时取其中未办结的全部需求。")


class PackageOut(_Shown):
    """A package; nothing of it names a firm. Staff get its demands beside it."""

    ref: str
    state: str
    title: str
    goal: str
    metrics: str
    deadline: str
    period: str
    budget: str
    rights: str
    reach: str
    firms: int = Field(description="来自几家企业。")
    published: str | None


class PackageList(_Shown):
    """Packages, the newest first."""

    items: list[PackageOut]
    next: None = None


class ApplicationIn(_Given):
    """An offer to do a package."""

    name: str = Field(description="联系人。")
    organisation: str = Field(description="单位。")
    contact: str = Field(description="电话或邮箱。")
    proposal: str = Field(description="方案，4000 字以内。")
    price: str = Field(description="报价。")
    time: str = Field(description="工期。")
    consent: StrictBool = Field(description="同意中心保存姓名和联系方式，只用于这次揭榜。")


class ApplicationOut(_Shown):
    """Who applied, for staff."""

    id: str
    at: str
    name: str
    organisation: str
    contact: str
    proposal: str
    price: str
    time: str
    deleted: bool


class ApplicationList(_Shown):
    """Applications, the first first."""

    items: list[ApplicationOut]
    next: None = None


class ViewIn(_Given):
    """Filters to be kept."""

    name: str = Field(description="40 个字以内；同名的会被替换。")
    filters: dict[str, Any] = Field(default_factory=dict, description="与 GET /demands 的参数同名。")


class ViewOut(_Shown):
    """Filters that are kept."""

    id: str
    name: str
    filters: dict[str, Any]


class ViewList(_Shown):
    """The caller's own, by name."""

    items: list[ViewOut]
    next: None = None


class EntryOut(_Shown):
    """One event."""

    seq: int
    at: str
    actor: str = Field(description="人的摘要，不是编号。")
    event: str
    subject: str
    data: dict[str, Any]
    hash: str


class EntryList(_Shown):
    """Events in order."""

    items: list[EntryOut]
    next: str | None
