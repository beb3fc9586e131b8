"""State machines: a StrEnum, one table of transitions beside it, and one way to move.

`move` locks the row, asks the table, sets the state and records it in the audit trail.
"""

from collections.abc import Mapping
from enum import StrEnum
from typing import Any, ClassVar, Generic, Protocol, TypeVar

from core import audit
from core.database import db
from core.errors import Conflict

S = TypeVar("S", bound=StrEnum)


class IllegalTransition(Conflict):
    """The table does not allow this change from the state the row is in."""

    def __init__(self, source: StrEnum, target: StrEnum) -> None:
        super().__init__(f"{type(source).__name__}: {source} → {target}")
        self.source = source
        self.target = target


class Transitions(Generic[S]):
    """Which state may follow which. Every state must be named, final ones with an empty set."""

    def __init__(self, states: type[S], table: Mapping[S, frozenset[S]]) -> None:
        if set(table) != set(states):
            raise ValueError(f"{states.__name__}: the table must name every state")
        self._table = dict(table)

    def allows(self, source: S, target: S) -> bool:
        """Whether `target` may follow `source`."""
        return target in self._table[source]


class Stateful(Protocol):
    """What `move` needs of a model: its table of transitions, a state, a name for the trail."""

    transitions: ClassVar[Transitions[Any]]
    state: Any

    @property
    def audit_subject(self) -> str:
        """`kind:public id`, never anything personal."""
        ...


def lock(row: object) -> None:
    """Read `row` again under SELECT … FOR UPDATE, held until the transaction ends."""
    # A refresh throws unflushed changes of the row away.
    db.session.flush()
    db.session.refresh(row, with_for_update=True)


def move(
    row: Stateful, target: StrEnum, *, actor: str, reason: str = "", locked: bool = False
) -> bool:
    """Bring `row` to `target`; False if it was there already (nothing is written then).

    Locks the row first, so that of two that decide at once the second sees the first's decision.
    `locked`: the caller holds the row's lock already. Raises IllegalTransition when the table does
    not allow it.
    """
    if not locked:
        lock(row)
    source = row.state
    if source == target:
        return False
    if not row.transitions.allows(source, target):
        raise IllegalTransition(source, target)
    row.state = target
    audit.record(
        actor=actor,
        action=f"{row.audit_subject.partition(':')[0]}.{target}",
        subject=row.audit_subject,
        reason=reason,
        details={"from": str(source)},
    )
    return True
