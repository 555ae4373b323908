"""`respite top`: the line at a glance, live.

gathering asks the services, picture is what they said, concerns is what of it needs a person,
frame puts it into words and columns, app is the terminal.
"""
