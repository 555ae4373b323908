"""Every query of the queue, as functions on DbReader and DbWriter."""
