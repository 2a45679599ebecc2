package atoll.manager;

import atoll.engine.SharedCode;
import atoll.host.HostException;
import atoll.host.PlatformClock;
import atoll.host.Timers;
import atoll.image.RefusedException;
import atoll.kernel.VcpuState;
import atoll.migration.MovingSystem.Afterwards;
import atoll.vmm.VcpuReport;
import atoll.vmm.VirtualMachine;
import atoll.vmm.VmException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/**
 * Lets the copies of a saved system begin one after the other. The first goes on alone until it has
 * done what a guest does that finds itself in a machine anew; the others begin with the code that
 * was translated for that. So many of them are at work at once that the host is busy: all at once
 * would only keep one another waiting. Thread-safe.
 */
final class CopyStart implements AutoCloseable {
  /** How often the copies are looked at. */
  private static final long LOOK = Duration.ofMillis(4).toNanos();

  /** How often in a row the first one must have waited, and another one. */
  private static final int CALM_FIRST = 10;

  private static final int CALM = 3;

  /** Nobody waits for a copy any longer, the first and another one. */
  private static final long PATIENCE_FIRST = Duration.ofSeconds(2).toNanos();

  private static final long PATIENCE = Duration.ofMillis(300).toNanos();

  /** After that the translated code is offered to nobody any more. */
  private static final long OFFERED = Duration.ofSeconds(30).toNanos();

  private static final Set<VcpuState> AT_REST =
      EnumSet.of(VcpuState.HALTED, VcpuState.STOPPED, VcpuState.PAUSED);

  private final Timers timers;
  private final PlatformClock clock;
  private final int atOnce;
  private final Runnable begun;
  private final Map<String, SharedCode> shared = new HashMap<>();

  /** Whether there are copies that have not begun; told of without a lock. */
  private volatile boolean pending = true;

  // Guarded by this.
  private final List<Copy> waiting = new ArrayList<>();
  private final List<Copy> busy = new ArrayList<>();
  private boolean offered;

  /** A copy: its machines, and what is known of them since they have begun. */
  private static final class Copy {
    final List<VmSupervisor> vms = new ArrayList<>();
    long until;
    int calm;

    boolean isCalm(int looks) {
      calm = vms.stream().allMatch(Copy::rests) ? calm + 1 : 0;
      return calm >= looks;
    }

    private static boolean rests(VmSupervisor vm) {
      return vm.machine().stream()
          .flatMap(machine -> machine.vcpus().stream())
          .map(VcpuReport::state)
          .allMatch(AT_REST::contains);
    }
  }

  /**
   * @param timers of the platform's time, and {@code clock} that time
   * @param atOnce how many copies are at work at once
   * @param begun called once all have begun
   */
  CopyStart(Timers timers, PlatformClock clock, int atOnce, Runnable begun) {
    this.begun = begun;
    this.timers = timers;
    this.clock = clock;
    this.atOnce = atOnce;
  }

  /** The code that the copies of a machine share, by its name in the snapshot. */
  SharedCode shared(String origin) {
    return shared.computeIfAbsent(origin, name -> new SharedCode());
  }

  /** Whether there are copies that have not begun. */
  boolean pending() {
    return pending;
  }

  /** Begins. */
  synchronized void begin(List<VmSupervisor> vms) {
    Map<Integer, Copy> copies = new TreeMap<>();
    for (VmSupervisor vm : vms) {
      int number = Forks.copy(vm.description().name());
      copies.computeIfAbsent(number, none -> new Copy()).vms.add(vm);
    }
    waiting.addAll(copies.values());
    if (!waiting.isEmpty()) {
      beginNext(PATIENCE_FIRST);
    }
    later();
  }

  private void beginNext(long patience) {
    Copy next = waiting.removeFirst();
    next.until = clock.nanos() + patience;
    next.vms.forEach(VmSupervisor::startFirst);
    busy.add(next);
  }

  private void later() {
    if (waiting.isEmpty()) {
      pending = false;
      begun.run();
    } else {
      Timers.Armed ignored = timers.at(clock.nanos() + LOOK, this::look);
    }
  }

  private synchronized void look() {
    long now = clock.nanos();
    int looks = offered ? CALM : CALM_FIRST;
    List<Copy> done = busy.stream().filter(copy -> copy.isCalm(looks) || now > copy.until).toList();
    if (!offered && !done.isEmpty()) {
      offered = true;
      done.getFirst().vms.forEach(this::offer);
      Timers.Armed ignored = timers.at(now + OFFERED, this::close);
    }
    busy.removeAll(done);
    while (offered && busy.size() < atOnce && !waiting.isEmpty()) {
      beginNext(PATIENCE);
    }
    later();
  }

  private void offer(VmSupervisor vm) {
    SharedCode code = shared.get(Forks.origin(vm.description().name()));
    vm.machine()
        .ifPresent(life -> {
          try {
            Afterwards ignored = vm.whileHeld(life, () -> offer(life, code));
          } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
          } catch (RefusedException | VmException | HostException e) {
            // Its life is over, or there is no room: then each copy translates for itself.
          }
        });
  }

  private static Afterwards offer(VirtualMachine life, SharedCode code) {
    code.offer(life.code());
    return Afterwards.GOES_ON;
  }

  /** Gives back what was kept for copies. */
  @Override
  public void close() {
    shared.values().forEach(SharedCode::close);
  }
}
