"""Randomly filled instances of messages, and their comparison."""

import math
import struct

from google.protobuf.any_pb2 import Any
from google.protobuf.descriptor import FieldDescriptor

MAX_DEPTH = 4
PREFIXES = ["type.googleapis.com", "example.org/types", ""]
DOUBLES = [0.0, -0.0, 0.1, -1.5, 1e15, 1e16, 5e-324, 2.2250738585072014e-308, 1.7976931348623157e308,
           -1.7976931348623157e308, math.nan, math.inf, -math.inf, 1795323857.706691]
FLOATS = [0.0, -0.0, 0.1, 1e10, 1e-45, 1.1754943508222875e-38, 3.4028234663852886e38, -3.4028234663852886e38,
          math.nan, math.inf, -math.inf]
INT32 = (-(2**31), 2**31 - 1)
INT64 = (-(2**63), 2**63 - 1)
UINT32 = (0, 2**32 - 1)
UINT64 = (0, 2**64 - 1)
LIMITS = {
    FieldDescriptor.TYPE_INT32: INT32,
    FieldDescriptor.TYPE_SINT32: INT32,
    FieldDescriptor.TYPE_SFIXED32: INT32,
    FieldDescriptor.TYPE_INT64: INT64,
    FieldDescriptor.TYPE_SINT64: INT64,
    FieldDescriptor.TYPE_SFIXED64: INT64,
    FieldDescriptor.TYPE_UINT32: UINT32,
    FieldDescriptor.TYPE_FIXED32: UINT32,
    FieldDescriptor.TYPE_UINT64: UINT64,
    FieldDescriptor.TYPE_FIXED64: UINT64,
}
CHARACTERS = [(0x00, 0x1F), (0x20, 0x7E), (0x20, 0x7E), (0x7F, 0x7FF), (0x800, 0xD7FF), (0xE000, 0xFFFF),
              (0x10000, 0x10FFFF)]


def fill(message, random, messages, depth=0):
    """Fills some of the fields, of the deepest those that must be; `messages` are the classes that an Any may hold."""
    for field in message.DESCRIPTOR.fields:
        if field.label != FieldDescriptor.LABEL_REQUIRED and depth > MAX_DEPTH:
            continue
        if field.label == FieldDescriptor.LABEL_REPEATED:
            values = getattr(message, field.name)
            for _ in range(random.choice((0, 0, 1, 2, 2, 40 if depth == 0 and random.random() < 0.05 else 3))):
                if is_map(field):
                    _fill_entry(values, field, random, messages, depth)
                elif field.message_type:
                    _fill_message(values.add(), random, messages, depth)
                else:
                    values.append(_scalar(field, random))
        elif field.label != FieldDescriptor.LABEL_REQUIRED and random.random() < 0.3:
            continue
        elif field.message_type:
            part = getattr(message, field.name)
            part.SetInParent()
            _fill_message(part, random, messages, depth)
        else:
            setattr(message, field.name, _scalar(field, random))
    return message


def is_map(field):
    return field.message_type is not None and field.message_type.GetOptions().map_entry


def _fill_entry(entries, field, random, messages, depth):
    parts = field.message_type.fields_by_name
    key = _scalar(parts["key"], random)
    if parts["value"].message_type:
        _fill_message(entries[key], random, messages, depth)
    else:
        entries[key] = _scalar(parts["value"], random)


def _fill_message(message, random, messages, depth):
    if depth == MAX_DEPTH and message.IsInitialized():
        return
    if not isinstance(message, Any):
        fill(message, random, messages, depth + 1)
    elif random.random() < 0.95:
        inner = fill(random.choice(messages)(), random, messages, depth + 1)
        message.Pack(inner, random.choice(PREFIXES))


def _scalar(field, random):
    if field.type in LIMITS:
        least, most = LIMITS[field.type]
        return random.choice((least, most, 0, 1, min(most, 2**53 + 1), random.randint(least, most)))
    if field.type == FieldDescriptor.TYPE_ENUM:
        known = [value.number for value in field.enum_type.values]
        return random.choice(known if field.enum_type.is_closed else known + [99, -1, 2**31 - 1, -(2**31)])
    return {
        FieldDescriptor.TYPE_DOUBLE: _double,
        FieldDescriptor.TYPE_FLOAT: _float,
        FieldDescriptor.TYPE_BOOL: lambda random: random.random() < 0.5,
        FieldDescriptor.TYPE_BYTES: lambda random: random.randbytes(random.choice((0, 1, 2, 3, 40))),
        FieldDescriptor.TYPE_STRING: text,
    }[field.type](random)


def _double(random):
    return random.choice((random.choice(DOUBLES), *struct.unpack("<d", random.randbytes(8))))


def _float(random):
    return random.choice((random.choice(FLOATS), *struct.unpack("<f", random.randbytes(4))))


UUIDS = ["e1a2a2e1-a5ff-4660-930c-601f6b1181a5", "00000000-ABCD-EF01-2345-6789abcdef01"]
NO_UUIDS = ["e1a2a2e1a5ff4660930c601f6b1181a5", f"{UUIDS[0]}\n", f"x{UUIDS[0]}", f"{{{UUIDS[0]}}}", f"{UUIDS[0][:-1]}g",
            f"{UUIDS[0][:-1]}é"]


def text(random):
    if random.random() < 0.4:
        return random.choice(UUIDS * 6 + NO_UUIDS)
    length = random.choice((0, 1, 3, 9, 36, 36))
    characters = [chr(random.randint(*random.choice(CHARACTERS))) for _ in range(length)]
    if characters and random.random() < 0.3:
        characters[random.randrange(length)] = random.choice('"\\/\u2028')
    return "".join(characters)


class Comparison:
    """Compares field by field; NaN equals NaN. `classes` are those that an Any may hold.

    What stands before the name in a type URL, and the sign of zero, may be of no account.
    """

    def __init__(self, classes, signed_zero=True, url_prefix=True):
        self._classes = classes
        self._signed_zero = signed_zero
        self._url_prefix = url_prefix

    def difference(self, ours, theirs, path):
        """Where two messages of one type differ; None if nowhere."""
        if ours.SerializeToString(deterministic=True) == theirs.SerializeToString(deterministic=True):
            return None
        if isinstance(ours, Any):
            return self._any_difference(ours, theirs, path)
        for field in ours.DESCRIPTOR.fields:
            found = self._field_difference(field, ours, theirs, f"{path}.{field.name}")
            if found:
                return found
        return None

    def _any_difference(self, ours, theirs, path):
        name = ours.type_url.rpartition("/")[2]
        if ours.type_url != theirs.type_url and (self._url_prefix or name != theirs.type_url.rpartition("/")[2]):
            return f"{path}: type {ours.type_url!r}, not {theirs.type_url!r}"
        inner = self._classes[name]
        return self.difference(inner.FromString(ours.value), inner.FromString(theirs.value), path)

    def _field_difference(self, field, ours, theirs, path):
        a, b = getattr(ours, field.name), getattr(theirs, field.name)
        if is_map(field):
            return self._map_difference(field, a, b, path)
        if field.label != FieldDescriptor.LABEL_REPEATED:
            if field.has_presence and ours.HasField(field.name) != theirs.HasField(field.name):
                return f"{path}: {'set' if ours.HasField(field.name) else 'absent'}, unlike expected"
            a, b = [a], [b]
        if len(a) != len(b):
            return f"{path}: {len(a)} elements, not {len(b)}"
        for a, b in zip(a, b):
            found = self._value_difference(field, a, b, path)
            if found:
                return found
        return None

    def _map_difference(self, field, a, b, path):
        if a.keys() != b.keys():
            return f"{path}: keys {sorted(a)!r}, not {sorted(b)!r}"
        value = field.message_type.fields_by_name["value"]
        for key in a:
            found = self._value_difference(value, a[key], b[key], f"{path}[{key!r}]")
            if found:
                return found
        return None

    def _value_difference(self, field, a, b, path):
        if field.message_type:
            return self.difference(a, b, path)
        return None if self._same(a, b) else f"{path}: {a!r}, not {b!r}"

    def _same(self, a, b):
        if not isinstance(a, float):
            return a == b
        if math.isnan(a) or math.isnan(b):
            return math.isnan(a) and math.isnan(b)
        return a == b and (not self._signed_zero or math.copysign(1, a) == math.copysign(1, b))
