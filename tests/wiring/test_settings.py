"""Settings from defaults, a file and the environment, and what can be wrong with them."""

import re
import tomllib
from pathlib import Path

import msgspec
import pytest

from opentape.flow.options import (
    Coalesce,
    FlowOptions,
    GatherOptions,
    RadarOptions,
    Weights,
)
from opentape.market.errors import BadFile, BadSetting
from opentape.wiring.settings import Settings, leaves, load_settings, variable

REPO = Path(__file__).resolve().parents[2]
REFERENCE = REPO / "docs" / "reference" / "opentape.toml"
NO_WEIGHTS = "{" + ",".join(f"{name}=0" for name in Weights.__struct_fields__) + "}"
NAMES = [name for name, _ in leaves(Settings)]


def toml(path: Path, text: str) -> Path:
    path.write_text(text, encoding="utf-8")
    return path


def gather(path: Path | None = None, **environ: str) -> GatherOptions:
    return load_settings(path, environ).flow.gather


@pytest.fixture(autouse=True)
def _somewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "cwd").mkdir()
    monkeypatch.chdir(tmp_path / "cwd")


def test_nothing_said_is_the_defaults() -> None:
    assert load_settings(None, {}) == Settings()
    assert load_settings(None, {"HOME": "/", "OPENTAPE_CONFIG": ""}) == Settings()


def test_the_environment_of_the_process_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENTAPE_FLOW_GATHER_GAP_MS", "7")
    assert load_settings().flow.gather.gap_ms == 7


def test_the_nearest_file_counts_and_the_environment_more(tmp_path: Path) -> None:
    toml(Path("opentape.toml"), "[flow.gather]\ngap_ms = 1\nmax_span_ms = 11")
    named = toml(tmp_path / "named", "[flow.gather]\ngap_ms = 2")
    given = toml(tmp_path / "given", "[flow.gather]\ngap_ms = 3\nlate_after_ms = 33")
    environ = {"OPENTAPE_CONFIG": str(named)}
    assert gather() == GatherOptions(gap_ms=1, max_span_ms=11)
    assert gather(**environ) == GatherOptions(gap_ms=2)
    assert gather(given, **environ) == GatherOptions(gap_ms=3, late_after_ms=33)
    found = gather(given, **environ, OPENTAPE_FLOW_GATHER_GAP_MS="4")
    assert found == GatherOptions(gap_ms=4, late_after_ms=33)


@pytest.mark.parametrize(
    ("name", "text", "value"),
    [
        ("flow.gather.gap_ms", " 400 ", 400),
        ("flow.gather.coalesce", "blocks_only", Coalesce.BLOCKS_ONLY),
        ("flow.gather.sweep_strict", "true", True),
        ("flow.gather.sweep_strict", "0", False),
        ("flow.gather.block_min_by_symbol", "SPY=500, SPX = 50", {"SPY": 500, "SPX": 50}),
        ("flow.gather.block_min_by_symbol", '{"SPY": 500}', {"SPY": 500}),
        ("flow.gather.block_min_by_symbol", "", {}),
        ("flow.interest.opening_share", "0.5", 0.5),
        ("flow.score.whale_usd", "2e6", 2e6),
        ("flow.score.weights.sweep", "1", 1.0),
        ("flow.score.tenor_days", "0,1,2,3,4,5,6,7", tuple(range(8))),
        ("flow.score.tenor_days", "[0,1,2,3,4,5,6,7]", tuple(range(8))),
    ],
)
def test_variables_of_every_kind(name: str, text: str, value: object) -> None:
    found: object = load_settings(None, {variable(name): text})
    for part in name.split("."):
        found = getattr(found, part)
    assert found == value
    assert type(found) is type(value)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("[flow.gather]\ngap_ms = -1", "flow.gather.gap_ms in {} must be int >= 0, was -1"),
        ("[flow.gather]\ngap_ms = '1'", "flow.gather.gap_ms in {} must be int, was '1'"),
        ("[flow.gather]\ngap_ms = 1.0", "flow.gather.gap_ms in {} must be int, was 1.0"),
        ("[flow.gather]\nbounds = 1", "was 'flow.gather.bounds' in {}"),
        ("[flow.interest]\nbounds = 1", "flow.interest.bounds in {} must be bool, was 1"),
        (
            "[flow.gather]\ncoalesce = 'none'",
            "flow.gather.coalesce in {} must be one of all, blocks_only, was 'none'",
        ),
        (
            "[flow.gather]\ngap = 1",
            "be one that is known, as 'flow.gather.gap_ms', was 'flow.gather.gap' in {}",
        ),
        ("flow = 1", "flow in {} must be a table, was 1"),
        ("[flows]", "was 'flows' in {}"),
        (
            "[flow.gather.block_min_by_symbol]\nSPY = 0",
            "flow.gather.block_min_by_symbol in {} must hold int >= 1, was {{'SPY': 0}}",
        ),
        (
            "[flow.interest]\nopening_share = nan",
            "flow.interest.opening_share in {} must be float >= 0.0, was nan",
        ),
        (
            "[flow.radar]\notm_scores = 1",
            "flow.radar.otm_scores in {} must be array, was 1",
        ),
    ],
)
def test_a_file_that_says_what_cannot_be(tmp_path: Path, text: str, told: str) -> None:
    path = toml(tmp_path / "settings", text)
    with pytest.raises(BadSetting) as caught:
        load_settings(path, {})
    assert str(caught.value).endswith(told.format(path))


@pytest.mark.parametrize(
    ("key", "text", "told"),
    [
        ("GATHER_GAP_MS", "soon", "must be int, was 'soon'"),
        ("GATHER_GAP_MS", "", "must be int, was ''"),
        ("GATHER_GAP_MS", "99999999999", "must be int <= 86400000, was '99999999999'"),
        ("GATHER_COALESCE", "ALL", "must be one of all, blocks_only, was 'ALL'"),
        ("GATHER_BLOCK_MIN_BY_SYMBOL", "SPY", "must hold int, was {'SPY': ''}"),
        ("GATHER_BLOCK_MIN_BY_SYMBOL", "[1]", "must be object, was [1]"),
        ("SCORE_TENOR_DAYS", "[1", "must be JSON or parted by commas, was '[1'"),
        ("SCORE_TENOR_DAYS", "1,x", "must hold int, was ['1', 'x']"),
    ],
)
def test_a_variable_that_says_what_cannot_be(key: str, text: str, told: str) -> None:
    with pytest.raises(BadSetting) as caught:
        load_settings(None, {f"OPENTAPE_FLOW_{key}": text})
    assert str(caught.value) == f"OPENTAPE_FLOW_{key} {told}"


def test_a_variable_that_is_not_known() -> None:
    with pytest.raises(BadSetting) as caught:
        load_settings(None, {"OPENTAPE_GATHER_GAP_MS": "1"})
    assert str(caught.value) == (
        "a setting must be one that is known, as 'OPENTAPE_FLOW_GATHER_GAP_MS', "
        "was OPENTAPE_GATHER_GAP_MS"
    )


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (
            "[flow.score]\nlow = 90",
            r"low, medium, high must not descend, was \(90, 70, 85\)",
        ),
        ("[flow.radar]\nextreme = 1", "notable, elevated, extreme must not descend, was "),
        (
            "[flow.score]\npremium_full_usd = 1",
            "must be positive and below .*, was 25000.0 and",
        ),
        ("[flow.radar]\npremium_floor_usd = 0", "must be positive and below .*, was 0"),
        ("[flow.score]\ntenor_days = [1]", r"must be of one length, was \(1,\) and \("),
        ("[flow.radar]\ndte_days = []", r"must be of one length, was \(\) and \("),
        ("[flow.radar]\notm_percents = [0, 0, 1, 2]", "otm_percents must ascend, was "),
        (
            "[flow.radar]\notm_percents = [0, 1]\notm_scores = [0, 1]",
            r"otm_percents must be 4 numbers, was \(0.0, 1.0\)",
        ),
        ("flow.gather.block_min_by_symbol.spxw = 1", "as 'SPX', was 'spxw'"),
        (
            f"flow.score.weights = {NO_WEIGHTS}",
            "weights must sum to more than 0, was 0",
        ),
    ],
)
def test_settings_that_do_not_go_together(tmp_path: Path, text: str, told: str) -> None:
    with pytest.raises(BadSetting, match=told):
        load_settings(toml(tmp_path / "settings", text), {})


def test_a_file_that_is_none(tmp_path: Path) -> None:
    odd = tmp_path / "odd"
    for content in (b"[flow", b"\xff\xfe", b"x = 1\nx = 2"):
        odd.write_bytes(content)
        with pytest.raises(BadFile, match=rf"^settings {odd} must be TOML: "):
            load_settings(odd, {})
    with pytest.raises(BadFile, match="none cannot be read: No such file"):
        load_settings(tmp_path / "none", {})
    with pytest.raises(BadFile, match="none cannot be read: No such file"):
        load_settings(None, {"OPENTAPE_CONFIG": str(tmp_path / "none")})
    with pytest.raises(BadFile, match="cannot be read: Is a directory"):
        load_settings(tmp_path, {})


def test_the_structs_themselves_know_their_fields() -> None:
    with pytest.raises(msgspec.ValidationError, match="unknown field `gap`"):
        msgspec.convert({"gather": {"gap": 1}}, FlowOptions)
    with pytest.raises(BadSetting):
        RadarOptions(dte_days=(1,))


def test_every_setting_has_a_variable_of_its_own() -> None:
    assert len({variable(name) for name in NAMES}) == len(NAMES)


def test_the_reference_is_the_defaults() -> None:
    assert load_settings(REFERENCE, {}) == Settings()


def test_the_reference_names_and_explains_every_setting() -> None:
    text = REFERENCE.read_text(encoding="utf-8")
    table = tomllib.loads(text)
    missing = [name for name in NAMES if not _holds(table, name.split("."))]
    assert missing == []
    lines = text.splitlines()
    settings = [at for at, line in enumerate(lines) if re.match(r"\w+ = ", line)]
    assert len(settings) == len(NAMES)
    assert [lines[at] for at in settings if not lines[at - 1].startswith("# ")] == []


def _holds(table: object, path: list[str]) -> bool:
    for part in path:
        if not isinstance(table, dict) or part not in table:
            return False
        table = table[part]
    return True


@pytest.mark.parametrize("name", NAMES)
def test_every_setting_is_read(name: str) -> None:
    """By its attribute in some module but its own; the weights together, as points."""
    attribute = "points()" if ".weights." in name else name.rpartition(".")[2]
    reading = re.compile(rf"\.{re.escape(attribute)}(?!\w)")
    modules = (REPO / "src" / "opentape").rglob("*.py")
    texts = [p.read_text(encoding="utf-8") for p in modules if p.name != "options.py"]
    assert any(reading.search(text) for text in texts)
