"""The web door: API and pages. Requests become questions to the house, answers become JSON or HTML; nothing is decided here."""
