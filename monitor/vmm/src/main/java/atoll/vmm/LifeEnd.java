package atoll.vmm;

import atoll.kernel.SystemCalls;
import atoll.state.Unsaved;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicReference;

/**
 * What ends a machine's life, whether its guest, its owner or a defect: the first cause counts. The
 * vCPUs are stopped, and whoever waits at {@link KernelSlots#ENDED} acts on it. Thread-safe; takes
 * no lock.
 */
final class LifeEnd implements MachineEvents {
  private final VmConfig config;
  private final SystemCalls kernel;
  private final MachineDebug debug;

  @Unsaved("what has ended has no state")
  private final AtomicReference<Outcome> cause = new AtomicReference<>();

  LifeEnd(VmConfig config, SystemCalls kernel, MachineDebug debug) {
    this.config = config;
    this.kernel = kernel;
    this.debug = debug;
  }

  /** Ends the life, unless something has before. */
  void reach(Outcome how) {
    if (cause.compareAndSet(null, how)) {
      kernel.stopAll();
      KernelSlots.require(kernel.up(KernelSlots.ENDED), "tell of the end");
    }
  }

  /** Whether the life has ended. */
  boolean reached() {
    return cause.get() != null;
  }

  /** What it has ended by; null before. */
  Outcome cause() {
    return cause.get();
  }

  @Override
  public void poweroff(int code) {
    reach(new Outcome.Poweroff(code));
  }

  @Override
  public void reset() {
    reach(new Outcome.Reset());
  }

  @Override
  public void panic() {
    reach(new Outcome.Panic());
  }

  @Override
  public void failed(String reason) {
    reach(new Outcome.Failed(reason));
  }

  @Override
  public void threw(String reason, Throwable thrown) {
    reach(new Outcome.Failed(reason, List.of(), Optional.of(thrown)));
  }

  @Override
  public void watchdog() {
    reach(new Outcome.Watchdog());
  }

  @Override
  public void noticed(String text) {
    Runnable telling = () -> config.notices().accept(text);
    config.effects().tasks().start(config.name() + " notice", telling);
  }

  @Override
  public boolean attended() {
    return debug.attended();
  }

  @Override
  public void stopped() {
    debug.stopped();
  }
}
