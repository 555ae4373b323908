"""A person by their name on the command line, and what is known of them, in words for people."""

from __future__ import annotations

from uuid import UUID

from protos.billing.v1 import billing_pb2 as billing
from protos.identity.v1 import identity_pb2 as identity
from protos.profile.v1 import profile_pb2 as profile
from respite.commands.showing import ago, moment, word
from respite.services import Services


def roles_of(user: identity.User) -> str:
    """What they may do, in words; "" for most people."""
    return ", ".join(word(identity.Role, role) for role in user.roles)


def facts_of_user(user: identity.User, access: billing.Access) -> tuple[tuple[str, str], ...]:
    """Who a person is and whether they may use the line, by name."""
    return (
        ("person", user.user_id),
        ("number", user.phone_number),
        ("name", user.name),
        ("roles", roles_of(user)),
        ("since", moment(user.create_time)),
        ("erasing since", moment(user.erasing_time)),
        ("suppressed", "yes" if user.suppressed else ""),
        ("unreachable", _unreachable(user)),
        ("access", _access(access)),
    )


def facts_of_profile(known: profile.Profile) -> tuple[tuple[str, str], ...]:
    """What is known of a person, by name."""
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


def user_named(services: Services, name: str) -> identity.User:
    """The person with this id or phone number."""
    try:
        UUID(name)
    except ValueError:
        by_phone = identity.GetUserByPhoneRequest(phone_number=name)
        return services.identity.GetUserByPhone(by_phone).user
    return services.identity.GetUser(identity.GetUserRequest(user_id=name)).user


def user_id_named(services: Services, name: str) -> str:
    """The id of the same; one that is given is not looked up."""
    try:
        return str(UUID(name))
    except ValueError:
        return user_named(services, name).user_id


def _access(access: billing.Access) -> str:
    granted = "yes" if access.granted else "no"
    until = f", until {moment(access.until_time)}" if access.HasField("until_time") else ""
    return f"{granted}, {word(billing.AccessReason, access.reason)}{until}"


def _unreachable(user: identity.User) -> str:
    if not user.HasField("unreachable_time"):
        return ""
    return f"since {moment(user.unreachable_time)}, error {user.unreachable_code}"
