"""The door: verifies what Twilio and Stripe post, hands it to the jobs service, answers.

It owns nothing and decides nothing. Nothing is parsed for meaning, stored or enqueued before the
signature has been verified, and nothing is acknowledged before the job is durable.
"""
