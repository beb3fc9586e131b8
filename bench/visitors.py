"""Who comes: the requests of a measurement, made beforehand by real visits."""

import hashlib
import hmac
import json
import re
import time
from collections.abc import Iterator
from html import unescape
from itertools import repeat
from typing import Any
from urllib.parse import urlencode

import requests

from app.supervisor.demo_env import STAFF_NAME
from bench.client import Answer, drive, http_request
from bench.errors import BenchError

_FORM = {"Content-Type": "application/x-www-form-urlencoded"}
_GIFT = {
    "currency": "EUR",
    "amount": "other",
    "other_amount": "19.99",
    "frequency": "once",
    "fund": "general",
    "email": "donor@donors.example",
    "public_name": "",
    "message": "",
}


class Visitors:
    """The site at `port`, its secrets and the stand-in, seen from outside."""

    def __init__(self, port: int, *, secret: str, password: str, processor: str) -> None:
        self._port = port
        self._host = f"localhost:{port}"
        self._secret = secret
        self._password = password
        self._processor = processor
        self._http = requests.Session()
        self._http.trust_env = False
        self._events = 0

    def get(self, path: str, *, cookie: str = "") -> Iterator[bytes]:
        """The same page again and again."""
        headers = {"Cookie": cookie} if cookie else {}
        return repeat(http_request("GET", path, self._host, headers=headers))

    def submits(self, number: int) -> list[bytes]:
        """The last click of as many donors, each with a draft and a session of their own."""
        form = next(self.get("/en/donate"))
        pages = self._all([form] * number, 200)
        fields = [_hidden(page) for page in pages]
        checked = self._all(
            [
                self._post("/en/donate", own | _GIFT, _cookie(page))
                for own, page in zip(fields, pages, strict=True)
            ],
            303,
        )
        return [
            self._post(
                "/en/donate/review",
                {name: own[name] for name in ("csrf_token", "form_token")},
                _cookie(answer),
            )
            for own, answer in zip(fields, checked, strict=True)
        ]

    def staff(self) -> str:
        """Sign in as the demo's member of staff; the session's cookie."""
        page = self._one(next(self.get("/admin/sign-in")), 200)
        fields = _hidden(page) | {"email": STAFF_NAME, "password": self._password}
        answer = self._one(self._post("/admin/sign-in", fields, _cookie(page)), 303)
        return _cookie(answer)

    def event(self) -> dict[str, Any]:
        """A real event of the stand-in: somebody gives and pays."""
        answer = self._one(self.submits(1)[0], 303)
        session = answer.header("Location")[0].rsplit("/", 1)[1].split("#", maxsplit=1)[0]
        paying = f"{self._processor}/control/sessions/{session}/pay"
        told = {"card": "4242424242424242", "email": None}
        self._http.post(paying, json=told, timeout=10).raise_for_status()
        found = self._http.get(f"{self._processor}/control/events", timeout=10).json()["events"]
        for event in found:
            if event["type"] == "checkout.session.completed":
                assert isinstance(event, dict)
                return event
        raise BenchError("the stand-in made no event of a completed checkout")

    def webhooks(self, event: dict[str, Any], number: int) -> list[bytes]:
        """As many signed deliveries of distinct events, all like `event`."""
        made = []
        moment = int(time.time())
        for _ in range(number):
            self._events += 1
            event["id"] = f"evt_bench{self._events:012d}"
            event["data"]["object"]["id"] = f"cs_test_bench{self._events:012d}"
            body = json.dumps(event).encode()
            signed = hmac.new(self._secret.encode(), f"{moment}.".encode() + body, hashlib.sha256)
            headers = {
                "Content-Type": "application/json",
                "Stripe-Signature": f"t={moment},v1={signed.hexdigest()}",
            }
            made.append(
                http_request("POST", "/webhooks/stripe", self._host, headers=headers, body=body)
            )
        return made

    def _post(self, path: str, fields: dict[str, str], cookie: str) -> bytes:
        headers = _FORM | {"Cookie": cookie}
        return http_request(
            "POST", path, self._host, headers=headers, body=urlencode(fields).encode()
        )

    def _all(self, wanted: list[bytes], expect: int) -> list[Answer]:
        answers = drive(self._port, wanted, expect=expect, seconds=60, keep=True).answers
        return [answers[place] for place in range(len(wanted))]

    def _one(self, request: bytes, expect: int) -> Answer:
        return self._all([request], expect)[0]

    def static_file(self) -> str:
        """The address of the site's style sheet."""
        page = self._one(next(self.get("/en/")), 200).body.decode()
        found = re.search(r"/static/site\.css[^\"]*", page)
        if found is None:
            raise BenchError("the start page names no style sheet")
        return found[0]


def _hidden(answer: Answer) -> dict[str, str]:
    """The hidden fields of the page's own forms."""
    main = answer.body.decode().partition("<main")[2].partition("</main>")[0]
    found = re.findall(r'<input type="hidden" name="([^"]+)"[^>]* value="([^"]*)"', main)
    return {name: unescape(value) for name, value in found}


def _cookie(answer: Answer) -> str:
    """What a browser sends back."""
    given = [value.split(";", 1)[0] for value in answer.header("Set-Cookie")]
    if not given:
        raise BenchError("an answer without the cookie that it should set")
    return "; ".join(given)
