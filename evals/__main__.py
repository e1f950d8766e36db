"""`python -m evals VERB …`: measures from a checkout."""

import sys
from importlib import import_module

VERBS = (
    "retrieval",
    "answers",
    "triage",
    "bench",
    "soak",
    "fit",
    "weigh",
    "cases",
    "liken",
    "teach",
    "clusters",
    "market",
    "perturb",
    "reliability",
)


def main(argv: list[str]) -> int:
    """Run one verb and give its exit code; 2 when there is no such verb."""
    if not argv or argv[0] not in VERBS:
        print(f"usage: python -m evals {{{','.join(VERBS)}}} …", file=sys.stderr)
        return 0 if argv[:1] in (["-h"], ["--help"]) else 2
    code: int = import_module(f"evals.{argv[0]}").run(argv[1:])
    return code


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
