"""What the model that sorts messages is taught."""

import numpy as np

from evals.teach import Example, Features, _groups, code_of
from evals.triage import Labelled


def message(text: str, **labels: str | None) -> Labelled:
    return Labelled("x", text, labels)


def test_a_course_for_ones_own_people_is_an_intent_of_its_own() -> None:
    assert code_of("intent", message("", intent="course", demand="training")) == "training"
    assert code_of("intent", message("", intent="course", demand=None)) == "course"


def test_demand_and_trade_are_asked_only_of_what_an_engineer_sees_to() -> None:
    assert code_of("demand", message("", intent="policy", demand=None, domain=None)) is None
    assert code_of("demand", message("", intent="technical", demand="testing", domain="quality")) == "testing"
    assert code_of("domain", message("", intent="course", demand="training", domain="welding")) == "welding"
    assert code_of("domain", message("", intent="safety", demand=None, domain="safety")) is None


def test_near_duplicates_are_in_one_group() -> None:
    first, second, third = _groups([message("注塑件老缩水怎么办"), message("注塑件老缩水咋办"), message("焊缝有气孔")])
    assert first == second != third


def test_a_message_without_its_vector_counts_as_one_of_mean_meaning() -> None:
    features = Features({"油": 0, "topic=": 1}, np.array([2.0, 0.0]), np.array([0.5, 0.5]))
    example = Example(message("油缸"), {"topic=": 1.0}, np.array([1.0, 0.5]), 0)
    assert features.of([example]).toarray().tolist() == [[1.0, 1.0, 4.0, 0.0]]
    assert features.of([example], with_meaning=False).toarray().tolist() == [[1.0, 1.0, 0.0, 0.0]]
