package atoll.vmm;

import atoll.kernel.DetachedMemory;
import atoll.kernel.KernelObject;
import atoll.kernel.Microkernel;
import atoll.kernel.Permission;
import atoll.kernel.SystemCalls;
import atoll.memory.DirtyLog;
import atoll.memory.DirtyPages;
import atoll.memory.GuestMemory;
import atoll.peripheral.PeripheralFactory;
import atoll.state.Unsaved;
import atoll.virtio.VirtioBalloon;
import java.time.Duration;
import java.util.BitSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.BiConsumer;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.LongSupplier;

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

  /** What the guest or its owner has ended it by; the first end counts. */
  @Unsaved("what has ended has no state")
  private final AtomicReference<Outcome> ending = new AtomicReference<>();

  /** Set once, before the machine is seen by others. */
  private volatile Machine machine;

  // Guarded by this.
  @Unsaved("of this object's own life")
  private boolean started;

  @Unsaved("of whoever holds the machine")
  private boolean paused;

  /** A debugger holds it, beside or without an operator. */
  @Unsaved("of whoever debugs it")
  private boolean halted;

  private final MachineDebug debug = new MachineDebug(this);

  @Unsaved("who looks at its end")
  private volatile BiConsumer<Outcome, MachineImage> examiner = (end, image) -> {};

  /** It has the platform's time go by, or keeps it from that while it is paused. */
  @Unsaved("of this object's own life")
  private boolean timed;

  /** What it has done in all; present once the machine is closed. */
  @Unsaved("for statistics")
  private Optional<VmStatistics> settled = Optional.empty();

  private VirtualMachine(VmConfig config, Microkernel platform) {
    this.config = config;
    this.platform = platform;
    kernel = platform.createDomain(config.name(), (domain, reason, cause) -> threw(reason, cause));
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
      machine = new Machine(config, boot, kernel, platform.clock(), new Events());
      from.ifPresent(machine::fill);
      return this;
    } catch (RuntimeException e) {
      closeDomain();
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
    if (ending.get() == null) {
      timed = true;
      platform.time().begin();
      if (paused || halted) {
        platform.time().pause();
      }
      machine.start(paused);
      if (halted) {
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
    end(new Outcome.Stopped());
  }

  /** Ends it as a guest's reset does, with {@link Outcome.Reset}; returns without waiting. */
  public synchronized void reset() {
    end(new Outcome.Reset());
  }

  /**
   * Holds harts and devices; returns once they stand still. The platform's time goes on for its
   * other machines; once all of them are paused, it stands still.
   */
  public synchronized void pause() throws InterruptedException {
    if (ending.get() == null) {
      machine.pause();
      stopTime();
      paused = true;
    }
  }

  /** It stands still, perhaps as before. */
  private void stopTime() {
    if (timed && !paused && !halted) {
      platform.time().pause();
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
    if (ending.get() != null) {
      throw new VmException(config.name() + " has ended, and has no state any more");
    }
  }

  /** Ends a {@link #pause}. */
  public synchronized void resume() {
    if (ending.get() == null) {
      startTime(paused, halted);
      paused = false;
      machine.resume();
    }
  }

  /** One of the two that may hold it lets it go. */
  private void startTime(boolean held, boolean otherwise) {
    if (timed && held && !otherwise) {
      platform.time().resume();
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
      stopTime();
    }
    halted = true;
  }

  /**
   * Lets harts go on.
   *
   * @param prepare run before, while it stands still
   */
  synchronized void proceed(BitSet harts, Runnable prepare) {
    requireHalted();
    prepare.run();
    if (!started) {
      halted = false;
      machine.beginFreely();
      return;
    }
    startTime(halted, paused);
    halted = false;
    machine.proceed(harts);
  }

  /** Has something done while it stands still. */
  synchronized <T> T whileHalted(Function<Machine, T> work) {
    requireHalted();
    return work.apply(machine);
  }

  private void requireHalted() {
    requireLife();
    if (!halted) {
      throw new VmException(config.name() + " runs; stop it first");
    }
  }

  /** Time need not go by for this machine any more. */
  private synchronized void leaveTime() {
    startTime(paused || halted, false);
    paused = false;
    halted = false;
    if (timed) {
      platform.time().end();
    }
    timed = false;
  }

  /**
   * Keeps all vCPUs from executing, or ends that: so it does less for a while. Its devices and the
   * platform's time go on.
   */
  public synchronized void throttle(boolean held) {
    if (started && ending.get() == null) {
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
    if (ending.get() == null) {
      machine.pause(number);
    }
  }

  /** Ends a {@link #pauseVcpu}; if the machine is paused, it goes on with the others. */
  public synchronized void resumeVcpu(int number) {
    Objects.checkIndex(number, config.cpus());
    if (ending.get() == null) {
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

  /** Its balloon, if its memory is paged: what its guest has been asked for and has given. */
  public Optional<VirtioBalloon> balloon() {
    return machine.balloon();
  }

  /**
   * Presses a button at its front. It is let go after a time, which goes on in pauses of this
   * machine alone.
   *
   * @param nanos of the platform's time, or {@link Long#MAX_VALUE} for a press that only {@link
   *     #release} ends
   * @return whether the guest has a driver running that hears of it
   * @throws VmException if it has no such button
   */
  public boolean press(String button, long nanos) {
    return at(button, panel -> panel.press(button, nanos));
  }

  /**
   * Lets a button go.
   *
   * @return whether the guest has a driver running that hears of it
   * @throws VmException if it has no such button
   */
  public boolean release(String button) {
    return at(button, panel -> panel.release(button));
  }

  private boolean at(String button, Consumer<Panel> work) {
    Panel panel =
        machine
            .panel()
            .orElseThrow(
                () -> new VmException("%s has no button '%s'".formatted(config.name(), button)));
    work.accept(panel);
    return panel.report().heard();
  }

  /** What its front shows; empty if there is nothing. */
  public Optional<PanelReport> panel() {
    return machine.panel().map(Panel::report);
  }

  /**
   * Has a disk begin no requests until {@link #releaseDisk}, so that what is behind it can be
   * changed.
   *
   * @param disk 0 to one less than there are
   * @return complete once no request is under way
   */
  public synchronized CompletableFuture<Void> holdDisk(int disk) {
    Objects.checkIndex(disk, config.disks().size());
    return machine.holdDisk(disk);
  }

  /** Ends a {@link #holdDisk}. */
  public synchronized void releaseDisk(int disk) {
    Objects.checkIndex(disk, config.disks().size());
    if (ending.get() == null) {
      machine.releaseDisk(disk);
    }
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
    if (ending.get() == null) {
      machine.renew();
    }
  }

  /**
   * Tells the guest that the backend of a disk has another size.
   *
   * @param disk 0 to one less than there are
   */
  public synchronized void diskResized(int disk) {
    Objects.checkIndex(disk, config.disks().size());
    if (ending.get() == null) {
      machine.diskResized(disk);
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
      Optional<Outcome> end = awaitEnd(period);
      DirtyPages written = log.finish();
      if (end.isPresent() || ending.get() != null) {
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

  /** What its guest has caused in this life that was done in steps. */
  public WorkSteps workSteps() {
    return machine.workSteps();
  }

  /** The registers of each hart; exact while the machine is paused. */
  public List<Outcome.HartReport> registers() {
    return machine.registers();
  }

  /**
   * Bytes of its memory, RAM, ROM or a window; they may change meanwhile unless it is paused.
   *
   * @throws VmException if it has ended, or a part of the range is not memory
   */
  public synchronized byte[] read(long gpa, int length) {
    requireLife();
    try {
      return machine.memory().read(gpa, length);
    } catch (IndexOutOfBoundsException e) {
      throw noMemory(gpa, length);
    }
  }

  /**
   * Changes bytes of its memory, as a device would; code that was there is executed no more.
   *
   * @throws VmException if it has ended, or a part of the range is not memory that can be written
   *     to
   */
  public synchronized void write(long gpa, byte[] bytes) {
    requireLife();
    GuestMemory memory = machine.memory();
    try {
      if (memory.slice(gpa, bytes.length).isReadOnly() || !memory.writable(gpa, bytes.length)) {
        throw new VmException(
            "%d bytes at 0x%x of %s are protected and keep their values"
                .formatted(bytes.length, gpa, config.name()));
      }
      memory.write(gpa, bytes);
    } catch (IndexOutOfBoundsException e) {
      throw noMemory(gpa, bytes.length);
    }
  }

  private VmException noMemory(long gpa, long length) {
    return new VmException(
        "%s has no memory of %d bytes at 0x%x; its RAM is at 0x%x to 0x%x"
            .formatted(
                config.name(),
                length,
                gpa,
                BoardPlan.RAM_BASE,
                BoardPlan.RAM_BASE + config.memory() - 1));
  }

  /**
   * A register of a hart while the machine is paused.
   *
   * @param name as {@link atoll.cpu.Cpu#register(String)} has it
   * @throws VmException if it has ended, or has no such register
   */
  public synchronized long register(int hart, String name) {
    return onRegister(hart, () -> machine.settled(hart).register(name));
  }

  /** Sets one, as far as it can be written. */
  public synchronized void register(int hart, String name, long value) {
    onRegister(
        hart,
        () -> {
          machine.settled(hart).register(name, value);
          return value;
        });
  }

  /**
   * Puts other code in the place of a device of the user's own while the machine is paused, for the
   * rest of its life.
   *
   * @param code where that is from, in words
   * @throws VmException if it has ended, runs, or has no such device, or the code cannot be used
   */
  public synchronized void replace(String device, String code, PeripheralFactory factory) {
    requireLife();
    if (!paused) {
      throw new VmException(
          "%s runs, and its devices with it; pause it to replace one".formatted(config.name()));
    }
    machine.replace(device, code, factory);
  }

  /** Where the code of each device of its user is from, in words, by the device's label. */
  public Map<String, String> ownDevices() {
    return machine.ownDevices();
  }

  private long onRegister(int hart, LongSupplier use) {
    Objects.checkIndex(hart, config.cpus());
    requireLife();
    if (!paused) {
      throw new VmException(
          "%s runs, and its registers change all the time; pause it first"
              .formatted(config.name()));
    }
    try {
      return use.getAsLong();
    } catch (IllegalArgumentException e) {
      throw new VmException(e.getMessage());
    }
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
    Outcome end = seenToTheEnd();
    try {
      leaveTime();
    } finally {
      outcome.complete(end); // somebody waits for it
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
    Outcome end = ending.get();
    if (end instanceof Outcome.Failed failed) {
      end = new Outcome.Failed(failed.reason(), machine.registers(), failed.cause());
    }
    examine(end);
    synchronized (this) {
      settled = Optional.of(machine.statistics());
      machine.close();
    }
    return end;
  }

  private void examine(Outcome end) {
    try {
      examiner.accept(end, image());
    } catch (RuntimeException | Error e) {
      config.notices().accept("its end could not be looked at: " + e);
    }
  }

  private void end(Outcome how) {
    if (ending.compareAndSet(null, how)) {
      kernel.stopAll();
      KernelSlots.require(kernel.up(KernelSlots.ENDED), "tell of the end");
    }
  }

  private void threw(String reason, Throwable cause) {
    end(new Outcome.Failed(reason, List.of(), Optional.of(cause)));
  }

  /** What its devices and harts tell. */
  private final class Events implements MachineEvents {
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
    public void threw(String reason, Throwable cause) {
      VirtualMachine.this.threw(reason, cause);
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

    @Override
    public boolean attended() {
      return debug.attended();
    }

    @Override
    public void stopped() {
      debug.stopped();
    }
  }
}
