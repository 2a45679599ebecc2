package atoll.manager;

import atoll.host.HostException;
import atoll.host.Tasks;
import atoll.host.Timers;
import atoll.image.ByteSize;
import atoll.image.RefusedException;
import atoll.image.Words;
import atoll.kernel.KernelException;
import atoll.kernel.Microkernel;
import atoll.migration.MovingSystem.Afterwards;
import atoll.report.CrashReport;
import atoll.scenario.MemoryPolicy;
import atoll.scenario.RestartPolicy;
import atoll.scenario.VmDescription;
import atoll.virtio.VirtioBalloon;
import atoll.vmm.FrontPanel;
import atoll.vmm.Outcome;
import atoll.vmm.PanelReport;
import atoll.vmm.VcpuReport;
import atoll.vmm.VirtualMachine;
import atoll.vmm.VmException;
import atoll.vmm.VmStatistics;
import atoll.vmm.WriteSample;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.Supplier;

/**
 * One virtual machine of a running system: started, held, stopped, and started again by an operator
 * or by its {@link RestartPolicy}: the only place where lives begin. Each life is a machine of its
 * own, in a protection domain of its own. Thread-safe.
 */
final class VmSupervisor {
  private static final long PAGE = 4096;
  private static final String UNSTARTABLE = "it cannot be started again: ";

  private final VmDescription description;
  private final VmDisks disks;
  private final VmConsole console;
  private final Supplier<VirtualMachine> maker;
  private final Supplier<Optional<VirtualMachine>> goBack;
  private final Optional<SavedSystem.Vm> from;
  private final EventListener listener;
  private final Microkernel platform;
  private final Timers timers;
  private final Tasks tasks;
  private final VmDebug debug;
  private final CrashExaminer examiner;

  /** Written under this object's monitor. */
  private volatile VmStatus status = VmStatus.READY;

  // Guarded by this.
  private VirtualMachine vm;
  private VmStatus wished = VmStatus.ENDED;
  private boolean closing;

  /** It was given up, and whether it runs elsewhere is not known. */
  private boolean doubtful;

  /** It runs at another host, or goes on later, and no life of it begins here. */
  private boolean gone;

  private int lives;
  private int restarts;
  private long resets;
  private VmStatistics past = VmStatistics.NONE;
  private List<VcpuReport> vcpus = List.of();
  private Optional<Outcome> last = Optional.empty();

  /** What follows the end of a life. */
  private sealed interface Next {
    /** Nothing, by itself. */
    record Rest() implements Next {}

    /** Another life at once, since an operator wants it. */
    record Again() implements Next {}

    /** Another life later, since the policy says so. */
    record Later(Event.Restart restart) implements Next {}
  }

  /**
   * @param disks of all its lives, as described
   * @param console of all its lives
   * @param maker makes the machine for a life, ready to start
   * @param examiner looks at lives that have failed
   * @param goBack makes a machine that goes on at the last snapshot, if it can
   * @param from what was kept of it, if it goes on; the first machine is that of then
   * @param listener told of its lives and of its status
   * @param platform in whose time it waits
   * @param timers of that time
   * @param tasks where it follows its lives
   * @param waits whether the first life waits for a debugger
   */
  VmSupervisor(
      VmDescription description,
      List<DiskBay> disks,
      VmConsole console,
      CrashExaminer examiner,
      Supplier<VirtualMachine> maker,
      Supplier<Optional<VirtualMachine>> goBack,
      Optional<SavedSystem.Vm> from,
      EventListener listener,
      Microkernel platform,
      Timers timers,
      Tasks tasks,
      boolean waits) {
    this.description = description;
    this.disks = new VmDisks(description.name(), disks);
    this.console = console;
    this.examiner = examiner;
    this.maker = maker;
    this.goBack = goBack;
    this.from = from;
    this.listener = listener;
    this.platform = platform;
    this.timers = timers;
    this.tasks = tasks;
    debug = new VmDebug(this, waits);
    from.ifPresent(this::goOnFrom);
  }

  private synchronized void goOnFrom(SavedSystem.Vm then) {
    status = then.status().alive() ? VmStatus.READY : then.status();
    lives = then.goesOn() ? then.lives() - 1 : then.lives();
    resets = then.resets();
  }

  /** Whether it begins a life, or goes on with one, when its system starts. */
  boolean starts() {
    return from.map(then -> then.status().alive()).orElse(description.autostart());
  }

  /** What is to be kept of it, beside the state of its machine. */
  synchronized SavedSystem.Vm saved() {
    return new SavedSystem.Vm(
        description.name(), status, lives, restarts, resets, console.spoken());
  }

  /** The VM as debuggers have it. */
  VmDebug debug() {
    return debug;
  }

  VmDescription description() {
    return description;
  }

  VmConsole console() {
    return console;
  }

  /** What it is doing; takes no lock, so that a thread that holds another VM's lock may ask. */
  VmStatus status() {
    return status;
  }

  /**
   * Makes the machine for the first life, so that what cannot be done is said before anything runs.
   */
  synchronized void prepare() {
    vm = maker.get();
  }

  /** Begins the first life, unless an operator has begun or ended it already. */
  synchronized void startFirst() {
    if (status == VmStatus.READY && !closing) {
      from.filter(SavedSystem.Vm::goesOn)
          .ifPresentOrElse(this::goOn, () -> launch(Event.Beginning.SYSTEM));
    }
  }

  /** Goes on with the life that was saved. */
  private void goOn(SavedSystem.Vm then) {
    if (then.status() == VmStatus.PAUSED) {
      hold();
    }
    begin(Event.Beginning.SNAPSHOT, then.status());
    restarts = then.restarts();
    if (then.spoken()) {
      console.goOn();
    }
    tasks.start(description.name() + "/supervisor", this::supervise);
  }

  /** Has it stand still from its start on. */
  private void hold() {
    try {
      vm.pause();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt(); // it does not run yet, so nothing is waited for
    }
  }

  /** Begins a life; at once if one was to begin later. Returns once it has begun. */
  synchronized void start() throws InterruptedException {
    if (status == VmStatus.RUNNING || status == VmStatus.PAUSED) {
      throw new RefusedException("%s is %s already".formatted(description.name(), word()));
    }
    if (gone) {
      throw new RefusedException(
          "%s has moved to another host, or was suspended".formatted(description.name()));
    }
    if (closing) {
      throw new RefusedException(
          "the system is ending; %s stays %s".formatted(description.name(), word()));
    }
    if (status == VmStatus.RESTARTING) {
      restarts = 0;
      become(VmStatus.READY); // which ends the backoff
      while (status == VmStatus.READY) {
        wait();
      }
      return;
    }
    launch(Event.Beginning.START);
  }

  private void launch(Event.Beginning why) {
    restarts = 0;
    begin(why, VmStatus.RUNNING);
    tasks.start(description.name() + "/supervisor", this::supervise);
  }

  private synchronized void begin(Event.Beginning why, VmStatus now) {
    if (vm == null) {
      vm = maker.get();
    }
    wished = VmStatus.ENDED;
    listener.accept(new Event.LifeBegan(description.name(), ++lives, why));
    examiner.begins(lives);
    vm.onEnd(examiner::ended);
    debug.begins(vm);
    vm.start();
    become(now);
  }

  /** Ends the life; returns once it has ended. */
  synchronized void stop() throws InterruptedException {
    if (status == VmStatus.RESTARTING) {
      become(VmStatus.STOPPED);
      listener.accept(new Event.Stopped(description.name()));
      return;
    }
    if (!status.alive()) {
      throw new RefusedException(
          "%s is %s; there is nothing to stop".formatted(description.name(), word()));
    }
    requestEnd();
    while (status == VmStatus.RUNNING || status == VmStatus.PAUSED) {
      wait();
    }
  }

  private void requestEnd() {
    wished = VmStatus.STOPPED;
    vm.stop();
  }

  /** Ends the life and begins another from the images; returns once that has begun. */
  synchronized void reset() throws InterruptedException {
    requireNoDoubt();
    requireRun();
    int before = lives;
    wished = VmStatus.RUNNING;
    vm.reset();
    while (lives == before && status.alive()) {
      wait();
    }
  }

  /** Holds the machine; returns once it stands still. */
  synchronized void pause() throws InterruptedException {
    requireRun();
    if (status == VmStatus.PAUSED) {
      throw new RefusedException(description.name() + " is paused already");
    }
    vm.pause();
    become(VmStatus.PAUSED);
    listener.accept(new Event.Paused(description.name(), OptionalInt.empty()));
  }

  /** Ends a {@link #pause}. */
  synchronized void resume() {
    requireNoDoubt();
    if (status != VmStatus.PAUSED) {
      throw new RefusedException(
          "%s is not paused, it is %s".formatted(description.name(), word()));
    }
    listener.accept(new Event.Resumed(description.name(), OptionalInt.empty()));
    vm.resume();
    become(VmStatus.RUNNING);
  }

  synchronized void pauseVcpu(int number) {
    requireVcpu(number);
    requireRun();
    if (vm.vcpuPaused(number)) {
      throw new RefusedException(
          "vCPU %d of %s is paused already".formatted(number, description.name()));
    }
    vm.pauseVcpu(number);
    listener.accept(new Event.Paused(description.name(), OptionalInt.of(number)));
  }

  synchronized void resumeVcpu(int number) {
    requireVcpu(number);
    requireRun();
    if (!vm.vcpuPaused(number)) {
      throw new RefusedException(
          status == VmStatus.PAUSED
              ? "vCPU %d of %s is not paused by itself; resume %s"
                  .formatted(number, description.name(), description.name())
              : "vCPU %d of %s is not paused".formatted(number, description.name()));
    }
    listener.accept(new Event.Resumed(description.name(), OptionalInt.of(number)));
    vm.resumeVcpu(number);
  }

  /** Which pages the machine writes to in the time to come; other things can be done meanwhile. */
  WriteSample sampleWrites(Duration period) throws InterruptedException {
    VirtualMachine sampled;
    synchronized (this) {
      requireRun();
      if (status == VmStatus.PAUSED) {
        throw new RefusedException(
            "%s is paused, and writes to nothing; resume it first".formatted(description.name()));
      }
      sampled = vm;
    }
    return sampled.writtenWithin(period);
  }

  synchronized BalloonReport balloon(long bytes) {
    requireBalloon(bytes);
    requireRun();
    VirtioBalloon balloon = vm.balloon().orElseThrow();
    balloon.target(bytes);
    VirtioBalloon.Statistics now = balloon.statistics();
    return new BalloonReport(now.target(), now.actual(), balloon.driven());
  }

  /** Gives a disk more bytes; a guest that runs is told. */
  synchronized void resizeDisk(int number, long bytes) {
    disks.grow(number, bytes);
    if (vm != null) {
      vm.diskResized(number);
    }
  }

  /** Puts another image in the place of a disk's; a guest that runs is told. */
  void changeDisk(VmAction.ChangeDisk change) throws InterruptedException {
    new DiskExchange(
            change,
            this,
            disks,
            text -> listener.accept(new Event.Noticed(description.name(), text)))
        .perform();
  }

  /** Waits until there is no life. */
  synchronized void awaitRest() throws InterruptedException {
    while (hasLife()) {
      wait();
    }
  }

  /** Whether there is a guest that runs, or is paused. */
  boolean hasLife() {
    return status == VmStatus.RUNNING || status == VmStatus.PAUSED;
  }

  /** The machine that there is, even if it has not begun its life. */
  synchronized Optional<VirtualMachine> machine() {
    return Optional.ofNullable(vm);
  }

  /** Does short work that lets no life begin or end, unless there is another machine by now. */
  synchronized <T> Optional<T> during(Optional<VirtualMachine> machine, Supplier<T> work) {
    return machine().equals(machine) ? Optional.of(work.get()) : Optional.empty();
  }

  /** The registers of each vCPU of a paused machine. */
  synchronized List<Outcome.HartReport> registers() {
    return paused("its registers change").registers();
  }

  /** What it is doing, or what its last life was doing that failed. */
  synchronized CrashReport examine() throws InterruptedException {
    return examiner.examine(hasLife() ? Optional.of(vm) : Optional.empty(), status);
  }

  /**
   * The life that is paused.
   *
   * @param why what cannot be had of one that is not, for a refusal
   */
  synchronized VirtualMachine paused(String why) {
    requireRun();
    if (status != VmStatus.PAUSED) {
      throw new RefusedException(
          "%s is %s, and %s all the time; pause it first"
              .formatted(description.name(), word(), why));
    }
    return vm;
  }

  /**
   * Does short work while a life is paused.
   *
   * @throws RefusedException if it is no longer so
   */
  synchronized void whilePaused(VirtualMachine life, Runnable work) {
    if (vm != life || status != VmStatus.PAUSED) {
      throw new RefusedException(
          "%s did not stay paused; pause it and try again".formatted(description.name()));
    }
    life.look(image -> {
      work.run();
      return null;
    });
  }

  /** Something that is done while a machine stands still, and says what becomes of it. */
  @FunctionalInterface
  interface HeldWork {
    Afterwards run() throws InterruptedException;
  }

  /**
   * Does short work while a life stands still, whether its operator has paused it or not.
   *
   * @return what the work has decided
   * @throws RefusedException if that life is over
   */
  synchronized Afterwards whileHeld(VirtualMachine life, HeldWork work)
      throws InterruptedException {
    if (vm != life || !hasLife()) {
      throw new RefusedException(
          "the life of %s has ended meanwhile; try again".formatted(description.name()));
    }
    boolean runs = status == VmStatus.RUNNING;
    if (runs) {
      vm.pause();
    }
    Afterwards after = Afterwards.GOES_ON;
    try {
      after = work.run();
      return after;
    } finally {
      goOn(after, runs);
    }
  }

  private void goOn(Afterwards after, boolean ran) {
    switch (after) {
      case GOES_ON -> {
        if (ran) {
          vm.resume();
        }
      }
      case STAYS_HELD -> {
        doubtful = true;
        become(VmStatus.PAUSED);
      }
      case ENDS -> leave();
    }
  }

  /** It goes on elsewhere, or later. */
  private void leave() {
    gone = true;
    requestEnd();
  }

  /** It may run at another host, for all that is known: nothing but its end is possible here. */
  private void requireNoDoubt() {
    if (doubtful) {
      throw new RefusedException(
          "%s may run at the host that it was to move to; look there, and then here: atoll migrate --resume, or --give-up"
              .formatted(description.name()));
    }
  }

  /** Whether nobody knows where it runs. */
  synchronized boolean doubtful() {
    return doubtful;
  }

  /**
   * A person knows whether it runs elsewhere.
   *
   * @param here whether it goes on here; otherwise it ends
   */
  synchronized void endDoubt(boolean here) {
    if (!doubtful) {
      return;
    }
    doubtful = false;
    if (here) {
      resume();
    } else {
      leave();
    }
  }

  /** Looks at the machine of the present life, or changes something of it. */
  synchronized <T> T present(Function<VirtualMachine, T> use) {
    requireRun();
    return use.apply(vm);
  }

  /** Presses a button at its front; returns whether its guest has a driver for such. */
  boolean press(String button, long nanos) {
    requireButton(button);
    return present(machine -> machine.press(button, nanos));
  }

  /** Lets a button go; returns the same. */
  boolean release(String button) {
    requireButton(button);
    return present(machine -> machine.release(button));
  }

  private void requireButton(String button) {
    List<String> names =
        description.panel().buttons().stream().map(FrontPanel.Button::name).toList();
    if (names.isEmpty()) {
      throw new RefusedException(
          "%s has no buttons; give it some, as in --button %s or buttons: [%s]"
              .formatted(description.name(), button, button));
    }
    if (!names.contains(button)) {
      throw new RefusedException(
          "%s has no button '%s'%s"
              .formatted(description.name(), button, Words.nearestOf(button, names)));
    }
  }

  /** What its front shows. */
  PanelReport panel() {
    FrontPanel panel = description.panel();
    if (panel.buttons().isEmpty() && panel.leds().isEmpty()) {
      throw new RefusedException(
          "%s has no buttons and no LEDs; give it some, as in --button power, --led status"
              .formatted(description.name()));
    }
    return present(machine -> machine.panel().orElseThrow());
  }

  /** The same, for something of one vCPU. */
  synchronized <T> T ofVcpu(int number, Function<VirtualMachine, T> use) {
    requireVcpu(number);
    return present(use);
  }

  // An impossible request is refused as that in every state: to start the VM first would not help.

  private void requireVcpu(int number) {
    if (number < 0 || number >= description.vcpus()) {
      throw new RefusedException(
          description.vcpus() == 1
              ? "%s has no vCPU %d; its only vCPU is 0".formatted(description.name(), number)
              : "%s has no vCPU %d; its vCPUs are 0 to %d"
                  .formatted(description.name(), number, description.vcpus() - 1));
    }
  }

  private void requireBalloon(long bytes) {
    if (description.memoryPolicy() != MemoryPolicy.PAGED) {
      throw new RefusedException(
          "%s has contiguous memory, of which it cannot give any back; only a VM with memory-policy: paged in its scenario can"
              .formatted(description.name()));
    }
    long most = description.memory() - PAGE;
    if (bytes < 0 || bytes > most) {
      throw new RefusedException(
          "%s has %s of RAM and can give back 0 to %s of it, not %s"
              .formatted(
                  description.name(),
                  ByteSize.format(description.memory()),
                  ByteSize.format(most),
                  ByteSize.format(bytes)));
    }
  }

  private void requireRun() {
    if (status != VmStatus.RUNNING && status != VmStatus.PAUSED) {
      throw new RefusedException(
          "%s is %s; %s"
              .formatted(
                  description.name(),
                  word(),
                  status == VmStatus.RESTARTING ? "wait until it runs" : "start it first"));
    }
  }

  private String word() {
    return Words.of(status);
  }

  /** Ends the life if there is one, and lets none begin any more; returns at once. */
  synchronized void close() {
    closing = true;
    if (status == VmStatus.RUNNING || status == VmStatus.PAUSED) {
      requestEnd();
    } else {
      if (status == VmStatus.RESTARTING) {
        become(VmStatus.STOPPED);
      }
      discard();
    }
  }

  /** Gives a machine back that was made and never ran, or cannot; others end, whatever it meets. */
  private void discard() {
    if (vm != null) {
      Optional<Throwable> met = clear(gone -> {});
      met.ifPresent(why -> listener.accept(new Event.Noticed(description.name(), unclear(why))));
    }
  }

  /**
   * Clears the machine away.
   *
   * @param then what is done with it afterwards
   * @return what that has met
   */
  private Optional<Throwable> clear(Consumer<VirtualMachine> then) {
    VirtualMachine gone = vm;
    vm = null;
    try {
      gone.close();
      then.accept(gone);
      return Optional.empty();
    } catch (RuntimeException | Error e) {
      return Optional.of(e);
    }
  }

  private void count(VirtualMachine gone) {
    past = past.plus(gone.statistics());
    vcpus = gone.vcpus();
  }

  private static String unclear(Throwable met) {
    return "its machine could not be cleared away: " + met;
  }

  synchronized VmReport report() {
    return new VmReport(
        description.name(),
        status,
        restarts,
        last,
        vm == null ? 0 : description.memory(),
        vm == null ? vcpus : vm.vcpus(),
        disks.reports(),
        (vm == null ? past : past.plus(vm.statistics())).withResets(resets));
  }

  private void become(VmStatus now) {
    status = now;
    notifyAll();
    listener.accept(new Event.StatusChanged(description.name(), now));
  }

  /** Sees one life after the other to its end; on a thread of its own. */
  private void supervise() {
    try {
      boolean more = true;
      while (more) {
        more = follow(awaitEnd());
      }
    } catch (InterruptedException e) {
      // Nobody interrupts this thread; if so, the machine goes on without restarts.
      Thread.currentThread().interrupt();
    } catch (RuntimeException | Error e) {
      boolean ignored = endForGood("its end could not be seen to: " + e, Optional.of(e));
    }
  }

  private Outcome awaitEnd() throws InterruptedException {
    VirtualMachine life;
    synchronized (this) {
      life = vm;
    }
    return life.awaitEnd();
  }

  /** Does what follows an end; returns whether another life has begun. */
  private boolean follow(Outcome outcome) throws InterruptedException {
    return switch (settle(outcome)) {
      case Next.Rest() -> false;
      case Next.Again() -> again();
      case Next.Later(Event.Restart restart) -> awaitBackoff(restart.backoff()) && again();
    };
  }

  private synchronized Next settle(Outcome outcome) {
    Optional<Throwable> met = clear(this::count);
    Outcome seen =
        met.<Outcome>map(why -> new Outcome.Failed(unclear(why), List.of(), met)).orElse(outcome);
    console.unplug();
    last = Optional.of(seen);
    return next(seen);
  }

  private Next next(Outcome outcome) {
    if (closing || wished == VmStatus.STOPPED) {
      debug.ended(outcome); // before others hear of it, who may close the system
      endStopped(outcome);
      return new Next.Rest();
    }
    if (wished == VmStatus.RUNNING) {
      return new Next.Again();
    }
    RestartPolicy policy = description.restart();
    if (!policy.restarts(outcome) || restarts == policy.max()) {
      debug.ended(outcome);
      end(VmStatus.ENDED, outcome, Optional.empty());
      return new Next.Rest();
    }
    Duration backoff = policy.backoff(restarts);
    restarts++;
    Event.Restart restart = new Event.Restart(restarts, policy.max(), backoff);
    end(VmStatus.RESTARTING, outcome, Optional.of(restart));
    return new Next.Later(restart);
  }

  /** The life has ended by itself. */
  private void end(VmStatus now, Outcome outcome, Optional<Event.Restart> restart) {
    become(now);
    listener.accept(new Event.LifeEnded(description.name(), outcome, restart));
  }

  /** No other life is wanted; it may have ended by itself before it was stopped. */
  private void endStopped(Outcome outcome) {
    if (!(outcome instanceof Outcome.Stopped)) {
      end(VmStatus.STOPPED, outcome, Optional.empty());
      return;
    }
    become(VmStatus.STOPPED);
    if (!closing && !gone) {
      listener.accept(new Event.Stopped(description.name()));
    }
  }

  /** Returns false if there is to be no new life. */
  private synchronized boolean awaitBackoff(Duration backoff) throws InterruptedException {
    long due = platform.clock().nanos() + backoff.toNanos();
    platform.time().begin(); // the wait for a restart is no pause
    Timers.Armed timer = timers.at(due, this::look);
    try {
      while (platform.clock().nanos() < due && status == VmStatus.RESTARTING) {
        wait();
      }
      return status != VmStatus.STOPPED;
    } finally {
      timer.cancel();
      platform.time().end();
    }
  }

  private synchronized void look() {
    notifyAll();
  }

  private boolean again() {
    try {
      return beginAgain();
    } catch (VmException | HostException | KernelException | RefusedException e) {
      return endForGood(UNSTARTABLE + e.getMessage(), Optional.empty());
    } catch (RuntimeException | Error e) {
      return endForGood(UNSTARTABLE + e, Optional.of(e));
    }
  }

  /** Nothing can follow; returns that there is no further life. */
  private boolean endForGood(String reason, Optional<Throwable> defect) {
    Outcome outcome = new Outcome.Failed(reason, List.of(), defect);
    synchronized (this) {
      discard();
      console.unplug();
      last = Optional.of(outcome);
      debug.ended(outcome);
      end(VmStatus.ENDED, outcome, Optional.empty());
    }
    return false;
  }

  private synchronized boolean beginAgain() {
    if (closing) {
      become(VmStatus.STOPPED);
      return false;
    }
    if (last.equals(Optional.of(new Outcome.Reset()))) {
      resets++;
    }
    if (wished != VmStatus.RUNNING && goesBack()) {
      vm = goBack.get().orElse(null);
    }
    boolean back = vm != null;
    begin(back ? Event.Beginning.SNAPSHOT : beginning(), VmStatus.RUNNING);
    if (back) {
      console.goOn();
    }
    return true;
  }

  private boolean goesBack() {
    return last.filter(description.restart()::goesBack).isPresent();
  }

  /** Why another life follows: by an operator's reset, or his start amidst a wait, or by itself. */
  private Event.Beginning beginning() {
    if (wished == VmStatus.RUNNING) {
      return Event.Beginning.RESET;
    }
    return status == VmStatus.READY ? Event.Beginning.START : Event.Beginning.RESTART;
  }
}
