"""Local stand-ins for Twilio, Stripe and OpenAI, and a page with a phone on it.

The real SDKs talk to these plain HTTP programs when no credentials are configured; the tests and
the benchmarks talk to the same ones. Everything a provider would remember is kept in one SQLite
file, so that stopping the sandbox loses neither a text nor a webhook. It posts to this machine and
to the gateway it was given, and nowhere else.
"""
