"""WeCom's encryption agrees with Tencent's own, both ways, and opens nothing that is not from there."""

import base64
import json
from dataclasses import replace
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest
from cryptography.hazmat.primitives.ciphers import Cipher
from cryptography.hazmat.primitives.ciphers.algorithms import AES
from cryptography.hazmat.primitives.ciphers.modes import CBC
from hypothesis import given
from hypothesis import strategies as st
from wechatpy.work.crypto import WeChatCrypto

from bot.channels.wecom.crypto import ForgedError, Seal, Sealed

KNOWN: dict[str, Any] = json.loads(Path(__file__).with_name("wecom_vectors.json").read_text(encoding="utf-8"))
VECTORS: list[dict[str, str]] = KNOWN["vectors"]
SEAL = Seal.of(KNOWN["token"], KNOWN["encodingAESKey"], KNOWN["corp"])
THEIRS = WeChatCrypto(KNOWN["token"], KNOWN["encodingAESKey"], KNOWN["corp"])


def of(vector: dict[str, str]) -> tuple[Seal, Sealed]:
    """A vector as made by Tencent's own package, and the seal that it is for."""
    names = ("encrypt", "signature", "timestamp", "nonce")
    return replace(SEAL, receiver=vector["receiveid"]), Sealed(*(vector[name] for name in names))


def test_there_are_nineteen_vectors() -> None:
    assert len(VECTORS) == 19


@pytest.mark.parametrize("vector", VECTORS, ids=lambda vector: vector["name"])
def test_what_tencents_package_sealed_is_opened_and_sealed_alike(vector: dict[str, str]) -> None:
    seal, sealed = of(vector)
    assert seal.opened(sealed) == vector["plain"].encode()
    random = vector["random"].encode()
    again = seal.sealed(vector["plain"].encode(), vector["timestamp"], vector["nonce"], random=random)
    assert again == sealed


def test_the_known_answer_of_tencents_page() -> None:
    seal = Seal.of(
        "hJqcu3uJ9Tn2gXPmxx2w9kkCkCE2EPYo",
        "6qkdMrq68nTKduznJYO1A37W2oEgpkMUvkttRToqhUt",
        "ww1436e0e65a779aee",
    )
    echo = "fsi1xnbH4yQh0+PJxcOdhhK6TDXkjMyhEPA7xB2TGz6b+g7xyAbEkRxN/3cNXW9qdqjnoVzEtpbhnFyq6SVHyA=="
    sealed = Sealed(echo, "012bc692d0a58dd4b10f8dfe5c4ac00ae211ebeb", "1476416373", "47744683")
    assert seal.opened(sealed) == b"1288432023552776189"


@given(text=st.text(min_size=1), nonce=st.text("abcdef0123456789", min_size=1, max_size=32))
def test_another_program_opens_ours_and_we_open_its(text: str, nonce: str) -> None:
    ours = SEAL.sealed(text.encode(), "1767225600", nonce)
    message = {"Encrypt": ours.encrypted}
    assert THEIRS.decrypt_message(message, ours.signature, ours.timestamp, nonce) == text
    theirs = THEIRS.encrypt_message(text, nonce, "1767225600")
    found = ElementTree.fromstring(theirs)  # noqa: S314
    encrypted, signature = (found.findtext(tag, "") for tag in ("Encrypt", "MsgSignature"))
    assert SEAL.opened(Sealed(encrypted, signature, "1767225600", nonce)) == text.encode()


def test_no_two_are_alike() -> None:
    assert SEAL.sealed(b"x", "1", "2") != SEAL.sealed(b"x", "1", "2")


SEALED = SEAL.sealed(b"<xml>4.5</xml>", "1767225600", "nonce")


def refused(sealed: Sealed, why: str, seal: Seal = SEAL) -> None:
    with pytest.raises(ForgedError, match=f"^{why}$"):
        seal.opened(sealed)


def signed(encrypted: str) -> Sealed:
    """A text with the right signature, whatever it is."""
    return Sealed(encrypted, SEAL.signature("1", "2", encrypted), "1", "2")


def closed(inside: bytes, padding: bytes | None = None) -> Sealed:
    """An inside that is encrypted and signed as it should be, padded rightly or so."""
    more = 32 - len(inside) % 32
    closing = Cipher(AES(SEAL.key), CBC(SEAL.key[:16])).encryptor()
    data = (
        closing.update(inside + (bytes([more]) * more if padding is None else padding)) + closing.finalize()
    )
    return signed(base64.b64encode(data).decode())


@pytest.mark.parametrize(
    "changed",
    [
        {"signature": ""},
        {"signature": "是" * 40},
        {"signature": "\udcff" * 40},
        {"signature": SEALED.signature.upper()},
        {"signature": SEALED.signature[:-1]},
        {"signature": SEALED.signature + "0"},
        {"signature": SEALED.signature[:-1] + ("0" if SEALED.signature[-1] != "0" else "1")},
        {"timestamp": "1767225601"},
        {"timestamp": "\udcff"},
        {"nonce": "Nonce"},
        {"encrypted": SEAL.sealed(b"<xml>5</xml>", "1767225600", "nonce").encrypted},
    ],
)
def test_whatever_is_changed_breaks_the_signature(changed: dict[str, str]) -> None:
    refused(replace(SEALED, **changed), "signature")


def test_what_is_for_somebody_else_is_not_opened() -> None:
    for other in ("", "wwEXAMPLE0000000002", "wwexample0000000001", "wwEXAMPLE00000000011"):
        refused(SEALED, "receiveid", replace(SEAL, receiver=other))


@pytest.mark.parametrize("encrypted", ["是", "AAAA*", "A", "AA=A", "A" * 43])
def test_what_is_no_base64_is_not_opened(encrypted: str) -> None:
    refused(signed(encrypted), "base64")


@pytest.mark.parametrize("size", [0, 1, 15, 17, 31, 33])
def test_what_is_no_whole_number_of_blocks_is_not_opened(size: int) -> None:
    refused(signed(base64.b64encode(b"x" * size).decode()), "size")


@pytest.mark.parametrize("ending", [b"\x00", b"\x21" * 33, b"\x02\x03\x03", b"\xff"])
def test_what_is_padded_wrongly_is_not_opened(ending: bytes) -> None:
    refused(closed(b"x" * (64 - len(ending)), ending), "padding")


def test_what_is_shorter_than_it_says_is_not_opened() -> None:
    refused(closed(b""), "length")
    refused(closed(b"x" * 16), "length")
    refused(closed(b"x" * 16 + b"\x00\x00\x00\x05" + b"four"), "length")
    refused(closed(b"x" * 16 + b"\xff\xff\xff\xff" + b"four"), "length")


@pytest.mark.parametrize("key", ["", "A" * 42, "A" * 44, "是" * 43, "*" * 43])
def test_a_key_has_43_characters_of_base64(key: str) -> None:
    with pytest.raises(ValueError, match="43 characters"):
        Seal.of("token", key, "corp")


def test_what_a_seal_holds_is_in_no_log() -> None:
    assert "ExampleToken" not in repr(SEAL)
    assert repr(SEAL.key) not in repr(SEAL)
