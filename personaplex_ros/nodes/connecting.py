# Copyright 2026 personaplex_ros maintainers
# SPDX-License-Identifier: Apache-2.0
"""Which backend a conversation connects to, from its settings."""

from collections.abc import Callable
from os.path import expanduser

from personaplex_ros.audio.ogg_opus import check_opus
from personaplex_ros.audio.ogg_opus import OpusMissing
from personaplex_ros.backends.base import Backend
from personaplex_ros.backends.http_client import trust
from personaplex_ros.backends.http_client import TrustError
from personaplex_ros.backends.nvidia import NvidiaBackend
from personaplex_ros.backends.personaplex import PersonaPlexBackend
from personaplex_ros.conversation.settings import ConversationSettings
from personaplex_ros.nodes.parameters import SettingsError


def backend_maker(settings: ConversationSettings) -> Callable[[], Backend]:
    """Return a maker of unopened backends.

    Raises SettingsError for what no connection would mend: a certificate file that cannot be
    read, or a package that is missing.
    """
    try:
        tls = trust(expanduser(settings.engine_ca_file))
    except TrustError as error:
        raise SettingsError(str(error)) from None
    url, timeout_s = settings.engine_url, settings.connect_timeout_s
    if settings.backend == 'personaplex':
        return lambda: PersonaPlexBackend(url, timeout_s, tls)
    try:
        check_opus()
    except OpusMissing as error:
        raise SettingsError(f'backend nvidia: {error}') from None
    return lambda: NvidiaBackend(url, timeout_s, tls)
