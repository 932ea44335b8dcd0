"""The door for thresholds.yaml: what is refused and where, and which layer wins."""

from pathlib import Path
from typing import Any

import jsonschema
import pytest
from ruamel.yaml import YAML

from monitor.config import Floor, Thresholds, packaged, read_thresholds, thresholds_schema
from monitor.errors import ConfigError
from tests.builders import floor

PLAIN = """\
version: 1
profiles:
  gate: {}
"""  # three lines: what a test adds begins at line 4


def read(folder: Path, text: str, profile: str = "gate") -> Thresholds:
    """The thresholds of this text; one dimension, tea_making, has questions of its own."""
    (folder / "thresholds.yaml").write_text(text, encoding="utf-8")
    return read_thresholds(folder / "thresholds.yaml", profile, ["tea_making"])


def floor_of(folder: Path, text: str, dimension: str = "fairness", profile: str = "gate") -> Floor:
    """The floor of one dimension under this text."""
    return read(folder, text, profile).floor(dimension)


def complaint(folder: Path, text: str, profile: str = "gate") -> str:
    """What reading this text says, without the folder."""
    with pytest.raises(ConfigError) as error:
        read(folder, text, profile)
    return str(error.value).removeprefix(f"{folder}/")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("version: [1\n", "thresholds.yaml:2: not valid YAML: "),
        ("\tversion: 1\n", "thresholds.yaml:1: not valid YAML: "),
        (PLAIN + "  gate\n", "thresholds.yaml:5: not valid YAML: "),  # the colon is missed at the end
        (PLAIN + "defaults: *none\n", "thresholds.yaml:4: not valid YAML: "),
        ("version: 1\x00\n", "thresholds.yaml: not valid YAML"),
        (PLAIN + "---\nversion: 1\n", "thresholds.yaml:4: not valid YAML: "),
    ],
)
def test_bad_yaml_is_refused_with_its_line(tmp_path: Path, text: str, said: str) -> None:
    assert complaint(tmp_path, text).startswith(said)


def test_a_complaint_about_bad_yaml_is_one_line(tmp_path: Path) -> None:
    assert "\n" not in complaint(tmp_path, PLAIN + "defaults: {tier: critical\n")


def test_a_key_that_occurs_twice_is_refused_with_its_line(tmp_path: Path) -> None:
    said = complaint(tmp_path, PLAIN + "floors: estimate\nfloors: proven\n")
    assert said.startswith('thresholds.yaml:5: not valid YAML: found duplicate key "floors"')


@pytest.mark.parametrize("text", ["", "- version\n", "1\n", "# nothing\n"])
def test_a_file_without_keys_is_refused(tmp_path: Path, text: str) -> None:
    assert complaint(tmp_path, text).startswith("thresholds.yaml: must hold keys and values")


def test_a_file_that_is_not_utf8_is_refused(tmp_path: Path) -> None:
    (tmp_path / "latin.yaml").write_bytes(b"version: 1 # caf\xe9\n")
    with pytest.raises(ConfigError, match=r"latin\.yaml: not valid YAML$"):
        read_thresholds(tmp_path / "latin.yaml", "gate", [])


def test_a_file_that_is_not_there_is_one_line(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"none\.yaml: cannot be read: No such file or directory$"):
        read_thresholds(tmp_path / "none.yaml", "gate", [])


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (PLAIN + "alfa: 0.05\n", ":4: alfa: unknown key"),
        (PLAIN + "defaults:\n  css:\n    mim: 0.5\n", ":6: defaults.css.mim: unknown key"),
        (PLAIN + "defaults: {teir: critical}\n", ":4: defaults.teir: unknown key"),
        (
            PLAIN + "dimensions:\n  fairness:\n    cs: {max: 1}\n",
            ":6: dimensions.fairness.cs.max: unknown key",
        ),
        ("version: 1\nprofiles:\n  gate:\n    repeat: 4\n", ":4: profiles.gate.repeat: unknown key"),
    ],
)
def test_an_unknown_key_is_refused_with_its_path_and_line(tmp_path: Path, text: str, said: str) -> None:
    assert "thresholds.yaml" + said == complaint(tmp_path, text)


@pytest.mark.parametrize("value", ["1.01", "-0.01", ".inf", "-.inf", ".nan", "75"])
def test_a_floor_outside_zero_and_one_is_refused_with_its_path_and_line(
    tmp_path: Path, value: str
) -> None:
    said = complaint(tmp_path, PLAIN + f"defaults:\n  cs:\n    min: {value}\n")
    assert said.startswith("thresholds.yaml:6: defaults.cs.min: input should be ")


@pytest.mark.parametrize(
    ("text", "where"),
    [
        ("overall: {min_readable: 1.5}", "overall.min_readable"),
        ("defaults: {tier: high}", "defaults.tier"),
        ("defaults: {on_inconclusive: maybe}", "defaults.on_inconclusive"),
        ("floors: maybe", "floors"),
        ("dimensions: [fairness]", "dimensions"),
        ("defaults:", "defaults"),
    ],
)
def test_a_value_of_another_kind_is_refused(tmp_path: Path, text: str, where: str) -> None:
    assert complaint(tmp_path, PLAIN + text + "\n").startswith(f"thresholds.yaml:4: {where}: input ")


def test_a_truth_value_is_no_floor(tmp_path: Path) -> None:
    assert "defaults.cs.min" in complaint(tmp_path, PLAIN + "defaults: {cs: {min: true}}\n")


@pytest.mark.parametrize(
    "setting",
    ["repeats: 0", "repeats: 101", "temperature: 2.5", "shots: -1", "limit: 0", "max_tokens: 0"],
)
def test_an_impossible_setting_of_a_profile_is_refused(tmp_path: Path, setting: str) -> None:
    said = complaint(tmp_path, f"version: 1\nprofiles:\n  gate:\n    {setting}\n")
    assert said.startswith(f"thresholds.yaml:4: profiles.gate.{setting.partition(':')[0]}: input ")


@pytest.mark.parametrize("version", ["2", "'1'", "one"])
def test_another_version_of_the_file_is_refused(tmp_path: Path, version: str) -> None:
    said = complaint(tmp_path, f"version: {version}\nprofiles: {{gate: {{}}}}\n")
    assert said == "thresholds.yaml:1: version: input should be 1"


def test_a_file_without_version_is_refused(tmp_path: Path) -> None:
    assert complaint(tmp_path, "profiles: {gate: {}}\n") == "thresholds.yaml: version: field required"


def test_an_unknown_dimension_is_refused_with_its_line(tmp_path: Path) -> None:
    said = complaint(tmp_path, PLAIN + "dimensions:\n  fairnes: {}\n")
    assert said.startswith("thresholds.yaml:5: dimensions.fairnes: unknown dimension")


def test_an_unknown_dimension_is_answered_with_the_known_ones(tmp_path: Path) -> None:
    assert "tea_making" in complaint(tmp_path, PLAIN + "dimensions:\n  fairnes: {}\n")


def test_an_unknown_dimension_of_another_profile_is_refused_too(tmp_path: Path) -> None:
    text = PLAIN + "  nightly:\n    dimensions:\n      fairnes: {}\n"
    where = "thresholds.yaml:6: profiles.nightly.dimensions.fairnes: unknown dimension"
    assert complaint(tmp_path, text).startswith(where)


def test_overall_is_no_dimension(tmp_path: Path) -> None:
    said = complaint(tmp_path, PLAIN + "dimensions: {overall: {}}\n")
    assert said.startswith("thresholds.yaml:4: dimensions.overall: unknown dimension")


def test_a_dimension_that_has_questions_is_known(tmp_path: Path) -> None:
    text = PLAIN + "dimensions: {tea_making: {cs: {min: 0.4}}}\n"
    assert floor_of(tmp_path, text, "tea_making").cs == 0.4


def test_an_unknown_profile_is_answered_with_the_known_ones(tmp_path: Path) -> None:
    said = "thresholds.yaml: profiles: no profile 'gat' (there are: gate, nightly)"
    assert said == complaint(tmp_path, PLAIN + "  nightly: {}\n", profile="gat")


def test_a_file_without_profiles_says_that_there_are_none(tmp_path: Path) -> None:
    said = "thresholds.yaml: profiles: no profile 'gate' (there are: none)"
    assert said == complaint(tmp_path, "version: 1\n")


def test_where_the_file_says_nothing_the_built_in_floor_holds(tmp_path: Path) -> None:
    # thresholds.yaml section of DESIGN 5: critical, 0.95 readable, inconclusive warns; no floor at all
    assert floor(cs=0.0, css=0.0) == floor_of(tmp_path, PLAIN)


DEFAULTS = "defaults: {cs: {min: 0.1}}\n"
DIMENSION = "dimensions: {fairness: {cs: {min: 0.2}}}\n"
PROFILE_DEFAULTS = "    defaults: {cs: {min: 0.3}}\n"
PROFILE_DIMENSION = "    dimensions: {fairness: {cs: {min: 0.4}}}\n"


# DESIGN and config.py: defaults < dimensions < the profile's defaults < the profile's dimensions
@pytest.mark.parametrize(
    ("top", "profile", "cs"),
    [
        (DEFAULTS, "", 0.1),
        (DEFAULTS + DIMENSION, "", 0.2),
        (DEFAULTS + DIMENSION, PROFILE_DEFAULTS, 0.3),
        (DEFAULTS + DIMENSION, PROFILE_DEFAULTS + PROFILE_DIMENSION, 0.4),
        (DEFAULTS, PROFILE_DIMENSION, 0.4),
        ("", PROFILE_DEFAULTS, 0.3),
    ],
)
def test_the_later_layer_wins(tmp_path: Path, top: str, profile: str, cs: float) -> None:
    text = "version: 1\n" + top + "profiles:\n  gate:\n    repeats: 1\n" + profile
    assert cs == floor_of(tmp_path, text).cs


def test_a_later_layer_changes_only_what_it_names(tmp_path: Path) -> None:
    text = PLAIN + "defaults: {cs: {min: 0.6}, css: {min: 0.5}, tier: supporting}\n" + DIMENSION
    assert floor(cs=0.2, css=0.5, tier="supporting") == floor_of(tmp_path, text)


def test_a_floor_of_zero_overrides(tmp_path: Path) -> None:
    text = PLAIN + DEFAULTS + "dimensions: {fairness: {cs: {min: 0}}}\n"
    assert floor_of(tmp_path, text).cs == 0.0


def test_another_profile_changes_nothing(tmp_path: Path) -> None:
    text = PLAIN + "  nightly: {defaults: {cs: {min: 0.9}}}\n" + DEFAULTS
    assert floor_of(tmp_path, text).cs == 0.1


def test_another_dimension_changes_nothing(tmp_path: Path) -> None:
    text = PLAIN + DEFAULTS + "dimensions: {privacy: {cs: {min: 0.9}}}\n"
    assert floor_of(tmp_path, text).cs == 0.1


def test_the_defaults_of_dimensions_are_not_those_of_overall(tmp_path: Path) -> None:
    text = PLAIN + DEFAULTS + "overall: {cs: {min: 0.8}}\n"
    assert floor_of(tmp_path, text, "overall").cs == 0.8


def test_a_profile_overrides_overall(tmp_path: Path) -> None:
    text = "version: 1\noverall: {on_inconclusive: fail}\nprofiles:\n  gate:\n"
    text += "    overall: {on_inconclusive: warn}\n"
    assert floor_of(tmp_path, text, "overall").on_inconclusive == "warn"


def test_floors_proven_makes_every_floor_proven(tmp_path: Path) -> None:
    assert floor_of(tmp_path, PLAIN + "floors: proven\n").proven


def test_a_profile_overrides_proven(tmp_path: Path) -> None:
    text = "version: 1\nfloors: proven\nprofiles: {gate: {floors: estimate}}\n"
    assert not floor_of(tmp_path, text).proven


def test_the_settings_of_a_profile_are_those_that_it_names(tmp_path: Path) -> None:
    text = "version: 1\nprofiles: {gate: {note: for releases, repeats: 4, choice: text}}\n"
    assert read(tmp_path, text).asking == {"repeats": 4, "choice": "text"}


def test_the_note_of_a_profile_is_kept(tmp_path: Path) -> None:
    text = "version: 1\nprofiles: {gate: {note: for releases}}\n"
    assert read(tmp_path, text).note == "for releases"


def test_a_byte_order_mark_is_no_part_of_the_first_key(tmp_path: Path) -> None:
    assert floor_of(tmp_path, "\ufeff" + PLAIN + DEFAULTS).cs == 0.1


@pytest.mark.parametrize(
    ("text", "least"),
    [
        (PLAIN, None),
        (PLAIN + "judge: {min_kappa: 0.6}\n", 0.6),
        ("version: 1\njudge: {min_kappa: 0.6}\nprofiles: {gate: {judge: {min_kappa: 0.8}}}\n", 0.8),
        ("version: 1\nprofiles: {gate: {judge: {min_kappa: 0.8}}, nightly: {}}\n", 0.8),
    ],
)
def test_the_profile_says_last_how_good_the_judge_must_be(
    tmp_path: Path, text: str, least: float | None
) -> None:
    assert least == read(tmp_path, text).min_kappa


@pytest.mark.parametrize("value", ["1.01", "-1.5", "true", "high", ".nan"])
def test_a_kappa_that_cannot_be_is_refused_with_its_line(tmp_path: Path, value: str) -> None:
    said = complaint(tmp_path, PLAIN + f"judge:\n  min_kappa: {value}\n")
    assert said.startswith("thresholds.yaml:5: judge.min_kappa: input should be ")


def test_the_shipped_file_fits_the_schema_for_editors() -> None:
    tree: Any = YAML(typ="safe").load(packaged("thresholds.yaml"))
    jsonschema.validate(tree, thresholds_schema())


def test_the_schema_for_editors_refuses_an_unknown_key() -> None:
    with pytest.raises(jsonschema.ValidationError, match="'floor' was unexpected"):
        jsonschema.validate({"version": 1, "floor": "proven"}, thresholds_schema())
