"""The clinic itself: decides what to say. Imports retrieval and corpora."""
