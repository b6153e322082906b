import dbus from "dbus-next";
import type { Message as BusMessage, MessageBus } from "dbus-next";
import { expect, vi } from "vitest";
import { z } from "zod";

const { Message, Variant } = dbus;
const watcherName = "org.kde.StatusNotifierWatcher";
const watcherPath = "/StatusNotifierWatcher";
const itemInterface = "org.kde.StatusNotifierItem";
const menuInterface = "com.canonical.dbusmenu";

export interface TrayItem {
  id: number;
  label: string;
  enabled: boolean;
  separator: boolean;
  children: TrayItem[];
}

const variantSchema = z.object({ value: z.unknown() });
const layoutSchema: z.ZodType<TrayItem> = z
  .tuple([z.number(), z.record(z.string(), variantSchema), z.array(variantSchema)])
  .transform(([id, properties, children]): TrayItem => {
    const text = properties["label"]?.value;
    return {
      id,
      label: typeof text === "string" ? text : "",
      enabled: properties["enabled"]?.value !== false,
      separator: properties["type"]?.value === "separator",
      children: children.map((child) => layoutSchema.parse(child.value)),
    };
  });
const pixmapsSchema = z.array(z.tuple([z.number(), z.number(), z.instanceof(Buffer)]));

/**
 * What a panel is to the tray icons: a StatusNotifierWatcher that takes the registration and reads icon and
 * menu over D-Bus (specifications: StatusNotifierItem, com.canonical.dbusmenu).
 */
export class TrayHost {
  readonly #bus: MessageBus;
  readonly #items: { service: string; path: string }[] = [];

  private constructor(bus: MessageBus) {
    this.#bus = bus;
  }

  static async start(busAddress: string): Promise<TrayHost> {
    const bus = dbus.sessionBus({ busAddress });
    const host = new TrayHost(bus);
    bus.addMethodHandler((message: BusMessage) => host.#answer(message));
    await bus.requestName(watcherName, 0);
    return host;
  }

  stop(): void {
    this.#bus.disconnect();
  }

  /** Waits until an app has registered its icon. */
  async registered(): Promise<void> {
    await vi.waitFor(() => expect(this.#items).not.toHaveLength(0), { timeout: 30_000, interval: 50 });
  }

  /** Every entry of the menu as it is now. */
  async menu(): Promise<TrayItem[]> {
    const menuPath = z.string().parse(await this.#property("Menu"));
    const [, layout] = await this.#call(menuPath, menuInterface, "GetLayout", "iias", [0, -1, []]);
    return layoutSchema.parse(layout).children;
  }

  /** The labels of the menu's first level, without separators. */
  async labels(): Promise<string[]> {
    return (await this.menu()).filter(({ separator }) => !separator).map(({ label }) => label);
  }

  /** Clicks an entry of the first or second level by its text. */
  async click(label: string): Promise<void> {
    const items = await this.menu();
    const item = [...items, ...items.flatMap(({ children }) => children)].find((one) => one.label === label);
    if (!item) throw new Error(`the tray menu has no entry "${label}"`);
    await this.clickItem(item.id);
  }

  async clickItem(id: number): Promise<void> {
    const menuPath = z.string().parse(await this.#property("Menu"));
    const event = [id, "clicked", new Variant("s", ""), Math.floor(Date.now() / 1000)];
    await this.#call(menuPath, menuInterface, "Event", "isvu", event);
  }

  /** The icon's picture: its largest size as raw ARGB. */
  async icon(): Promise<{ width: number; height: number; pixels: Buffer }> {
    const [first] = pixmapsSchema.parse(await this.#property("IconPixmap")).sort((a, b) => b[0] - a[0]);
    if (!first) throw new Error("the tray icon has no picture");
    return { width: first[0], height: first[1], pixels: first[2] };
  }

  #answer(message: BusMessage): boolean {
    if (message.path !== watcherPath) return false;
    const answer = (signature: string, body: unknown[]): true => {
      this.#bus.send(Message.newMethodReturn(message, signature, body));
      return true;
    };
    if (message.member === "RegisterStatusNotifierItem") {
      const name = String(message.body[0]);
      const isPath = name.startsWith("/");
      this.#items.push({
        service: isPath ? message.sender : name,
        path: isPath ? name : "/StatusNotifierItem",
      });
      return answer("", []);
    }
    if (message.member === "Get") return answer("v", [watcherProperty(String(message.body[1]))]);
    return false;
  }

  async #property(name: string): Promise<unknown> {
    const { path } = this.#item();
    const body = await this.#call(path, "org.freedesktop.DBus.Properties", "Get", "ss", [
      itemInterface,
      name,
    ]);
    return variantSchema.parse(body[0]).value;
  }

  async #call(
    path: string,
    interfaceName: string,
    member: string,
    signature: string,
    body: unknown[],
  ): Promise<unknown[]> {
    const destination = this.#item().service;
    const message = new Message({ destination, path, interface: interfaceName, member, signature, body });
    const reply = await this.#bus.call(message);
    const answer: unknown[] = reply?.body ?? [];
    return answer;
  }

  #item(): { service: string; path: string } {
    const item = this.#items.at(-1);
    if (!item) throw new Error("no app has registered a tray icon");
    return item;
  }
}

function watcherProperty(name: string): InstanceType<typeof Variant> {
  if (name === "IsStatusNotifierHostRegistered") return new Variant("b", true);
  if (name === "ProtocolVersion") return new Variant("i", 0);
  return new Variant("as", []);
}
