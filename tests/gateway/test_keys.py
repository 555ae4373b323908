from gateway import keys


def test_job_keys_are_these_literals() -> None:
    assert keys.inbound_sms("SM0b6e2697") == "twilio:SM0b6e2697"
    assert keys.sms_status("SM0b6e2697", "delivered") == "twilio-status:SM0b6e2697:delivered"
    assert keys.stripe_event("evt_1J02NfJD") == "stripe:evt_1J02NfJD"
