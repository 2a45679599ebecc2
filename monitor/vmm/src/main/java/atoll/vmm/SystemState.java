package atoll.vmm;

import atoll.state.StateFormat;
import atoll.state.Value;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * A whole system that stands still: values only, nothing of the process that it ran in. Its memory
 * and its disks are kept beside it.
 *
 * @param time what the platform's clock shows: all times in here are of it
 * @param vms the machines
 * @param channels between them
 */
public record SystemState(Time time, List<VmState> vms, List<ChannelState> channels) {
  /** How it is written. A change of any record in it makes a new version, with an upgrade. */
  public static final StateFormat<SystemState> FORMAT =
      new StateFormat<>(
          "ATOLL-STATE",
          SystemState.class,
          1,
          List.of(
              older -> older, // to 2: a device more, the shared folder, which no older one has
              SystemState::withRequests, // to 3: several requests in flight
              SystemState::withBells)); // to 4: channels with more than two ends

  /**
   * What a platform's clock shows.
   *
   * @param nanos since the platform began
   * @param epochNanos since 1970: the date that its guests see
   */
  public record Time(long nanos, long epochNanos) {
    public Time {
      if (nanos < 0) {
        throw new IllegalArgumentException("a platform's time is not negative: " + nanos);
      }
    }
  }

  /** Version 2 had one request of a queue under way at most, and its number in the queue. */
  static Value.Fields withRequests(Value.Fields older) {
    Value.Fields fields = older;
    for (Map.Entry<String, Value> field : older.values().entrySet()) {
      fields = fields.with(field.getKey(), below(field.getValue()));
    }
    if (!older.type().equals("SplitQueue.State")
        || !(older.values().get("underway") instanceof Value.Whole underway)) {
      return fields;
    }
    List<Value> requests = new ArrayList<>();
    if (underway.value() >= 0) {
      Value.Fields request =
          new Value.Fields(
              "SplitQueue.Request",
              Map.of(
                  "head", underway,
                  "read", older.values().getOrDefault("read", Value.of(0)),
                  "written", older.values().getOrDefault("written", Value.of(0))),
              Value.MADE);
      requests.add(request);
    }
    return fields
        .without("underway")
        .without("read")
        .without("written")
        .with("requests", Value.of(requests));
  }

  private static Value below(Value older) {
    return switch (older) {
      case Value.Listing listing ->
          Value.of(listing.items().stream().map(SystemState::below).toList());
      case Value.Fields fields -> withRequests(fields);
      default -> older;
    };
  }

  /** Version 3 had channels of two ends: {@code forth} was rung by the first, at the second. */
  static Value.Fields withBells(Value.Fields older) {
    if (!(older.values().get("channels") instanceof Value.Listing channels)) {
      return older; // and is refused for that
    }
    return older.with(
        "channels", Value.of(channels.items().stream().map(SystemState::withBells).toList()));
  }

  private static Value withBells(Value channel) {
    if (!(channel instanceof Value.Fields fields)
        || !fields.values().containsKey("back")
        || !fields.values().containsKey("forth")) {
      return channel;
    }
    List<Value> bells = List.of(fields.values().get("back"), fields.values().get("forth"));
    return fields.without("forth").without("back").with("bells", Value.of(bells));
  }

  public SystemState {
    vms = List.copyOf(vms);
    channels = List.copyOf(channels);
  }
}
