"""The worker: claims jobs, runs their workflows, keeps their leases, settles them, drains."""
