"""The tables of the schema `profile`, a file a concern.

Every write that touches more than one row of a person locks their `contact_state` first.
"""

from __future__ import annotations

from kit.audit import audit_table
from services.profile.tables.burnout import assessment_replies, assessments, burnout_scores
from services.profile.tables.consent import consent_events
from services.profile.tables.crises import crises, crisis_follow_ups, crisis_replies, crisis_texts
from services.profile.tables.people import contact_state, user_profiles
from services.profile.tables.reactivations import reactivations
from services.profile.tables.schema import metadata

__all__ = [
    "assessment_replies",
    "assessments",
    "audit_records",
    "burnout_scores",
    "consent_events",
    "contact_state",
    "crises",
    "crisis_follow_ups",
    "crisis_replies",
    "crisis_texts",
    "metadata",
    "reactivations",
    "user_profiles",
]

audit_records = audit_table(metadata)
