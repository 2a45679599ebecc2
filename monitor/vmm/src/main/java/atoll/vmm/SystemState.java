package atoll.vmm;

import atoll.state.StateFormat;
import java.util.List;

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
              older -> older)); // to 2: a device more, the shared folder, which no older one has

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

  public SystemState {
    vms = List.copyOf(vms);
    channels = List.copyOf(channels);
  }
}
