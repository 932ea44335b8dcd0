"""How everybody is asked: parameters of a call, seeds, and what stands in the fingerprint."""

from dataclasses import fields, replace
from itertools import product
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from monitor.calls.protocol import CHOICE_SCHEMA, Protocol, request_seed
from monitor.records import MODEL_FORMS, Form, Prompt


def prompt(question_id: str = "pen-1", form: Form = Form.POSITIVE_FIRST, repeat: int = 0) -> Prompt:
    """A prompt; its words do not matter here."""
    return Prompt(question_id=question_id, form=form, repeat=repeat, messages=())


def test_seeds_differ_for_each_question_form_and_repeat() -> None:
    asked = [prompt(*which) for which in product(("pen-1", "pen-2"), MODEL_FORMS, range(3))]
    # 2 questions · 3 forms · 3 repeats
    assert len({request_seed(0, one) for one in asked}) == 18


def test_another_run_seed_gives_another_seed() -> None:
    assert request_seed(0, prompt()) != request_seed(1, prompt())


def test_a_seed_is_the_same_each_time() -> None:
    assert request_seed(7, prompt()) == request_seed(7, prompt())


def test_a_seed_does_not_depend_on_the_words() -> None:
    other = Prompt(question_id="pen-1", form=Form.POSITIVE_FIRST, repeat=0, messages=({"role": "user"},))
    assert request_seed(0, other) == request_seed(0, prompt())


@settings(max_examples=60)
@given(st.integers(), st.text(), st.sampled_from(Form), st.integers(0, 99))
def test_a_seed_fits_into_a_signed_32_bit_integer(run: int, name: str, form: Form, repeat: int) -> None:
    assert 0 <= request_seed(run, prompt(name, form, repeat)) < 2**31


@pytest.mark.parametrize("form", MODEL_FORMS)
def test_every_call_carries_temperature_length_and_its_seed(form: Form) -> None:
    asked = Protocol(temperature=0.7, max_tokens=64, seed=5).decoding(prompt(form=form))
    expected = {"temperature": 0.7, "max_tokens": 64, "seed": request_seed(5, prompt(form=form))}
    assert expected == asked


def test_a_structured_choice_asks_for_the_schema() -> None:
    assert Protocol(choice="structured").decoding(prompt())["response_format"] == CHOICE_SCHEMA


def test_the_schema_allows_a_and_b_alone() -> None:
    schema = CHOICE_SCHEMA["json_schema"]["schema"]
    assert schema["properties"]["choice"]["enum"] == ["A", "B"]
    assert not schema["additionalProperties"]


@pytest.mark.parametrize("choice", ["structured", "logprobs"])
def test_the_open_form_is_asked_alike_in_every_choice_mode(choice: str) -> None:
    mode = Protocol(choice=choice)  # type: ignore[arg-type]  # one of the literals, from a list of str
    asked = prompt(form=Form.OPEN)
    assert mode.decoding(asked) == Protocol().decoding(asked)


def test_a_choice_by_logprobs_is_one_token_with_the_most_alternatives() -> None:
    asked = Protocol(choice="logprobs", max_tokens=64).decoding(prompt())
    # 20 is the most that the chat-completions API gives
    assert (asked["max_tokens"], asked["logprobs"], asked["top_logprobs"]) == (1, True, 20)


def test_an_extra_body_goes_along() -> None:
    asked = Protocol(extra_body={"top_k": 1}).decoding(prompt())
    assert asked["extra_body"] == {"top_k": 1}


def test_without_an_extra_body_none_is_sent() -> None:
    assert "extra_body" not in Protocol().decoding(prompt())


def test_every_setting_stands_in_the_fingerprint() -> None:
    names = {field.name for field in fields(Protocol)}
    planned = {"max_repeats", "sequential"}  # stand there as the looks that they lead to
    assert names - planned == set(Protocol().fields())


@pytest.mark.parametrize("plan", [{"max_repeats": 12}, {"sequential": True}])
def test_a_plan_of_several_looks_stands_in_the_fingerprint(plan: dict[str, Any]) -> None:
    fixed = Protocol(repeats=4)
    assert fixed.fields() != replace(fixed, **plan).fields()


def test_the_fingerprint_has_the_value_of_a_setting() -> None:
    assert Protocol(shots=2).fields()["shots"] == 2


def test_the_default_is_greedy() -> None:
    # DESIGN section 2: temperature 0 when k = 1
    assert (Protocol().repeats, Protocol().temperature) == (1, 0.0)
