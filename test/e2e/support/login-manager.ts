import dbus from "dbus-next";

const { DBusError, interface: exported, RequestNameReply, NameFlag } = dbus;
const { Interface } = exported;
const name = "org.freedesktop.login1";

/** As much of systemd-logind (org.freedesktop.login1(5)) as the app listens to. */
class Manager extends Interface {
  Inhibit(): never {
    throw new DBusError("org.freedesktop.DBus.Error.NotSupported", "This login manager holds nothing up.");
  }

  PrepareForSleep(begins: boolean): boolean {
    return begins;
  }

  PrepareForShutdown(begins: boolean): boolean {
    return begins;
  }
}

Manager.configureMembers({
  methods: { Inhibit: { inSignature: "ssss", outSignature: "h" } },
  signals: { PrepareForSleep: { signature: "b" }, PrepareForShutdown: { signature: "b" } },
});

export interface LoginManager {
  /** The computer goes to sleep, or has woken. */
  sleep(begins: boolean): void;
  shutDown(): void;
  stop(): void;
}

/** A login manager on a bus of the tests, which stands for the system's. */
export async function startLoginManager(busAddress: string): Promise<LoginManager> {
  const bus = dbus.sessionBus({ busAddress });
  const manager = new Manager(`${name}.Manager`);
  bus.export("/org/freedesktop/login1", manager);
  const reply = await bus.requestName(name, NameFlag.DO_NOT_QUEUE);
  if (reply !== RequestNameReply.PRIMARY_OWNER) throw new Error("Another login manager is on the bus.");
  return {
    sleep: (begins) => void manager.PrepareForSleep(begins),
    shutDown: () => void manager.PrepareForShutdown(true),
    stop: () => bus.disconnect(),
  };
}
