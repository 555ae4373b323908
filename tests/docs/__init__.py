"""The documents are run: their snippets, their commands, and the claims that can be checked."""
