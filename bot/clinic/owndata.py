"""A firm's own data in its chat: what is known of it, place and trade by a tap or a word, and consents that are taken back.

A press means what stands on it and counts only from the chat of the talk that it stands in; whose data it is, the chat says.
"""

from bot.clinic import sayings
from bot.db import Session
from bot.errors import Invalid
from bot.models.channels import Address
from bot.profile import Profile
from bot.rules.people import Caller
from bot.rules.triage import by_rules
from bot.rules.turns import Button
from bot.rules.wording import clean_words
from bot.services import conversations, people, personal, reach, solutions, tickets
from bot.services.moment import Moment
from bot.work.arrivals import Handled
from retrieval.places import named
from retrieval.protocols import Role

ASKED = "asked"  # in an address' state: which of the two is to be told next
MY = "#my:"
MAX_WORDS = 20  # characters of a place or a trade
REGION, TRADE = "region", "trade"
NAMES = {REGION: "地区", TRADE: "行业"}
TRADES = (
    "机械加工",
    "模具注塑",
    "五金钣金焊接",
    "电子电气",
    "汽车零部件",
    "工程机械",
    "新材料",
    "化工",
    "食品医药",
    "纺织服装",
)
_SENTENCE = frozenset("，。？！?!；;\n")


class OwnData:
    """What a firm's chat says of itself, while one of its updates is handled."""

    def __init__(self, session: Session, moment: Moment, address: Address, caller: Caller, profile: Profile) -> None:
        self._session = session
        self._moment = moment
        self._address = address
        self._caller = caller
        self._profile = profile

    def _tell(self, text: str, *buttons: Button) -> None:
        shown = [button.as_json() for button in buttons]
        conversations.tell(self._session, self._moment.now, self._address.conversation_id, text, buttons=shown)

    def _remember(self, asked: str | None) -> None:
        state = {name: value for name, value in self._address.state.items() if name != ASKED}
        self._address.state = {**state, ASKED: asked} if asked else state
        self._session.flush()

    @property
    def _is_firm(self) -> bool:
        return self._caller.role is Role.SME and self._caller.organisation is not None

    # --- showing ------------------------------------------------------------------------------------------------------------------------

    def show(self) -> Handled:
        """What is known."""
        if not self._is_firm:
            self._tell(sayings.NOT_REGISTERED, Button("登记企业", sayings.COMMANDS["register"]))
            return Handled("told")
        person = people.person(self._session, str(self._caller.person))
        firm = person.organisation
        assert firm is not None
        standing = "" if firm.verified else "（未核实）"
        lines = [
            f"企业：{firm.name}{standing}",
            f"联系人：{person.name}",
            f"电话：{person.phone or '未填'}",
            f"地区：{firm.region or '未填'}",
            f"行业：{firm.trade or '未填'}",
        ]
        self._tell(
            "我的资料\n" + "\n".join(lines),
            Button("改地区", f"{MY}{REGION}"),
            Button("改行业", f"{MY}{TRADE}"),
            Button("同意与撤回", f"{MY}consent"),
        )
        return Handled("told")

    def consents(self) -> Handled:
        """What was agreed to, each with what takes it back."""
        if not self._is_firm:
            self._tell(sayings.privacy(self._profile), Button("登记企业", sayings.COMMANDS["register"]))
            return Handled("told")
        shared = people.shared_cases(self._session, str(self._caller.person))
        buttons = [Button(f"撤回 {ref} 的公开", f"{MY}private:{ref}") for ref in shared]
        self._tell(sayings.consents(shared), *buttons, Button("注销账号，删除我的资料", f"{MY}leave"))
        return Handled("told")

    # --- pressing -----------------------------------------------------------------------------------------------------------------------

    def press(self, value: str) -> Handled:
        """A button of these; nothing of it is trusted."""
        what, _, more = value.removeprefix(MY).partition(":")
        if not self._is_firm:
            return self.show()
        match what:
            case "region" | "trade" if not more:
                return self._ask(what)
            case "trade" if more in TRADES:
                return self._keep(TRADE, more)
            case "consent":
                return self.consents()
            case "private":
                return self._make_private(more)
            case "leave":
                return self._leave(sure=more == "yes")
            case _:
                self._remember(None)
                self._tell("好的，没有改动。")
                return Handled("told")

    def _ask(self, what: str) -> Handled:
        self._remember(what)
        keep = Button("不改了", f"{MY}keep")
        if what == REGION:
            self._tell("企业在哪里？写到市或区县就行，比如“长沙浏阳”。", keep)
        else:
            picks = [Button(trade, f"{MY}{TRADE}:{trade}") for trade in TRADES]
            self._tell("企业是做什么的？点一个，或者写几个字，比如“齿轮箱”。", *picks, keep)
        return Handled("asked")

    def words(self, text: str) -> Handled | None:
        """Words while something is asked; None where they are about something else: then nothing is asked any more."""
        what = self._address.state.get(ASKED)
        if what is None or not self._is_firm:
            return None
        self._remember(None)
        said = text.strip().rstrip("。.!！")
        plain = 0 < len(said) <= MAX_WORDS and not _SENTENCE & set(said) and by_rules(said).demand is None
        if not plain or (what == REGION and not named(said)):
            return None
        try:
            return self._keep(what, clean_words(said, what=NAMES[what], max_chars=MAX_WORDS))
        except Invalid as error:
            self._tell(str(error))
            return Handled("refused:words")

    def _keep(self, what: str, words: str) -> Handled:
        self._remember(None)
        changed = {what: words}
        people.describe_firm(
            self._session, self._moment.now, str(self._caller.organisation), changed, caller=self._caller
        )
        self._tell(f"{NAMES[what]}已改为“{words}”。")
        return self.show()

    # --- taking back --------------------------------------------------------------------------------------------------------------------

    def _make_private(self, ref: str) -> Handled:
        if ref not in people.shared_cases(self._session, str(self._caller.person)):
            self._tell(sayings.STALE)
            return Handled("refused:stale")
        ticket = tickets.visible(self._session, ref, self._caller)
        conversations.lock(self._session, ticket.conversation_id)
        solutions.consent(self._session, self._moment, ref, False, caller=self._caller)
        self._tell(f"{ref} 的方案不再给同行参考，已经撤下。")
        return Handled("withdrawn")

    def _leave(self, *, sure: bool) -> Handled:
        if not sure:
            self._tell(sayings.REALLY_LEAVE, Button("确定注销并删除", f"{MY}leave:yes"), Button("先不删", f"{MY}keep"))
            return Handled("asked")
        chat = self._address.chat
        person = people.person(self._session, str(self._caller.person))
        personal.delete(self._session, self._moment, person, caller=self._caller)
        personal.rewrite(self._session, self._moment.now)
        reach.put(self._session, self._moment.now, chat, {"kind": "card", "card": "farewell"})
        return Handled("deleted")
