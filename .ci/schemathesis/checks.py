"""What the document cannot say about a REST API of API Gateway."""

import requests
import schemathesis

# Longer ones are answered by the server in front of every API, with 414 (guide, quotas for private APIs).
LONGEST_URL = 8192
FORBIDDEN = {"message": "Missing Authentication Token"}


@schemathesis.check
def undeclared_method_is_forbidden(_context, response, case):
    """API Gateway answers a method that a resource does not have as it answers an unknown path."""
    method = response.request.method
    declared = {name.upper() for name in case.operation.schema[case.operation.path]}
    if method in declared:
        return
    assert response.status_code == 403, f"{method} is not declared: 403 is due, not {response.status_code}"
    error_type = response.headers.get("x-amzn-errortype", [""])[0]
    if "Authorization" in response.request.headers:
        # Where nothing answers, a token is taken for a signature that is not one.
        assert error_type == "IncompleteSignatureException", f"x-amzn-ErrorType is {error_type!r}"
        return
    assert error_type == "MissingAuthenticationTokenException", f"x-amzn-ErrorType is {error_type!r}"
    if method != "HEAD":
        assert response.json() == FORBIDDEN, f"the body is {response.text}"


@schemathesis.hook
def filter_case(_context, case):
    """Only URLs that reach the API: no response of an operation can describe the others."""
    request = requests.Request(**case.as_transport_kwargs(base_url="http://gateway")).prepare()
    return len(request.url) < LONGEST_URL
