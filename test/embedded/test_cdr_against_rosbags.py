# Copyright 2026 personaplex_ros maintainers
# SPDX-License-Identifier: Apache-2.0
"""rosbags, an independent implementation, has the same fields and writes the same bytes."""

from pathlib import Path
import random
import string

import numpy
import pytest

from embedded_ros.interfaces import deserialize
from embedded_ros.interfaces import load_submodule
from embedded_ros.interfaces import serialize
from embedded_ros.interfaces.catalog import interface_names
from embedded_ros.interfaces.catalog import read_interface
from embedded_ros.interfaces.packages import package_folders
from embedded_ros.interfaces.primitives import IDL_NAMES
from embedded_ros.interfaces.specification import Container

typesys = pytest.importorskip('rosbags.typesys', reason='rosbags is a development dependency')
nodes = pytest.importorskip('rosbags.interfaces').Nodetype

SEED = 20_260_101
ROUNDS = 5

# rosbags' own store holds no test messages; it is given their text. It knows no wstring.
TEST_MESSAGES = [name for name in interface_names('test_msgs', 'msg') if name != 'WStrings']


def _store():
    store = typesys.get_typestore(typesys.Stores.ROS2_HUMBLE)
    types = {}
    for name in TEST_MESSAGES:
        path = Path(package_folders()['test_msgs'], 'msg', f'{name}.msg')
        types |= typesys.get_types_from_msg(path.read_text(), f'test_msgs/msg/{name}')
    store.register(types)
    return store


STORE = _store()
SHARED = [
    (package, name)
    for package in sorted(package_folders())
    for name in interface_names(package, 'msg')
    if f'{package}/msg/{name}' in STORE.fielddefs
]


def as_rosbags_writes(type_):
    """A field type in the form of rosbags' field definitions."""
    if type_.container is not Container.ONE:
        node = nodes.ARRAY if type_.container is Container.ARRAY else nodes.SEQUENCE
        return node, (as_rosbags_writes(type_.element), type_.size or 0)
    if type_.is_message:
        return nodes.NAME, f'{type_.package}/msg/{type_.name}'
    return nodes.BASE, (type_.name, type_.string_bound or 0)


def with_idl_names(node):
    kind, content = node
    if kind in (nodes.ARRAY, nodes.SEQUENCE):
        return kind, (with_idl_names(content[0]), content[1])
    if kind == nodes.BASE:
        return kind, (IDL_NAMES.get(content[0], content[0]), content[1])
    return node


def random_message(cls, rng):
    message = cls()
    for plan in cls._PLANS:
        setattr(message, plan.name, random_value(plan.type, plan.message_class, rng))
    return message


def random_value(type_, message_class, rng):
    if type_.container is Container.ARRAY:
        count = type_.size
    elif type_.container is Container.SEQUENCE:
        count = rng.randint(0, min(type_.size or 4, 4))
    elif message_class is not None:
        return random_message(message_class, rng)
    elif type_.is_string:
        return ''.join(rng.choices(string.printable + 'äß日', k=rng.randint(0, 9)))
    else:
        return random_scalar(type_.primitive, rng)
    return [random_value(type_.element, message_class, rng) for _ in range(count)]


def random_scalar(primitive, rng):
    if primitive.python_type is float:
        return float(numpy.dtype(primitive.dtype).type(rng.uniform(-1e6, 1e6)))
    if primitive.python_type is int:
        return rng.choice([primitive.low, primitive.high, rng.randint(primitive.low, 127)])
    return rng.random() < 0.5 if primitive.python_type is bool else bytes([rng.randint(0, 255)])


def to_rosbags(message):
    """The same message as an object of rosbags."""
    package, kind, name = message._SPECIFICATION.full_name.split('/')
    values = {
        plan.name: value_to_rosbags(plan.type, getattr(message, plan.name))
        for plan in message._PLANS
    }
    if not values:
        values = {'structure_needs_at_least_one_member': 0}
    return STORE.types[f'{package}/{kind}/{name}'](**values)


def value_to_rosbags(type_, value):
    if type_.container is Container.ONE:
        if type_.is_message:
            return to_rosbags(value)
        # A single byte is a signed number there.
        return int.from_bytes(value, 'little', signed=True) if type_.name == 'octet' else value
    if type_.is_message or type_.is_string:
        return [value_to_rosbags(type_.element, one) for one in value]
    if type_.name == 'octet':
        return numpy.frombuffer(b''.join(value), numpy.uint8)
    return numpy.array(value, type_.primitive.dtype or numpy.bool_)


def test_rosbags_knows_most_of_the_catalogue():
    assert len(SHARED) > 100


@pytest.mark.parametrize(('package', 'name'), SHARED)
def test_fields_and_constants_are_those_that_rosbags_has(package, name):
    spec = read_interface(package, 'msg', name)
    constants, fields = STORE.fielddefs[f'{package}/msg/{name}']
    mine = [(field.name, as_rosbags_writes(field.type)) for field in spec.fields]
    theirs = [
        (field, with_idl_names(node))
        for field, node in fields
        if field != 'structure_needs_at_least_one_member'
    ]
    assert mine == theirs
    assert [
        (one.name, one.type.name, one.value[0] if one.type.name == 'octet' else one.value)
        for one in spec.constants
    ] == [(constant, IDL_NAMES[type_], value) for constant, type_, value in constants]


@pytest.mark.parametrize(('package', 'name'), SHARED)
def test_bytes_are_those_that_rosbags_writes(package, name):
    cls = getattr(load_submodule(package, 'msg'), name)
    rng = random.Random(f'{SEED} {package} {name}')
    for _ in range(ROUNDS):
        message = random_message(cls, rng)
        data = serialize(message)
        expected = STORE.serialize_cdr(to_rosbags(message), f'{package}/msg/{name}')
        # rosbags pads the end to 4 bytes; ROS 2 does not.
        assert bytes(expected)[: len(data)] == data
        assert len(expected) - len(data) < 4
        assert deserialize(data, cls) == message


@pytest.mark.parametrize(('package', 'name'), SHARED)
def test_big_endian_bytes_of_rosbags_are_read(package, name):
    cls = getattr(load_submodule(package, 'msg'), name)
    message = random_message(cls, random.Random(f'{SEED} {package} {name}'))
    data = STORE.serialize_cdr(to_rosbags(message), f'{package}/msg/{name}', little_endian=False)
    assert deserialize(data, cls) == message
