"""`respite doctor`: whether the line is set up as it has to be, and what to do where it is not.

Each file checks one thing and yields findings; examination puts them together.
"""
