"""Readers, one file format each: bytes in, an Extract out."""
