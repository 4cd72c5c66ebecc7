"""The subcommands of ``plancycle``, one file per kind of work."""
