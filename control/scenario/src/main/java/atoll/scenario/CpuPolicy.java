package atoll.scenario;

import atoll.image.RefusedException;
import java.time.Duration;
import java.util.List;

/** By which rule a physical CPU chooses among its vCPUs. */
public sealed interface CpuPolicy {
  /**
   * That of a machine's CPUs if its user says nothing: several share the host's processors, of
   * which there may be fewer.
   */
  static CpuPolicy ofMachine(int vcpus) {
    return vcpus == 1 ? new Dedicated() : new Pool();
  }

  /** As it is written in a scenario. */
  String name();

  /** Whether it promises when a vCPU that is ready runs, and not only how much. */
  default boolean isPunctual() {
    return this instanceof Priority || this instanceof Cyclic;
  }

  /** One vCPU has the whole CPU. */
  record Dedicated() implements CpuPolicy {
    @Override
    public String name() {
      return "dedicated";
    }
  }

  /** All in turn, each for a slice. */
  record RoundRobin(Duration slice) implements CpuPolicy {
    public RoundRobin {
      requirePositive(slice, "a slice");
    }

    @Override
    public String name() {
      return "round-robin";
    }
  }

  /**
   * Time in proportion to weights (borrowed virtual time).
   *
   * @param slice for which one runs before another that is behind gets its turn
   */
  record Fair(Duration slice) implements CpuPolicy {
    /** With the slice of which nobody says otherwise. */
    public static final Fair USUAL = new Fair(Duration.ofMillis(4));

    public Fair {
      requirePositive(slice, "a slice");
    }

    @Override
    public String name() {
      return "fair";
    }
  }

  /**
   * All CPUs of this policy are one pool: a vCPU on one of them runs on whichever is free, in
   * proportion to weights. They have no more threads than the host has processors.
   */
  record Pool() implements CpuPolicy {
    @Override
    public String name() {
      return "pool";
    }
  }

  /** The highest priority that has something to do and budget left. */
  record Priority() implements CpuPolicy {
    @Override
    public String name() {
      return "priority";
    }
  }

  /**
   * A fixed timetable that repeats (ARINC 653): a virtual machine runs in its windows and at no
   * other time.
   *
   * @param frame after which it begins again
   * @param windows in any order
   */
  record Cyclic(Duration frame, List<Window> windows) implements CpuPolicy {
    public Cyclic {
      requirePositive(frame, "a frame");
      windows = List.copyOf(windows);
    }

    @Override
    public String name() {
      return "cyclic";
    }
  }

  /**
   * A part of a frame that belongs to one virtual machine.
   *
   * @param vm its name
   * @param offset from the beginning of the frame
   */
  record Window(String vm, Duration offset, Duration duration) {
    /** Guest code is left only at boundaries between its blocks, which takes a part of a window. */
    public static final Duration SHORTEST = Duration.ofNanos(100_000);

    public Window {
      if (duration.compareTo(SHORTEST) < 0) {
        throw new RefusedException(
            "a window must last %s or longer, not %s".formatted(SHORTEST, duration));
      }
      if (offset.isNegative()) {
        throw new RefusedException(
            "a window cannot begin %s before its frame; give an offset from 0".formatted(offset));
      }
    }

    /** From the beginning of the frame. */
    public Duration end() {
      return offset.plus(duration);
    }
  }

  private static void requirePositive(Duration time, String what) {
    if (time.isZero() || time.isNegative()) {
      throw new RefusedException(
          "%s must be longer than %s; give 5ms or the like".formatted(what, time));
    }
  }
}
