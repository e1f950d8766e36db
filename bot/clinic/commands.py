"""The clinic's verbs by the names that commands call them, plain values in and out. The token among the values says who calls."""

from collections.abc import Callable, Mapping
from typing import Any

from bot.clinic import answers, clusters, demands, hours, ledger, packages, people, solutions, tickets
from bot.clinic.clinic import Clinic
from bot.errors import Unauthenticated
from bot.rules.people import Caller
from retrieval.protocols import Role

Values = dict[str, Any]
OPERATOR = Caller(Role.ADMIN)  # who can read the data directory is its operator

# Accounts and the ledger are the operator's too; a case is only ever handled by somebody.
OPERATORS: Mapping[str, Callable[..., Values]] = {
    "person-add": people.add,
    "person-list": people.list_people,
    "person-disable": people.disable,
    "person-enable": people.enable,
    "person-token": people.reissue,
    "person-invite": people.invite,
    "person-chat": people.chat_code,
    "person-join": people.join,
    "person-export": people.export,
    "person-delete": people.delete,
    "person-hours": hours.command,
    "organisation-list": people.list_organisations,
    "organisation-verify": people.verify_organisation,
    "answers-wrong": answers.wrong,
    "ledger-list": ledger.listed,
    "ledger-verify": ledger.verify,
}
PERSONS: Mapping[str, Callable[..., Values]] = {
    "ticket-list": tickets.listed,
    "ticket-show": tickets.show,
    "ticket-claim": tickets.claim,
    "ticket-assign": tickets.assign,
    "ticket-release": tickets.release,
    "ticket-say": tickets.say,
    "ticket-note": tickets.note,
    "ticket-wait": tickets.wait,
    "ticket-resolve": tickets.resolve,
    "ticket-confirm": tickets.confirm,
    "ticket-rate": tickets.rate,
    "ticket-transfer": tickets.transfer,
    "ticket-reopen": tickets.reopen,
    "ticket-cancel": tickets.cancel,
    "ticket-escalate": tickets.escalate,
    "ticket-merge": tickets.merge,
    "demand-list": demands.listed,
    "demand-show": demands.show,
    "demand-export": demands.exported,
    "demand-merge": demands.merge,
    "demand-split": demands.split,
    "demand-duplicates": clusters.duplicates,
    "demand-dismiss": clusters.dismiss,
    "package-list": packages.listed,
    "package-show": packages.show,
    "package-make": packages.make,
    "package-edit": packages.edit,
    "package-publish": packages.publish,
    "package-close": packages.close,
    "package-drop": packages.drop,
    "package-applications": packages.applications,
    "cluster-list": clusters.listed,
    "cluster-show": clusters.show,
    "cluster-make": clusters.make,
    "cluster-add": clusters.add,
    "cluster-merge": clusters.merge,
    "cluster-split": clusters.split,
    "cluster-rename": clusters.rename,
    "cluster-dissolve": clusters.dissolve,
    "solution-list": solutions.listed,
    "solution-show": solutions.show,
    "solution-edit": solutions.edit,
    "solution-approve": solutions.approve,
    "solution-retract": solutions.retract,
}
# After these the index says something else than the records, until its job is done.
LEAVING_JOBS = frozenset({"solution-approve", "solution-retract", "ticket-confirm", "person-delete"})
NAMES = frozenset({*OPERATORS, *PERSONS})
# These read and write the records alone, so that they work where the index cannot be opened; showing a case also looks for similar ones.
WITHOUT_INDEX = NAMES - LEAVING_JOBS - {"ticket-show"}


def run(clinic: Clinic, name: str, values: Mapping[str, Any]) -> Values:
    """Do the verb of this name in the name of who holds the token among the values.

    Raises:
        Unauthenticated: nobody holds it, or there is none where one is needed.
        BotError: whatever the verb itself refuses.
    """
    given = dict(values)
    token = given.pop("token", None)
    if token:
        caller = people.caller_of_token(clinic, token)
    elif name in OPERATORS:
        caller = OPERATOR
    else:
        raise Unauthenticated("请说明您是谁：加 --token 口令，或设置 WENZHEN_TOKEN。")
    return {**OPERATORS, **PERSONS}[name](clinic, caller, **given)
