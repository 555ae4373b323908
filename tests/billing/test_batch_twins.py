"""A batch call of billing does what its one-item calls would have done, one after the other."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from kit.clock import FixedClock
from kit.database import Database
from protos.billing.v1 import billing_pb2 as pb
from protos.billing.v1.billing_pb2_grpc import BillingServiceStub
from services.billing.access import Subscription
from services.billing.model import store_truth
from services.billing.model_links import link_customer
from tests.twins import one_by_one, together

pytestmark = pytest.mark.slow

ANA, BEN, CLEO = (f"01936f6e-0000-7000-8000-00000000000{n}" for n in "123")


@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(picks=st.lists(st.sampled_from([ANA, ANA.upper(), BEN, CLEO, "", "x"]), min_size=1))
def test_access_got_together_is_that_got_one_by_one(
    billing: BillingServiceStub, database: Database, clock: FixedClock, picks: list[str]
) -> None:
    """Ana pays as the second of two customers, Ben has missed a payment, Cleo is nobody."""
    at = clock.now()
    accounts = (
        ("cus_1", ANA, Subscription("sub_1", "unpaid")),
        ("cus_2", ANA, Subscription("sub_2", "active")),
        ("cus_3", BEN, Subscription("sub_3", "past_due", unpaid_since=at - timedelta(days=1))),
    )
    with database.writer() as db:
        for customer_id, user_id, subscription in accounts:
            store_truth(db, customer_id, 0, subscription, at, customer_deleted=False)
            link_customer(db, customer_id, UUID(user_id), at)
    requests = [pb.GetAccessRequest(user_id=each) for each in picks]
    batch = pb.BatchGetAccessRequest(requests=requests)
    assert together(billing.BatchGetAccess, batch) == one_by_one(billing.GetAccess, requests)
