"""The rules of crisis detection: a table of phrases for each kind and language (phrases.py).

Where a rule comes from stands beside it: C-SSRS is the Columbia-Suicide Severity Rating Scale
(screener, items 1 to 6), IPT the interpersonal theory of suicide (Joiner 2005: burdensomeness,
belonging), FAST the stroke signs, and "text" a way of putting it that the corpus taught us.
"""
