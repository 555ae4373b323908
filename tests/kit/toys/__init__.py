"""Two small services, whose data are notes and parcels."""
