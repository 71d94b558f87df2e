"""The sample API in Python: an API behind nginx and Usher.

    pip install fastapi uvicorn 'pyjwt[crypto]'
    USHER=http://127.0.0.1:3000 ORIGIN=https://app.example.org AUDIENCE=sample uvicorn api:app --port 4000
"""

import os
from datetime import datetime, timezone
from typing import Annotated, Any

import jwt
from fastapi import Depends, FastAPI, Header, HTTPException

USHER = os.environ.get("USHER", "http://usher:3000")
ORIGIN = os.environ.get("ORIGIN", "http://localhost:8080")
AUDIENCE = os.environ.get("AUDIENCE", "sample")

app = FastAPI()
keys = jwt.PyJWKClient(f"{USHER}/.well-known/jwks.json", lifespan=300)


def verified(token: str, audience: str, kind: str) -> dict[str, Any]:
    """The claims of a token that Usher has signed; 401 for any other, and 503 while its keys cannot be had."""
    try:
        if jwt.get_unverified_header(token).get("typ") != kind:
            raise jwt.InvalidTokenError("another kind of token")
        key = keys.get_signing_key_from_jwt(token)
        return jwt.decode(token, key, algorithms=["EdDSA"], issuer=ORIGIN, audience=audience, leeway=10)
    except jwt.PyJWKClientConnectionError as error:
        raise HTTPException(503, "Sessions cannot be checked") from error
    except jwt.PyJWTError as error:
        raise HTTPException(401, "Nobody is signed in") from error


def page(x_auth_assertion: Annotated[str, Header()] = "") -> dict[str, Any]:
    """Pages of the same origin come through nginx, which has asked Usher and hands on what Usher has signed."""
    return verified(x_auth_assertion, ORIGIN, "auth-assertion+jwt")


def program(authorization: Annotated[str, Header()] = "") -> dict[str, Any]:
    """Programs bring a token from POST /auth/token."""
    return verified(authorization.removeprefix("Bearer "), AUDIENCE, "at+jwt")


@app.get("/api/public/time")
def time() -> dict[str, str]:
    return {"time": datetime.now(timezone.utc).isoformat()}


@app.get("/api/me")
def me(person: Annotated[dict[str, Any], Depends(page)]) -> dict[str, Any]:
    return person


@app.get("/api/programs/me")
def program_me(person: Annotated[dict[str, Any], Depends(program)]) -> dict[str, Any]:
    return person
