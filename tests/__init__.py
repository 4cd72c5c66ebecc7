"""The promises of Plancycle, told with people."""
