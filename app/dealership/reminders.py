"""The day before an appointment its customer is reminded, once, in the words of their language."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from agents.dealership import Service
from agents.prompts import phrase
from agents.wording import when_words
from app.db.engine import Connection, Database
from app.outbox import Outbox
from app.privacy.vault import Vault

# An appointment that moves is another one to be reminded of.
KEY = "'reminder:' || a.id || ':' || extract(epoch from lower(a.during))::bigint"

TOMORROW = f"""
select {KEY} as key, a.reference, a.customer_id, a.service_code, s.names, lower(a.during) as start,
  coalesce(c.language, (
    select language from conversations where c.id in (customer_id, proven_customer_id)
    order by updated_at desc limit 1), 'en') as language, u.email
from appointments as a join service_types as s on s.code = a.service_code
join customers as c on c.id = a.customer_id left join users as u on u.id = c.user_id
where a.state = 'booked' and lower(a.during) >= $1 and lower(a.during) < $2
  and c.erased_at is null
  and not exists (select 1 from outbox_messages as o where o.key = {KEY})
limit 500 for share of c
"""

OUT_OF_DATE = f"""
delete from outbox_messages as o where purpose = 'reminder' and state = 'queued' and not exists (
  select 1 from appointments as a where a.state = 'booked' and o.key = {KEY})
"""


class Reminders:
    """For the built-in calendar; a dealer's own system reminds its customers itself."""

    def __init__(
        self, database: Database, vault: Vault, outbox: Outbox, zone: ZoneInfo, dealer: str
    ) -> None:
        self._database, self._vault, self._outbox = database, vault, outbox
        self._zone, self._dealer = zone, dealer

    async def owe_due(self, now: datetime | None = None) -> int:
        """Reminders for tomorrow's appointments, from eight in the morning on; returns how many.
        One that could not leave yet is dropped when its appointment was cancelled or moved."""
        local = (now or datetime.now(self._zone)).astimezone(self._zone)
        if local.hour < FIRST_HOUR:
            return 0
        first = (local + timedelta(days=1)).replace(hour=0, minute=0, second=0, microsecond=0)
        async with self._database.transaction() as db:
            await db.execute(OUT_OF_DATE)
            rows = await db.fetch(TOMORROW, first, first + timedelta(days=1))
            return sum([await self._owe(db, row) for row in rows])

    async def _owe(self, db: Connection, row: object) -> bool:
        """False where no address is known."""
        about = dict(row)  # type: ignore[call-overload]
        contacts = await self._vault.contacts_of(db, about["customer_id"])
        if about["email"]:
            contacts.append(("email", about["email"]))
        if not contacts:
            return False
        channel, address = contacts[0]
        service = Service(about["service_code"], about["names"], 0, {})
        text = phrase(
            "reminder",
            about["language"],
            dealer=self._dealer,
            service=service.name(about["language"]),
            when=when_words(about["start"].astimezone(self._zone), about["language"]),
            reference=about["reference"],
        )
        await self._outbox.owe(
            db, about["key"], channel, "reminder", address, text, customer=about["customer_id"]
        )
        return True


FIRST_HOUR = 8
