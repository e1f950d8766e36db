"""Words of a list in a text."""

import random
import re

from bot.rules.vocabulary import Vocabulary

WORDS = ("注塑", "注塑机", "机", "缩水", "erp", "plc", "er", "a轴")


def test_the_longest_word_at_each_place_is_found_and_none_inside_it():
    assert list(Vocabulary(WORDS).words("注塑机老缩水，注塑件也缩")) == ["注塑机", "缩水", "注塑"]


def test_a_latin_word_must_stand_alone():
    assert list(Vocabulary(WORDS).words("interpret erp,plc2 xplc")) == ["erp", "plc"]


def test_words_are_taken_out_with_a_blank_in_their_place():
    assert Vocabulary(WORDS).without("这台注塑机缩水") == "这台  "


def test_it_finds_what_one_pattern_over_all_words_finds():
    rng = random.Random(7)
    pattern = "|".join(
        ("(?<![a-z])" if word[0].isascii() else "")
        + re.escape(word)
        + ("(?![a-z])" if re.search(r"[a-z]$", word) else "")
        for word in sorted(WORDS, key=lambda word: (-len(word), word))
    )
    vocabulary = Vocabulary(WORDS)
    for _ in range(2000):
        text = "".join(rng.choices("注塑机缩水erplca轴 ，1", k=rng.randint(0, 24)))
        assert list(vocabulary.words(text)) == re.findall(pattern, text), text
