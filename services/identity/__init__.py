"""Who a phone number is, and what an operator may do.

Owns the schema `identity`: one row a person, found by its phone number, and the roles of those who
operate the line. Promises that a number is one person however many first texts race, and that a
revoked role is gone at the next look. It holds nothing that a text or a payment changes, so no
traffic ever contends for its rows.
"""
