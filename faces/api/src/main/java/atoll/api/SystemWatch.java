package atoll.api;

import atoll.api.ExpectationException.Reason;
import atoll.host.Clock;
import atoll.manager.Event;
import atoll.manager.EventListener;
import atoll.scenario.Scenario;
import atoll.scenario.VmDescription;
import java.time.Duration;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.Predicate;
import java.util.function.Supplier;

/**
 * What is known of a system by its events, and the place where threads wait for more. Holds no
 * other lock and performs no action, since events come under the locks of devices.
 */
final class SystemWatch implements EventListener {
  /** A burst of output is looked at once in so long, and not after each of its bytes. */
  private static final Duration BURST = Duration.ofMillis(1);

  private final Clock clock;
  private final Consumer<String> progress;
  private final Map<String, VmWatch> vms = new LinkedHashMap<>();
  private final Map<String, Keyboard> keyboards = new LinkedHashMap<>();

  // Guarded by this.
  private final Set<Long> alarms = new HashSet<>();
  private long alarmNumber;
  private long order;
  private boolean closed;

  /** Whether somebody waits who has not been told of output since. */
  private boolean dozing;

  private boolean printed;

  /**
   * What has come of a wait.
   *
   * @param reason why there is nothing, if so
   */
  record Awaited<T>(Optional<T> value, Optional<Reason> reason) {}

  /**
   * The end of a wait.
   *
   * @param alarm rings when the guest's time is over
   * @param hostEnd when the host's is, by its clock
   */
  record Deadline(long alarm, long hostEnd) {}

  /**
   * @param clock the host's
   * @param progress told of long work, in a few words each
   */
  SystemWatch(Scenario scenario, Operator operator, Clock clock, Consumer<String> progress) {
    this.clock = clock;
    this.progress = progress;
    for (VmDescription vm : scenario.vms()) {
      vms.put(vm.name(), new VmWatch(vm));
      keyboards.put(vm.name(), new Keyboard(vm.name(), operator));
    }
  }

  @Override
  public void accept(Event event) {
    // No switch: its first use would take longer than all the rest before a small guest's start.
    if (event instanceof Event.OfVm of) {
      note(of);
      tell(keyboards.get(of.vm()), of);
    } else if (event instanceof Event.AlarmRang(long alarm)) {
      ring(alarm);
    } else if (event instanceof Event.StepBegan began) {
      progress.accept(began.step());
    }
  }

  private synchronized void note(Event.OfVm event) {
    vms.get(event.vm()).note(event, order++);
    boolean output = event instanceof Event.Printed;
    printed |= output;
    if (!output || dozing) {
      dozing = false;
      notifyAll();
    }
  }

  private void tell(Keyboard keyboard, Event.OfVm event) {
    if (event instanceof Event.ConsoleRoom || event instanceof Event.ConsoleReady) {
      keyboard.room();
    } else if (event instanceof Event.StatusChanged && !ask(event.vm(), VmWatch::alive)) {
      keyboard.forget();
    }
  }

  private synchronized void ring(long alarm) {
    alarms.remove(alarm);
    notifyAll();
  }

  /** The system is being closed: nobody need wait any more. */
  synchronized void close() {
    closed = true;
    notifyAll();
  }

  /** Something has come that is not an event: those who wait look again. */
  synchronized void look() {
    notifyAll();
  }

  /** Types on a VM's keyboard. */
  Keyboard keyboard(String vm) {
    return keyboards.get(vm);
  }

  /** The names of all VMs. */
  List<String> names() {
    return List.copyOf(vms.keySet());
  }

  /** Asks what is known of a VM. */
  synchronized <T> T ask(String vm, Function<VmWatch, T> question) {
    return question.apply(vms.get(vm));
  }

  /** Asks what is known of all. */
  synchronized boolean all(Predicate<VmWatch> question) {
    return vms.values().stream().allMatch(question);
  }

  /** A number for an alarm, which is waited for from now on. */
  synchronized long alarm() {
    alarms.add(++alarmNumber);
    return alarmNumber;
  }

  synchronized void forget(long alarm) {
    alarms.remove(alarm);
  }

  /** The end of a wait of at most so long by the host's clock. */
  Deadline deadline(long alarm, Duration host) {
    return new Deadline(alarm, clock.nanos() + host.toNanos());
  }

  /**
   * Waits until {@code look} finds something.
   *
   * @param look called under this watch's lock
   * @param hopeless why it never will, if so; the same
   */
  synchronized <T> Awaited<T> await(
      Supplier<Optional<T>> look, Supplier<Optional<Reason>> hopeless, Deadline deadline)
      throws InterruptedException {
    while (true) {
      Optional<T> found = look.get();
      if (found.isPresent()) {
        return new Awaited<>(found, Optional.empty());
      }
      long left = deadline.hostEnd - clock.nanos();
      Optional<Reason> reason = reason(hopeless, deadline, left);
      if (reason.isPresent()) {
        return new Awaited<>(Optional.empty(), reason);
      }
      doze(left);
    }
  }

  private Optional<Reason> reason(
      Supplier<Optional<Reason>> hopeless, Deadline deadline, long left) {
    if (closed) {
      return Optional.of(Reason.CLOSED);
    }
    if (!alarms.contains(deadline.alarm)) {
      return Optional.of(Reason.TIME);
    }
    return hopeless.get().or(() -> left <= 0 ? Optional.of(Reason.HOST_TIME) : Optional.empty());
  }

  private void doze(long nanos) throws InterruptedException {
    printed = false;
    dozing = true;
    TimeUnit.NANOSECONDS.timedWait(this, nanos);
    if (printed) {
      TimeUnit.MILLISECONDS.timedWait(this, BURST.toMillis());
    }
  }
}
