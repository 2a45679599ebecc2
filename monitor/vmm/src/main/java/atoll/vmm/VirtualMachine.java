package atoll.vmm;

import atoll.engine.HartCode;
import atoll.kernel.DetachedMemory;
import atoll.kernel.KernelObject;
import atoll.kernel.Microkernel;
import atoll.kernel.Permission;
import atoll.kernel.SystemCalls;
import atoll.memory.DirtyLog;
import atoll.memory.DirtyPages;
import atoll.state.Unsaved;
import java.time.Duration;
import java.util.BitSet;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.BiConsumer;
import java.util.function.Function;

/**
 * One life of a virtual machine, from power-on to its end: created, started, perhaps paused, ended,
 * closed. What follows a reset is its owner's business. Thread-safe.
 *
 * <p>vCPU threads report the end, and never take this object's lock. A thread of the VM handles it,
 * since a vCPU cannot wait for itself.
 */
public final class VirtualMachine implements AutoCloseable {
  private final VmConfig config;
  private final Microkernel platform;
  private final SystemCalls kernel;
  private final CompletableFuture<Outcome> outcome = new CompletableFuture<>();

  /** Set once, before the machine is seen by others. */
  private volatile Machine machine;

  // Guarded by this.
  @Unsaved("of this object's own life")
  private boolean started;

  private final TimeShare time;
  private final MachineDebug debug = new MachineDebug(this);
  private final MachineDevices devices = new MachineDevices(this);
  private final MachineValues values = new MachineValues(this);
  private final LifeEnd end;

  @Unsaved("who looks at its end")
  private volatile BiConsumer<Outcome, MachineImage> examiner = (how, image) -> {};

  /** What it has done in all; present once the machine is closed. */
  @Unsaved("for statistics")
  private Optional<VmStatistics> settled = Optional.empty();

  private VirtualMachine(VmConfig config, Microkernel platform) {
    this.config = config;
    this.platform = platform;
    kernel = platform.createDomain(config.name(), (domain, reason, cause) -> threw(reason, cause));
    time = new TimeShare(platform.time());
    end = new LifeEnd(config, kernel, debug);
  }

  /**
   * Makes a machine and loads its images.
   *
   * @param platform whose memory, physical CPUs and clock it uses
   * @throws VmException if an image cannot be used or something does not fit
   */
  public static VirtualMachine create(VmConfig config, Microkernel platform) {
    try (PlannedBoot boot = PlannedBoot.of(config)) {
      return create(config, boot, platform);
    }
  }

  /**
   * The same with a boot that has been planned for such a machine; the caller closes it.
   *
   * @throws VmException if something does not fit
   */
  public static VirtualMachine create(VmConfig config, PlannedBoot boot, Microkernel platform) {
    return new VirtualMachine(config, platform).made(Optional.of(boot.plan()), Optional.empty());
  }

  /**
   * Makes a machine that goes on where {@code state} says, once it is {@linkplain #start started}:
   * as at power-on, and then filled.
   *
   * @param config of the machine that was saved
   * @param platform whose clock shows what it did when the state was taken, or more
   * @param memory RAM as it was then; the machine's from now on, unless it has another size
   * @throws VmException if the machine cannot go on so
   */
  public static VirtualMachine restore(
      VmConfig config, Microkernel platform, VmState state, DetachedMemory memory) {
    VirtualMachine vm = new VirtualMachine(config, platform);
    boolean fits = state.memory() == config.memory() && memory.size() == config.memory();
    if (!fits || memory.gpa() != BoardPlan.RAM_BASE) {
      vm.closeDomain();
      throw new VmException(
          "%s has %d MiB of RAM, and not the %d MiB that go with the saved state"
              .formatted(config.name(), config.memory() >> 20, state.memory() >> 20));
    }
    KernelSlots.require(platform.attach(memory, vm.kernel), "take over the memory");
    return vm.made(Optional.empty(), Optional.of(state));
  }

  private VirtualMachine made(Optional<BootPlan> boot, Optional<VmState> from) {
    try {
      KernelSlots.require(
          kernel.createSemaphore(KernelSlots.ENDED, config.name() + "/ended", 0),
          "create a semaphore");
      grantChannels();
      machine = new Machine(config, boot, kernel, platform.clock(), end);
      from.ifPresent(machine::fill);
      return this;
    } catch (RuntimeException e) {
      closeDomain();
      throw e;
    }
  }

  /** Less than everything: to map the memory, to be rung at one end and to ring at the others. */
  private void grantChannels() {
    for (int n = 0; n < config.channels().size(); n++) {
      ChannelPort port = config.channels().get(n);
      KernelSlots.ChannelSlots slots = KernelSlots.channel(n);
      int access = Permission.READ | (port.writable() ? Permission.WRITE : 0);
      grant(port.memory(), slots.memory(), access);
      int ring = Permission.SIGNAL | (port.donates() ? Permission.DONATE : 0);
      for (int end = 0; end < port.bells().size(); end++) {
        boolean own = end == port.position();
        int permissions = own ? Permission.BIND | Permission.SIGNAL : ring;
        grant(port.bells().get(end).bell(), slots.bell(end), permissions);
      }
    }
  }

  private void grant(KernelObject object, int slot, int permissions) {
    KernelSlots.require(
        platform.grant(object, kernel, slot, permissions), "grant " + object.name());
  }

  /**
   * The device tree blob that a machine so configured finds, without making it.
   *
   * @throws VmException if an image cannot be used or something does not fit
   */
  public static byte[] deviceTree(VmConfig config) {
    try (PlannedBoot boot = PlannedBoot.of(config)) {
      return boot.deviceTree();
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
    if (!end.reached()) {
      time.begin();
      machine.start(time.paused());
      if (time.halted()) {
        machine.settleHarts();
      }
    }
    config.effects().tasks().start(config.name() + "/lifecycle", this::live);
  }

  /**
   * Has its end looked at while everything is still there: by {@code how}, on a thread of the VM's,
   * after a guest has run.
   */
  public void onEnd(BiConsumer<Outcome, MachineImage> how) {
    examiner = Objects.requireNonNull(how, "how");
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

  /** Ends it with {@link Outcome.Stopped}; returns without waiting for that. */
  public synchronized void stop() {
    end.reach(new Outcome.Stopped());
  }

  /** Ends it as a guest's reset does, with {@link Outcome.Reset}; returns without waiting. */
  public synchronized void reset() {
    end.reach(new Outcome.Reset());
  }

  /**
   * Holds harts and devices; returns once they stand still. The platform's time goes on for its
   * other machines; once all of them are paused, it stands still.
   */
  public synchronized void pause() throws InterruptedException {
    if (!end.reached()) {
      machine.pause();
      time.pause();
    }
  }

  /**
   * The state of a machine that is paused, beside its memory and its disks. What its guest has
   * caused and was left for later is done first.
   *
   * @throws VmException if it has ended, cannot go on, or has other memory mapped than it was made
   *     with
   */
  public synchronized VmState state() {
    requireLife();
    return machine.state();
  }

  /**
   * What each hart of a machine that is paused has translated, for machines that go on from the
   * same state.
   *
   * @throws VmException if it has ended
   */
  public synchronized List<Optional<HartCode>> code() {
    requireLife();
    return machine.code();
  }

  /**
   * Takes its RAM away from a machine that is paused, for one that goes on with it; this one is
   * only closed afterwards.
   *
   * @throws VmException if it has ended
   */
  public synchronized DetachedMemory detach() {
    requireLife();
    return platform.detach(kernel).orElseThrow();
  }

  /**
   * Follows what is written to its RAM from now on, until the caller closes what is returned.
   *
   * @throws VmException if it has ended, or somebody else follows its writes
   */
  public synchronized FollowedMemory follow() {
    requireLife();
    DirtyLog log = machine.log();
    beginToFollow(log);
    machine.prepareState(); // who follows it is about to have it stand still
    return new FollowedMemory(
        platform.contents(kernel).orElseThrow(), machine.memory().base(), log);
  }

  private void requireLife() {
    if (end.reached()) {
      throw new VmException(config.name() + " has ended, and has no state any more");
    }
  }

  /** Ends a {@link #pause}. */
  public synchronized void resume() {
    if (!end.reached()) {
      time.resume();
      machine.resume();
    }
  }

  // ------------------------------------------------------------ for a debugger

  /** What a debugger can do to it. */
  public MachineDebug debug() {
    return debug;
  }

  /** Holds it for a debugger, once it stands still; before it is started, from its start on. */
  synchronized void halt() throws InterruptedException {
    requireLife();
    if (!started) {
      machine.stopFirst();
    } else {
      machine.stop();
    }
    time.halt();
  }

  /**
   * Lets harts go on.
   *
   * @param prepare run before, while it stands still
   */
  synchronized void proceed(BitSet harts, Runnable prepare) {
    requireHalted();
    prepare.run();
    time.proceed();
    if (started) {
      machine.proceed(harts);
    } else {
      machine.beginFreely();
    }
  }

  /** Has something done while it stands still. */
  synchronized <T> T whileHalted(Function<Machine, T> work) {
    requireHalted();
    return work.apply(machine);
  }

  private void requireHalted() {
    requireLife();
    if (!time.halted()) {
      throw new VmException(config.name() + " runs; stop it first");
    }
  }

  /**
   * Keeps all vCPUs from executing, or ends that: so it does less for a while. Its devices and the
   * platform's time go on.
   */
  public synchronized void throttle(boolean held) {
    if (started && !end.reached()) {
      machine.throttle(held);
    }
  }

  /**
   * Holds one vCPU until {@link #resumeVcpu}, whatever becomes of the others. It may still be
   * leaving guest code when this returns.
   *
   * @param number 0 to one less than there are
   */
  public synchronized void pauseVcpu(int number) {
    Objects.checkIndex(number, config.cpus());
    if (!end.reached()) {
      machine.pause(number);
    }
  }

  /** Ends a {@link #pauseVcpu}; if the machine is paused, it goes on with the others. */
  public synchronized void resumeVcpu(int number) {
    Objects.checkIndex(number, config.cpus());
    if (!end.reached()) {
      machine.resume(number);
    }
  }

  /** Whether a vCPU is held by {@link #pauseVcpu}. */
  public synchronized boolean vcpuPaused(int number) {
    return machine.held(Objects.checkIndex(number, config.cpus()));
  }

  /** What each vCPU is doing. */
  public List<VcpuReport> vcpus() {
    return machine.vcpus();
  }

  /** Whether none of its harts has anything to do just now; as cheap as it is asked often. */
  public boolean rests() {
    return machine.rests();
  }

  /** CPU time that the host has given to its harts. */
  public synchronized long hostCpuNanos() {
    return settled.map(VmStatistics::hostCpuNanos).orElseGet(machine::hostCpuNanos);
  }

  /** Whether the guest has shown since its boot that it would hear of {@link #renew}. */
  public synchronized boolean renewable() {
    return machine.renewable();
  }

  /**
   * Tells the guest that other machines go on from the same state as it does, so that it draws its
   * secrets anew; for one that goes on from a snapshot, before it is started.
   */
  public synchronized void renew() {
    if (!end.reached()) {
      machine.renew();
    }
  }

  /**
   * How much of its memory is written to in the time to come, by its harts and devices; waits that
   * long, or until it ends.
   *
   * @throws VmException if its life is over before, or somebody else follows its writes
   */
  public WriteSample writtenWithin(Duration period) throws InterruptedException {
    DirtyLog log = machine.log();
    beginToFollow(log);
    try {
      boolean over = awaitEnd(period).isPresent();
      DirtyPages written = log.finish();
      if (over || end.reached()) {
        throw new VmException(config.name() + " has ended or was reset meanwhile; try again");
      }
      return WriteSample.of(written, period);
    } finally {
      log.stop();
    }
  }

  private void beginToFollow(DirtyLog log) {
    try {
      log.start();
    } catch (IllegalStateException e) {
      throw new VmException(
          "the writes of %s are being followed already; wait until that is done"
              .formatted(config.name()));
    }
  }

  /** What somebody at the board does to its devices. */
  public MachineDevices devices() {
    return devices;
  }

  /** Its registers and its memory. */
  public MachineValues values() {
    return values;
  }

  /** Looks at its parts, or changes something of them, unless it has ended. */
  synchronized <T> T living(Function<Machine, T> work) {
    requireLife();
    return work.apply(machine);
  }

  /**
   * The same while it is paused.
   *
   * @param otherwise what is the matter if it is not, behind its name
   */
  synchronized <T> T whilePaused(String otherwise, Function<Machine, T> work) {
    requireLife();
    if (!time.paused()) {
      throw new VmException(config.name() + " " + otherwise);
    }
    return work.apply(machine);
  }

  /** Whether its life is over. */
  boolean ended() {
    return end.reached();
  }

  /** What it is made from. */
  VmConfig config() {
    return config;
  }

  /** What its guest has caused in this life that was done in steps. */
  public WorkSteps workSteps() {
    return machine.workSteps();
  }

  /** What it is made of, for a debugger's core or a report; exact while the machine is paused. */
  public MachineImage image() {
    return new MachineImage(machine);
  }

  /**
   * The same for as long as {@code work} takes, in which the machine is not closed.
   *
   * @throws VmException if it has ended
   */
  public synchronized <T> T look(Function<MachineImage, T> work) {
    requireLife();
    return work.apply(image());
  }

  /** Its parts, for experiments and tests in this package. */
  Machine machine() {
    return machine;
  }

  /** What it has done so far. */
  public synchronized VmStatistics statistics() {
    return settled.orElseGet(machine::statistics);
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

  /** Acts on the end; on a thread of its own. */
  private void live() {
    Outcome how = seenToTheEnd();
    try {
      synchronized (this) {
        time.end();
      }
    } finally {
      outcome.complete(how); // somebody waits for it
    }
  }

  private Outcome seenToTheEnd() {
    try {
      return settle();
    } catch (InterruptedException e) {
      return new Outcome.Stopped();
    } catch (RuntimeException | Error e) {
      return new Outcome.Failed("its monitor stopped: " + e, List.of(), Optional.of(e));
    }
  }

  /** Waits for the end, takes the numbers, and clears the machine away. */
  private Outcome settle() throws InterruptedException {
    KernelSlots.require(kernel.down(KernelSlots.ENDED, Long.MAX_VALUE), "wait for the end");
    KernelSlots.require(kernel.awaitIdle(), "wait for vCPUs");
    Outcome how = end.cause();
    if (how instanceof Outcome.Failed failed) {
      how = new Outcome.Failed(failed.reason(), machine.registers(), failed.cause());
    }
    examine(how);
    synchronized (this) {
      settled = Optional.of(machine.statistics());
      machine.close();
    }
    return how;
  }

  private void examine(Outcome how) {
    try {
      examiner.accept(how, image());
    } catch (RuntimeException | Error e) {
      config.notices().accept("its end could not be looked at: " + e);
    }
  }

  private void threw(String reason, Throwable cause) {
    end.threw(reason, cause);
  }
}
