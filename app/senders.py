"""Ways a message leaves: SMTP, a webhook for text messages, or the desk's own outbox page."""

from email.message import EmailMessage
from urllib.parse import unquote, urlsplit

import aiohttp
import aiosmtplib

from app.observability.logs import say
from app.outbox import Letter, NotDelivered, Sender
from app.settings import Settings

SECONDS = 15


class ShownSender:
    """Nothing is connected: whoever started the server reads the message where it runs, staff at
    `/desk/outbox`. Never in production."""

    shows = True

    def carries(self, channel: str) -> bool:
        return True

    async def send(self, letter: Letter) -> None:
        say(f"Message to a customer by {letter.channel}: {letter.text}")


class ConnectedSender:
    """E-mail by SMTP_URL, text messages by SMS_WEBHOOK_URL; what is missing is not delivered."""

    shows = False

    def __init__(self, settings: Settings, http: aiohttp.ClientSession) -> None:
        self._settings, self._http = settings, http

    def carries(self, channel: str) -> bool:
        settings = self._settings
        given = settings.sms_webhook_url if channel == "sms" else settings.smtp_url
        return bool(given if isinstance(given, str) else given.get_secret_value())

    async def send(self, letter: Letter) -> None:
        if letter.channel == "sms":
            await self._text(letter)
        else:
            await self._mail(letter)

    async def _mail(self, letter: Letter) -> None:
        server = urlsplit(self._settings.smtp_url.get_secret_value())
        if not server.hostname:
            raise NotDelivered("SMTP_URL is not set")
        try:
            await aiosmtplib.send(
                mail_of(letter, self._settings), hostname=server.hostname, port=server.port,
                username=unquote(server.username) if server.username else None,
                password=unquote(server.password) if server.password else None,
                use_tls=server.scheme == "smtps", timeout=SECONDS,
            )  # fmt: skip
        except (aiosmtplib.SMTPException, OSError) as failed:
            raise NotDelivered(type(failed).__name__) from failed

    async def _text(self, letter: Letter) -> None:
        """`POST {"to", "text"}`; any answer below 300 counts as taken."""
        url = self._settings.sms_webhook_url
        if not url:
            raise NotDelivered("SMS_WEBHOOK_URL is not set")
        body = {"to": letter.to, "text": letter.text}
        timeout = aiohttp.ClientTimeout(total=SECONDS)
        try:
            async with self._http.post(url, json=body, timeout=timeout) as response:
                if response.status >= 300:
                    raise NotDelivered(f"HTTP {response.status}")
        except (aiohttp.ClientError, TimeoutError) as failed:
            raise NotDelivered(type(failed).__name__) from failed


def mail_of(letter: Letter, settings: Settings) -> EmailMessage:
    mail = EmailMessage()
    mail["From"] = settings.mail_from
    mail["To"] = letter.to
    mail["Subject"] = settings.dealership_name
    mail.set_content(letter.text)
    return mail


def open_sender(settings: Settings, http: aiohttp.ClientSession) -> Sender:
    """In production nothing is shown on a page: codes would be read by others than the customer."""
    sender = ConnectedSender(settings, http)
    connected = sender.carries("email") or sender.carries("sms")
    return sender if connected or settings.is_production else ShownSender()
