"""The parts of one sandbox, put together."""

from sandbox.clock import SandboxClock
from sandbox.delivery import Courier
from sandbox.faults import Faults
from sandbox.jobs import ListJobs
from sandbox.line import LineClock
from sandbox.messages import Messages
from sandbox.recorder import Recorder
from sandbox.settings import SandboxSettings
from sandbox.store import Store
from sandbox.stripe_ledger import Ledger, StripeCarriage
from sandbox.trail import Trail
from sandbox.twilio_webhooks import Inbox, TwilioCarriage


class Sandbox:
    """Everything that lives as long as the sandbox runs; made inside its event loop."""

    def __init__(
        self,
        settings: SandboxSettings,
        list_jobs: ListJobs | None = None,
        line_clock: LineClock | None = None,
    ) -> None:
        self.settings = settings
        self.list_jobs = list_jobs
        self.store = Store(settings.database)
        self.clock = SandboxClock(self.store, line_clock)
        self.faults = Faults(self.store)
        self.trail = Trail(self.store)
        self.recorder = Recorder(self.store, self.trail)
        self.courier = Courier(settings, self.store, self.faults, self.trail)
        self.messages = Messages(settings, self.store, self.trail, self.clock, self.courier)
        self.inbox = Inbox(settings, self.store, self.faults, self.messages, self.courier)
        self.ledger = Ledger(settings, self.store, self.clock, self.courier)
        carriage = TwilioCarriage(settings)
        self.courier.carry("sms", carriage)
        self.courier.carry("status", carriage)
        self.courier.carry("stripe", StripeCarriage(settings, self.store))
        self.courier.also(self.messages.advance)

    async def start(self) -> None:
        """Begin delivering webhooks, those left over from the last run first."""
        await self.courier.start()

    async def stop(self) -> None:
        """Stop delivering, end what hangs, close the store."""
        await self.courier.stop()
        self.store.close()

    def hang_up(self) -> None:
        """End every connection that a fault keeps hanging; a server that drains waits for them."""
        self.courier.stopping.set()

    def reset(self) -> None:
        """Forget everything: messages, objects, events, faults, records, the moved clock."""
        self.store.forget_everything()
        self.faults.clear()
        self.clock.reset()
