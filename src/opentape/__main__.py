"""``python -m opentape`` is ``opentape``."""

from opentape.cli.main import main

main(prog_name="opentape")
