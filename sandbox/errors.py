"""Errors in the shape and words that Stripe's API uses."""

from __future__ import annotations

from .store import Json


class ApiError(Exception):
    """An answer other than 200. `executed` says whether the endpoint had begun its work, which is
    what decides if an idempotency key keeps the answer (docs.stripe.com/api/idempotent_requests).
    """

    def __init__(
        self,
        message: str,
        *,
        status: int = 400,
        kind: str = "invalid_request_error",
        code: str | None = None,
        param: str | None = None,
        executed: bool = False,
    ) -> None:
        super().__init__(message)
        self.status = status
        self.executed = executed
        error: Json = {"message": message, "type": kind}
        if code is not None:
            error["code"] = code
        if param is not None:
            error["param"] = param
        self.body: Json = {"error": error}


def unknown_parameter(param: str) -> ApiError:
    """The name is not one that this endpoint knows."""
    return ApiError(f"Received unknown parameter: {param}", code="parameter_unknown", param=param)


def not_offered(param: str, said: str) -> ApiError:
    """Stripe would take this; the stand-in does not, and says so rather than ignoring it."""
    return ApiError(f"The stand-in does not offer {said}.", param=param)


def missing_parameter(param: str) -> ApiError:
    """A required parameter was left out."""
    return ApiError(f"Missing required param: {param}.", code="parameter_missing", param=param)


def no_such(kind: str, object_id: str, param: str) -> ApiError:
    """404 for an id that is not in the books."""
    return ApiError(
        f"No such {kind}: '{object_id}'", status=404, code="resource_missing", param=param
    )


def unrecognized_path(method: str, path: str) -> ApiError:
    """404 for a path that the stand-in has not."""
    return ApiError(
        f"Unrecognized request URL ({method}: {path}). The stand-in offers only the paths named in"
        " sandbox/README.md.",
        status=404,
    )
