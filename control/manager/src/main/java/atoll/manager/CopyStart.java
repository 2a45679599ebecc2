package atoll.manager;

import atoll.engine.SharedCode;
import atoll.engine.Tuning;
import atoll.host.HostException;
import atoll.host.PlatformClock;
import atoll.host.Tasks;
import atoll.host.Timers;
import atoll.image.RefusedException;
import atoll.migration.MovingSystem.Afterwards;
import atoll.vmm.VirtualMachine;
import atoll.vmm.VmException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
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

  /** Nobody waits for a copy that has been at work longer, the first and another one. */
  private static final long PATIENCE_FIRST = Duration.ofSeconds(2).toNanos();

  private static final long PATIENCE = Duration.ofMillis(300).toNanos();

  /** Nor for one that the host has kept from its work for so many times as long. */
  private static final int MOST_PATIENCE = 10;

  /** How often somebody looks whether the translated code is still wanted. */
  private static final long LOOK_LATER = Duration.ofMillis(500).toNanos();

  /** After that it is not: a copy that has idled for half of this has given it up. */
  private static final long OFFERED = 2 * Tuning.DEFAULT.idle();

  private final Timers timers;
  private final PlatformClock clock;
  private final Tasks tasks;
  private final int atOnce;
  private final Runnable begun;
  private final Map<String, SharedCode> shared = new HashMap<>();

  /** Whether there are copies that have not begun; told of without a lock. */
  private volatile boolean pending = true;

  // Guarded by this.
  private final List<Copy> waiting = new ArrayList<>();
  private final List<Copy> busy = new ArrayList<>();

  /** All but the first. */
  private final List<Copy> others = new ArrayList<>();

  private boolean offering;
  private boolean offered;

  /** A copy: its machines, and what is known of them since they have begun. */
  private static final class Copy {
    final List<VmSupervisor> vms = new ArrayList<>();
    private long patience;
    private long until;
    private long last;
    private int calm;

    void begin(long now, long patient) {
      patience = patient;
      until = now + patient;
      last = now + MOST_PATIENCE * patient;
      vms.forEach(VmSupervisor::startFirst);
    }

    boolean isOver() {
      return vms.stream().noneMatch(VmSupervisor::hasLife);
    }

    /** Whether nobody waits for it, since it has waited at so many looks or is at work too long. */
    boolean isDone(long now, int looks) {
      calm = vms.stream().allMatch(Copy::rests) ? calm + 1 : 0;
      return calm >= looks || now > until && !isStarved(now);
    }

    /** Whether it has not been at work for as long as it is waited for: the host is busy. */
    private boolean isStarved(long now) {
      long worked = vms.stream().mapToLong(Copy::worked).sum();
      until = Math.min(now + patience - worked, last);
      return worked > 0 && now < until;
    }

    private static long worked(VmSupervisor vm) {
      return vm.machine().map(VirtualMachine::hostCpuNanos).orElse(0L);
    }

    private static boolean rests(VmSupervisor vm) {
      return vm.machine().map(VirtualMachine::rests).orElse(true);
    }
  }

  /**
   * @param timers of the platform's time, and {@code clock} that time
   * @param tasks where the translated code is taken from the first
   * @param atOnce how many copies are at work at once
   * @param begun called once all have begun
   */
  CopyStart(Timers timers, PlatformClock clock, Tasks tasks, int atOnce, Runnable begun) {
    this.tasks = tasks;
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
    if (waiting.size() > 1) {
      await(true);
    }
    if (!waiting.isEmpty()) {
      beginNext(PATIENCE_FIRST);
    }
    others.addAll(waiting);
    later();
  }

  private void await(boolean yes) {
    shared.values().forEach(code -> code.await(yes));
  }

  private void beginNext(long patience) {
    Copy next = waiting.removeFirst();
    next.begin(clock.nanos(), patience);
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
    List<Copy> done = busy.stream().filter(copy -> copy.isDone(now, looks)).toList();
    if (!offering && !done.isEmpty()) {
      offering = true;
      tasks.start("code of the first copy", () -> offer(done.getFirst()));
    }
    busy.removeAll(done);
    while (offered && busy.size() < atOnce && !waiting.isEmpty()) {
      beginNext(PATIENCE);
    }
    later();
  }

  /** On a thread of its own: the copy is held, and megabytes are copied. */
  private void offer(Copy first) {
    try {
      first.vms.forEach(this::offer);
    } finally {
      await(false); // if its life is over
      synchronized (this) {
        offered = true;
        lookLater(clock.nanos() + OFFERED);
      }
    }
  }

  private void lookLater(long until) {
    Timers.Armed ignored = timers.at(clock.nanos() + LOOK_LATER, () -> lookWhoIsLeft(until));
  }

  /** Offers nothing any more once nobody is left who could want it. */
  private synchronized void lookWhoIsLeft(long until) {
    if (clock.nanos() > until || waiting.isEmpty() && others.stream().allMatch(Copy::isOver)) {
      close();
    } else {
      lookLater(until);
    }
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
