package atoll.testkit;

import atoll.device.spi.ConsoleBackend;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.concurrent.TimeUnit;

/** A console that a test types on and reads from. Thread-safe. */
public final class ScriptedConsole implements ConsoleBackend {
  private final ByteArrayOutputStream printed = new ByteArrayOutputStream();
  private final ByteArrayOutputStream typed = new ByteArrayOutputStream();
  private Receiver receiver;
  private int seen;
  private boolean offering;
  private boolean again;

  @Override
  public synchronized void output(byte[] bytes, int offset, int length) {
    printed.write(bytes, offset, length);
    notifyAll();
  }

  @Override
  public synchronized void attach(Receiver to) {
    receiver = to;
    offerLater();
  }

  @Override
  public synchronized void ready() {
    offerLater();
  }

  /** Types text; what the guest does not take yet is kept for it. */
  public synchronized void type(String text) {
    typed.writeBytes(text.getBytes(StandardCharsets.ISO_8859_1));
    offerLater();
  }

  /** The receiver takes the device's monitor, under which {@link #ready} is called: not here. */
  private void offerLater() {
    if (receiver == null || typed.size() == 0) {
      return;
    }
    if (offering) {
      again = true; // room that came while an offer was being refused
      return;
    }
    offering = true;
    Thread.ofVirtual().start(this::offer);
  }

  private void offer() {
    while (true) {
      byte[] bytes;
      Receiver to;
      synchronized (this) {
        again = false;
        bytes = typed.toByteArray();
        to = receiver;
      }
      int taken = to.input(bytes, 0, bytes.length);
      synchronized (this) {
        byte[] all = typed.toByteArray();
        typed.reset();
        typed.write(all, taken, all.length - taken);
        if (typed.size() == 0 || (taken == 0 && !again)) {
          offering = false;
          return;
        }
      }
    }
  }

  /** Everything printed so far. */
  public synchronized String text() {
    return printed.toString(StandardCharsets.ISO_8859_1);
  }

  /**
   * Waits until the guest has printed {@code text} behind what was last awaited.
   *
   * @return what was printed since then, {@code text} included
   * @throws AssertionError with the last output if it does not come in time
   */
  public synchronized String await(String text, Duration limit) throws InterruptedException {
    long end = System.nanoTime() + limit.toNanos();
    while (true) {
      String all = text();
      int at = all.indexOf(text, seen);
      if (at >= 0) {
        String found = all.substring(seen, at + text.length());
        seen = at + text.length();
        return found;
      }
      long left = end - System.nanoTime();
      if (left <= 0) {
        throw new AssertionError(
            "'%s' was not printed within %s; last output:%n%s"
                .formatted(text, limit, all.substring(Math.max(0, all.length() - 3000))));
      }
      TimeUnit.NANOSECONDS.timedWait(this, left);
    }
  }
}
