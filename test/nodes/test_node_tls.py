# Copyright 2026 personaplex_ros maintainers
# SPDX-License-Identifier: Apache-2.0
"""The shipped node over wss://: it talks with whom it may trust, and says why it does not."""

from collections.abc import Iterator
import ssl

import pytest

pytest.importorskip('trustme')  # not in package.xml

from robot import Robot
import trustme

from fakes.engine import FakeEngine

pytestmark = pytest.mark.graph


@pytest.fixture
def authority() -> trustme.CA:
    """Give an authority that no machine knows."""
    return trustme.CA()


@pytest.fixture
def secure_engine(authority) -> Iterator[FakeEngine]:
    """Give an engine with a certificate of that authority."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert('127.0.0.1').configure_cert(context)
    with FakeEngine(tls=context) as running:
        yield running


def test_an_engine_whose_authority_is_named_is_talked_with(
    graph, secure_engine, authority, tmp_path
):
    ca_file = tmp_path / 'ca.pem'
    authority.cert_pem.write_to_path(str(ca_file))
    robot = Robot(graph, secure_engine.url, engine_ca_file=str(ca_file)).bring_up()
    robot.hear_frames(2)
    assert robot.states.last.backend.startswith('https://')
    assert len(robot.list_personas().voices) == 3


def test_an_engine_nobody_vouches_for_is_not_and_the_way_out_is_named(graph, secure_engine):
    log = graph.log()
    robot = Robot(graph, secure_engine.url)
    assert robot.configure()
    assert robot.activate()
    state = robot.states.wait(lambda s: 'certificate' in s.detail, 'the reason')
    assert 'authority unknown here' in state.detail
    line = log.wait(lambda line: 'untrusted' in line.msg, 'the reason in the log')
    assert 'engine_ca_file' in line.msg
    assert secure_engine.prompts == []
