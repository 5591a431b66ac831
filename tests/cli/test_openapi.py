"""`opentape openapi`: the document that the server shows, to a file or to the screen."""

import json

from opentape.wiring.server import openapi


def test_it_is_what_the_server_shows(run, tmp_path) -> None:
    shown = run("openapi")
    assert shown.exit_code == 0
    assert shown.stdout == openapi().decode()
    assert json.loads(shown.stdout)["openapi"].startswith("3.1")
    file = tmp_path / "openapi.json"
    written = run("openapi", "--out", file)
    assert (written.exit_code, written.stdout) == (0, "")
    assert file.read_text(encoding="utf-8") == shown.stdout
