"""What a broken or hostile caller sends: no answer may be our own fault, and nothing may hang."""
