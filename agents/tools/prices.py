"""What a service costs and how long it takes."""

from agents.tools.arguments import PriceOf
from agents.tools.desk import Desk, Result
from agents.wording import length_words, price_words


def price_of(desk: Desk, call: PriceOf) -> Result:
    service = desk.service(call.service)
    model = call.model or desk.visit.car.model
    length = length_words(service.minutes, desk.visit.language)
    name, thread = desk.name(service), {"service": service.code}
    if not service.prices:
        return Result(desk.say("price_none", service=name, length=length), thread=thread)
    if (cents := service.price(model)) is not None:
        price = price_words(cents, service.currency, desk.visit.language)
        said = desk.say("price_is", service=name, price=price, length=length)
        return Result(said, {"price": price}, thread=thread)
    prices = ", ".join(
        f"{each} {price_words(cents, service.currency, desk.visit.language)}"
        for each, cents in service.prices.items()
    )
    said = desk.say("price_by_model", service=name, length=length, prices=prices)
    return Result(said, dict(service.prices), thread=thread)
