"""Who may move an alias, and on what evidence."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from mlflow import MlflowClient

from monitor.config import Thresholds, read_thresholds
from monitor.errors import ConfigError
from monitor.tracking import Origin, TrackingError, log_run
from monitor.tracking.claims import CLAIM, claimed
from monitor.tracking.overrides import overrides
from monitor.tracking.promotion import Promotion, Wish, promote
from tests.stores import evaluated, failed

pytestmark = pytest.mark.filterwarnings("ignore")  # deprecations among MLflow's own dependencies
DEMANDED = """\
version: 1
defaults: {css: {min: 0.5}}
profiles: {gate: {promotes: true}, nightly: {}}
"""
NAME = "tea-model"


@pytest.fixture(autouse=True)
def in_force(tmp_path: Path) -> None:
    (tmp_path / "thresholds.yaml").write_text(DEMANDED)


def under(folder: Path) -> Callable[[str], Thresholds]:
    return lambda profile: read_thresholds(folder / "thresholds.yaml", profile, [])


@pytest.fixture
def logged(uri: str, tmp_path: Path) -> Callable[..., None]:
    """Log a passed run of version `v<number>`, compared with `against`."""

    def call(
        number: int, against: str = "", night: int = 0, *, worse: bool = False, **changes: Any
    ) -> None:
        baseline = {"id": "b", "model": "m", "model_version": against, "source": "x"}
        values = {"model_version": f"v{number}", "baseline": baseline if against else None, **changes}
        made = evaluated(tmp_path, night or number, **values)
        key = under(tmp_path)(made.profile).key
        log_run(failed(made) if worse else made, tmp_path, uri, Origin(thresholds=key))

    return call


@pytest.fixture
def champion(logged: Callable[..., None], client: Any) -> None:
    logged(1)
    client.set_registered_model_alias(NAME, "champion", "1")


def wish(version: int | str, **changes: Any) -> Wish:
    return Wish(name=NAME, version=str(version), alias="champion", by="ann", **changes)


def promoted(uri: str, folder: Path, wanted: Wish) -> Promotion:
    return promote(wanted, under(folder), uri)


def holder(client: Any) -> str:
    return str(client.get_model_version_by_alias(NAME, "champion").version)


@pytest.mark.usefixtures("champion")
def test_a_version_that_passed_against_the_holder_takes_its_place(
    uri: str, client: Any, tmp_path: Path, logged: Callable[..., None]
) -> None:
    logged(2, "v1")
    found = promoted(uri, tmp_path, wish(2))
    assert ("tea-model version 2 is champion now, by ann", ()) == (found.said, found.refused)
    assert "2" == holder(client)


@pytest.mark.usefixtures("champion")
@pytest.mark.parametrize(
    ("evidence", "reason"),
    [
        ({"against": "v1", "worse": True}, "is failed, not passed"),
        ({}, "was compared with no baseline, but champion is version 1 (v1)"),
        ({"against": "v0"}, "was compared with v0, but champion is version 1 (v1)"),
        (
            {"against": "v1", "unchecked": ("overall css",)},
            "was made without overall css: run all tests",
        ),
        ({"against": "v1", "profile": "nightly"}, "held to profile nightly, which does not promote"),
    ],
)
def test_a_version_without_the_evidence_is_refused(
    uri: str, tmp_path: Path, logged: Any, evidence: dict[str, Any], reason: str
) -> None:
    logged(2, **evidence)
    found = promoted(uri, tmp_path, wish(2))
    assert (True, "1") == (reason in found.refused[0], holder(MlflowClient(uri, uri))), found


@pytest.mark.usefixtures("champion")
def test_a_version_whose_newest_run_failed_is_refused(
    uri: str, tmp_path: Path, logged: Callable[..., None]
) -> None:
    logged(2, "v1", night=2)
    logged(2, "v1", night=3, worse=True)
    assert "is failed, not passed" in promoted(uri, tmp_path, wish(2)).refused[0]


@pytest.mark.usefixtures("champion")
@pytest.mark.parametrize("night", [3, 5])
def test_a_night_that_passed_is_neither_evidence_nor_in_the_way(
    uri: str, client: Any, tmp_path: Path, logged: Callable[..., None], night: int
) -> None:
    logged(2, "v1", night=4)
    logged(2, night=night, profile="nightly")
    assert ((), "2") == (promoted(uri, tmp_path, wish(2)).refused, holder(client))


@pytest.mark.usefixtures("champion")
def test_a_night_that_passed_does_not_hide_the_gate_that_failed(
    uri: str, tmp_path: Path, logged: Callable[..., None]
) -> None:
    logged(2, "v1", night=2, worse=True)
    logged(2, "v1", night=3, profile="nightly")
    assert "is failed, not passed" in promoted(uri, tmp_path, wish(2)).refused[0]


@pytest.mark.usefixtures("champion")
def test_a_night_that_failed_after_the_gate_had_passed_is_refused(
    uri: str, client: Any, tmp_path: Path, logged: Callable[..., None]
) -> None:
    logged(2, "v1", night=2)
    logged(2, "v1", night=3, profile="nightly", worse=True)
    logged(2, "v1", night=4, profile="nightly")
    said = f"after run {2:032x}, run {3:032x} of this version (profile nightly) failed: run faef gate"
    assert (f"{said} again",) == promoted(uri, tmp_path, wish(2)).refused
    assert "1" == holder(client)


@pytest.mark.usefixtures("champion")
def test_a_night_that_failed_before_the_gate_passed_is_no_matter(
    uri: str, client: Any, tmp_path: Path, logged: Callable[..., None]
) -> None:
    logged(2, "v1", night=2, profile="nightly", worse=True)
    logged(2, "v1", night=3)
    assert ((), "2") == (promoted(uri, tmp_path, wish(2)).refused, holder(client))


@pytest.mark.usefixtures("champion")
@pytest.mark.parametrize(("name", "count"), [("coffee-model", 1), (NAME, 0)])
def test_a_comparison_with_another_model_whose_version_has_that_name_is_no_evidence(
    uri: str, tmp_path: Path, logged: Callable[..., None], name: str, count: int
) -> None:
    against = {"id": "b", "name": name, "model": "m", "model_version": "v1", "source": "x"}
    logged(2, baseline=against)
    refused = promoted(uri, tmp_path, wish(2)).refused
    assert count == len([reason for reason in refused if "compared with v1 of coffee-model" in reason])
    assert count == len(refused)


@pytest.mark.usefixtures("champion")
@pytest.mark.parametrize("name", ["tea' OR name != 'x", "tea-model' AND name LIKE '%", "tea%", '"tea"'])
def test_a_name_that_is_no_name_is_one_line(uri: str, tmp_path: Path, name: str) -> None:
    with pytest.raises(ConfigError, match="has no registered version '1'"):
        promote(Wish(name=name, version="1", alias="champion", by="ann"), under(tmp_path), uri)


@pytest.mark.usefixtures("champion")
def test_a_newer_run_that_asked_less_is_no_evidence_either_way(
    uri: str, client: Any, tmp_path: Path, logged: Callable[..., None]
) -> None:
    logged(2, "v1", night=2)
    logged(2, "v1", night=3, worse=True, partial="limit 5")
    assert ((), "2") == (promoted(uri, tmp_path, wish(2)).refused, holder(client))


@pytest.mark.usefixtures("champion")
def test_other_thresholds_than_those_in_force_are_refused(
    uri: str, tmp_path: Path, logged: Callable[..., None]
) -> None:
    logged(2, "v1")
    (tmp_path / "thresholds.yaml").write_text(DEMANDED.replace("0.5", "0.9"))
    [reason] = promoted(uri, tmp_path, wish(2)).refused
    assert "was held to other thresholds than" in reason


def test_with_no_holder_floors_decide_only_where_that_is_said(
    uri: str, client: Any, tmp_path: Path, logged: Callable[..., None]
) -> None:
    logged(1)
    [reason] = promoted(uri, tmp_path, wish(1)).refused
    assert reason.endswith("say so with --first")
    assert ((), "1") == (promoted(uri, tmp_path, wish(1, first=True)).refused, holder(client))


@pytest.mark.usefixtures("champion")
def test_the_holder_stays_where_it_is(uri: str, tmp_path: Path) -> None:
    assert Promotion(said="tea-model version 1 is champion already") == promoted(uri, tmp_path, wish(1))


@pytest.mark.usefixtures("champion")
def test_an_override_moves_the_alias_and_is_on_record_with_who_when_and_why(
    uri: str, client: Any, tmp_path: Path, logged: Callable[..., None]
) -> None:
    logged(2, "v1", worse=True)
    found = promoted(uri, tmp_path, wish(2, override="the judge was down"))
    [record] = overrides(NAME, uri)
    assert ("2", ()) == (holder(client), found.refused)
    kept = {field: record[field] for field in ("alias", "version", "by", "reason")}
    known = {"alias": "champion", "version": "2", "by": "ann", "reason": "the judge was down"}
    assert known == kept
    assert "the judge was down" in client.get_model_version(NAME, "2").tags["faef.override.champion"]


@pytest.mark.usefixtures("champion")
def test_a_promotion_by_the_rule_leaves_no_override(
    uri: str, tmp_path: Path, logged: Callable[..., None]
) -> None:
    logged(2, "v1")
    promoted(uri, tmp_path, wish(2))
    assert () == overrides(NAME, uri)


def test_a_name_without_a_registered_model_has_no_overrides(uri: str) -> None:
    assert () == overrides("nobody", uri)


@pytest.mark.usefixtures("champion")
@pytest.mark.parametrize("version", ["9", "x"])
def test_a_version_that_is_not_there_is_one_line(uri: str, tmp_path: Path, version: str) -> None:
    with pytest.raises(ConfigError, match=f"tea-model has no registered version '{version}'"):
        promoted(uri, tmp_path, wish(version))


@pytest.mark.usefixtures("champion")
def test_a_version_may_be_named_by_its_own_name(
    uri: str, client: Any, tmp_path: Path, logged: Callable[..., None]
) -> None:
    logged(2, "v1")
    assert "tea-model version 2 is champion now, by ann" == promoted(uri, tmp_path, wish("v2")).said
    assert "2" == holder(client)


@pytest.mark.usefixtures("champion")
def test_a_name_that_is_the_number_of_another_version_is_refused(
    uri: str, client: Any, tmp_path: Path, logged: Callable[..., None]
) -> None:
    logged(2, "v1", model_version="1")
    with pytest.raises(ConfigError, match="a version with the number 1 and another of that name"):
        promoted(uri, tmp_path, wish(1))
    assert "1" == holder(client)


@pytest.mark.usefixtures("champion")
def test_a_promotion_waits_for_another_and_moves_nothing(client: Any) -> None:
    client.set_registered_model_tag(NAME, f"{CLAIM}champion.other", "not ours to read")
    said = "another promotion is going on"
    with pytest.raises(TrackingError, match=said), claimed(client, NAME, "champion", tries=1):
        pytest.fail("both hold it")
    assert [f"{CLAIM}champion.other"] == list(client.get_registered_model(NAME).tags)


@pytest.mark.usefixtures("champion")
@pytest.mark.parametrize("tag", [f"{CLAIM}champion.dead", f"{CLAIM}staging.other"])
def test_a_claim_that_is_stale_or_on_another_alias_does_not_count(client: Any, tag: str) -> None:
    client.set_registered_model_tag(NAME, tag, '{"at": 0}')
    with claimed(client, NAME, "champion", tries=1):
        assert 2 == len(client.get_registered_model(NAME).tags)
