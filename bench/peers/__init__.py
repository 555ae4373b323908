"""Respite's queue beside the queues it stands in for: the same jobs, the same PostgreSQL server.

`python -m bench.peers --help`. What is imported in every system's process (`measure`, `load`,
`worker`, `sink`, `system`, `database`, `cpu`) needs only the standard library, psycopg and uvloop,
because the other queues live in an environment of their own.
"""
