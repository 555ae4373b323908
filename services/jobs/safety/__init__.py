"""What must never depend on a model: recognising a crisis, and the words that answer it."""
