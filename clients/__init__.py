"""Clients of our services for whoever calls them: small, one module a service."""
