package atoll.manager;

import atoll.host.PlatformClock;
import atoll.host.Timers;
import atoll.kernel.VcpuState;
import atoll.scenario.ConsoleKind;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import java.util.function.Supplier;
import java.util.regex.Pattern;

/**
 * Waits until the boot of our Linux has come to rest: the shell's prompt is there, what it has
 * asked the terminal is answered, and all vCPUs have waited each time that somebody has looked for
 * a while. Gives up once anybody has done anything to the machine, since a snapshot is to hold what
 * the boot has done and nothing that its user has. Thread-safe.
 */
final class BootWatch implements EventListener {
  /** How often the vCPUs are looked at. */
  private static final long LOOK = Duration.ofMillis(20).toNanos();

  /** How often in a row they must have waited. */
  private static final int CALM = 10;

  /** A boot that takes longer is none that somebody waits for again. */
  private static final long PATIENCE = Duration.ofMinutes(5).toNanos();

  private static final Set<VcpuState> WAITING = EnumSet.of(VcpuState.HALTED, VcpuState.STOPPED);

  /** What a console can have shown by the time of its prompt. */
  private static final int MOST_SHOWN = 1 << 14;

  /** How the shell of our Linux begins ({@code PS1} in its profile). */
  private static final String PROMPT = "atoll:~# ";

  /** The question for the cursor's place, and its answer (ECMA-48, 8.3.35 and 8.3.14). */
  private static final String QUESTION = "\033[6n";

  private static final Pattern ANSWERS = Pattern.compile("(?:\033\\[\\d+;\\d+R)+");

  /** Set by whoever interferes, before that has any effect. */
  private volatile boolean over;

  // Guarded by this.
  private final ByteArrayOutputStream shown = new ByteArrayOutputStream();
  private int answers;

  /** Of the timers' thread. */
  private int calm;

  /** What is looked at. */
  private record Place(
      Timers timers, PlatformClock clock, Supplier<List<VcpuState>> vcpus, Runnable atRest) {}

  /**
   * Begins to look.
   *
   * @param timers of the platform's time
   * @param vcpus what they do now
   * @param atRest called once, on the timers' thread
   */
  void start(Timers timers, PlatformClock clock, Supplier<List<VcpuState>> vcpus, Runnable atRest) {
    long until = clock.nanos() + PATIENCE;
    later(new Place(timers, clock, vcpus, atRest), until);
  }

  private void later(Place place, long until) {
    place.timers.at(place.clock.nanos() + LOOK, () -> look(place, until));
  }

  /** Whether nobody has interfered so far. */
  boolean untouched() {
    return !over;
  }

  /** Something is about to be done by a face, or for it. */
  void acted(VmAction<?> action) {
    if (action instanceof BoardAction.Type(String vm, Bytes bytes)) {
      typed(bytes);
    } else if (!(action instanceof SystemAction.StartSystem
        || action instanceof SystemAction.AwaitSystem
        || action instanceof SystemAction.DescribeSystem
        || action instanceof SystemAction.TellTime
        || action instanceof SystemAction.SetAlarm
        || action instanceof SystemAction.CancelAlarm
        || action instanceof BoardAction.ResizeConsole)) {
      over = true;
    }
  }

  /** By the terminal itself, or by somebody. */
  private synchronized void typed(Bytes bytes) {
    String text = new String(bytes.array(), StandardCharsets.ISO_8859_1);
    if (ANSWERS.matcher(text).matches()) {
      answers += count(text, "R");
    } else {
      over = true;
    }
  }

  @Override
  public void accept(Event event) {
    if (event instanceof Event.Printed(String vm, ConsoleKind device, Bytes bytes)) {
      printed(device, bytes);
    } else if (event instanceof Event.LifeEnded) {
      over = true;
    }
  }

  private synchronized void printed(ConsoleKind device, Bytes bytes) {
    if (device == ConsoleKind.VIRTIO && !over) {
      shown.writeBytes(bytes.array());
      over = shown.size() > MOST_SHOWN;
    }
  }

  /** What the console shows, without what it has asked the terminal. */
  synchronized byte[] screen() {
    return text().replace(QUESTION, "").getBytes(StandardCharsets.ISO_8859_1);
  }

  private String text() {
    return shown.toString(StandardCharsets.ISO_8859_1);
  }

  private synchronized boolean prompted() {
    String text = text();
    return text.replace(QUESTION, "").endsWith(PROMPT) && count(text, QUESTION) == answers;
  }

  private static int count(String text, String what) {
    return text.split(Pattern.quote(what), -1).length - 1;
  }

  private void look(Place place, long until) {
    if (over || place.clock.nanos() > until) {
      return;
    }
    calm = prompted() && WAITING.containsAll(place.vcpus.get()) ? calm + 1 : 0;
    if (calm < CALM) {
      later(place, until);
    } else {
      place.atRest.run();
    }
  }
}
