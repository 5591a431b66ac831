"""`opentape price` and `opentape iv`, as a user runs them."""

import json

import pytest

TERMS = ("--spot", 580, "--strike", 580, "--dte", 30)


def test_price_prints_every_greek_with_its_unit(run):
    result = run("price", *TERMS, "--vol", 0.18, columns=80)
    assert (result.exit_code, result.stderr) == (0, "")
    lines = result.stdout.splitlines()
    assert lines[0] == (
        "580 call, 30 days, spot 580.00, vol 18 %, rate 4.5 %, carry 1.3 %, european"
    )
    shown = {line.split()[0]: line.split()[1] for line in lines[1:]}
    assert shown["price"] == "12.687211"
    assert shown["theta"] == "-0.223599"
    assert shown["charm"] == "0.000490"
    assert shown["color"] == "-0.00022304"
    assert shown["lambda"] == "24.2305"
    assert len(shown) == 16
    assert max(map(len, lines)) <= 80


def test_price_as_json_is_the_body_of_the_wire(run):
    result = run("price", *TERMS, "--vol", 0.18, "--format", "json")
    body = json.loads(result.stdout)
    assert list(body) == [
        *("inputs", "theoretical_price", "first_order", "second_order"),
        *("third_order", "additional"),
    ]
    assert body["theoretical_price"] == 12.687211
    assert body["additional"]["lambda"] == 24.2305
    assert result.stdout.startswith('{\n  "inputs"')


def test_a_put_of_another_world(run):
    world = ("--type", "put", "--rate", -0.01, "--carry", 0.2, "--dte", 0.25)
    result = run("price", "--spot", 580, "--strike", 600, *world, "--vol", 2)
    assert result.exit_code == 0
    assert "600 put, 0.25 days" in result.stdout
    assert "rate -1 %, carry 20 %" in result.stdout


def test_american_style_says_where_it_has_no_number(run):
    result = run("price", *TERMS, "--vol", 0.18, "--style", "american")
    shown = {line.split()[0]: line.split()[1] for line in result.stdout.splitlines()[1:]}
    assert shown["ultima"] == "-"
    assert float(shown["price"]) >= 12.687


def test_iv_is_the_vol_of_a_price(run):
    result = run("iv", *TERMS, "--price", 12.69)
    assert result.stdout.splitlines()[1] == "iv 0.180042  18.0042 % per year"
    result = run("iv", *TERMS, "--price", 12.69, "--format", "json")
    assert json.loads(result.stdout)["implied_volatility"] == 0.180042


@pytest.mark.parametrize(
    ("price", "words"),
    [(600, ("below 579.38", "600.0")), (0.5, ("above 1.5", "without any vol", "0.5"))],
)
def test_a_price_that_no_vol_gives(run, price, words):
    result = run("iv", *TERMS, "--price", price)
    assert (result.exit_code, result.stdout) == (2, "")
    (line,) = result.stderr.splitlines()
    assert line.startswith("Error: price must be ")
    assert [word for word in words if word not in line] == []


@pytest.mark.parametrize("value", ["0", "-1", "nan", "inf", "1e999", "many", ""])
@pytest.mark.parametrize("option", ["--spot", "--strike", "--dte", "--vol"])
def test_numbers_that_no_option_has(run, option, value):
    result = run("price", *TERMS, "--vol", 0.18, option, value)
    assert (result.exit_code, result.stdout) == (2, "")
    assert f"'{option}'" in result.stderr
    assert f"must be a number above 0, was {value!r}" in result.stderr


@pytest.mark.parametrize(
    ("option", "value"),
    [
        *(("--rate", value) for value in ("4.5", "nan", "-2", "x")),
        *(("--carry", value) for value in ("1.5", "inf")),
        ("--type", "straddle"),
        ("--style", "bermudan"),
        ("--format", "csv"),
    ],
)
def test_options_outside_their_range_are_named(run, option, value):
    result = run("price", *TERMS, "--vol", 0.18, option, value)
    assert (result.exit_code, result.stdout) == (2, "")
    assert f"'{option}'" in result.stderr
    assert repr(value) in result.stderr


@pytest.mark.parametrize("verb", ["price", "iv"])
def test_what_is_missing_is_named(run, verb):
    result = run(verb, "--spot", 580)
    assert result.exit_code == 2
    assert "--strike" in result.stderr
