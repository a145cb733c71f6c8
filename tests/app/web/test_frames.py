"""What a socket takes and refuses."""

import orjson
import pytest

from app.errors import BadFrame, EmptyMessage, MessageTooLong
from app.web.frames import FrameTooLarge, Message, clean, parse
from tests.server import Server

NESTED = b'{"type":"ping","x":' + b"[" * 20 + b"]" * 20 + b"}"


@pytest.mark.parametrize(
    "raw",
    [
        b"{bad", b"[]", b"1", b'"text"', b"null", b"", b"\xff\xfe", NESTED,
        b'{"type":"unknown"}', b'{"type":"message"}', b'{"type":"message","message":7}',
        b'{"type":"message","message":"\\ud800"}', b'{"type":"resume","after":-1}',
        b'{"type":"resume","after":1e400}', b'{"type":"resume","after":true}',
        b'{"type":"feedback","message_id":"x","rating":"great"}', b"[" * 100_000,
    ],
)  # fmt: skip
def test_bad_frames_are_refused_by_name(raw: bytes) -> None:
    with pytest.raises((BadFrame, FrameTooLarge)):
        parse(raw)


def test_frame_over_32_kib_is_too_large() -> None:
    with pytest.raises(FrameTooLarge):
        parse(orjson.dumps({"type": "message", "message": "x" * 33_000}))


def test_message_frame_is_read() -> None:
    frame = parse('{"type":"message","message":"Hi","client_message_id":"1","later":"ignored"}')
    assert frame == Message(type="message", message="Hi", client_message_id="1")


def test_refusal_explains_the_field_without_its_content() -> None:
    with pytest.raises(BadFrame) as refused:
        parse('{"type":"message","message":["my secret"]}')
    assert "message" in refused.value.detail
    assert "secret" not in refused.value.detail


def test_control_and_invisible_characters_are_stripped() -> None:
    hidden = "a\u200bb\u202ec\x00d\ufeffe\U000e0041f\u00adg\r\nh"
    assert clean(hidden) == "abcdefg\nh"


def test_empty_and_overlong_messages_are_refused() -> None:
    with pytest.raises(EmptyMessage):
        clean(" \u200b \n")
    with pytest.raises(MessageTooLong):
        clean("x" * 4001)


async def test_socket_lives_through_bad_frames(server: Server) -> None:
    async with server.client() as customer:
        for raw in (b"{bad", b"\xff", "[]", "x" * 40_000, '{"type":"message","message":" "}'):
            await customer.connection.send(raw)
            assert (await customer.until("error"))["code"] in (
                "BadFrame", "FrameTooLarge", "EmptyMessage",
            )  # fmt: skip
        await customer.send(type="ping")
        assert await customer.until("pong")
    assert "Traceback" not in server.log


async def test_error_names_the_message_it_is_about(server: Server) -> None:
    async with server.client() as customer:
        await customer.send(type="message", message="x" * 4001, client_message_id="long-one")
        error = await customer.until("error")
    assert (error["code"], error["client_message_id"]) == ("MessageTooLong", "long-one")
