"""Measurements of the running system; each prints the machine and the versions it ran on."""
