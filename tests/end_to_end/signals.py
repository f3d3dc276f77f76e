"""A service that speaks in signals: JSON on Redis, without any library for them.

It keeps a thermostat. A message SetTarget is answered with a reply that says the new target, or with an ErrorReply if it is
out of range, and is announced as a DataChangeEvent. A message Repeat makes it send its message back, as a message of its own.

Usage: signals.py REDIS_PORT
"""

import json
import sys
import uuid
from datetime import datetime, timezone

import redis

NAME = "Thermostat"
RANGE = range(5, 31)


def head(signal_type):
    now = datetime.now(timezone.utc).isoformat()
    return {"id": str(uuid.uuid4()), "timestamp": now, "signalType": signal_type, "from": NAME}


def topic(address):
    return "signal.agents" if address == "agents" or address.startswith("websocket.") else f"signal.service.{address}"


def reply(message, signal_type, message_type, **fields):
    answer = {**head(signal_type), "to": message["from"], "messageType": message_type, "replyTo": message, **fields}
    return topic(message.get("returnAddress") or message["from"]), answer


def handle(message):
    """What is to be published, each with its topic."""
    if message["messageType"] == "Repeat":
        signal = {**head("MESSAGE"), "to": message["from"], "messageType": "Repeated", "heard": message}
        yield topic(message["from"]), signal
        return
    target = message["target"]
    if target not in RANGE:
        wrong = {"code": 422, "description": f"{target} °C is out of range", "help": "Ask for 5 to 30."}
        yield reply(message, "ERROR_REPLY", "ErrorReply", **wrong)
        return
    thermostat = {"id": "t1", "target": target}
    change = {"changeType": "UPDATED", "objectType": "Thermostat", "object": thermostat}
    yield "signal.event.DataChangeEvent.Thermostat", {**head("DATA_CHANGE_EVENT"), **change}
    yield reply(message, "REPLY", "TargetSet", target=target)


def main():
    connection = redis.Redis(port=int(sys.argv[1]))
    channel = connection.pubsub(ignore_subscribe_messages=True)
    channel.subscribe(topic(NAME))
    # The confirmation.
    channel.get_message(timeout=30)
    print("thermostat ready", flush=True)
    for received in channel.listen():
        for where, signal in handle(json.loads(received["data"])):
            connection.publish(where, json.dumps(signal))


main()
