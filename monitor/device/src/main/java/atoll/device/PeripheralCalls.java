package atoll.device;

import atoll.state.Unsaved;
import java.util.Arrays;
import java.util.Optional;
import java.util.Set;
import java.util.function.Supplier;

/**
 * Calls the code of one device of a user's own: tells what it throws, which ends its machine, and
 * which call takes long or does not come back. Calls are made one at a time.
 */
@Unsaved("of the call that is being made, and whether a person has been told")
final class PeripheralCalls {
  /** Nanoseconds after which a call that has come back has taken too long. */
  static final long LONG = 100_000_000;

  /** Nanoseconds after which a call is told of that has not come back. */
  static final long LOST = 1_000_000_000;

  private static final int MOST_SHOWN = 300;

  /** Whose frames are below those of the user's code. */
  private static final Set<String> OURS =
      Set.of(
          PeripheralCalls.class.getName(),
          PeripheralSeat.class.getName(),
          PeripheralHost.class.getName());

  private final String device;
  private final PeripheralWiring wiring;

  /** Null between two calls. */
  private volatile Running running;

  private volatile boolean looking;
  private volatile boolean failed;
  private boolean slow;

  /** Which method is called. */
  record Call(String method, long offset, int size) {
    /** One that is not about a register. */
    Call(String method) {
      this(method, 0, 0);
    }

    @Override
    public String toString() {
      return size == 0 ? method : "%s of %d bytes at 0x%x".formatted(method, size, offset);
    }
  }

  private record Running(Call call, long since) {}

  /**
   * @param device its name and its code, for messages
   */
  PeripheralCalls(String device, PeripheralWiring wiring) {
    this.device = device;
    this.wiring = wiring;
  }

  /**
   * Makes a call; what follows if it throws, or another has thrown before, is {@code otherwise}.
   */
  <T> T make(Call call, Supplier<T> body, T otherwise) {
    if (failed) {
      return otherwise;
    }
    Running outer = running;
    long since = begin(call);
    try {
      return body.get();
    } catch (Throwable e) {
      failed = true;
      wiring.failed().accept(describe(call, e), e);
      return otherwise;
    } finally {
      running = outer;
      end(call, since);
    }
  }

  void make(Call call, Runnable body) {
    boolean ignored =
        make(
            call,
            () -> {
              body.run();
              return true;
            },
            false);
  }

  private long begin(Call call) {
    long now = wiring.clock().nanos();
    running = new Running(call, now);
    if (!looking) {
      lookLater();
    }
    return now;
  }

  private void end(Call call, long since) {
    long took = wiring.clock().nanos() - since;
    if (took >= LONG && !slow) {
      slow = true;
      wiring
          .noticed()
          .accept(
              "%s: %s took %d ms, and its VM waits meanwhile; it should return at once"
                  .formatted(device, call, took / 1_000_000));
    }
  }

  private void lookLater() {
    looking = true;
    wiring.timers().at(wiring.clock().nanos() + LOST, this::look);
  }

  /** Waits for nothing: the call has the device's lock. Told of again if it still lasts. */
  private void look() {
    looking = false;
    Running seen = running;
    if (seen == null) {
      return;
    }
    long lasts = wiring.clock().nanos() - seen.since;
    if (lasts >= LOST) {
      wiring
          .noticed()
          .accept(
              "%s: %s has not returned for %d s, and its VM waits"
                  .formatted(device, seen.call, lasts / 1_000_000_000));
    }
    lookLater();
  }

  /** A sentence about what a call has thrown; its trace has the user's frames only afterwards. */
  String describe(Call call, Throwable thrown) {
    StackTraceElement[] frames = thrown.getStackTrace();
    int ours = 0;
    while (ours < frames.length && !OURS.contains(frames[ours].getClassName())) {
      ours++;
    }
    thrown.setStackTrace(Arrays.copyOf(frames, ours));
    return "%s: %s threw %s%s"
        .formatted(device, call, firstLine(thrown), place(thrown.getStackTrace()).orElse(""));
  }

  private static String firstLine(Throwable thrown) {
    String text;
    try {
      text = thrown.toString().lines().findFirst().orElse("");
    } catch (RuntimeException e) {
      text = thrown.getClass().getName();
    }
    return text.length() > MOST_SHOWN ? text.substring(0, MOST_SHOWN) + "..." : text;
  }

  /** The first place that is not in a library of the JVM's. */
  private static Optional<String> place(StackTraceElement[] frames) {
    return Arrays.stream(frames)
        .filter(
            frame -> !frame.getClassName().matches("(java|javax|jdk|sun|atoll[.]peripheral)[.].*"))
        .findFirst()
        .map(frame ->
            " at %s.%s(%s:%d)"
                .formatted(
                    frame.getClassName(),
                    frame.getMethodName(),
                    frame.getFileName(),
                    frame.getLineNumber()));
  }
}
