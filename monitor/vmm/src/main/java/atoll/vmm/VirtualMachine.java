package atoll.vmm;

import atoll.kernel.KernelObject;
import atoll.kernel.Microkernel;
import atoll.kernel.Permission;
import atoll.kernel.SystemCalls;
import atoll.memory.DirtyLog;
import atoll.memory.DirtyPages;
import atoll.virtio.VirtioBalloon;
import java.lang.foreign.Arena;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicReference;

/**
 * One virtual machine: created, started, perhaps paused, ended, closed. Thread-safe.
 *
 * <p>A reset begins a new life on the same disks. vCPU threads report the end of a life, and never
 * take this object's lock. A thread of the VM handles it, since a vCPU cannot wait for itself.
 */
public final class VirtualMachine implements AutoCloseable {
  private final VmConfig config;
  private final Microkernel board;
  private final SystemCalls kernel;
  private final CompletableFuture<Outcome> outcome = new CompletableFuture<>();
  private volatile Life life;

  // Guarded by this.
  private boolean started;
  private boolean stopping;
  private boolean paused;

  /** It has the platform's time go by, or keeps it from that while it is paused. */
  private boolean timed;

  private VmStatistics past = VmStatistics.NONE;
  private long resets;

  private VirtualMachine(VmConfig config, Microkernel board) {
    this.config = config;
    this.board = board;
    kernel =
        board.createDomain(config.name(), (domain, reason, cause) -> life.threw(reason, cause));
  }

  /**
   * Makes a machine and loads its images.
   *
   * @param board whose memory, physical CPUs and clock it uses
   * @throws VmException if an image cannot be used or something does not fit
   */
  public static VirtualMachine create(VmConfig config, Microkernel board) {
    VirtualMachine vm = new VirtualMachine(config, board);
    KernelSlots.require(
        vm.kernel.createSemaphore(KernelSlots.ENDED, config.name() + "/ended", 0),
        "create a semaphore");
    try {
      vm.grantChannels();
      vm.life = vm.new Life();
      return vm;
    } catch (RuntimeException e) {
      vm.closeDomain();
      throw e;
    }
  }

  /** Less than everything: to map the memory, to be rung at one end and to ring at the other. */
  private void grantChannels() {
    for (int n = 0; n < config.channels().size(); n++) {
      ChannelPort port = config.channels().get(n);
      KernelSlots.ChannelSlots slots = KernelSlots.channel(n);
      int access = Permission.READ | (port.writable() ? Permission.WRITE : 0);
      grant(port.memory(), slots.memory(), access);
      grant(port.in().bell(), slots.in(), Permission.BIND);
      int ring = Permission.SIGNAL | (port.donates() ? Permission.DONATE : 0);
      grant(port.out().bell(), slots.out(), ring);
    }
  }

  private void grant(KernelObject object, int slot, int permissions) {
    KernelSlots.require(board.grant(object, kernel, slot, permissions), "grant " + object.name());
  }

  /**
   * The device tree blob that a machine so configured finds, without making it.
   *
   * @throws VmException if an image cannot be used or something does not fit
   */
  public static byte[] deviceTree(VmConfig config) {
    try (Arena arena = Arena.ofConfined()) {
      Bootloader loader = new Bootloader(config, arena);
      loader.plan();
      return loader.deviceTree();
    }
  }

  /** Whether a machine so configured could be booted from its files as they are now. */
  public static BootCheck check(VmConfig config) {
    return BootCheck.of(config);
  }

  /**
   * Lets it run; once. One that has been stopped meanwhile ends at once: the caller need not know
   * whether it has been started.
   */
  public synchronized void start() {
    if (started || outcome.isDone()) {
      throw new IllegalStateException(config.name() + " has been started or closed before");
    }
    started = true;
    if (!stopping) {
      timed = true;
      board.time().begin();
      if (paused) {
        board.time().pause();
      }
      life.machine.start();
    }
    config.effects().tasks().start(config.name() + "/lifecycle", this::live);
  }

  /** The outcome, once the machine has ended; waits for it. */
  public Outcome awaitEnd() throws InterruptedException {
    return awaitEnd(Duration.ofNanos(Long.MAX_VALUE)).orElseThrow();
  }

  /** The outcome, or empty if the machine still runs after {@code limit}. */
  public Optional<Outcome> awaitEnd(Duration limit) throws InterruptedException {
    try {
      return Optional.of(outcome.get(limit.toNanos(), TimeUnit.NANOSECONDS));
    } catch (TimeoutException e) {
      return Optional.empty();
    } catch (ExecutionException e) {
      throw new IllegalStateException(
          "the end does not complete with an error: " + config.name(), e);
    }
  }

  /** Ends the run with {@link Outcome.Stopped}; returns without waiting for that. */
  public synchronized void stop() {
    stopping = true;
    life.end(new Outcome.Stopped());
  }

  /** Ends the present life as a guest's reset does: {@link VmConfig.OnReset} says what follows. */
  public synchronized void reset() {
    life.end(new Outcome.Reset());
  }

  /**
   * Holds harts and devices; returns once they stand still. The platform's time goes on for its
   * other machines; once all of them are paused, it stands still.
   */
  public synchronized void pause() throws InterruptedException {
    if (life.ending.get() == null) {
      life.machine.pause();
      if (timed && !paused) {
        board.time().pause();
      }
      paused = true;
    }
  }

  /** Ends a {@link #pause}. */
  public synchronized void resume() {
    if (life.ending.get() == null) {
      resumeTime();
      life.machine.resume();
    }
  }

  private void resumeTime() {
    if (timed && paused) {
      board.time().resume();
    }
    paused = false;
  }

  /** Time need not go by for this machine any more. */
  private synchronized void leaveTime() {
    resumeTime();
    if (timed) {
      board.time().end();
    }
    timed = false;
  }

  /**
   * Holds one vCPU until {@link #resumeVcpu}, whatever becomes of the others; a reset ends it, too.
   * It may still be leaving guest code when this returns.
   *
   * @throws VmException if there is no vCPU of that number
   */
  public synchronized void pauseVcpu(int number) {
    requireVcpu(number);
    if (life.ending.get() == null) {
      life.machine.pause(number);
    }
  }

  /** Ends a {@link #pauseVcpu}; if the machine is paused, it goes on with the others. */
  public synchronized void resumeVcpu(int number) {
    requireVcpu(number);
    if (life.ending.get() == null) {
      life.machine.resume(number);
    }
  }

  /**
   * Whether a vCPU is held by {@link #pauseVcpu}.
   *
   * @throws VmException if there is no vCPU of that number
   */
  public synchronized boolean vcpuPaused(int number) {
    requireVcpu(number);
    return life.machine.held(number);
  }

  private void requireVcpu(int number) {
    if (number < 0 || number >= config.cpus()) {
      throw new VmException(
          "%s has no vCPU %d; its vCPUs are 0 to %d"
              .formatted(config.name(), number, config.cpus() - 1));
    }
  }

  /** What each vCPU is doing. */
  public List<VcpuReport> vcpus() {
    return life.machine.vcpus();
  }

  /**
   * Asks the guest of a machine with paged memory to give {@code bytes} in all to the host; it may
   * take its time, or not do it. A reset forgets that.
   *
   * @throws VmException if the machine's memory is not paged, or not as much
   */
  public void balloon(long bytes) {
    VirtioBalloon balloon = requireBalloon();
    if (bytes >= config.memory()) {
      throw new VmException(
          "%s has %d KiB of RAM in all and cannot give %d KiB; ask for less"
              .formatted(config.name(), config.memory() >> 10, bytes >> 10));
    }
    balloon.target(bytes);
  }

  /**
   * Whether the guest has a driver that receives {@link #balloon} requests.
   *
   * @throws VmException if the machine's memory is not paged
   */
  public boolean balloonDriven() {
    return requireBalloon().driven();
  }

  private VirtioBalloon requireBalloon() {
    return life.machine
        .balloon()
        .orElseThrow(() ->
            new VmException(
                config.name() + " has contiguous memory, which stays its own; make it paged"));
  }

  /** The memory use of a VM that has a balloon. */
  public Optional<VirtioBalloon.Statistics> balloonStatistics() {
    return life.machine.balloon().map(VirtioBalloon::statistics);
  }

  /**
   * How much of its memory is written to in the time to come, by its harts and devices; waits that
   * long, or until it ends.
   *
   * @throws VmException if its life is over before, or somebody else follows its writes
   */
  public WriteSample writtenWithin(Duration period) throws InterruptedException {
    Life followed = beginToFollow();
    DirtyLog log = followed.machine.log();
    try {
      Optional<Outcome> end = awaitEnd(period);
      DirtyPages written = log.collect();
      if (end.isPresent() || followed.ending.get() != null) {
        throw new VmException(config.name() + " has ended or was reset meanwhile; try again");
      }
      return WriteSample.of(written, period);
    } finally {
      log.stop();
    }
  }

  private synchronized Life beginToFollow() {
    try {
      life.machine.log().start();
    } catch (IllegalStateException e) {
      throw new VmException(
          "the writes of %s are being followed already; wait until that is done"
              .formatted(config.name()));
    }
    return life;
  }

  /** What its guest has caused in this life that was done in steps. */
  public WorkSteps workSteps() {
    return life.machine.workSteps();
  }

  /** The registers of each hart; exact while the machine is paused. */
  public List<Outcome.HartReport> registers() {
    return life.machine.registers();
  }

  /** The present life, for experiments and tests in this package. */
  Machine machine() {
    return life.machine;
  }

  /** What it has done so far. */
  public synchronized VmStatistics statistics() {
    VmStatistics all = life.settled ? past : past.plus(life.machine.statistics());
    return all.withResets(resets);
  }

  /** Stops it if it runs, and gives everything back but the statistics. */
  @Override
  public void close() {
    stop();
    try {
      if (isStarted()) {
        Outcome ignored = awaitEnd();
      } else {
        outcome.complete(settle());
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    closeDomain();
  }

  private synchronized boolean isStarted() {
    return started;
  }

  private void closeDomain() {
    try {
      KernelSlots.require(kernel.close(), "close the domain");
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /** Acts on the ends of lives; on a thread of its own. */
  private void live() {
    Outcome end = lives();
    leaveTime();
    outcome.complete(end);
  }

  /** Sees one life after another to its end. */
  private Outcome lives() {
    try {
      Outcome end = settle();
      while (end instanceof Outcome.Reset && config.onReset() == VmConfig.OnReset.RESTART) {
        end = restart() ? settle() : new Outcome.Stopped();
      }
      return end;
    } catch (InterruptedException e) {
      return new Outcome.Stopped();
    } catch (VmException e) {
      return new Outcome.Failed(e.getMessage());
    } catch (RuntimeException | Error e) {
      return new Outcome.Failed("its monitor stopped: " + e, List.of(), Optional.of(e));
    }
  }

  /** Waits for the end of the present life, takes its numbers, and clears it away. */
  private Outcome settle() throws InterruptedException {
    KernelSlots.require(kernel.down(KernelSlots.ENDED, Long.MAX_VALUE), "wait for the end");
    KernelSlots.require(kernel.awaitIdle(), "wait for vCPUs");
    Outcome end = life.ending.get();
    if (end instanceof Outcome.Failed failed) {
      end = new Outcome.Failed(failed.reason(), life.machine.registers(), failed.cause());
    }
    synchronized (this) {
      past = past.plus(life.machine.statistics());
      life.settled = true;
      life.machine.close();
    }
    return end;
  }

  /** Begins the next life, unless there is to be none. */
  private synchronized boolean restart() {
    if (stopping) {
      return false;
    }
    resets++;
    life = new Life();
    resumeTime();
    life.machine.start();
    return true;
  }

  /** From power-on to the end or a reset. */
  private final class Life implements MachineEvents {
    private final AtomicReference<Outcome> ending = new AtomicReference<>();
    private final Machine machine = new Machine(config, kernel, board.clock(), this);
    private boolean settled;

    /** The first end counts. */
    void end(Outcome how) {
      if (ending.compareAndSet(null, how)) {
        kernel.stopAll();
        KernelSlots.require(kernel.up(KernelSlots.ENDED), "tell of the end");
      }
    }

    @Override
    public void poweroff(int code) {
      end(new Outcome.Poweroff(code));
    }

    @Override
    public void reset() {
      end(new Outcome.Reset());
    }

    @Override
    public void panic() {
      end(new Outcome.Panic());
    }

    @Override
    public void failed(String reason) {
      end(new Outcome.Failed(reason));
    }

    @Override
    public void noticed(String text) {
      Runnable telling = () -> config.notices().accept(text);
      config.effects().tasks().start(config.name() + " notice", telling);
    }

    @Override
    public void watchdog() {
      end(new Outcome.Watchdog());
    }

    void threw(String reason, Throwable cause) {
      end(new Outcome.Failed(reason, List.of(), Optional.of(cause)));
    }
  }
}
