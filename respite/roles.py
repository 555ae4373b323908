"""Asking identity which roles an operator holds.

Nothing is remembered: operators call seldom, and so a role that is granted or revoked counts from
the very next call.
"""

from __future__ import annotations

import grpc

from kit.access import HasRole
from kit.channel import Channel, channel
from kit.tls import TlsFiles
from protos.identity.v1 import identity_pb2 as pb
from protos.identity.v1.identity_pb2_grpc import IdentityServiceStub

DEADLINE_SECONDS = 2.0  # so that a call with the usual 5 s still has time for its own work


def identity_channel(address: str, files: TlsFiles) -> Channel:
    """A channel for `roles_from`. Raises CertificateProblem."""
    service = pb.DESCRIPTOR.services_by_name["IdentityService"].full_name
    return channel(
        address,
        files,
        service=service,
        idempotent_methods=["CheckRole"],
        deadline=DEADLINE_SECONDS,
    )


def roles_from(identity: grpc.Channel) -> HasRole:
    """Whether a user holds a role, by identity's word; raises RpcError where it gives none."""
    stub = IdentityServiceStub(identity)

    def has_role(user_id: str, role: str) -> bool:
        number = pb.Role.Value(f"ROLE_{role.upper()}")
        return stub.CheckRole(pb.CheckRoleRequest(user_id=user_id, role=number)).allowed

    return has_role
