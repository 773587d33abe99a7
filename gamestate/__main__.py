"""`python -m gamestate`."""

from gamestate.cli.main import main

main()
