package atoll.api;

import java.time.Duration;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/**
 * What a VM has done in all its lives; each number is a recent one, exact while it is paused or has
 * ended.
 *
 * @param instructions retired by all harts
 * @param cpuTime time of physical CPUs that its vCPUs have had, exits included
 * @param resets how often it has started again after a reset of its own
 * @param restarts how often its restart policy has started it since an operator last did
 * @param exits from guest code by reason, such as {@code mmio-write} and {@code halt}
 * @param exceptions traps that its guest has taken, by cause
 * @param interrupts the same for interrupts
 * @param hypercalls SBI calls by extension
 * @param devices accesses to devices, by address
 * @param unmapped accesses outside memory that met no device
 */
public record VmStatistics(
    long instructions,
    Duration cpuTime,
    long resets,
    int restarts,
    Map<String, Exits> exits,
    Map<String, Long> exceptions,
    Map<String, Long> interrupts,
    Map<String, Long> hypercalls,
    List<DeviceAccesses> devices,
    long unmapped) {
  /**
   * Exits of one reason.
   *
   * @param count how many
   * @param time spent on them outside guest code; of {@code halt}, waiting
   * @param longest that one of them held its physical CPU at a stretch
   */
  public record Exits(long count, Duration time, Duration longest) {
    /** Requires all. */
    public Exits {
      Objects.requireNonNull(time, "time");
      Objects.requireNonNull(longest, "longest");
    }
  }

  /**
   * Accesses to one device.
   *
   * @param device its name
   * @param base guest-physical address
   * @param reads loads that it served
   * @param writes stores that it served
   * @param faults accesses that it does not decode
   */
  public record DeviceAccesses(String device, long base, long reads, long writes, long faults) {
    /** Requires a name. */
    public DeviceAccesses {
      Objects.requireNonNull(device, "device");
    }
  }

  /** Keeps the order of all. */
  public VmStatistics {
    Objects.requireNonNull(cpuTime, "cpuTime");
    exits = Collections.unmodifiableMap(new LinkedHashMap<>(exits));
    exceptions = Collections.unmodifiableMap(new LinkedHashMap<>(exceptions));
    interrupts = Collections.unmodifiableMap(new LinkedHashMap<>(interrupts));
    hypercalls = Collections.unmodifiableMap(new LinkedHashMap<>(hypercalls));
    devices = List.copyOf(devices);
  }

  /**
   * Exits of a reason.
   *
   * @param reason as in {@link #exits}
   * @return how many; 0 if there were none
   */
  public long exits(String reason) {
    Exits of = exits.get(reason);
    return of == null ? 0 : of.count();
  }
}
