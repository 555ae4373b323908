"""Who has paid: a mirror of Stripe, by fetching and never by believing.

Owns the schema `billing`: one row for each Stripe customer, which holds what access needs, and the
welcome texts that were asked for. Promises that the row ends as Stripe's truth however its
notices are repeated, lost or reordered, that access can be answered at any later time without
Stripe, and that a status nobody here knows never lets anybody in. The only caller of Stripe's API,
always outside a transaction.
"""
