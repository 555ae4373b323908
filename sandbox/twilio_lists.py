"""Twilio's small lists: what came with a text, and the numbers of a messaging service."""

from hashlib import md5
from typing import Any


def media_list(path: str, count: int, created: str | None) -> dict[str, Any]:
    """What came with a text, `count` pictures that nobody can fetch; path: of the list.

    Source: https://www.twilio.com/docs/messaging/api/media-resource
    """
    _, _, _, account, _, message, _ = path.split("/")
    media = []
    for number in range(count):
        sid = "ME" + md5(f"{message}.{number}".encode(), usedforsecurity=False).hexdigest()
        media.append(
            {
                "sid": sid,
                "account_sid": account,
                "parent_sid": message,
                "content_type": "image/jpeg",
                "date_created": created,
                "date_updated": created,
                "uri": f"{path.removesuffix('.json')}/{sid}.json",
            }
        )
    return {
        "media_list": media,
        "uri": path,
        "first_page_uri": path,
        "next_page_uri": None,
        "previous_page_uri": None,
        "start": 0,
        "end": max(0, count - 1),
        "page": 0,
        "page_size": 50,
    }


def senders(path: str, account: str, number: str) -> dict[str, Any]:
    """The numbers of a messaging service: every service here has the account's one number.

    Source: https://www.twilio.com/docs/messaging/api/phonenumber-resource
    """
    url = f"https://messaging.twilio.com{path}"
    sid = f"PN{'0' * 32}"
    return {
        "phone_numbers": [
            {
                "sid": sid,
                "account_sid": account,
                "service_sid": path.split("/")[3],
                "phone_number": number,
                "country_code": "US",
                "capabilities": ["MMS", "SMS"],
                "url": f"{url}/{sid}",
            }
        ],
        "meta": {
            "page": 0,
            "page_size": 50,
            "key": "phone_numbers",
            "url": url,
            "first_page_url": url,
            "previous_page_url": None,
            "next_page_url": None,
        },
    }
