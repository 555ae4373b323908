"""One file a job type: a function from a payload and a context to an outcome.

A workflow reads like its description, every step is safe to repeat, and it knows neither SQL nor
the queue.
"""
