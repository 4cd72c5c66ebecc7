"""``python -m webui`` is ``plancycle``."""

from webui.cli import main

main()
