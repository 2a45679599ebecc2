package atoll.debug;

import atoll.engine.Advance;
import atoll.engine.StopCause;
import atoll.engine.StopPoints;
import atoll.kernel.VcpuState;
import atoll.vmm.MachineDebug;
import atoll.vmm.Outcome;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;

/** One VM in a session: whether the debugger has it, whether it runs, and where it is to stop. */
final class Inferior implements DebugTarget.Listener {
  private final int process;
  private final DebugTarget target;
  private final Runnable wake;
  private final PointTable points = new PointTable();
  private boolean attached;
  private boolean running;

  /** The hart whose stop the debugger has been told of: it gets past that when it goes on. */
  private Optional<Integer> told = Optional.empty();

  /** A hart has stopped since any went on. */
  private volatile boolean stopped;

  private volatile Optional<Outcome> end = Optional.empty();

  /**
   * @param process its number in the protocol, from 1
   * @param wake has the session look again; any thread
   */
  Inferior(int process, DebugTarget target, Runnable wake) {
    this.process = process;
    this.target = target;
    this.wake = wake;
  }

  int process() {
    return process;
  }

  DebugTarget target() {
    return target;
  }

  PointTable points() {
    return points;
  }

  boolean attached() {
    return attached;
  }

  /** Whether the debugger has let it go on. */
  boolean running() {
    return running;
  }

  // ------------------------------------------------------------ the VM tells

  @Override
  public void stopped() {
    stopped = true;
    wake.run();
  }

  @Override
  public void ended(Outcome how) {
    end = Optional.of(how);
    wake.run();
  }

  /** Whether there is something to tell the debugger. */
  boolean eventful() {
    return attached && (stopped || end.isPresent());
  }

  /** How its life ended, if it has. */
  Optional<Outcome> end() {
    return end;
  }

  // ------------------------------------------------------------ the session wants

  /** Takes it, and has it stand still. */
  void attach() throws InterruptedException {
    end = Optional.empty();
    target.attach(this);
    attached = true;
    running = true;
    halt();
  }

  /** Lets it go on, as if it had never been attached. */
  void detach() {
    if (attached) {
      attached = false;
      running = false;
      points.clear();
      target.detach();
    }
  }

  /** Its life is over. */
  void forget() {
    detach();
    end = Optional.empty();
  }

  void halt() throws InterruptedException {
    target.halt();
    running = false;
    told = Optional.empty();
  }

  /** Begins another life; it is there before its first instruction. */
  void restart() throws InterruptedException {
    end = Optional.empty();
    target.restart(this);
    attached = true;
    running = false;
    told = Optional.empty();
  }

  /** The hart that has stopped by itself, which the debugger is told of now. */
  Optional<MachineDebug.Stop> stop() {
    Optional<MachineDebug.Stop> stop = stopped ? target.life().stop() : Optional.empty();
    told = stop.map(MachineDebug.Stop::hart);
    stopped = false;
    return stop;
  }

  /**
   * Lets harts go on.
   *
   * @return false if that is over at once: a step was made here, or by a hart that is not started
   */
  boolean proceed(Map<Integer, Advance> harts) {
    stopped = false;
    if (harts.entrySet().stream().allMatch(this::idle)) {
      return false;
    }
    StopPoints set = points.points();
    if (harts.size() == 1 && stepsAtOnce(harts.entrySet().iterator().next(), set)) {
      stopped = true;
      return false;
    }
    running = true;
    target.proceed(harts, set, told);
    return true;
  }

  private boolean stepsAtOnce(Map.Entry<Integer, Advance> going, StopPoints set) {
    return going.getValue() instanceof Advance.Step step
        && step.from() == step.until()
        && !step.interrupts()
        && target.step(going.getKey(), set, told.equals(Optional.of(going.getKey())));
  }

  private boolean idle(Map.Entry<Integer, Advance> going) {
    return going.getValue() instanceof Advance.Step
        && target.life().state(going.getKey()) == VcpuState.STOPPED;
  }

  /** The part of a stop reply that says why. */
  String reason(MachineDebug.Stop stop) {
    return switch (Objects.requireNonNull(stop.cause())) {
      case StopCause.Breakpoint() ->
          points.breakpointReason(target.life().register(stop.hart(), "pc")) + ":;";
      case StopCause.Watchpoint(long address, boolean store) ->
          "%s:%x;".formatted(points.watchpointReason(address), address);
      case StopCause.Stepped _, StopCause.Unhandled _ -> "";
    };
  }
}
