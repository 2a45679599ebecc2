package atoll.manager;

import atoll.host.HostException;
import atoll.host.Tasks;
import atoll.host.Timers;
import atoll.image.RefusedException;
import atoll.kernel.KernelException;
import atoll.kernel.Microkernel;
import atoll.migration.MovingSystem.Afterwards;
import atoll.report.CrashReport;
import atoll.scenario.RestartPolicy;
import atoll.scenario.VmDescription;
import atoll.vmm.Outcome;
import atoll.vmm.VirtualMachine;
import atoll.vmm.VmException;
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
  private final VmControls controls;
  private final CrashExaminer examiner;

  // Guarded by this.
  private final VmCondition condition;
  private final LifeHistory history = new LifeHistory();
  private VirtualMachine vm;
  private VmStatus wished = VmStatus.ENDED;

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
    condition = new VmCondition(description.name());
    debug = new VmDebug(this, waits);
    controls = new VmControls(this, this.disks, listener);
    from.ifPresent(this::goOnFrom);
  }

  private synchronized void goOnFrom(SavedSystem.Vm then) {
    condition.become(then.status().alive() ? VmStatus.READY : then.status());
    history.goOnFrom(then);
  }

  /** Whether it begins a life, or goes on with one, when its system starts. */
  boolean starts() {
    return from.map(then -> then.status().alive()).orElse(description.autostart());
  }

  /** What is to be kept of it, beside the state of its machine. */
  synchronized SavedSystem.Vm saved() {
    return history.saved(description.name(), status(), console.spoken());
  }

  /** The VM as debuggers have it. */
  VmDebug debug() {
    return debug;
  }

  /** What an operator does to its present life. */
  VmControls controls() {
    return controls;
  }

  VmDescription description() {
    return description;
  }

  VmConsole console() {
    return console;
  }

  /** What it is doing; takes no lock, so that a thread that holds another VM's lock may ask. */
  VmStatus status() {
    return condition.status();
  }

  /**
   * Makes the machine for the first life, so that what cannot be done is said before anything runs.
   */
  synchronized void prepare() {
    vm = maker.get();
  }

  /** Begins the first life, unless an operator has begun or ended it already. */
  synchronized void startFirst() {
    if (status() == VmStatus.READY && !condition.closing()) {
      launch(Event.Beginning.SYSTEM);
    }
  }

  /** Goes on with the life that was saved. */
  private void goOn(SavedSystem.Vm then) {
    if (then.status() == VmStatus.PAUSED) {
      hold();
    }
    begin(Event.Beginning.SNAPSHOT, then.status());
    history.restarted(then.restarts());
    if (then.spoken()) {
      console.goOn();
    }
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
    condition.requireStartable();
    if (status() == VmStatus.RESTARTING) {
      history.restarted(0);
      become(VmStatus.READY); // which ends the backoff
      while (status() == VmStatus.READY) {
        wait();
      }
      return;
    }
    launch(Event.Beginning.START);
  }

  /** Begins a life; or goes on with that which was saved, if that is still to be done. */
  private void launch(Event.Beginning why) {
    boolean first = status() == VmStatus.READY && vm != null;
    from.filter(then -> first && then.goesOn()).ifPresentOrElse(this::goOn, () -> beginAnew(why));
    tasks.start(description.name() + "/supervisor", this::supervise);
  }

  private void beginAnew(Event.Beginning why) {
    history.restarted(0);
    begin(why, VmStatus.RUNNING);
  }

  private synchronized void begin(Event.Beginning why, VmStatus now) {
    if (vm == null) {
      vm = maker.get();
    }
    wished = VmStatus.ENDED;
    int life = history.begins();
    listener.accept(new Event.LifeBegan(description.name(), life, why));
    examiner.begins(life);
    vm.onEnd(examiner::ended);
    debug.begins(vm);
    vm.start();
    become(now);
  }

  /** Ends the life; returns once it has ended. */
  synchronized void stop() throws InterruptedException {
    if (status() == VmStatus.RESTARTING) {
      become(VmStatus.STOPPED);
      listener.accept(new Event.Stopped(description.name()));
      return;
    }
    condition.requireStoppable();
    requestEnd();
    awaitRest();
  }

  private void requestEnd() {
    wished = VmStatus.STOPPED;
    vm.stop();
  }

  /** Ends the life and begins another from the images; returns once that has begun. */
  synchronized void reset() throws InterruptedException {
    condition.requireNoDoubt();
    condition.requireLife();
    int before = history.lives();
    wished = VmStatus.RUNNING;
    vm.reset();
    while (history.lives() == before && status().alive()) {
      wait();
    }
  }

  /** Holds the machine; returns once it stands still. */
  synchronized void pause() throws InterruptedException {
    condition.requireNotPaused();
    vm.pause();
    become(VmStatus.PAUSED);
    listener.accept(new Event.Paused(description.name(), OptionalInt.empty()));
  }

  /** Ends a {@link #pause}. */
  synchronized void resume() {
    condition.requireNoDoubt();
    condition.requireResumable();
    listener.accept(new Event.Resumed(description.name(), OptionalInt.empty()));
    vm.resume();
    become(VmStatus.RUNNING);
  }

  /** Waits until there is no life. */
  synchronized void awaitRest() throws InterruptedException {
    while (hasLife()) {
      wait();
    }
  }

  /** Whether there is a guest that runs, or is paused. */
  boolean hasLife() {
    return condition.hasLife();
  }

  /** The machine that there is, even if it has not begun its life. */
  synchronized Optional<VirtualMachine> machine() {
    return Optional.ofNullable(vm);
  }

  /** Does short work that lets no life begin or end, unless there is another machine by now. */
  synchronized <T> Optional<T> during(Optional<VirtualMachine> machine, Supplier<T> work) {
    return machine().equals(machine) ? Optional.of(work.get()) : Optional.empty();
  }

  /** What it is doing, or what its last life was doing that failed. */
  synchronized CrashReport examine() throws InterruptedException {
    return examiner.examine(hasLife() ? Optional.of(vm) : Optional.empty(), status());
  }

  /**
   * The life that is paused.
   *
   * @param why what cannot be had of one that is not, for a refusal
   */
  synchronized VirtualMachine paused(String why) {
    condition.requirePaused(why);
    return vm;
  }

  /**
   * Does short work while a life is paused.
   *
   * @throws RefusedException if it is no longer so
   */
  synchronized void whilePaused(VirtualMachine life, Runnable work) {
    if (vm != life || status() != VmStatus.PAUSED) {
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
    boolean runs = status() == VmStatus.RUNNING;
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
        condition.doubt();
        become(VmStatus.PAUSED);
      }
      case ENDS -> leave();
    }
  }

  /** It goes on elsewhere, or later. */
  private void leave() {
    condition.leave();
    requestEnd();
  }

  /** Whether nobody knows where it runs. */
  synchronized boolean doubtful() {
    return condition.doubtful();
  }

  /**
   * A person knows whether it runs elsewhere.
   *
   * @param here whether it goes on here; otherwise it ends
   */
  synchronized void endDoubt(boolean here) {
    if (!condition.endDoubt()) {
      return;
    }
    if (here) {
      resume();
    } else {
      leave();
    }
  }

  /** Looks at the machine of the present life, or changes something of it. */
  synchronized <T> T present(Function<VirtualMachine, T> use) {
    condition.requireLife();
    return use.apply(vm);
  }

  /** Ends the life if there is one, and lets none begin any more; returns at once. */
  synchronized void close() {
    condition.close();
    if (hasLife()) {
      requestEnd();
    } else {
      if (status() == VmStatus.RESTARTING) {
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

  /** Clears the machine away, and does something with it afterwards; returns what that has met. */
  private Optional<Throwable> clear(Consumer<VirtualMachine> then) {
    VirtualMachine gone = vm;
    vm = null;
    try {
      gone.close();
      then.accept(gone);
      controls.darken(gone);
      return Optional.empty();
    } catch (RuntimeException | Error e) {
      return Optional.of(e);
    }
  }

  private static String unclear(Throwable met) {
    return "its machine could not be cleared away: " + met;
  }

  synchronized VmReport report() {
    return history.report(description, status(), Optional.ofNullable(vm), disks.reports());
  }

  private void become(VmStatus now) {
    condition.become(now);
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
    Optional<Throwable> met = clear(history::count);
    Outcome seen =
        met.<Outcome>map(why -> new Outcome.Failed(unclear(why), List.of(), met))
            .orElseGet(() -> Secrets.shown(description, outcome));
    console.unplug();
    history.ended(seen);
    return next(seen);
  }

  private Next next(Outcome outcome) {
    if (condition.closing() || wished == VmStatus.STOPPED) {
      debug.ended(outcome); // before others hear of it, who may close the system
      endStopped(outcome);
      return new Next.Rest();
    }
    if (wished == VmStatus.RUNNING) {
      return new Next.Again();
    }
    Optional<Event.Restart> restart = history.restart(description.restart(), outcome);
    if (restart.isEmpty()) {
      debug.ended(outcome);
      end(VmStatus.ENDED, outcome, restart);
      return new Next.Rest();
    }
    end(VmStatus.RESTARTING, outcome, restart);
    return new Next.Later(restart.get());
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
    if (!condition.closing() && !condition.gone()) {
      listener.accept(new Event.Stopped(description.name()));
    }
  }

  /** Returns false if there is to be no new life. */
  private synchronized boolean awaitBackoff(Duration backoff) throws InterruptedException {
    long due = platform.clock().nanos() + backoff.toNanos();
    platform.time().begin(); // the wait for a restart is no pause
    Timers.Armed timer = timers.at(due, this::look);
    try {
      while (platform.clock().nanos() < due && status() == VmStatus.RESTARTING) {
        wait();
      }
      return status() != VmStatus.STOPPED;
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
      history.ended(outcome);
      debug.ended(outcome);
      end(VmStatus.ENDED, outcome, Optional.empty());
    }
    return false;
  }

  private synchronized boolean beginAgain() {
    if (condition.closing()) {
      become(VmStatus.STOPPED);
      return false;
    }
    history.countReset();
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
    return history.last().filter(description.restart()::goesBack).isPresent();
  }

  /** Why another life follows: by an operator's reset, or his start amidst a wait, or by itself. */
  private Event.Beginning beginning() {
    if (wished == VmStatus.RUNNING) {
      return Event.Beginning.RESET;
    }
    return status() == VmStatus.READY ? Event.Beginning.START : Event.Beginning.RESTART;
  }
}
