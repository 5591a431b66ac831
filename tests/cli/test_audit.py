"""`opentape audit`: figures as a table and as JSON, a day or several."""

import datetime as dt
import json

import market_folders
from opentape.desk.audit.measures import MEASURES


def audited(run, folder, *arguments):
    result = run("audit", folder, "--format", "json", *arguments)
    assert result.exit_code == 0, result.output
    return json.loads(result.stdout)


def test_json_has_every_measure_with_what_it_counts(run, tmp_path):
    market_folders.make(tmp_path, 1)
    answer = audited(run, tmp_path)
    together, (day,) = answer["together"], answer["days"]
    assert together == day
    assert together["dates"] == ["2026-05-21"]
    assert {row["measure"] for row in together["rows"]} == set(MEASURES)
    for row in together["rows"]:
        measure = MEASURES[row["measure"]]
        assert (row["section"], row["counted"]) == (measure.section, measure.counted)
        assert row["baseline"] is None or row["baseline_is"]
        assert row["figure"] is not None or not row["n"] or row["form"] == "number"


def test_rows_of_a_measure_and_a_section_stand_together(run, tmp_path):
    market_folders.make(tmp_path, 1)
    rows = audited(run, tmp_path)["together"]["rows"]
    for name in ("section", "measure"):
        met = [row[name] for row in rows]
        runs = [
            one for one, before in zip(met, [None, *met], strict=False) if one != before
        ]
        assert len(runs) == len(set(runs))


def test_the_table_shows_the_same_figures(run, tmp_path):
    made = market_folders.make(tmp_path, 1, faults=True)
    result = run("audit", tmp_path)
    assert result.exit_code == 0, result.output
    answer = audited(run, tmp_path)["together"]
    lines = result.stdout.splitlines()
    assert lines[0].startswith("2026-05-21")
    heads = {row["section"] for row in answer["rows"]}
    assert all(any(line.startswith(head) for line in lines) for head in heads)
    for row in answer["rows"]:
        if row["form"] == "share" and row["n"]:
            shown = f"{100 * row['figure']:.1f} %"
            assert any(
                row["of"] in line and f"{row['n']:,}" in line and shown in line
                for line in lines
            ), row
    gaps = sum(fault["kind"] == "gap" for fault in made.faults)
    assert f"gap {gaps}, duplicate 1" in result.stderr
    assert max(len(line) for line in lines) <= 100


def test_several_days_are_added_up(run, tmp_path):
    dates = [dt.date(2026, 5, 20), dt.date(2026, 5, 21)]
    for seed, date in enumerate(dates):
        market_folders.make(tmp_path / str(date), seed, date=date)
    answer = audited(run, tmp_path)
    assert answer["together"]["dates"] == [str(date) for date in dates]
    found = [
        {(row["measure"], row["of"]): row for row in audit["rows"]}
        for audit in (answer["together"], *answer["days"])
    ]
    for key, row in found[0].items():
        mine = [day[key] for day in found[1:] if key in day]
        assert row["n"] == sum(day["n"] for day in mine)
        if row["form"] == "share" and row["n"]:
            hits = sum(round(day["n"] * (day["figure"] or 0)) for day in mine)
            assert round(row["figure"] * row["n"]) == hits
    shown = run("audit", tmp_path).stdout
    assert "day by day" in shown
    by_day = shown.split("day by day")[1].splitlines()
    assert all(str(date) in by_day[1] for date in dates)
    for row in {row["measure"]: row for row in answer["together"]["rows"]}.values():
        assert any(
            line.startswith(f"{row['section']} ") and f" {row['title']} " in line
            for line in by_day
        )


def test_settings_are_the_engines(run, tmp_path):
    market_folders.make(tmp_path, 1)
    config = tmp_path / "some.toml"
    config.write_text("[flow.gather]\nblock_min_contracts = 300\n")
    usual, changed = audited(run, tmp_path), audited(run, tmp_path, "--config", config)
    assert changed["together"]["signals"] < usual["together"]["signals"]


def test_a_day_may_lack_open_interest(run, tmp_path):
    made = market_folders.make(tmp_path, 1)
    (made.path / "oi.parquet").unlink()
    rows = audited(run, tmp_path)["together"]["rows"]
    assert {row["n"] for row in rows if row["section"] == "open interest"} == {0}


def test_quiet_says_nothing_else(run, tmp_path):
    market_folders.make(tmp_path, 1)
    assert run("audit", tmp_path, "--quiet").stderr == ""
    assert "signals" in run("audit", tmp_path).stderr


def test_what_is_missing_is_one_sentence(run, tmp_path):
    made = market_folders.make(tmp_path / "day", 1)
    (made.path / "truth" / "prints.parquet").unlink()
    for folder, sentence in (
        (tmp_path / "absent", "there is no folder"),
        (tmp_path, "must hold tape.parquet"),
        (made.path, "needs truth/prints.parquet beside its tape"),
    ):
        result = run("audit", folder)
        assert result.exit_code == 2
        assert sentence in result.stderr
        assert len(result.stderr.strip().splitlines()) == 1


def test_the_truth_of_another_tape_is_refused(run, tmp_path):
    market_folders.make(tmp_path / "day", 1)
    market_folders.make(tmp_path / "other", 2, orders=5)
    (tmp_path / "other" / "truth").replace(tmp_path / "truth")
    for name in ("prints", "book", "faults"):
        (tmp_path / "truth" / f"{name}.parquet").replace(
            tmp_path / "day" / "truth" / f"{name}.parquet"
        )
    result = run("audit", tmp_path / "day")
    assert result.exit_code == 2
    assert "the truth must be of the same tape" in result.stderr
