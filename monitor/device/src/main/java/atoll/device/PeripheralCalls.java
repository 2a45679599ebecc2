package atoll.device;

import atoll.state.Unsaved;
import java.time.Duration;
import java.util.Arrays;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * Calls the code of one device of a user's own, one call at a time. What it throws ends its
 * machine, and so does a call that does not come back: a thread of Java's cannot be stopped, so
 * that it is left behind. Others have the physical CPU long before.
 *
 * <p>A call is looked at every {@link #LOOK}, and time counts in looks: a process that was stopped
 * meanwhile, or whose debugger has stopped it, has had one.
 */
@Unsaved("of the call that is being made, and whether a person has been told")
final class PeripheralCalls {
  /** Nanoseconds between two looks at a call. */
  static final long LOOK = 25_000_000;

  /** Looks after which a call that has come back has taken too long: 100 ms. */
  static final int LONG = 4;

  /** Looks after which a call is told of that has not come back: 1 s. */
  static final int LATE = 40;

  private static final int MOST_SHOWN = 300;

  /** Whose frames are below those of the user's code. */
  private static final Set<String> OURS =
      Set.of(
          PeripheralCalls.class.getName(),
          PeripheralSeat.class.getName(),
          PeripheralHost.class.getName());

  private final String device;
  private final PeripheralWiring wiring;
  private final Duration patience;
  private final Turn turn = new Turn();

  /** Null between two calls. */
  private volatile Visit running;

  /** What the last look has seen; by the thread that looks. */
  private Visit seen;

  /** Where those are that wait for their turn. */
  private final ConcurrentLinkedQueue<Excursion> waiting = new ConcurrentLinkedQueue<>();

  private final AtomicBoolean looking = new AtomicBoolean();
  private final AtomicBoolean failed = new AtomicBoolean();
  private boolean slow;

  /**
   * @param device its name and its code, for messages
   * @param patience how long a call may take
   */
  PeripheralCalls(String device, PeripheralWiring wiring, Duration patience) {
    this.device = device;
    this.wiring = wiring;
    this.patience = patience;
  }

  // ------------------------------------------------------------ a call on its caller's thread

  /**
   * Waits for the turn to make a call.
   *
   * @return null if none is made any more; otherwise {@link #end} follows
   */
  Visit begin(String method, long offset, int size, Excursion excursion) {
    return begin(method, offset, size, excursion, failed);
  }

  private Visit begin(
      String method, long offset, int size, Excursion excursion, AtomicBoolean unless) {
    if (!turn.tryTake()) {
      waiting.add(excursion);
      turn.take();
      boolean ignored = waiting.remove(excursion);
    }
    if (unless.get() || turn.lost()) {
      turn.give();
      return null;
    }
    Visit visit = new Visit(method, offset, size, excursion);
    running = visit;
    if (!looking.get()) {
      lookLater();
    }
    return visit;
  }

  void end(Visit visit) {
    running = null;
    if (visit.looks() >= LONG && !slow) {
      slow = true;
      wiring
          .noticed()
          .accept(
              "%s: %s took more than %d ms, and its VM waits meanwhile; it should return at once"
                  .formatted(device, visit.met(), visit.looks() * LOOK / 1_000_000));
    }
    turn.give();
  }

  /** A call has thrown: it is the last one. */
  void threw(Visit visit, Throwable thrown) {
    fail(describe(visit, thrown), thrown);
  }

  private void fail(String text, Throwable cause) {
    if (failed.compareAndSet(false, true)) {
      wiring.failed().accept(text, cause);
    }
  }

  /** Makes a call that is about no register and that serves no vCPU. */
  void make(String method, Runnable body) {
    Visit visit = begin(method, 0, 0, Excursion.NOBODYS);
    if (visit == null) {
      return;
    }
    try {
      body.run();
    } catch (Throwable e) {
      threw(visit, e);
    } finally {
      end(visit);
    }
  }

  // ------------------------------------------------------------ a call whose caller must not wait

  /** A call that is made apart has not come back, or is not made since another has not. */
  static final class LostException extends Exception {
    private static final long serialVersionUID = 1;

    LostException(String message) {
      super(message);
    }
  }

  /** A call that is made apart has thrown. */
  static final class ThrownException extends Exception {
    private static final long serialVersionUID = 1;

    ThrownException(String message, Throwable cause) {
      super(message, cause);
    }
  }

  /**
   * Makes a call on the device's own thread, since its caller is one that must come back, such as
   * an operator's; waits as long as a call may take.
   *
   * @throws ThrownException if it throws
   * @throws LostException if it does not come back
   */
  <T> T apart(String method, Callable<T> body) throws ThrownException, LostException {
    return apart(method, body, failed, looks());
  }

  /** The same for the last call, which a device gets that has failed, too. */
  void close(Callable<Void> body) throws ThrownException, LostException {
    Void ignored = apart("close", body, new AtomicBoolean(), atEnd());
  }

  /** The same for a call that ends the machine if it throws. */
  void resume(Runnable body) {
    apart("resume", body, looks());
  }

  /** The same, of which the machine's end begins with one. */
  void pause(Runnable body) {
    apart("pause", body, atEnd());
  }

  private void apart(String method, Runnable body, long most) {
    try {
      boolean ignored = apart(method, Executors.callable(body, true), failed, most);
    } catch (ThrownException e) {
      fail(e.getMessage(), e.getCause());
    } catch (LostException e) {
      // The machine ends by it.
    }
  }

  private <T> T apart(String method, Callable<T> body, AtomicBoolean unless, long most)
      throws ThrownException, LostException {
    CompletableFuture<T> done = new CompletableFuture<>();
    wiring.thread().execute(() -> call(method, body, unless, done));
    for (long left = most; left > 0; left--) {
      try {
        return await(done);
      } catch (TimeoutException e) {
        // Once more.
      }
    }
    Visit visit = running;
    String text = lost(visit == null ? method : visit.toString(), visit, most);
    lose(text, visit);
    throw new LostException(text);
  }

  /** How often a call is looked at before it is given up. */
  private long looks() {
    return Math.ceilDiv(patience.toNanos(), LOOK);
  }

  /** The same where its machine ends: nobody looks at it with a debugger any more. */
  private long atEnd() {
    return Math.min(looks(), LATE);
  }

  private <T> void call(
      String method, Callable<T> body, AtomicBoolean unless, CompletableFuture<T> done) {
    Visit visit = begin(method, 0, 0, Excursion.NOBODYS, unless);
    if (visit == null) {
      boolean ignored =
          done.completeExceptionally(
              new LostException("%s is called no more: it has failed".formatted(device)));
      return;
    }
    try {
      boolean ignored = done.complete(body.call());
    } catch (Throwable e) {
      boolean ignored = done.completeExceptionally(new ThrownException(describe(visit, e), e));
    } finally {
      end(visit);
    }
  }

  /** Waits until the next look; the wait is short, so that it is not interrupted. */
  private static <T> T await(CompletableFuture<T> done)
      throws ThrownException, LostException, TimeoutException {
    boolean interrupted = false;
    try {
      while (true) {
        try {
          return done.get(LOOK, TimeUnit.NANOSECONDS);
        } catch (InterruptedException e) {
          interrupted = true;
        }
      }
    } catch (ExecutionException e) {
      switch (e.getCause()) {
        case ThrownException thrown -> throw thrown;
        case LostException lost -> throw lost;
        default -> throw new IllegalStateException("a call ends in neither way", e);
      }
    } finally {
      if (interrupted) {
        Thread.currentThread().interrupt();
      }
    }
  }

  // ------------------------------------------------------------ on the thread that looks

  private void lookLater() {
    if (looking.compareAndSet(false, true)) {
      wiring.watch().at(wiring.clock().nanos() + LOOK, this::look);
    }
  }

  /** Waits for nothing. A call that begins now sees that none looks, or is seen. */
  private void look() {
    looking.set(false);
    Visit now = running;
    if (now != null && now == seen) {
      now.looked();
      stays(now);
    }
    seen = now;
    if (now != null && !turn.lost()) {
      lookLater();
    }
  }

  private void stays(Visit visit) {
    visit.excursion().goOnWithout();
    waiting.forEach(Excursion::goOnWithout);
    if (visit.looks() >= (visit.excursion().stopped() ? atEnd() : looks())) {
      lose(lost(visit.toString(), visit, visit.looks()), visit);
    } else if (visit.looks() == LATE) {
      wiring
          .noticed()
          .accept(
              "%s: %s has not returned for %d s, and its VM waits"
                  .formatted(device, visit, LATE * LOOK / 1_000_000_000));
    }
  }

  private String lost(String call, Visit visit, long looks) {
    String where = visit == null ? "" : place(visit.place()).map(at -> "; it is" + at).orElse("");
    return "%s: %s has not returned for %s%s"
        .formatted(device, call, inWords(looks * LOOK / 1_000_000), where);
  }

  private static String inWords(long millis) {
    return millis % 1000 == 0 ? millis / 1000 + " s" : millis + " ms";
  }

  /** The thread is left behind, and all that wait for it go on. */
  private void lose(String text, Visit visit) {
    PeripheralException where = new PeripheralException(text, null);
    where.setStackTrace(visit == null ? new StackTraceElement[0] : theirs(visit.place()));
    fail(text, where);
    turn.lose();
    if (visit != null) {
      visit.excursion().abandon();
    }
  }

  // ------------------------------------------------------------ words

  /** A sentence about what a call has thrown; its trace has the user's frames only afterwards. */
  private String describe(Visit visit, Throwable thrown) {
    thrown.setStackTrace(theirs(thrown.getStackTrace()));
    return "%s: %s threw %s%s"
        .formatted(device, visit, firstLine(thrown), place(thrown.getStackTrace()).orElse(""));
  }

  private static StackTraceElement[] theirs(StackTraceElement[] frames) {
    int ours = 0;
    while (ours < frames.length && !OURS.contains(frames[ours].getClassName())) {
      ours++;
    }
    return Arrays.copyOf(frames, ours);
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
    return Arrays.stream(theirs(frames))
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
