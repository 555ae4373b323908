"""The tables of the schema `billing`."""

from __future__ import annotations

from typing import Final

import sqlalchemy as sa

from kit.audit import audit_table
from kit.table_parts import moment, text

SCHEMA: Final = "billing"
metadata = sa.MetaData(schema=SCHEMA)

# Of nobody, and not because their person was erased. Queries repeat it word for word, or they
# cannot use its index.
PARKED: Final = "user_id IS NULL AND erased_at IS NULL"

billing_accounts = sa.Table(
    "billing_accounts",
    metadata,
    text("stripe_customer_id", "cus_…, as Stripe names it"),
    sa.Column("user_id", sa.Uuid, comment="Whose it is; null while unlinked"),
    text(
        "stripe_subscription_id",
        "sub_… with the best access of this customer's; null where it has none",
        nullable=True,
    ),
    text(
        "status",
        "Stripe's own word for that subscription's status, known to us or not",
        nullable=True,
    ),
    text("price_id", "price_… of its first item", nullable=True),
    moment("current_period_end", "The latest over its items", nullable=True),
    moment("trial_end", "End of its trial", nullable=True),
    moment("cancel_time", "When it ended, or is to end", nullable=True),
    moment(
        "paid_until",
        "End of its last period paid and not refunded: access while canceled",
        nullable=True,
    ),
    moment(
        "unpaid_since",
        "Creation of its latest unpaid invoice: the grace runs from it while past_due",
        nullable=True,
    ),
    sa.Column(
        "customer_deleted",
        sa.Boolean,
        nullable=False,
        server_default=sa.false(),
        comment="Stripe has deleted the customer: no access, and no page is made for it",
    ),
    sa.Column(
        "version",
        sa.BigInteger,
        nullable=False,
        server_default="0",
        comment="How often Stripe's truth was stored; only a sync may change it",
    ),
    moment("synced_at", "When Stripe was last read; null before the first", nullable=True),
    moment("created_at", "When the customer was first seen"),
    moment("updated_at", "When the link or the truth last differed"),
    moment(
        "erased_at",
        "When its person was erased: it is never linked again; else null",
        nullable=True,
    ),
    moment(
        "phone_distrusted_at",
        "When somebody was erased who it is not, as an operator had said: a phone number of it may"
        " be theirs and finds nobody any more; else null",
        nullable=True,
    ),
    # GetAccount(customer), LinkCustomer, SyncCustomer, and the pages of ListAccounts.
    sa.PrimaryKeyConstraint("stripe_customer_id", name="billing_accounts_by_stripe_customer"),
    sa.CheckConstraint("stripe_customer_id <> ''", name="billing_accounts_customer_is_named"),
    sa.CheckConstraint("version >= 0", name="billing_accounts_version_counts"),
    sa.CheckConstraint(
        "(status IS NULL) = (stripe_subscription_id IS NULL)",
        name="billing_accounts_status_is_of_a_subscription",
    ),
    comment="The mirror of Stripe's customers, each with what access needs",
)

# GetAccess, GetAccount(user), CreateCheckoutSession: all accounts of a person.
sa.Index(
    "billing_accounts_by_user",
    billing_accounts.c.user_id,
    postgresql_where=billing_accounts.c.user_id.is_not(None),
)
# ListAccounts(status), in the order of its pages; billing_stats(): accounts by status.
sa.Index(
    "billing_accounts_by_status", billing_accounts.c.status, billing_accounts.c.stripe_customer_id
)

# billing_stats(): those in grace.
sa.Index(
    "billing_accounts_past_due",
    billing_accounts.c.unpaid_since,
    postgresql_where=sa.text("status = 'past_due'"),
)
# billing_stats(): canceled ones whose paid period has not ended.
sa.Index(
    "billing_accounts_canceled",
    billing_accounts.c.paid_until,
    postgresql_where=sa.text("status = 'canceled'"),
)
# billing_stats(): payments whose person is not known.
sa.Index(
    "billing_accounts_parked",
    billing_accounts.c.stripe_customer_id,
    postgresql_where=sa.text(PARKED),
)

undone_links = sa.Table(
    "undone_links",
    metadata,
    text("stripe_customer_id", "cus_…, as Stripe names it"),
    sa.Column("user_id", sa.Uuid, nullable=False, comment="Who the customer is not"),
    moment("created_at", "When an operator said so"),
    moment("updated_at", "Equals created_at: never changed"),
    # LinkCustomer: whether this link was undone.
    sa.PrimaryKeyConstraint("stripe_customer_id", "user_id", name="undone_links_by_customer"),
    comment="Links of a customer to a person that an operator has undone: nothing makes them anew",
)

# DeleteAccount.
sa.Index("undone_links_by_user", undone_links.c.user_id)

welcome_requests = sa.Table(
    "welcome_requests",
    metadata,
    sa.Column("user_id", sa.Uuid, nullable=False, comment="Whose welcome; one a person, for ever"),
    text("request_key", "The key of whoever was first"),
    moment("requested_at", "When, by the clock of the domain"),
    moment("created_at", "Equals requested_at"),
    moment("updated_at", "Equals requested_at: never changed"),
    # RecordWelcomeRequested, and beside every account that is read.
    sa.PrimaryKeyConstraint("user_id", name="welcome_requests_by_user"),
    comment="Welcome texts that were asked for",
)

refused_pages = sa.Table(
    "refused_pages",
    metadata,
    text("page", "Hash of what was asked for, and under which key of ours; names nobody"),
    sa.Column(
        "refusals",
        sa.Integer,
        nullable=False,
        comment="How many of its keys at Stripe have an answer that is no page, or a closed one",
    ),
    moment("created_at", "When Stripe first refused it"),
    moment("updated_at", "When Stripe last refused it"),
    # CreateCheckoutSession, CreatePortalSession: under which key to ask.
    sa.PrimaryKeyConstraint("page", name="refused_pages_by_page"),
    sa.CheckConstraint("refusals > 0", name="refused_pages_refusals_count"),
    comment="Pages that Stripe refused to make, for as long as it repeats its answers",
)

# CreateCheckoutSession, CreatePortalSession after a refusal: those that Stripe has forgotten.
sa.Index("refused_pages_by_time", refused_pages.c.updated_at)

checkout_pages = sa.Table(
    "checkout_pages",
    metadata,
    text("session_id", "cs_…, as Stripe names it"),
    sa.Column("user_id", sa.Uuid, nullable=False, comment="Who is to subscribe on it"),
    moment(
        "closed_at", "When nobody could pay on it any more; null where somebody may", nullable=True
    ),
    moment("created_at", "When it was first handed out"),
    moment("updated_at", "The same, replaced_at or closed_at"),
    moment(
        "replaced_at",
        "When another took its place: it is handed out no more, and to be closed; else null",
        nullable=True,
    ),
    # CreateCheckoutSession: whether the page that Stripe repeats is closed; closing one.
    sa.PrimaryKeyConstraint("session_id", name="checkout_pages_by_session"),
    comment="Pages to subscribe on, for as long as Stripe repeats them",
)

# CreateCheckoutSession, LookUpAccess, CancelSubscriptions: which pages to close; DeleteAccount.
sa.Index("checkout_pages_by_user", checkout_pages.c.user_id)
# CreateCheckoutSession: those that Stripe has forgotten.
sa.Index("checkout_pages_by_time", checkout_pages.c.created_at)

audit_records = audit_table(metadata)
