"""The official package's messages, whether the peer's tables say the same of them, and messages that are registered."""

import importlib
import pkgutil

import opentera.messages.python
from google.protobuf.descriptor import FieldDescriptor
from google.protobuf.descriptor_pb2 import FileDescriptorSet
from google.protobuf.descriptor_pool import DescriptorPool
from google.protobuf.message_factory import GetMessageClass

_SCALARS = {
    FieldDescriptor.TYPE_DOUBLE: "double",
    FieldDescriptor.TYPE_FLOAT: "float",
    FieldDescriptor.TYPE_INT64: "int64",
    FieldDescriptor.TYPE_UINT64: "uint64",
    FieldDescriptor.TYPE_UINT32: "uint32",
    FieldDescriptor.TYPE_BOOL: "bool",
    FieldDescriptor.TYPE_STRING: "string",
    FieldDescriptor.TYPE_BYTES: "bytes",
}


def official():
    """Full name -> class of every message in the package, nested ones included."""
    found = {}
    for module in pkgutil.iter_modules(opentera.messages.python.__path__):
        if module.name.endswith("_pb2"):
            file = importlib.import_module(f"opentera.messages.python.{module.name}").DESCRIPTOR
            _collect(file.message_types_by_name.values(), found)
    return found


def sendable(messages):
    """Those that an Any may hold in JavaScript: the parts of others have no name there."""
    return {name: each for name, each in messages.items() if each.DESCRIPTOR.containing_type is None}


def registered(path):
    """Full name -> class of every message in a descriptor set that an Any may hold and the catalogue lacks."""
    pool = DescriptorPool()
    found = {}
    for file in FileDescriptorSet.FromString(path.read_bytes()).file:
        pool.Add(file)
        if not file.package.startswith("opentera") and file.name != "google/protobuf/descriptor.proto":
            _collect(pool.FindFileByName(file.name).message_types_by_name.values(), found)
    return {
        name: each
        for name, each in found.items()
        if name != "google.protobuf.Any" and not each.DESCRIPTOR.GetOptions().map_entry
    }


def _collect(descriptors, found):
    for descriptor in descriptors:
        found[descriptor.full_name] = GetMessageClass(descriptor)
        _collect(descriptor.nested_types, found)


def describe(messages):
    """Full name -> set of lines, one a field, in the words of the peer's `describe`."""
    return {name: {_line(field) for field in each.DESCRIPTOR.fields} for name, each in messages.items()}


def _line(field):
    if field.label == FieldDescriptor.LABEL_REPEATED:
        label = "repeated"
    elif field.containing_oneof:
        label = f"oneof{field.containing_oneof.index}"
    else:
        label = "implicit"
    if field.enum_type:
        values = sorted(field.enum_type.values, key=lambda value: value.number)
        kind = ",".join(f"{value.name}={value.number}" for value in values)
    elif field.message_type:
        kind = field.message_type.full_name
    else:
        kind = _SCALARS.get(field.type, f"type {field.type}")
    return f"{field.number} {field.name} {field.json_name} {label} {kind}"


def parse(description):
    """The peer's `describe`, as `describe` gives it; in the order of the peer's indexes."""
    tables = {}
    for line in description.splitlines():
        word, _, rest = line.partition(" ")
        if word == "message":
            fields = tables.setdefault(rest, set())
        else:
            fields.add(rest)
    return tables


def differences(ours, theirs):
    """Sentences on what differs."""
    for name in sorted(ours.keys() | theirs.keys()):
        if name not in ours:
            yield f"{name} is missing in the catalogue"
        elif name not in theirs:
            yield f"{name} is not in the official package"
        else:
            for line in sorted(ours[name] ^ theirs[name]):
                yield f"{name}: {'ours' if line in ours[name] else 'official'}: {line}"
