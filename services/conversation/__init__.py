"""Conversation: what was said, both ways, and what became of every text that we sent.

Owns the schema `conversation`: the transcript and the send ledger. It promises that a text is
stored before it leaves, that no text is stored or answered twice, that one sender at a time holds
the right to hand a text to the provider, that a delivery state never goes backwards, and that no
more is answered or sent than the limits let.
"""
