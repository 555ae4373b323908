"""Every rule that touches rows, as functions on a DbReader or a DbWriter, split by noun."""
