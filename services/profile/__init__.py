"""Profile: what the line knows of a person beyond their number and what they said.

Owns the schema `profile`: details the person gave, journey, assessments and burnout scores,
consent to be texted, crises and their follow-ups. It promises that a repeated call changes nothing,
that an older event never overrides a newer one, and that no crisis is recorded twice. It never
holds a person's text.
"""
