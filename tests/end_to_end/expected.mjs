// What service.py publishes and returns, as JavaScript must see it.

export const USER = "e2e00000-0000-4000-8000-000000000001";
export const SERVICE = "service.EndToEndService";

export const EVENTS = [
  {
    $type: "DeviceEvent",
    deviceUuid: "de71ce00-0000-4000-8000-000000000001",
    type: "DEVICE_STATUS_CHANGED",
    deviceName: 'Zoë "Z" \\ \u2028 😀 <b>',
    deviceStatus: '{"battery": 87.5, "états": ["é"]}',
  },
  {
    $type: "UserEvent",
    userUuid: "05e40000-0000-4000-8000-000000000001",
    type: "USER_JOINED_SESSION",
    userFullname: "日本 user",
  },
  {
    $type: "JoinSessionEvent",
    sessionUrl: "https://session.example/?key=abc&x=1",
    sessionCreatorName: "Creator",
    sessionUuid: "5e551000-0000-4000-8000-000000000001",
    sessionParticipants: ["aaaaaaaa-0000-4000-8000-000000000001", "aaaaaaaa-0000-4000-8000-000000000002"],
    sessionUsers: ["bbbbbbbb-0000-4000-8000-000000000001"],
    sessionDevices: [],
    joinMsg: "Bonjour é\nline 2\ttab",
    sessionParameters: '{"a": 1}',
    serviceUuid: "5e54ace0-0000-4000-8000-000000000001",
  },
];

export const NESTED = { "é😀": [null, true, { deep: [1, 2.5, "x\u2028"] }], empty: {}, big: 2 ** 53 };
