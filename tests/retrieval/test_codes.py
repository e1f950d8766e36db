import pytest

from retrieval.codes import bigrams, fold, folded, token_key, tokens


def names(text: str) -> set[str]:
    return {token for token, _ in tokens(folded(text))}


@pytest.mark.parametrize(
    ("before", "after"),
    [("ＡＬ．５０", "al.50"), ("GB/T　1804", "gb/t 1804"), ("機牀報警", "机床报警"), ("É", "é"), ("", "")],
)
def test_width_case_and_traditional_characters_fold_to_one_form(before: str, after: str) -> None:
    assert folded(before) == after


def test_folding_keeps_one_character_for_each() -> None:
    text = "𠮷野家ﬃİ①《辦法》\ud800"
    assert len(folded(text)) == len(text) == len(fold(text))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("报警AL.50", {"al", "50", "al50"}),
        ("AL50", {"al50"}),
        ("S7-1200", {"s7", "1200", "s71200"}),
        ("按GB/T 1804执行", {"gb", "t", "gbt", "1804", "gbt1804", "1804执"}),
        ("GB/T1804-2000", {"gb", "t1804", "2000", "gbt1804", "gbt18042000"}),
        ("SV0401", {"sv0401"}),
        ("湘工信人教〔2026〕187号", {"2026", "187", "187号", "〔2026〕187号"}),
        ("自2026年起", {"2026", "2026年"}),
        ("不低于50%", {"50", "50%"}),
        ("1,000万元", {"1000", "1000万"}),
        ("0.05毫米", {"0.05"}),
    ],
)
def test_codes_and_numbers_become_exact_tokens(text: str, expected: set[str]) -> None:
    assert names(text) == expected


def test_two_ways_of_writing_a_standard_share_a_token() -> None:
    assert "gbt1804" in names("GB/T 1804") & names("ＧＢ／Ｔ1804-2000")


def test_bigrams_stop_at_what_is_not_chinese() -> None:
    keys, places = bigrams(fold("培育期，两A年"))
    assert places.tolist() == [0, 1, 4, 6]
    assert len(set(keys.tolist())) == 4


def test_a_token_is_never_a_bigram() -> None:
    keys, _ = bigrams(fold("培育"))
    assert token_key("培育") != keys[0]
