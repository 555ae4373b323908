"""The whole system in one process, on real sockets, and the vocabulary of the stories."""
