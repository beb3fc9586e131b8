"""Who may use which route of the panel: asked of the routes' own declarations, so that a new route
is tested as soon as it exists.
"""

from collections.abc import Iterator

import pytest
from flask import Blueprint, Flask
from werkzeug.routing import Rule

from app import registrations
from app.factory import UndeclaredRoute
from core.access import Access, Kind, declared, public
from staff.access import requires, signed_in
from staff.permissions import GRANTS, Permission, Role
from tests.site import hidden_fields
from tests.staff.people import add_account
from tests.staff.people import signed_in as browser_of

_PUBLIC = {"admin.sign_in"}
_VALUES = {
    "reference": "D-AAAA-AAAA",
    "job_id": 1,
    "mail_id": "00000000-0000-4000-8000-000000000000",
}


def guarded(app: Flask) -> Iterator[tuple[Rule, str, Access]]:
    """Every rule of the panel but the public ones, its address with sample values, its declaration."""
    adapter = app.url_map.bind("localhost")
    for rule in app.url_map.iter_rules():
        if not rule.endpoint.startswith("admin.") or rule.endpoint in _PUBLIC:
            continue
        access = declared(app.view_functions[rule.endpoint])
        assert access is not None
        values = {name: _VALUES[name] for name in rule.arguments}
        yield rule, adapter.build(rule.endpoint, values, method=min(rule.methods or ())), access


def methods(rule: Rule) -> list[str]:
    return sorted(rule.methods or ())


def test_every_rule_under_admin_is_the_panels(app: Flask) -> None:
    strangers = [
        rule.endpoint
        for rule in app.url_map.iter_rules()
        if rule.rule.startswith("/admin") and not rule.endpoint.startswith("admin.")
    ]
    assert strangers == []


def test_every_route_of_the_panel_but_the_door_asks_for_staff(app: Flask) -> None:
    kinds = {rule.endpoint: access.kind for rule, _path, access in guarded(app)}
    assert len(kinds) > 10
    assert set(kinds.values()) <= {Kind.SIGNED_IN, Kind.PERMISSION}


def test_without_sign_in_everything_leads_to_the_door(app: Flask) -> None:
    token = hidden_fields((client := app.test_client()).get("/admin/sign-in").text)["csrf_token"]
    asked = 0
    for rule, path, _access in guarded(app):
        for method in methods(rule):
            data = {"csrf_token": token} if method == "POST" else None
            answer = client.open(path, method=method, data=data)
            assert answer.status_code == 303, (method, path)
            assert answer.location.startswith("/admin/sign-in"), (method, path)
            assert not answer.location.startswith("/admin/sign-in/again")
            asked += 1
    assert asked > 25


def test_unknown_addresses_under_admin_are_not_found(app: Flask) -> None:
    for path in ("/admin/nothing", "/admin/donations/a/b/c", "/admin/.env", "/admin/jobs/-1/run"):
        assert app.test_client().get(path).status_code == 404


def test_each_role_opens_what_it_is_granted_and_nothing_else(app: Flask) -> None:
    for role in Role:
        add_account(app, f"{role}@example.org", [role])
    add_account(app, "none@example.org", [])
    granted: dict[str, frozenset[Permission]] = {role.value: GRANTS[role] for role in Role}
    for name, permissions in (granted | {"none": frozenset()}).items():
        client = browser_of(app, f"{name}@example.org")
        token = hidden_fields(client.get("/admin/").text)["csrf_token"]
        for rule, path, access in guarded(app):
            if rule.endpoint == "admin.sign_out":
                continue
            may = access.kind is Kind.SIGNED_IN or access.permission in permissions
            for method in methods(rule):
                data = {"csrf_token": token} if method == "POST" else None
                status = client.open(path, method=method, data=data).status_code
                assert (status != 403) is may, (name, method, path, status)
                assert status < 500, (name, method, path)


def test_what_is_dangerous_asks_for_a_fresh_sign_in(app: Flask) -> None:
    fresh = {rule.endpoint for rule, _path, access in guarded(app) if access.fresh}
    assert {"admin.reveal_email", "admin.donations_csv"} <= fresh
    for rule, _path, access in guarded(app):
        needs = access.permission in {
            Permission.EMAIL_REVEAL,
            Permission.FINANCE_EXPORT,
            Permission.STAFF_MANAGE,
            Permission.ORDERS_REFUND,
        }
        assert not needs or access.fresh, rule.endpoint


def test_no_role_but_named_ones_sees_addresses() -> None:
    may = {role for role, permissions in GRANTS.items() if Permission.EMAIL_REVEAL in permissions}
    assert may == {Role.ADMINISTRATOR, Role.SUPPORT}


def test_a_route_that_declares_nothing_stops_the_start(
    make_app: object, monkeypatch: pytest.MonkeyPatch
) -> None:
    def forgotten() -> str:
        return ""

    def features(app: Flask, *_rest: object) -> None:
        blueprint = Blueprint("forgetful", __name__)
        blueprint.add_url_rule("/admin/forgotten", view_func=forgotten)
        app.register_blueprint(blueprint)

    monkeypatch.setattr(registrations, "register_features", features)
    assert callable(make_app)
    with pytest.raises(UndeclaredRoute, match=r"forgetful\.forgotten"):
        make_app()


def test_declarations_say_what_they_say() -> None:
    @requires(Permission.FINANCE_EXPORT, fresh=True)
    def export() -> None: ...

    @signed_in
    def home() -> None: ...

    @public
    def door() -> None: ...

    assert declared(export) == Access(Kind.PERMISSION, "finance:export", fresh=True)
    assert declared(home) == Access(Kind.SIGNED_IN)
    assert declared(door) == Access(Kind.PUBLIC)
