"""Which calendar counts: ours, or the dealer's own system."""

import aiohttp

from agents.dealership import Dealership
from app.db.engine import Database
from app.dealership.records import RecordsDealership
from app.dealership.remote import RemoteDealership
from app.settings import Settings


def open_dealership(
    settings: Settings, database: Database, http: aiohttp.ClientSession
) -> Dealership:
    """The dealer's own scheduling system where one is named, else our own calendar."""
    if settings.scheduler is not None:
        url, key = settings.scheduler
        return RemoteDealership(http, url, key, settings.zone, settings.dealership_address)
    return RecordsDealership(database, settings.zone, settings.dealership_address)
