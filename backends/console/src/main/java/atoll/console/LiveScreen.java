package atoll.console;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.TimeUnit;

/** Shows a {@link LivePage} again and again until a key is typed. */
final class LiveScreen implements Overlay {
  private static final long REFRESH_NANOS = 1_000_000_000;
  private static final String CURSOR_OFF = "\033[?25l";

  private final LivePage page;
  private RawTerminal.Size size;
  private boolean changed;
  private boolean closed;
  private Runnable ended;

  LiveScreen(LivePage page) {
    this.page = page;
  }

  @Override
  public synchronized void open(OutputStream out, RawTerminal.Size size, Runnable ended) {
    this.size = size;
    this.ended = ended;
    Thread.ofVirtual().name("live-page").start(() -> run(out));
  }

  private void run(OutputStream out) {
    try {
      write(out, ConsoleView.CLEAR + CURSOR_OFF);
      RawTerminal.Size now = await(0);
      while (now != null) {
        write(out, drawn(now));
        now = await(REFRESH_NANOS);
      }
    } catch (IOException | InterruptedException e) {
      // Nobody sees the terminal any more, which its reader finds out as well.
    }
    ended.run();
  }

  private String drawn(RawTerminal.Size now) {
    StringBuilder text = new StringBuilder("\033[H");
    int row = 0;
    for (String line : page.lines(now.columns(), now.rows() - 1)) {
      if (++row < now.rows()) {
        text.append(line, 0, Math.min(line.length(), now.columns())).append("\033[K\r\n");
      }
    }
    return text.append("press any key to go back\033[K\033[J").toString();
  }

  private static void write(OutputStream out, String text) throws IOException {
    out.write(text.getBytes(StandardCharsets.UTF_8));
    out.flush();
  }

  /** Waits for the next moment to draw; returns the size then, or null at the end. */
  private synchronized RawTerminal.Size await(long nanos) throws InterruptedException {
    long due = System.nanoTime() + nanos;
    long left = nanos;
    while (left > 0 && !changed && !closed) {
      TimeUnit.NANOSECONDS.timedWait(this, left);
      left = due - System.nanoTime();
    }
    changed = false;
    return closed ? null : size;
  }

  @Override
  public void typed(byte[] bytes, int offset, int length) {
    close();
  }

  @Override
  public synchronized void resized(RawTerminal.Size size) {
    this.size = size;
    changed = true;
    notifyAll();
  }

  @Override
  public synchronized void close() {
    closed = true;
    notifyAll();
  }
}
