"""The OpenAPI document brought into the shape of a page: references followed, rows instead of trees."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Row:
    """A parameter or a field. `name` of a field within another is `outer.inner`."""

    name: str
    type: str
    required: bool
    description: str
    example: str


@dataclass(frozen=True, slots=True)
class Example:
    """JSON to show, and which one it is."""

    name: str
    text: str


@dataclass(frozen=True, slots=True)
class Answer:
    """What may come back. `same_as` names the status whose fields are the same."""

    status: str
    description: str
    headers: list[str]
    rows: list[Row]
    same_as: str
    examples: list[Example]


@dataclass(frozen=True, slots=True)
class Operation:
    """A method of an address."""

    id: str
    method: str
    path: str
    summary: str
    description: str
    parameters: list[Row]
    body: list[Row]
    body_examples: list[Example]
    answers: list[Answer]


@dataclass(frozen=True, slots=True)
class Description:
    """All of it."""

    title: str
    version: str
    about: list[str]
    server: str
    operations: list[Operation]
    error: list[Row]


def read_description(document: Json) -> Description:
    """Read a document of OpenAPI 3.0, as apispec makes it."""
    reader = _Reader(document)
    info = document["info"]
    return Description(
        title=info["title"],
        version=info["version"],
        about=[part.replace("\n", " ") for part in info["description"].strip().split("\n\n")],
        server=document["servers"][0]["url"],
        operations=list(reader.operations()),
        error=reader.rows({"$ref": "#/components/schemas/Error"}),
    )


class _Reader:
    def __init__(self, document: Json) -> None:
        self._document = document

    def operations(self) -> Iterator[Operation]:
        for path, item in self._document["paths"].items():
            shared = item.get("parameters", [])
            for method, operation in item.items():
                if method == "parameters":
                    continue
                body = operation.get("requestBody", {}).get("content", {})
                yield Operation(
                    id=operation["operationId"],
                    method=method.upper(),
                    path=path,
                    summary=operation.get("summary", ""),
                    description=operation.get("description", ""),
                    parameters=[
                        self._parameter(p) for p in [*shared, *operation.get("parameters", [])]
                    ],
                    body=self._content_rows(body),
                    body_examples=_examples(body),
                    answers=self._answers(operation["responses"]),
                )

    def rows(self, schema: Json, prefix: str = "") -> list[Row]:
        """A row for each field, those within others after them."""
        schema = self._whole(schema)
        found = []
        for name, field in schema.get("properties", {}).items():
            whole = self._whole(field)
            found.append(
                self._row(f"{prefix}{name}", field, required=name in schema.get("required", []))
            )
            inner = whole.get("items", whole)
            found += self.rows(inner, f"{prefix}{name}{'[]' if 'items' in whole else ''}.")
        return found

    def _answers(self, responses: Json) -> list[Answer]:
        found: list[Answer] = []
        shown: dict[str, str] = {}
        for status, response in sorted(responses.items()):
            whole = self._follow(response)
            content = whole.get("content", {})
            schema = json.dumps(_schema(content))
            is_error = "schemas/Error" in schema
            same_as = shown.setdefault(schema, status)
            found.append(
                Answer(
                    status=status,
                    description=whole["description"],
                    headers=list(whole.get("headers", {})),
                    rows=[] if is_error or same_as != status else self._content_rows(content),
                    same_as="" if is_error or same_as == status or not content else same_as,
                    examples=_examples(content),
                )
            )
        return found

    def _content_rows(self, content: Json) -> list[Row]:
        return self.rows(_schema(content))

    def _parameter(self, parameter: Json) -> Row:
        whole = self._follow(parameter)
        field = {**whole["schema"], "description": whole.get("description", "")}
        return self._row(
            f"{whole['name']} ({whole['in']})", field, required=whole.get("required", False)
        )

    def _row(self, name: str, field: Json, *, required: bool) -> Row:
        whole = self._whole(field)
        example = whole.get("example", "")
        return Row(
            name=name,
            type=_type(whole),
            required=required,
            description=whole.get("description", ""),
            example=example
            if isinstance(example, str)
            else json.dumps(example, ensure_ascii=False),
        )

    def _whole(self, schema: Json) -> Json:
        """The schema with what it refers to; its own words come before those."""
        found: Json = {}
        for part in schema.get("allOf", []):
            found |= self._follow(part)
        found |= self._follow(schema)
        return found

    def _follow(self, thing: Json) -> Json:
        reference = thing.get("$ref")
        if reference is None:
            return thing
        found: Any = self._document
        for step in str(reference).removeprefix("#/").split("/"):
            found = found[step]
        return self._follow(found)


def _schema(content: Json) -> Json:
    """The schema of a body; there is one media type, or none."""
    found: Json = {}
    for body in content.values():
        found = body.get("schema", {})
    return found


def _type(schema: Json) -> str:
    parts = [str(schema.get("type", "object"))]
    if "enum" in schema:
        parts.append(" | ".join(str(value) for value in schema["enum"] if value is not None))
    if "minLength" in schema or "maxLength" in schema:
        parts.append(f"{schema.get('minLength', 0)}–{schema.get('maxLength', '')}")
    if schema.get("nullable"):
        parts.append("null")
    if "default" in schema:
        parts.append(f"= {json.dumps(schema['default'])}")
    return ", ".join(parts)


def _examples(content: Json) -> list[Example]:
    found = []
    for body in content.values():
        if "example" in body:
            found.append(Example("", _pretty(body["example"])))
        found += [
            Example(name, _pretty(example["value"]))
            for name, example in body.get("examples", {}).items()
        ]
    return found


def _pretty(value: object) -> str:
    return json.dumps(value, indent=2, ensure_ascii=False)
