"""Holds the Rust messages, their binary form and their JSON to the official OpenTera package, and what the npm package reads
and writes.

Every message of the catalogue goes, thousands of times and randomly filled, from Python to Rust and back and from
Rust to Python and back, as binary and as JSON, and is compared field by field. Hundreds of times each goes, and so do the
messages of an application's own, as an event to the npm package's client, which sends it on. Run by
`cargo xtask test --only compat`, which sets TERA_COMPAT_PEER to the Rust side's program.
"""

import json
import os
import sys
import time
import zlib
from multiprocessing import Pool
from pathlib import Path
from random import Random

from google.protobuf import json_format
from google.protobuf.message import DecodeError

import catalogue
import instances
from peer import Peer, Refused

INSTANCES = 2000
SENT_ON = 200
SHOWN_FAILURES = 3
FRAMES = Path(__file__).parent.parent / "fixtures" / "opentera-frames.jsonl"

OFFICIAL = catalogue.official()
FAILURES = (Refused, DecodeError, json_format.Error, AssertionError)


SDK = Path(__file__).parent / "sdk.mjs"


def same(ours, theirs, what, classes=OFFICIAL, **options):
    found = instances.Comparison(classes, **options).difference(ours, theirs, type(theirs).__name__)
    assert not found, f"{what}: {found}"


def from_python(peer, index, each, random):
    """Python -> Rust -> Python: binary, and JSON as a server writes it and in the other spellings."""
    message = instances.fill(each(), random, list(OFFICIAL.values()))
    texts = (
        json_format.MessageToJson(message, always_print_fields_with_no_presence=True),
        json_format.MessageToJson(
            message, indent=None, preserving_proto_field_name=True, use_integers_for_enums=True, ensure_ascii=False
        ),
    )
    recoded, written, *read = peer.ask("transcode", index, message.SerializeToString(), *texts)
    # prost's encoder takes -0.0 for the default of a field and leaves it out.
    same(each.FromString(recoded), message, "decoded and encoded by Rust", signed_zero=False)
    same(json_format.Parse(written, each()), message, "written as JSON by Rust")
    for wire in read:
        same(each.FromString(wire), message, "read from JSON by Rust")


def from_rust(peer, index, each, random):
    """Rust -> Python -> Rust: binary and JSON."""
    seed = random.getrandbits(64)
    wire, written = peer.ask("random", index, seed)
    message = each.FromString(wire)
    same(json_format.Parse(written, each()), message, "written as JSON by Rust")
    text = json_format.MessageToJson(message, always_print_fields_with_no_presence=True)
    peer.ask("check", index, seed, message.SerializeToString(), text)


def test_message(task):
    """All instances of one message: (name, passed, failures)."""
    index, name = task
    peer = Peer()
    random = Random(zlib.crc32(name.encode()))
    passed, failures = 0, []
    for number in range(INSTANCES):
        for direction in (from_python, from_rust):
            try:
                direction(peer, index, OFFICIAL[name], random)
                passed += 1
            except FAILURES as failure:
                failures.append(f"{direction.__name__} #{number}: {failure}")
    peer.close()
    return name, passed, failures


def test_sdk():
    """What the npm package's client receives and sends on is what it was: the catalogue's messages, and registered ones."""
    sdk = Peer("node", str(SDK))
    random = Random(1)
    classes = catalogue.sendable(OFFICIAL) | catalogue.registered(Path(os.environ["TERA_DESCRIPTOR_SET"]))
    for name, each in classes.items():
        passed, failures = 0, []
        for number in range(SENT_ON):
            message = instances.fill(each(), random, list(classes.values()))
            try:
                recoded = b"".join(sdk.ask("recode", f"type.googleapis.com/{name}", message.SerializeToString()))
                same(each.FromString(recoded), message, "received and sent on", classes, url_prefix=False)
                passed += 1
            except FAILURES as failure:
                failures.append(f"#{number}: {failure}")
        yield f"{name}, in JavaScript", passed, failures
    sdk.close()


def test_violations():
    """What Rust and JavaScript find wrong with a message is the same."""
    rust, sdk = Peer(), Peer("node", str(SDK))
    random = Random(2)
    for name, each in catalogue.sendable(OFFICIAL).items():
        passed, failures, valid = 0, [], 0
        for number in range(SENT_ON):
            message = instances.fill(each(), random, list(OFFICIAL.values()))
            request = ("violations", f"type.googleapis.com/{name}", message.SerializeToString())
            try:
                ours, theirs = (b"".join(peer.ask(*request)).decode() for peer in (rust, sdk))
                assert ours == theirs, f"Rust says\n{ours}JavaScript says\n{theirs}"
                passed += 1
                valid += not ours
            except FAILURES as failure:
                failures.append(f"#{number}: {failure}")
        yield f"{name}, of which {valid} valid", passed, failures
    rust.close()
    sdk.close()


def test_frames(peer, index):
    """Every captured frame decodes to what Python decodes; what Python refuses is refused."""
    passed, failures = 0, []
    each = OFFICIAL["opentera.protobuf.TeraMessage"]
    for number, line in enumerate(FRAMES.read_text().splitlines()):
        payload = json.loads(line)["payload"]
        try:
            test_frame(peer, index, each, payload)
            passed += 1
        except FAILURES as failure:
            failures.append(f"frame {number}: {failure}")
    return "captured frames", passed, failures


def test_frame(peer, index, each, payload):
    try:
        expected = json_format.Parse(payload, each())
    except json_format.ParseError:
        expected = None
    try:
        *_, wire = peer.ask("transcode", index, b"", payload)
    except Refused:
        assert expected is None, "refused by Rust only"
    else:
        assert expected is not None, "refused by Python only"
        same(each.FromString(wire), expected, "read from JSON by Rust")


def report(name, passed, failures):
    print(f"{name}: {passed} passed, {len(failures)} failed", flush=True)
    for failure in failures[:SHOWN_FAILURES]:
        print("   ", failure.replace("\n", "\n    ")[:600])
    return passed, len(failures)


def main():
    started = time.monotonic()
    peer = Peer()
    (description,) = peer.ask("describe")
    tables = catalogue.parse(description.decode())
    wrong = list(catalogue.differences(tables, catalogue.describe(OFFICIAL)))
    results = [report("field tables", len(tables) if not wrong else 0, wrong)]
    names = list(tables)
    results.append(report(*test_frames(peer, names.index("opentera.protobuf.TeraMessage"))))
    peer.close()
    tasks = [(index, name) for index, name in enumerate(names) if name in OFFICIAL]
    with Pool() as pool:
        results += [report(*result) for result in pool.imap_unordered(test_message, tasks)]
    results += [report(*result) for result in test_sdk()]
    results += [report(*result) for result in test_violations()]
    passed, failed = map(sum, zip(*results))
    print(f"compared in {time.monotonic() - started:.0f} s")
    print(f"{passed} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
