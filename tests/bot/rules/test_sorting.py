"""The linear model that sorts messages."""

import numpy as np
import pytest

from bot.rules.sorting import GRAM, HEADS, grams, probabilities


def test_runs_are_of_one_to_three_characters_with_both_ends_marked() -> None:
    assert grams("AL") == {"^", "a", "l", "$", "^a", "al", "l$", "^al", "al$"}
    assert max(len(run) for run in grams("注塑件老缩水")) == GRAM


def test_digits_widths_and_blanks_are_alike() -> None:
    assert grams("SV0401") == grams("sv9999")
    assert grams("ＰＬＣ") == grams("plc")
    assert grams("油缸\n 爬行") == grams("油缸 爬行")


@pytest.mark.parametrize("head", HEADS)
@pytest.mark.parametrize("text", ["", "注塑件老缩水", "🙂" * 500])
def test_the_codes_share_all_probability_the_likeliest_first(head: str, text: str) -> None:
    shares = list(probabilities(head, text, {}).values())
    assert sum(shares) == pytest.approx(1)
    assert shares == sorted(shares, reverse=True)


def test_a_finding_that_the_model_does_not_know_counts_nothing() -> None:
    assert probabilities("intent", "油缸爬行", {"intent=dance": 9.0}) == probabilities("intent", "油缸爬行", {})


def test_what_the_rules_found_counts() -> None:
    assert (
        probabilities("intent", "嗯", {"intent=human": 1.0, "intent=human sure": 1.0})["human"]
        > (probabilities("intent", "嗯", {})["human"])
    )


def test_the_vector_counts() -> None:
    vector = np.zeros(384, np.float32)
    vector[0] = 1
    assert probabilities("domain", "嗯", {}, vector) != probabilities("domain", "嗯", {})
