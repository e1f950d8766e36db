"""Index and search: turns a question into ranked passages with a calibrated confidence. Imports corpora."""
