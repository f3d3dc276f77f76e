"""A service as one writes it for OpenTera: the official ServiceOpenTera class, its messages and its RPC.

ServiceOpenTera asks Redis for the key that signs its token, which an OpenTera server puts there; here the service puts
one there itself. Nothing else of a server is needed: the class talks to its REST API only when asked to.

Usage: service.py REDIS_PORT
"""

import base64
import os
import sys
from types import SimpleNamespace

import opentera.messages.python as messages
from opentera.redis.RedisClient import RedisClient
from opentera.redis.RedisRPCClient import RedisRPCClient
from opentera.redis.RedisVars import RedisVars
from opentera.services.ServiceOpenTera import ServiceOpenTera
from twisted.internet import defer, reactor

KEY = "EndToEndService"
USER_MANAGER = "module.TeraServer.UserManagerModule.messages"
UUID = "5e54ace0-0000-4000-8000-000000000001"


class Service(ServiceOpenTera):
    """Publishes what a test asks for, answers replies to invitations, and tells what it was called with."""

    @defer.inlineCallbacks
    def redisConnectionMade(self):
        self.setup_rpc_interface()
        yield self.build_interface()
        # Where clients send their replies to invitations, in place of the server's own module.
        yield self.subscribe_pattern_with_callback(USER_MANAGER, self.notify_service_messages)
        print("service ready", flush=True)

    def setup_rpc_interface(self):
        super().setup_rpc_interface()
        own = (self.describe, self.nested, self.fail, self.publish_events, self.call_client, self.read, self.write, self.log_in)
        for method in own:
            self.rpc_api[method.__name__] = {"args": [], "returns": "any", "callback": method}

    def notify_service_messages(self, pattern, channel, message):
        """Answers each module message with a Result that tells what arrived, under the same number."""
        received = messages.TeraModuleMessage()
        received.ParseFromString(message)
        reply = messages.JoinSessionReplyEvent()
        if not received.data[0].Unpack(reply):
            return
        told = f"{received.head.source} {reply.session_uuid} {reply.user_uuid} {reply.join_reply} {reply.reply_msg}"
        result = messages.Result(type=messages.Result.RESULT_OK, code=-(2**63), message=told)
        answer = self.create_tera_message(received.head.dest, received.head.source, received.head.seq)
        answer.data.add().Pack(result)
        self.publish(received.head.source, answer.SerializeToString())

    @staticmethod
    def describe(*args):
        """Type and value of each argument, as Python got it."""
        return [[type(arg).__name__, base64.b64encode(arg).decode() if isinstance(arg, bytes) else str(arg)] for arg in args]

    @staticmethod
    def nested():
        return {"é😀": [None, True, {"deep": [1, 2.5, "x\u2028"]}], "empty": {}, "big": 2**53}

    @staticmethod
    def fail():
        raise ValueError("as the test wishes")

    def call_client(self, address, function, *args):
        """Calls a procedure that a client serves, as services call each other, and returns what it returned."""
        return RedisRPCClient(self.redisConfig)._internal_rpc_call(f"{address}.rpc", function, *args)

    def read(self, name):
        value = self.redisGet(name)
        return None if value is None else value.decode()

    def write(self, name, text):
        self.redisSet(name, text)

    def log_in(self, uuid):
        """Stores a key for a websocket, as the server does when somebody logs in."""
        key = os.urandom(64).hex()
        self.redisSet(key, uuid, ex=60)
        return key

    def publish_events(self, topic):
        """Publishes one event of each type that the test expects; returns how many receivers each had."""
        return [self.send_event_message(event, topic) for event in events()]


def events():
    return [
        messages.DeviceEvent(
            device_uuid="de71ce00-0000-4000-8000-000000000001",
            type=messages.DeviceEvent.DEVICE_STATUS_CHANGED,
            device_name='Zoë "Z" \\ \u2028 😀 <b>',
            device_status='{"battery": 87.5, "états": ["é"]}',
        ),
        messages.UserEvent(
            user_uuid="05e40000-0000-4000-8000-000000000001",
            type=messages.UserEvent.USER_JOINED_SESSION,
            user_fullname="日本 user",
        ),
        messages.JoinSessionEvent(
            session_url="https://session.example/?key=abc&x=1",
            session_creator_name="Creator",
            session_uuid="5e551000-0000-4000-8000-000000000001",
            session_participants=["aaaaaaaa-0000-4000-8000-000000000001", "aaaaaaaa-0000-4000-8000-000000000002"],
            session_users=["bbbbbbbb-0000-4000-8000-000000000001"],
            join_msg="Bonjour é\nline 2\ttab",
            session_parameters='{"a": 1}',
            service_uuid=UUID,
        ),
    ]


def main():
    redis = {"hostname": "127.0.0.1", "port": int(sys.argv[1]), "db": 0, "username": "", "password": ""}
    RedisClient(redis).redisSet(RedisVars.RedisVar_ServiceTokenAPIKey, "a key for this test only, as long as one must be")
    config = SimpleNamespace(
        redis_config=redis,
        service_config={"name": KEY, "ServiceUUID": UUID},
        backend_config={"hostname": "127.0.0.1", "port": 0},
    )
    Service(config, {"service_uuid": UUID, "service_key": KEY})
    reactor.run()


main()
