package atoll.scenario;

import atoll.image.RefusedException;
import java.util.List;
import java.util.Objects;
import java.util.OptionalInt;
import java.util.stream.IntStream;

/**
 * The platform that virtual machines share.
 *
 * @param cpus physical CPUs of the platform; the n-th has the number n
 * @param memory bytes of machine memory, a multiple of 4096
 * @param clock what its time is
 */
public record PlatformDescription(List<PcpuDescription> cpus, long memory, ClockKind clock) {
  /** Most physical CPUs; each is a thread of this process. */
  public static final int MAX_CPUS = 64;

  /** Bytes of a page; every size of memory is a multiple. */
  public static final long PAGE = 4096;

  /** As much memory as anybody wants. */
  public static final long UNLIMITED = Long.MAX_VALUE / PAGE * PAGE;

  /** What a machine's time is. */
  public enum ClockKind {
    /** The host's monotonic clock. */
    HOST
  }

  public PlatformDescription {
    cpus = List.copyOf(cpus);
    Objects.requireNonNull(clock, "clock");
    if (cpus.isEmpty() || cpus.size() > MAX_CPUS) {
      throw new RefusedException(
          "a machine has 1 to %d CPUs, not %d; choose a number in between"
              .formatted(MAX_CPUS, cpus.size()));
    }
    for (int n = 0; n < cpus.size(); n++) {
      if (cpus.get(n).number() != n) {
        throw new RefusedException(
            "CPU %d has the number %d; number them from 0 in their order"
                .formatted(n, cpus.get(n).number()));
      }
    }
    requirePages(memory);
  }

  /** One with as much memory as anybody wants, and a CPU for each vCPU of a machine. */
  static PlatformDescription of(int vcpus) {
    CpuPolicy policy = CpuPolicy.ofMachine(vcpus);
    return new PlatformDescription(
        IntStream.range(0, vcpus)
            .mapToObj(n -> new PcpuDescription(n, policy, OptionalInt.empty()))
            .toList(),
        UNLIMITED,
        ClockKind.HOST);
  }

  /** Throws unless that many bytes are whole pages, and some. */
  static void requirePages(long bytes) {
    if (bytes <= 0 || bytes % PAGE != 0) {
      throw new RefusedException(
          "%d bytes of memory are not a whole number of pages of %d bytes; give 512M or the like"
              .formatted(bytes, PAGE));
    }
  }
}
