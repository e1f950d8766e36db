"""Options that many commands share."""

from pathlib import Path
from typing import Annotated

import typer

Data = Annotated[Path | None, typer.Option("--data", metavar="DIR", help="数据目录，默认 $WENZHEN_DATA 或 .wenzhen")]
Json = Annotated[bool, typer.Option("--json", help="输出一行 JSON")]
Token = Annotated[
    str | None, typer.Option("--token", metavar="TOKEN", help="您的口令，默认 $WENZHEN_TOKEN", show_default=False)
]
