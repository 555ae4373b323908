"""The assistant: what it is told, what it may say, and the two that speak."""
