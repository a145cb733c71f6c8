"""What a model may ask for. Arguments are strict: whatever does not fit is refused and told so.

The docstrings and descriptions here are what the language model reads. Nothing names a customer:
who asks is known to the server.
"""

from datetime import date, datetime, time
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

Word = Annotated[str, Field(min_length=1, max_length=60)]
Weekday = Literal["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"]


class Arguments(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


ONLY_ONE = "the only one"


class FindSlots(Arguments):
    """Find free times for a service, or for moving an appointment. Without days it looks at the
    next two weeks."""

    service: Word | None = Field(None, description="code of the service")
    appointment: Word | None = Field(
        None, description=f"reference of an appointment to be moved, or '{ONLY_ONE}'"
    )
    first_day: date | None = None
    last_day: date | None = None
    from_time: time | None = Field(None, description="earliest start, local time")
    until_time: time | None = Field(None, description="latest start, local time")
    weekday: Weekday | None = Field(None, description="only this day of the week")
    pick: Literal["earliest", "latest"] | None = None


class PriceOf(Arguments):
    """Price and length of a service."""

    service: Word = Field(description="code of the service")
    model: Word | None = Field(None, description="vehicle model, such as X1")


class History(Arguments):
    """What was done to the customer's cars before."""


class DueServices(Arguments):
    """Which services the customer's cars need next, by mileage, months and history."""


class Appointments(Arguments):
    """The customer's booked appointments."""


class ProposeBooking(Arguments):
    """Show the customer a booking to confirm. Nothing is booked before the customer says yes."""

    service: Word = Field(description="code of the service")
    start: datetime = Field(description="local time, ISO 8601 without offset")
    weekday: Weekday | None = Field(None, description="the day of the week of `start`")
    reason: Annotated[str, Field(max_length=300)] = ""


class ProposeMove(Arguments):
    """Show the customer a new time for a booked appointment to confirm."""

    start: datetime = Field(description="local time, ISO 8601 without offset")
    appointment: Word | None = Field(None, description="reference; may be left out if only one")
    weekday: Weekday | None = Field(None, description="the day of the week of `start`")


class ProposeCancel(Arguments):
    """Show the customer the cancellation of a booked appointment to confirm."""

    appointment: Word | None = Field(None, description="reference; may be left out if only one")


class SendCode(Arguments):
    """Send a one-time code to the e-mail address or mobile number the customer gave."""

    contact: Annotated[str, Field(pattern=r"^<(EMAIL|PHONE)_\d{1,4}>$")] = Field(
        description="the placeholder as it stands in the message, such as <EMAIL_1>"
    )


TOOLS: tuple[type[Arguments], ...] = (
    FindSlots, PriceOf, History, DueServices, Appointments, ProposeBooking, ProposeMove,
    ProposeCancel, SendCode,
)  # fmt: skip
BY_NAME = {tool.__name__: tool for tool in TOOLS}
