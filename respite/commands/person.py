"""What is known of a person, in words for people."""

from __future__ import annotations

from protos.billing.v1 import billing_pb2 as billing
from protos.identity.v1 import identity_pb2 as identity
from protos.profile.v1 import profile_pb2 as profile
from respite.commands.showing import ago, moment, word


def roles_of(user: identity.User) -> str:
    """What they may do, in words; "" for most people."""
    return ", ".join(word(identity.Role, role) for role in user.roles)


def access_of(access: billing.Access) -> str:
    """Whether they may use the line, and why."""
    granted = "yes" if access.granted else "no"
    until = f", until {moment(access.until_time)}" if access.HasField("until_time") else ""
    return f"{granted}, {word(billing.AccessReason, access.reason)}{until}"


def facts_of(known: profile.Profile) -> tuple[tuple[str, str], ...]:
    """What is known of them, by name."""
    score = ""
    if known.HasField("burnout_score"):
        band = word(profile.BurnoutBand, known.burnout_band)
        score = f"{known.burnout_score:.0f} of 100, {band}"
    return (
        ("first name", known.first_name),
        ("cares for", " ".join(filter(None, (known.care_recipient_name, known.relationship)))),
        ("time zone", known.time_zone),
        ("journey", word(profile.JourneyPhase, known.journey_phase)),
        ("burnout", score),
        ("consent", word(profile.SmsConsent, known.sms_consent)),
        ("crisis", "open" if known.crisis_open else ""),
        ("last wrote", ago(known.last_inbound_time)),
        ("held until", moment(known.assistant_held_until)),
    )
