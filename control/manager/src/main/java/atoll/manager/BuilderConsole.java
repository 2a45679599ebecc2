package atoll.manager;

import atoll.host.HostException;
import atoll.image.Progress;
import atoll.image.RefusedException;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Optional;

/**
 * Listens to the VM that builds an image: keeps a log of what it prints, tells how far it is, and
 * knows how it has ended. Thread-safe.
 */
final class BuilderConsole implements EventListener, AutoCloseable {
  /** Lines that say why a build has failed. */
  private static final int LAST_LINES = 15;

  /** Bytes of a line that are looked at. */
  private static final int LONGEST = 1000;

  private static final String STEP = "@atoll step ";
  private static final String FAILED = "@atoll failed ";
  private static final String DONE = "@atoll done";
  private static final String CONFIGURED = "Setting up ";

  private final OutputStream log;
  private final Progress progress;

  // Guarded by this.
  private final ByteArrayOutputStream line = new ByteArrayOutputStream();
  private final Deque<String> last = new ArrayDeque<>();
  private Optional<IOException> unwritable = Optional.empty();
  private Optional<String> failure = Optional.empty();
  private boolean done;
  private int configured;

  /**
   * @param log is closed with this
   * @param progress of packages that are configured
   */
  BuilderConsole(OutputStream log, Progress progress) {
    this.log = log;
    this.progress = progress;
  }

  @Override
  public synchronized void accept(Event event) {
    if (event instanceof Event.Printed printed) {
      byte[] bytes = printed.bytes().array();
      write(bytes);
      for (byte each : bytes) {
        take(each);
      }
    } else if (event instanceof Event.Noticed(String vm, String text)) {
      // What a disk has refused is missing in the image, whether or not the builder minds.
      write(("atoll: " + text + "\n").getBytes(StandardCharsets.UTF_8));
      failure = failure.or(() -> Optional.of(text));
    }
  }

  private void write(byte[] bytes) {
    try {
      log.write(bytes);
    } catch (IOException e) {
      unwritable = unwritable.or(() -> Optional.of(e));
    }
  }

  private void take(byte next) {
    if (next == '\n') {
      see(line.toString(StandardCharsets.UTF_8).strip());
      line.reset();
    } else if (line.size() < LONGEST) {
      line.write(next);
    }
  }

  private void see(String text) {
    if (text.startsWith(STEP)) {
      progress.doing(text.substring(STEP.length()));
    } else if (text.startsWith(FAILED)) {
      failure = failure.or(() -> Optional.of(text.substring(FAILED.length())));
    } else if (text.equals(DONE)) {
      done = true;
    } else if (!text.isEmpty()) {
      note(text);
    }
  }

  private void note(String text) {
    if (text.startsWith(CONFIGURED)) {
      progress.doing("configuring " + text.substring(CONFIGURED.length()).replaceFirst(" .*", ""));
      progress.advance(++configured);
    }
    last.addLast(text.replaceAll("\\p{Cntrl}", " "));
    if (last.size() > LAST_LINES) {
      last.removeFirst();
    }
  }

  /** Whether the builder has said that all is done. */
  synchronized boolean done() {
    return done;
  }

  /** What the builder, or one of its disks, has said of a failure. */
  synchronized Optional<String> failure() {
    return failure;
  }

  /** The last lines that it has printed, indented. */
  synchronized String last() {
    return last.isEmpty() ? "  (nothing)" : "  " + String.join("\n  ", last);
  }

  /**
   * Closes the log.
   *
   * @throws RefusedException if it is not whole
   */
  @Override
  public synchronized void close() {
    try {
      log.close();
    } catch (IOException e) {
      unwritable = unwritable.or(() -> Optional.of(e));
    }
    unwritable.ifPresent(e -> {
      throw new RefusedException(
          "the log of the build cannot be written: %s; free some space"
              .formatted(HostException.reason(e)),
          e);
    });
  }
}
