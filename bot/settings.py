"""Settings: the only reader of the environment. Entry points construct it once; everything below receives plain values."""

from datetime import date
from pathlib import Path
from typing import Any, Literal

from pydantic import Field, SecretStr, ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict

from bot.errors import Invalid


class Settings(BaseSettings):
    """Every setting has a safe default; none is needed to start. Variables are named WENZHEN_ and the field in capitals."""

    model_config = SettingsConfigDict(
        env_prefix="WENZHEN_", env_file=".env", env_file_encoding="utf-8", extra="ignore", frozen=True
    )

    data: Path = Field(
        Path(".wenzhen"), description="数据目录：索引、档案、密钥都在这里；一个目录同一时间只归一个进程。"
    )
    host: str = Field("127.0.0.1", description="网页与接口的监听地址。")
    port: int = Field(8765, ge=0, le=65535, description="监听端口；0 表示由系统挑一个空闲端口。")
    database_url: SecretStr = Field(
        SecretStr(""),
        description="记录的数据库地址（postgresql://用户:口令@主机/库名）；留空用数据目录里的 SQLite 文件 records.sqlite。",
    )
    token: SecretStr = Field(SecretStr(""), description="工程师和工作人员的命令（ticket、solution）默认使用的口令。")
    embedding: str = Field(
        "builtin", description="向量来源：builtin 为内置模型，或一个 OpenAI 兼容接口的地址（http…/v1）。"
    )
    embedding_model: str = Field("", description="外部向量接口的模型名；内置模型不需要。")
    embedding_api_key: SecretStr = Field(SecretStr(""), description="外部向量接口的密钥；内置模型不需要。")
    threads: int = Field(2, ge=1, le=64, description="内置向量模型使用的线程数。")
    examples: bool = Field(
        True, description="是否保留自带示例（课程、案例、摘要）；关掉后下次启动时移除示例，自己的内容不受影响。"
    )
    today: date | None = Field(None, description="把“今天”固定为某一天（YYYY-MM-DD），用于演练与测量；平时留空。")
    max_file_mb: int = Field(64, ge=1, le=1024, description="单个文件的大小上限，单位 MB。")
    max_waiting: int = Field(64, ge=1, le=10_000, description="同时排队的提问数上限；超过时请对方稍后再试。")
    telegram_token: SecretStr = Field(
        SecretStr(""), description="Telegram 机器人的令牌（BotFather 给的）；留空不接 Telegram。"
    )
    telegram_api_base: str = Field(
        "https://api.telegram.org", description="Telegram Bot API 的地址；用自建的 Bot API 服务时改。"
    )
    telegram_webhook_url: str = Field(
        "", description="本站对外的 https 地址，Telegram 把消息推到它的 /telegram/webhook；留空用长轮询。"
    )
    telegram_webhook_secret: SecretStr = Field(
        SecretStr(""), description="推送时核对的密钥，1 至 256 位字母、数字、- 或 _；设了 webhook_url 就必须设。"
    )
    log_level: Literal["debug", "info", "warning", "error"] = Field(
        "info", description="日志级别；日志里不写提问内容与密钥。"
    )

    @property
    def index_folder(self) -> Path:
        """Where the index lives."""
        return self.data / "index"

    @property
    def shipped_folder(self) -> Path:
        """Where the shipped examples are written before they are indexed."""
        return self.data / "shipped"

    @property
    def records_file(self) -> Path:
        """The records where no other database is named."""
        return self.data / "records.sqlite"

    @property
    def backups_folder(self) -> Path:
        """Where the records are copied to before an upgrade changes their shape."""
        return self.data / "backups"

    @property
    def cases_folder(self) -> Path:
        """Where the approved cases are written before they are indexed."""
        return self.data / "solutions"

    @property
    def files_folder(self) -> Path:
        """Where the photos and files of talks lie."""
        return self.data / "files"

    @property
    def uploads_folder(self) -> Path:
        """Where the documents and courses lie that staff put in by hand, a folder for each kind."""
        return self.data / "uploads"

    @property
    def profile_file(self) -> Path:
        """The centre profile that the operator edits."""
        return self.data / "profile.toml"

    @property
    def day(self) -> date:
        """The centre's own calendar day: the one that is set, else today."""
        return self.today or date.today()  # noqa: DTZ011 - a day where the centre stands is meant

    @property
    def holidays_file(self) -> Path:
        """Years of public holidays beside those that the program brings."""
        return self.data / "holidays.toml"


def load(**given: Any) -> Settings:
    """The settings from the environment and `.env`; values given here win.

    Raises:
        Invalid: a value does not fit; the message names the variable.
    """
    try:
        return Settings(**{name: value for name, value in given.items() if value is not None})
    except ValidationError as error:
        first = error.errors()[0]
        name = "WENZHEN_" + "_".join(str(part) for part in first["loc"]).upper()
        raise Invalid(f"设置 {name} 的值不合适，请按 docs/settings.md 改正：{first['msg']}") from None
