// Accepts every invitation, and asks a service who is online.

import { connect, TeraError, type Client } from "tera-client";

export async function attend(url: () => Promise<string>, userUuid: string): Promise<Client> {
  const client = await connect(url);

  client.on("JoinSessionEvent", async ({ sessionUuid }) => {
    const answer = await client.request("module.TeraServer.UserManagerModule", {
      $type: "JoinSessionReplyEvent",
      sessionUuid,
      userUuid,
      joinReply: "REPLY_ACCEPTED",
    });
    console.log("answered by", answer.head?.source, answer.data);
  });

  try {
    const online = await client.call<string[]>("module.TeraServer.UserManagerModule", "online_users", [], { timeout: 2_000 });
    console.log(online.length, "users are online");
  } catch (error) {
    if (!(error instanceof TeraError)) throw error;
    console.warn(error.code, error.message);
  }
  return client;
}
