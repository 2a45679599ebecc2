package atoll.host;

import java.lang.reflect.Proxy;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.LockSupport;

/** The signals of this process, on hosts that have them; nothing happens elsewhere. */
public final class HostProcess {
  /** For so long after it has gone on, this process takes no new wish to stop. */
  private static final long TOGETHER_NANOS = 100_000_000;

  private static final int SIGSTOP = System.getProperty("os.name").equals("Linux") ? 19 : 17;

  private HostProcess() {}

  /**
   * Has {@code action} run, on a thread of its own, whenever a signal comes, in place of what would
   * happen otherwise.
   *
   * @param signal its name without SIG
   */
  public static void onSignal(String signal, Runnable action) {
    try {
      Class<?> signals = Class.forName("sun.misc.Signal"); // javac warns of it, whatever it is told
      Class<?> handlers = Class.forName("sun.misc.SignalHandler");
      Object handler =
          Proxy.newProxyInstance(
              handlers.getClassLoader(),
              new Class<?>[] {handlers},
              (self, method, received) -> {
                action.run();
                return null;
              });
      Object ignored =
          signals
              .getMethod("handle", signals, handlers)
              .invoke(null, signals.getConstructor(String.class).newInstance(signal), handler);
    } catch (ReflectiveOperationException e) {
      // The host has no such signal, or the JVM keeps it for itself.
    }
  }

  /**
   * Has {@code clock} stand still while this process is stopped by SIGTSTP, as Ctrl-Z sends it. Of
   * SIGSTOP no process hears.
   *
   * <p>A second signal that comes with the first is the same wish: a terminal sends it to this
   * process and to the one that has started it, which hands it on.
   */
  public static void holdWhileStopped(PlatformClock clock) {
    AtomicBoolean stopping = new AtomicBoolean();
    onSignal(
        "TSTP",
        () -> {
          if (stopping.compareAndSet(false, true)) {
            hold(clock);
            LockSupport.parkNanos(TOGETHER_NANOS);
            stopping.set(false);
          }
        });
  }

  private static void hold(PlatformClock clock) {
    clock.stop();
    try {
      stop();
    } finally {
      clock.start();
    }
  }

  /**
   * Stops this process; returns when somebody has continued it, as a shell's {@code fg} does. With
   * {@code kill} another thread could take the signal, and this one go on for a moment; {@code
   * raise} sends it to this thread, which does not return before it is handled.
   */
  private static void stop() {
    int ignored = HostCall.of("raise").call(SIGSTOP, 0, 0);
  }
}
