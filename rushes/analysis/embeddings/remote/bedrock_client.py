"""The client of Bedrock's runtime, with credentials of ours and no repeats of its own."""

from __future__ import annotations

from ipaddress import ip_address
from typing import Any
from urllib.parse import urlsplit

from rushes.analysis.embeddings.remote.credentials import RenewingCredentials
from rushes.analysis.embeddings.remote.options import RemoteOptions
from rushes.errors import ConfigurationError


def open_client(options: RemoteOptions) -> tuple[Any, RenewingCredentials]:
    """boto3's client and the credentials that it signs with; calls nobody.

    ConfigurationError where profile, region or address are missing or wrong.
    """
    profile = options.aws_profile or None

    def chain() -> Any:
        from boto3.session import Session

        return Session(profile_name=profile).get_credentials()

    credentials = RenewingCredentials(chain)
    problem = ""
    try:
        client = _client(options, credentials)
    except Exception as error:  # its message may quote configuration files
        problem = type(error).__name__
    if problem:
        raise ConfigurationError(
            f"no client of AWS Bedrock can be made ({problem})",
            remedy="set `region` and `aws_profile` in [all.text_embeddings.remote] of the profiles "
            "file, or mend AWS's own configuration",
        )
    if not is_private(client.meta.endpoint_url):
        raise ConfigurationError(
            "the address of AWS Bedrock is not https, so texts would be sent for all to read",
            remedy="mend `endpoint_url` in the profile, AWS_ENDPOINT_URL or AWS's configuration",
        )
    return client, credentials


def is_private(address: str) -> bool:
    """Whether nobody on the way reads what is sent there: https, or this machine itself."""
    try:
        parts = urlsplit(address)
        if parts.scheme == "https":
            return bool(parts.hostname)
        return parts.scheme == "http" and is_loopback(parts.hostname or "")
    except ValueError:
        return False


def is_loopback(host: str) -> bool:
    """Whether a name or address is this machine's own."""
    try:
        return host == "localhost" or ip_address(host).is_loopback
    except ValueError:
        return False


class _Provided:
    """Stands where botocore's chain does; the chain itself is asked by RenewingCredentials."""

    def __init__(self, credentials: RenewingCredentials) -> None:
        self._credentials = credentials

    def load_credentials(self) -> RenewingCredentials:
        return self._credentials


def _client(options: RemoteOptions, credentials: RenewingCredentials) -> Any:
    import botocore.session
    from boto3.session import Session
    from botocore.config import Config

    session = botocore.session.Session(profile=options.aws_profile or None)
    session.register_component("credential_provider", _Provided(credentials))
    address = options.endpoint_url or None
    is_local = address is not None and is_loopback(urlsplit(address).hostname or "")
    return Session(botocore_session=session, region_name=options.region or None).client(
        "bedrock-runtime",
        endpoint_url=address,
        config=Config(
            signature_version="v4",  # never a bearer token of the environment, which nobody renews
            retries={"total_max_attempts": 1},
            connect_timeout=min(10.0, options.timeout_seconds),
            read_timeout=options.timeout_seconds,
            max_pool_connections=options.concurrency,
            proxies={} if is_local else None,
        ),
    )
