package atoll.manager;

import atoll.debug.DebugTarget;
import atoll.engine.Advance;
import atoll.engine.StopPoints;
import atoll.image.RefusedException;
import atoll.vmm.MachineDebug;
import atoll.vmm.Outcome;
import atoll.vmm.VirtualMachine;
import atoll.vmm.VmException;
import atoll.vmm.VmStatistics;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;

/**
 * One VM under a debugger, from life to life: what it is told of a life goes on in the next one.
 * Thread-safe. Its supervisor tells it of lives; it never holds its own lock while it asks that for
 * something.
 */
final class VmDebug implements DebugTarget {
  private final VmSupervisor vm;

  /** The debugger that has it, or null. */
  private volatile Listener listener;

  // Guarded by this.
  private MachineDebug life;
  private boolean waits;
  private StopPoints wanted = StopPoints.NONE;

  /** What the life's harts know. */
  private StopPoints known = StopPoints.NONE;

  /**
   * @param waits whether the first life stands before its first instruction
   */
  VmDebug(VmSupervisor vm, boolean waits) {
    this.vm = vm;
    this.waits = waits;
  }

  // ------------------------------------------------------------ told by the supervisor

  /** A life is about to be started. */
  synchronized void begins(VirtualMachine next) {
    life = next.debug();
    life.onStop(this::met);
    life.attended(listener != null);
    known = StopPoints.NONE;
    if (!waits && wanted.equals(known)) {
      return;
    }
    try {
      life.halt();
      tell();
      if (!waits) {
        release();
      }
      waits = false;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt(); // what has not begun need not be waited for
    }
  }

  /** On a hart's thread. */
  private void met() {
    Listener told = listener;
    if (told != null) {
      told.stopped();
    }
  }

  /** There is no life any more, and none follows by itself. */
  void ended(Outcome how) {
    synchronized (this) {
      life = null;
    }
    Listener told = listener;
    if (told != null) {
      told.ended(how);
    }
  }

  private void tell() {
    if (!wanted.equals(known)) {
      life.stopPoints(wanted);
      known = wanted;
    }
  }

  private void release() {
    Map<Integer, Advance> all = new HashMap<>();
    for (int hart = 0; hart < harts(); hart++) {
      all.put(hart, new Advance.Freely());
    }
    life.proceed(all, Optional.empty());
  }

  // ------------------------------------------------------------ for debuggers

  @Override
  public String name() {
    return vm.description().name();
  }

  @Override
  public int harts() {
    return vm.description().vcpus();
  }

  @Override
  public synchronized boolean alive() {
    return life != null;
  }

  @Override
  public synchronized void attach(Listener debugger) {
    if (life == null) {
      throw new RefusedException("%s does not run; start it first".formatted(name()));
    }
    take(debugger);
  }

  private void take(Listener debugger) {
    if (listener != null && !listener.equals(debugger)) {
      throw new RefusedException("another debugger has %s; end that first".formatted(name()));
    }
    listener = debugger;
    if (life != null) {
      life.attended(true);
    }
  }

  @Override
  public synchronized void detach() {
    listener = null;
    wanted = StopPoints.NONE;
    waits = false;
    if (life == null) {
      return;
    }
    try {
      life.attended(false);
      life.halt();
      tell();
      release();
    } catch (VmException e) {
      // It has ended meanwhile.
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  @Override
  public synchronized MachineDebug life() {
    if (life == null) {
      throw new VmException(name() + " does not run");
    }
    return life;
  }

  @Override
  public void halt() throws InterruptedException {
    life().halt();
  }

  /** Single steps meet no breakpoints: they are not told of, as often they are back soon. */
  @Override
  public synchronized void proceed(
      Map<Integer, Advance> harts, StopPoints points, Optional<Integer> past) {
    MachineDebug now = life();
    boolean single = harts.values().stream().allMatch(VmDebug::single);
    if (!single || !points.watchpoints().equals(known.watchpoints())) {
      wanted = points;
      tell();
    }
    now.proceed(harts, past);
  }

  @Override
  public synchronized boolean step(int hart, StopPoints points, boolean past) {
    MachineDebug now = life();
    if (!points.watchpoints().equals(known.watchpoints())) {
      wanted = points;
      tell();
    }
    return now.step(hart, past);
  }

  private static boolean single(Advance how) {
    return how instanceof Advance.Step step && step.from() == step.until();
  }

  @Override
  public VmStatistics statistics() {
    return vm.report().statistics();
  }

  @Override
  public void restart(Listener debugger) throws InterruptedException {
    boolean alive;
    synchronized (this) {
      take(debugger);
      waits = true;
      alive = life != null;
    }
    try {
      if (alive) {
        vm.reset();
      } else {
        vm.start();
      }
    } catch (RefusedException e) {
      detach();
      throw e;
    }
  }

  @Override
  public void kill() throws InterruptedException {
    vm.stop();
  }
}
