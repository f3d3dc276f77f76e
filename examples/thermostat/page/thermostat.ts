// Written by `tera-client contract` from a descriptor set. Do not edit.

import type { Client } from "tera-client";
import { type Init, type RequestOptions, Service } from "tera-client/contracts";

/** A room of the house. */
export interface ThermostatV1Room {
  $type: "thermostat.v1.Room";
  name: string;
}

/** How warm a room is. */
export interface ThermostatV1Temperature {
  $type: "thermostat.v1.Temperature";
  /** In degrees Celsius. */
  celsius: number;
  /** How warm it shall be. */
  target: number;
  /** True while the room is heated. */
  heating: boolean;
}

/** How warm a room shall be. */
export interface ThermostatV1Target {
  $type: "thermostat.v1.Target";
  room: string;
  /** In degrees Celsius. */
  celsius: number;
}

declare module "tera-client" {
  interface MessageMap {
    "thermostat.v1.Room": ThermostatV1Room;
    "thermostat.v1.Temperature": ThermostatV1Temperature;
    "thermostat.v1.Target": ThermostatV1Target;
  }
}

const DESCRIPTORS =
  "CrEDChB0aGVybW9zdGF0LnByb3RvEg10aGVybW9zdGF0LnYxIhoKBFJvb20SEgoEbmFtZRgBIAEoCVIEbmFtZSJZCgtUZW1wZXJhdHVyZRIYCgdjZWxzaXVzGAEgASgBUgdjZWxzaXVzEhYKBnRhcmdldBgCIAEoAVIGdGFyZ2V0EhgKB2hlYXRpbmcYAyABKAhSB2hlYXRpbmciNgoGVGFyZ2V0EhIKBHJvb20YASABKAlSBHJvb20SGAoHY2Vsc2l1cxgCIAEoAVIHY2Vsc2l1czLWAQoKVGhlcm1vc3RhdBJBCg5HZXRUZW1wZXJhdHVyZRITLnRoZXJtb3N0YXQudjEuUm9vbRoaLnRoZXJtb3N0YXQudjEuVGVtcGVyYXR1cmUSRQoQV2F0Y2hUZW1wZXJhdHVyZRITLnRoZXJtb3N0YXQudjEuUm9vbRoaLnRoZXJtb3N0YXQudjEuVGVtcGVyYXR1cmUwARI+CglTZXRUYXJnZXQSFS50aGVybW9zdGF0LnYxLlRhcmdldBoaLnRoZXJtb3N0YXQudjEuVGVtcGVyYXR1cmViBnByb3RvMw==";

/** Keeps the rooms of a house warm. */
export class ThermostatClient {
  readonly #service: Service;

  /** `key` is the service's on the bus, where it is `service.<key>`. */
  constructor(client: Client, key = "Thermostat") {
    this.#service = new Service(client, key, DESCRIPTORS);
  }

  /** How warm a room is now. Fails with `no_such_room`. */
  getTemperature(request: Init<ThermostatV1Room>, options?: RequestOptions): Promise<ThermostatV1Temperature> {
    return this.#service.call(["thermostat.v1.Thermostat/GetTemperature", "thermostat.v1.Room", "thermostat.v1.Temperature"], request, options);
  }

  /** How warm a room is, now and whenever that changes. Fails with `no_such_room`. */
  watchTemperature(request: Init<ThermostatV1Room>, options?: RequestOptions): AsyncGenerator<ThermostatV1Temperature, void, undefined> {
    return this.#service.stream(["thermostat.v1.Thermostat/WatchTemperature", "thermostat.v1.Room", "thermostat.v1.Temperature"], request, options);
  }

  /** Sets how warm a room shall be. Fails with `no_such_room`, and with `out_of_range` beyond 5 to 30 °C. */
  setTarget(request: Init<ThermostatV1Target>, options?: RequestOptions): Promise<ThermostatV1Temperature> {
    return this.#service.call(["thermostat.v1.Thermostat/SetTarget", "thermostat.v1.Target", "thermostat.v1.Temperature"], request, options);
  }
}
