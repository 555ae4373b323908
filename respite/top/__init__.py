"""`respite top`: the line at a glance, live.

gathering asks the services, picture is what they said, concerns is what of it needs a person
(outages: of services and PostgreSQL; providers: of Twilio, Stripe and the model), frame puts it
into words and columns, app is the terminal.
"""
