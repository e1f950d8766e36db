"""The doors: they translate a channel to and from bot and decide nothing."""
