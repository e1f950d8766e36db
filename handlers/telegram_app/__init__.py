"""The Telegram door: receives, shows and sends; what is said is decided in `bot`."""
