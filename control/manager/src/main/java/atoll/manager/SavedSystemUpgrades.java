package atoll.manager;

import atoll.state.Value;
import java.util.List;
import java.util.Map;
import java.util.function.UnaryOperator;

/**
 * What older versions of a {@link SavedSystem} say, as the next one says it. Whatever is not as
 * that version wrote it stays as it is, and is refused when it is read.
 */
final class SavedSystemUpgrades {
  private static final Value NONE = Value.of(List.of());

  private SavedSystemUpgrades() {}

  /** Copies of disks may lie over earlier ones. */
  static Value.Fields withDisksAlone(Value.Fields older) {
    return each(older, "disks", disk -> disk.with("under", NONE));
  }

  /**
   * Verified starts and secret machines; other devices at the ends of channels, and devices that
   * are served over them; serial ports, sensors, front panels and networks with a far end.
   */
  static Value.Fields withOwnDevicesOnly(Value.Fields older) {
    return older.values().get("scenario") instanceof Value.Fields scenario
        ? older.with("scenario", scenarioWithOwnDevicesOnly(scenario))
        : older;
  }

  private static Value.Fields scenarioWithOwnDevicesOnly(Value.Fields scenario) {
    Value.Fields all = scenario.with("verify", unverified());
    all = each(all, "vms", SavedSystemUpgrades::openMachine);
    all = each(all, "channels", SavedSystemUpgrades::unservedChannel);
    return each(all, "networks", network -> network.with("far", NONE));
  }

  /** A folder may be for one machine alone. */
  static Value.Fields withFoldersForAll(Value.Fields older) {
    return older.values().get("scenario") instanceof Value.Fields scenario
        ? older.with("scenario", each(scenario, "vms", SavedSystemUpgrades::foldersForAll))
        : older;
  }

  private static Value.Fields foldersForAll(Value.Fields vm) {
    return each(vm, "shares", share -> share.with("exclusive", Value.of(false)));
  }

  private static Value unverified() {
    Value noText = new Value.Text("", Value.MADE);
    return made(
        "VerifyRule",
        Map.of("required", Value.of(false), "signer", NONE, "except", NONE, "text", noText));
  }

  private static Value.Fields openMachine(Value.Fields vm) {
    return vm.with("secrecy", made("Secrecy", Map.of("secret", Value.of(false), "allowed", NONE)))
        .with("serials", NONE)
        .with("sensors", NONE)
        .with("remotePanel", NONE);
  }

  private static Value.Fields unservedChannel(Value.Fields channel) {
    Value endpoint = made("ChannelDevice.Endpoint", Map.of());
    return each(channel, "endpoints", end -> end.with("device", endpoint));
  }

  private static Value.Fields made(String record, Map<String, Value> fields) {
    return new Value.Fields(record, fields, Value.MADE);
  }

  private static Value.Fields each(
      Value.Fields in, String key, UnaryOperator<Value.Fields> change) {
    return in.values().get(key) instanceof Value.Listing items
        ? in.with(key, Value.of(items.items().stream().map(item -> changed(item, change)).toList()))
        : in;
  }

  private static Value changed(Value item, UnaryOperator<Value.Fields> change) {
    return item instanceof Value.Fields fields ? change.apply(fields) : item;
  }
}
