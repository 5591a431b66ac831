"""The picture of a chain: a PNG with everything in it, where no label hides another."""

import io

import matplotlib as mpl
import msgspec
import numpy as np
import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.colors import to_rgb
from matplotlib.image import imread

import replies
from opentape.cli.chains.picture import look, marks, plot


@pytest.fixture(scope="module")
def reply():
    return replies.reply()


def changed(reply, **levels):
    return msgspec.structs.replace(
        reply, levels=msgspec.structs.replace(reply.levels, **levels)
    )


def pixels(reply):
    png = plot.png_of(reply)
    assert png.startswith(b"\x89PNG\r\n\x1a\n")
    assert 20_000 < len(png) < 2_000_000
    return imread(io.BytesIO(png))[..., :3]


def has(image, colour):
    return bool((np.abs(image - to_rgb(colour)).max(axis=2) < 0.02).sum() > 200)


def texts_of(reply):
    """Every label of a level with the box that it takes up, by panel."""
    with mpl.rc_context(look.LOOK):
        figure = plot.figure_of(reply)
        FigureCanvasAgg(figure).draw()
        return [
            [(text.get_text(), text.get_window_extent()) for text in axes.texts]
            for axes in figure.axes
        ]


def test_it_is_a_picture_of_sane_size_with_everything_in_it(reply):
    image = pixels(reply)
    height, width, _ = image.shape
    assert (width, height) == (1960, 1470)
    for colour in (marks.CALLS, marks.PUTS, marks.FLIP, marks.INK):
        assert has(image, colour)
    # each panel holds more than paper
    panels = (image[150:700], image[800:1400, :1000], image[800:1400, 1000:])
    assert all(panel.std() > 0.05 for panel in panels)


def test_the_same_answer_gives_the_same_bytes(reply):
    assert plot.png_of(reply) == plot.png_of(reply)


def test_without_a_flip_there_is_no_line_for_it(reply):
    image = pixels(changed(reply, gamma_flip=None, gamma_flip_status="no_boundary"))
    assert not has(image, marks.FLIP)


@pytest.mark.parametrize(
    "levels",
    [
        {"call_wall": 655.0, "put_wall": 654.0, "gamma_flip": 653.0, "max_pain": 652.0},
        {"call_wall": 652.3, "put_wall": 652.3, "gamma_flip": 652.3, "max_pain": 652.3},
        {"call_wall": 705.0, "put_wall": 704.0, "gamma_flip": 703.5, "max_pain": 704.5},
        {"call_wall": 900.0, "put_wall": 300.0, "gamma_flip": 650.0, "max_pain": 650.0},
    ],
)
def test_no_label_hides_another(reply, levels):
    for labels in texts_of(changed(reply, **levels)):
        boxes = [box for _, box in labels]
        overlaps = [
            (labels[at][0], labels[to][0])
            for at in range(len(boxes))
            for to in range(at + 1, len(boxes))
            if boxes[at].overlaps(boxes[to])
        ]
        assert overlaps == []


def test_labels_stay_inside_the_picture(reply):
    for panel in texts_of(changed(reply, call_wall=745.0, put_wall=560.0)):
        for text, box in panel:
            assert box.x0 >= 0, text
            assert box.x1 <= 1400, text


def test_levels_outside_are_pointed_at():
    span = marks.Span(600.0, 700.0)
    assert marks.label_of(marks.Mark(300.0, "put wall", "", ""), span) == "← put wall 300"
    assert marks.label_of(marks.Mark(950.0, "flip", "", ""), span) == "flip 950 →"


@pytest.mark.parametrize("what", ["nothing", "no smiles", "no interest", "one strike"])
def test_what_is_not_known_is_left_out_and_said(reply, what):
    nothing = changed(
        reply, gamma_flip=None, call_wall=None, put_wall=None, max_pain=None, net_gex=None
    )
    nothing = msgspec.structs.replace(
        nothing,
        expiries=(),
        contracts=(),
        strikes=(),
        profile=replies.ProfileRow(spots=(), net_gex=()),
    )
    rows = tuple(
        msgspec.structs.replace(row, svi=None, svi_status="too_few")
        for row in reply.expiries
    )
    one = tuple(row for row in reply.strikes if row.strike == 652)
    asked = {
        "nothing": nothing,
        "no smiles": msgspec.structs.replace(reply, expiries=rows),
        "no interest": msgspec.structs.replace(reply, strikes=()),
        "one strike": msgspec.structs.replace(reply, strikes=one),
    }[what]
    assert pixels(asked).std() > 0.02
    said = [text for panel in texts_of(asked) for text, _ in panel]
    expected = {"nothing": 3, "no smiles": 0, "no interest": 1, "one strike": 0}[what]
    assert sum(text.startswith("No ") for text in said) == expected


def test_money_is_told_in_three_digits():
    amounts = (-3_917_835_882, 28_200_000, 999_900_000, 412, 0)
    told = [marks.money(amount) for amount in amounts]
    minus = "\N{MINUS SIGN}"
    assert told == [f"{minus}$3.92 bn", "$28.2 m", "$1.00 bn", "$412", "$0.00"]
