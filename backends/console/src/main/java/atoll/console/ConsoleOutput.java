package atoll.console;

import java.io.IOException;
import java.io.OutputStream;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Consumer;

/**
 * Carries a guest's output to the host: a vCPU only appends to a buffer, one thread writes it out.
 *
 * <p>A UART delivers single bytes; writing each by itself would cost a system call per character.
 * The writer waits {@link #GATHER_NANOS} for more, too short for a person to notice. Once a reader
 * that stands still has let the buffer fill, {@link Overflow} says what happens; memory is bounded.
 */
final class ConsoleOutput implements AutoCloseable {
  private static final int CAPACITY = 1 << 18;

  /** What the buffers have at first, and again once all is written. */
  private static final int USUAL = 1 << 12;

  private static final int ENOUGH = 4096;
  private static final long GATHER_NANOS = 1_000_000;

  /**
   * How long an unfinished line waits for its rest, where lines of several guests must not be
   * mixed.
   */
  private static final long PATIENCE_MILLIS = 100;

  /** What happens to output for which there is no room. */
  enum Overflow {
    /** The guest waits. */
    WAIT,
    /**
     * It is lost, as on a serial line that nobody reads, and the loss is noted: the thread that
     * writes may execute other guests too, which must not wait for this one's reader.
     */
    LOSE
  }

  /** A line of Atoll's own, and how much of the buffer comes before it. */
  private record Note(int at, String text) {}

  private final OutputStream out;
  private final Display display;
  private final Overflow overflow;
  private final ConsoleLog log;
  private final OutputWatch watch;
  private final Consumer<IOException> lost;
  private final Thread writer;

  private byte[] filling = new byte[USUAL];
  private byte[] writing = new byte[USUAL];
  private final List<Note> notes = new ArrayList<>();
  private int filled;
  private long missed;
  private boolean idle;
  private boolean closed;
  private boolean broken;

  /**
   * @param log gets a copy
   * @param watch sees everything before it is shown
   * @param lost called once if {@code out} fails; output is dropped from then on
   */
  ConsoleOutput(
      OutputStream out,
      Display display,
      Overflow overflow,
      ConsoleLog log,
      OutputWatch watch,
      Consumer<IOException> lost) {
    this.out = out;
    this.display = display;
    this.overflow = overflow;
    this.log = log;
    this.watch = watch;
    this.lost = lost;
    writer = Thread.ofPlatform().name("console-output").daemon().start(this::run);
  }

  /**
   * Appends; waits, if at all, while the buffer is full. Output after {@link #close} is dropped.
   */
  void write(byte[] bytes, int offset, int length) {
    int done = 0;
    while (done < length) {
      int part = append(bytes, offset + done, length - done);
      if (part < 0) {
        return;
      }
      done += part;
    }
  }

  private synchronized int append(byte[] bytes, int offset, int length) {
    if (overflow == Overflow.LOSE && filled == CAPACITY) {
      missed += length;
      return length;
    }
    try {
      while (filled == CAPACITY && !closed && !broken) {
        wait();
      }
    } catch (InterruptedException e) {
      // The machine is being stopped: its output no longer counts.
      Thread.currentThread().interrupt();
      return -1;
    }
    if (closed || broken) {
      return -1;
    }
    int part = Math.min(length, CAPACITY - filled);
    if (filled + part > filling.length) {
      int size = Math.max(filled + part, 2 * filling.length);
      filling = Arrays.copyOf(filling, Math.min(CAPACITY, size));
    }
    System.arraycopy(bytes, offset, filling, filled, part);
    filled += part;
    if (idle) {
      notifyAll();
    }
    return part;
  }

  /** Shows a line of Atoll's own after what has been appended; no log gets it. */
  synchronized void note(String text) {
    if (!closed && !broken) {
      notes.add(new Note(filled, text));
      notifyAll();
    }
  }

  private void run() {
    while (awaitOutput()) {
      int length;
      List<Note> lines;
      synchronized (this) {
        byte[] full = filling;
        filling = writing.length > USUAL ? new byte[USUAL] : writing;
        writing = full;
        length = filled;
        filled = 0;
        if (missed > 0) {
          notes.add(
              new Note(
                  length, "the output was not read for a while: " + missed + " bytes are lost"));
          missed = 0;
        }
        lines = new ArrayList<>(notes);
        notes.clear();
        notifyAll();
      }
      log.append(writing, length).ifPresent(trouble -> lines.add(new Note(length, trouble)));
      watch.printed(writing, 0, length);
      toDisplay(() -> show(length, lines));
    }
    toDisplay(() -> {
      display.release(out);
      display.end(out);
    });
  }

  private void show(int length, List<Note> lines) throws IOException {
    if (length == 0 && lines.isEmpty()) {
      display.release(out);
      return;
    }
    int done = 0;
    for (Note line : lines) {
      display.guest(writing, done, line.at - done, out);
      done = line.at;
      display.note(line.text, out);
    }
    display.guest(writing, done, length - done, out);
  }

  /** Something that may find out that nobody reads any more. */
  private interface Writing {
    void write() throws IOException;
  }

  private void toDisplay(Writing writing) {
    try {
      writing.write();
      out.flush();
    } catch (IOException e) {
      breakOff(e);
    }
  }

  /**
   * Waits for output, and a moment for more; or until what is held back must go.
   *
   * @return false when closed and all is written
   */
  private boolean awaitOutput() {
    boolean gather;
    synchronized (this) {
      idle = true;
      boolean patient = true;
      while (patient && filled == 0 && notes.isEmpty() && !closed) {
        patient = !display.holding();
        try {
          wait(patient ? 0 : PATIENCE_MILLIS);
        } catch (InterruptedException e) {
          // Only close() ends this thread.
        }
      }
      idle = false;
      if (closed && filled == 0 && notes.isEmpty()) {
        return false;
      }
      gather = filled > 0 && filled < ENOUGH && !closed;
    }
    if (gather) {
      LockSupport.parkNanos(GATHER_NANOS);
    }
    return true;
  }

  private void breakOff(IOException problem) {
    synchronized (this) {
      if (broken) {
        return;
      }
      broken = true;
      notifyAll();
    }
    lost.accept(problem);
  }

  /** Writes out everything appended before, then ends the writer and closes the log. */
  @Override
  public void close() {
    synchronized (this) {
      closed = true;
      notifyAll();
    }
    try {
      // A reader that stands still must not keep the process from ending.
      if (writer.join(Duration.ofSeconds(2))) {
        log.close();
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
