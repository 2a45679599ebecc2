package atoll.manager;

import atoll.debug.DebugAddress;
import atoll.debug.DebugTarget;
import atoll.image.RefusedException;
import atoll.report.CrashReport;
import atoll.scenario.TimeAmount;
import atoll.vmm.Outcome;
import atoll.vmm.WriteSample;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Objects;

/**
 * What is seen of the inside of a VM, and changed there.
 *
 * @param <R> what comes of it
 */
public sealed interface DebugAction<R> extends VmAction<R> {
  /** The registers of each vCPU of a VM that is paused. */
  record ReadRegisters(String vm) implements DebugAction<List<Outcome.HartReport>> {}

  /**
   * A register of a VM that is paused.
   *
   * @param name pc, x0 to x31 or as the ABI calls them, f0 to f31, or a CSR's
   */
  record ReadRegister(String vm, int vcpu, String name) implements DebugAction<Long> {
    public ReadRegister {
      Objects.requireNonNull(vm, "vm");
      Objects.requireNonNull(name, "name");
    }
  }

  /** Sets a register of a VM that is paused, as far as it can be written. */
  record WriteRegister(String vm, int vcpu, String name, long value) implements DebugAction<Void> {
    public WriteRegister {
      Objects.requireNonNull(vm, "vm");
      Objects.requireNonNull(name, "name");
    }
  }

  /**
   * Bytes of a VM's memory; they may change meanwhile unless it is paused.
   *
   * @param gpa guest-physical address of the first one
   * @param length up to {@link #MOST}
   */
  record ReadMemory(String vm, long gpa, int length) implements DebugAction<Bytes> {
    /** Bytes that an action moves at most, since the VM waits meanwhile. */
    public static final int MOST = 16 << 20;

    public ReadMemory {
      Objects.requireNonNull(vm, "vm");
      if (length < 0 || length > MOST) {
        throw new RefusedException(
            "0 to %d bytes of memory are read at a time, not %d".formatted(MOST, length));
      }
    }
  }

  /**
   * Changes bytes of a VM's memory, as a device of its would.
   *
   * @param gpa guest-physical address of the first one
   */
  record WriteMemory(String vm, long gpa, Bytes bytes) implements DebugAction<Void> {
    public WriteMemory {
      Objects.requireNonNull(vm, "vm");
      Objects.requireNonNull(bytes, "bytes");
    }
  }

  /**
   * Finds out how much of its memory a VM writes to within a time, and waits for that.
   *
   * @param period {@link #SHORTEST} to {@link #LONGEST}
   */
  record SampleWrites(String vm, Duration period) implements DebugAction<WriteSample> {
    /** The shortest time that a sample can take. */
    public static final Duration SHORTEST = Duration.ofMillis(1);

    /** The longest time that a sample can take. */
    public static final Duration LONGEST = Duration.ofSeconds(60);

    public SampleWrites {
      Objects.requireNonNull(vm, "vm");
      if (period.compareTo(SHORTEST) < 0 || period.compareTo(LONGEST) > 0) {
        throw new RefusedException(
            "writes are sampled for %s to %s, not for %s"
                .formatted(
                    TimeAmount.inWords(SHORTEST),
                    TimeAmount.inWords(LONGEST),
                    TimeAmount.inWords(period)));
      }
    }
  }

  /**
   * What a VM is doing, of all its harts; one that runs is paused for a moment. Of one that has
   * none, what its last life that failed was doing.
   */
  record Examine(String vm) implements DebugAction<CrashReport> {
    public Examine {
      Objects.requireNonNull(vm, "vm");
    }
  }

  /**
   * Writes memory and registers of a VM that is paused into an ELF core, which gdb opens.
   *
   * @param file there whole or not at all; one of that name is replaced
   */
  record DumpCore(String vm, Path file) implements DebugAction<Void> {
    public DumpCore {
      Objects.requireNonNull(vm, "vm");
      Objects.requireNonNull(file, "file");
    }
  }

  /**
   * Lets a debugger debug a VM at a place, until the system is closed.
   *
   * @param where port 0 stands for any that is free
   * @return what a person types to do so
   */
  record ServeDebugger(String vm, DebugAddress where) implements DebugAction<String> {
    public ServeDebugger {
      Objects.requireNonNull(vm, "vm");
      Objects.requireNonNull(where, "where");
    }
  }

  /** The VM as a debugger in this process has it, once it attaches it: no value, but a handle. */
  record OpenDebugger(String vm) implements DebugAction<DebugTarget> {
    public OpenDebugger {
      Objects.requireNonNull(vm, "vm");
    }
  }
}
