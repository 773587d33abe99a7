"""`python -m gamestate`."""

from gamestate.cli import main

main()
