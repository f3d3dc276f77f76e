"""The other side of the test, in Rust or the npm package: a process that answers one request a line."""

import os
import subprocess


class Refused(Exception):
    """The peer answered with an error."""


class Peer:
    def __init__(self, *command):
        command = command or (os.environ["TERA_COMPAT_PEER"],)
        self._process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE)

    def ask(self, *words):
        """Sends a request; bytes and text go in hexadecimal. Gives the parts of the answer as bytes."""
        line = " ".join(_word(word) for word in words)
        self._process.stdin.write(line.encode() + b"\n")
        self._process.stdin.flush()
        status, _, rest = self._process.stdout.readline().decode().rstrip("\n").partition(" ")
        parts = [bytes.fromhex(part) for part in rest.split(" ")] if rest else []
        if status != "ok":
            raise Refused(parts[0].decode() if parts else "the peer ended")
        return parts

    def close(self):
        self._process.stdin.close()
        return self._process.wait()


def _word(word):
    if isinstance(word, str) and word in ("describe", "transcode", "random", "check", "recode", "violations"):
        return word
    if isinstance(word, int):
        return str(word)
    return (word.encode() if isinstance(word, str) else word).hex()
