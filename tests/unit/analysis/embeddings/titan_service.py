"""A stand-in of AWS Bedrock's runtime on loopback: signatures, tokens that expire, and faults."""

from __future__ import annotations

import hashlib
import hmac
import json
import random
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Lock, Thread
from typing import Any
from urllib.parse import quote

import numpy as np
from numpy.typing import NDArray

REGION = "eu-central-1"
MASTER = "what the stand-in makes tokens of"
Answer = tuple[int, str, dict[str, str]]
"""Status, code of the error, further headers."""

_PROCESS = """
import hashlib, hmac, json, os, sys, time
lifetime, told, count = float(sys.argv[1]), float(sys.argv[2]), sys.argv[3]
with open(count, "a") as out:
    out.write("x")
if os.path.exists(count + ".broken"):
    sys.stderr.write("SECRET-OF-THE-PROCESS")
    sys.exit(1)
def of(kind, value):
    return hmac.new(sys.argv[4].encode(), (kind + value).encode(), hashlib.sha256).hexdigest()
now = time.time()
def at(moment):
    whole = time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(moment))
    return whole + ("%.6f" % (moment % 1))[1:] + "Z"
token = "{:.3f}-{}".format(now + lifetime, of("nonce", str(now) + str(os.getpid()))[:16])
print(json.dumps({"Version": 1, "AccessKeyId": "ASIA" + of("id", token)[:16].upper(),
    "SecretAccessKey": of("secret", token), "SessionToken": "TOKEN-" + token,
    "Expiration": at(now + told)}))
"""


def _of(kind: str, value: str) -> str:
    return hmac.new(MASTER.encode(), f"{kind}{value}".encode(), hashlib.sha256).hexdigest()


def key_of(token: str) -> str:
    """The access key that goes with a session token."""
    return "ASIA" + _of("id", token.removeprefix("TOKEN-"))[:16].upper()


def secret_of(token: str) -> str:
    """The secret key that goes with a session token."""
    return _of("secret", token.removeprefix("TOKEN-"))


def token_until(moment: float) -> str:
    """A session token that is good until then, seconds since 1970."""
    return f"TOKEN-{moment:.3f}-0123456789abcdef"


def vector_for(text: str, dimension: int) -> NDArray[np.float32]:
    """What the stand-in answers for a text: of length one, another for every text."""
    seed = int.from_bytes(hashlib.sha256(text.encode()).digest()[:8], "big")
    values = np.random.default_rng(seed).standard_normal(dimension)
    return (values / np.linalg.norm(values)).astype(np.float32)


@dataclass
class TitanService:
    """How it answers. `texts` are those that it embedded, in the order of their calls."""

    url: str = ""
    answers: list[Answer | str] = field(default_factory=list)
    """What the next calls get: an error, `drop`, `half`, `garbage`, `short` or `hang`."""
    always: Answer | str | None = None
    throttle_share: float = 0.0
    delay_seconds: tuple[float, float] = (0.0, 0.0)
    revoked: set[str] = field(default_factory=set)
    calls: int = 0
    refused: int = 0
    texts: list[str] = field(default_factory=list)
    tokens: set[str] = field(default_factory=set)
    began: list[float] = field(default_factory=list)
    running: int = 0
    most_running: int = 0
    problems: list[str] = field(default_factory=list)
    chance: random.Random = field(default_factory=lambda: random.Random(7))
    lock: Lock = field(default_factory=Lock)


@contextmanager
def titan_service() -> Iterator[TitanService]:
    """A running service; it ends with the block."""
    state = TitanService()

    class Handler(_Handler):
        service = state

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    state.url = f"http://127.0.0.1:{server.server_port}"
    thread = Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    try:
        yield state
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def credential_process(folder: Path, lifetime: float, told: float | None = None) -> Path:
    """An AWS configuration whose profile `renewing` runs a process for its credentials.

    They are good for `lifetime` seconds, and say that it is `told` seconds. The file
    `folder / "runs"` has a byte for each run; where `runs.broken` lies there, runs fail.
    """
    script = folder / "give_credentials.py"
    script.write_text(_PROCESS)
    said = lifetime if told is None else told
    command = f"{sys.executable} -I -S {script} {lifetime} {said} {folder / 'runs'} '{MASTER}'"
    config = folder / "aws_config"
    config.write_text(f"[profile renewing]\nregion = {REGION}\ncredential_process = {command}\n")
    return config


class _Handler(BaseHTTPRequestHandler):
    service: TitanService
    protocol_version = "HTTP/1.1"

    def log_message(self, *args: object) -> None:
        return

    def do_POST(self) -> None:
        state = self.service
        body = self.rfile.read(int(self.headers["Content-Length"]))
        with state.lock:
            state.calls += 1
            state.began.append(time.monotonic())
            state.running += 1
            state.most_running = max(state.most_running, state.running)
            planned = state.answers.pop(0) if state.answers else state.always
            if planned is None and state.chance.random() < state.throttle_share:
                planned = (429, "ThrottlingException", {})
            seconds = state.chance.uniform(*state.delay_seconds)
        try:
            self._serve(body, planned, seconds)
        except (BrokenPipeError, ConnectionResetError):
            self.close_connection = True
        finally:
            with state.lock:
                state.running -= 1

    def _serve(self, body: bytes, planned: Answer | str | None, seconds: float) -> None:
        refusal = self._refusal(body)
        time.sleep(seconds)
        if refusal is not None:
            with self.service.lock:
                self.service.refused += 1
            return self._fail(403, refusal, {}, body)
        if isinstance(planned, tuple):
            return self._fail(*planned, body)
        if planned is not None:
            return self._misbehave(planned)
        return self._embed(json.loads(body))

    def _embed(self, asked: dict[str, Any]) -> None:
        text, dimension = asked["inputText"], asked["dimensions"]
        if dimension not in (256, 512, 1024) or asked["normalize"] is not True:
            self.service.problems.append(f"asked for {dimension}")
        with self.service.lock:
            self.service.texts.append(text)
        vector = vector_for(text, dimension).tolist()
        self._send(200, json.dumps({"embedding": vector, "inputTextTokenCount": 1}).encode())

    def _misbehave(self, how: str) -> None:
        if how == "hang":
            time.sleep(3)
        if how in ("drop", "hang"):
            self.close_connection = True
        elif how == "half":
            self.send_response(200)
            self.send_header("Content-Length", "5000")
            self.end_headers()
            self.wfile.write(b'{"embedding": [0.1,')
            self.close_connection = True
        elif how == "short":
            self._send(200, b'{"embedding": [0.5, 0.5]}')
        else:
            self._send(200, b"<html>not what was asked for</html>")

    def _fail(self, status: int, code: str, headers: dict[str, str], body: bytes) -> None:
        """An error that quotes the text, the token and what was signed, as services do."""
        token = self.headers.get("X-Amz-Security-Token", "")
        said = {"message": f"{code}: {body.decode()} {token} {self.headers['Authorization']}"}
        self._send(status, json.dumps(said).encode(), {"x-amzn-ErrorType": code, **headers})

    def _send(self, status: int, body: bytes, headers: dict[str, str] | None = None) -> None:
        self.send_response(status)
        for name, value in {"Content-Type": "application/json", **(headers or {})}.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def _refusal(self, body: bytes) -> str | None:
        """The code of what is wrong with the request's credentials; None where they are good."""
        token = self.headers.get("X-Amz-Security-Token", "")
        self.service.tokens.add(token)
        given = dict(
            part.strip().split("=", 1)
            for part in self.headers["Authorization"].removeprefix("AWS4-HMAC-SHA256 ").split(",")
        )
        key, _, scope = given["Credential"].partition("/")
        if not token.startswith("TOKEN-") or key != key_of(token) or token in self.service.revoked:
            return "UnrecognizedClientException"
        if time.time() > float(token.split("-")[1]):
            return "ExpiredTokenException"
        expected = self._signature(body, secret_of(token), scope, given["SignedHeaders"])
        return None if expected == given["Signature"] else "InvalidSignatureException"

    def _signature(self, body: bytes, secret: str, scope: str, names: str) -> str:
        """Signature version 4, written out."""
        headers = "".join(
            f"{name}:{' '.join(self.headers[name].split())}\n" for name in names.split(";")
        )
        parts = ["POST", quote(self.path, safe="/~"), "", headers, names]
        canonical = "\n".join([*parts, hashlib.sha256(body).hexdigest()])
        digest = hashlib.sha256(canonical.encode()).hexdigest()
        signed = "\n".join(["AWS4-HMAC-SHA256", self.headers["X-Amz-Date"], scope, digest])
        key = f"AWS4{secret}".encode()
        for part in scope.split("/"):
            key = hmac.new(key, part.encode(), hashlib.sha256).digest()
        return hmac.new(key, signed.encode(), hashlib.sha256).hexdigest()
