package atoll.console;

import java.util.concurrent.CountDownLatch;

/** The control side of a terminal, in a test's hands. */
final class ScriptedTerminal implements RawTerminal {
  private final CountDownLatch raw = new CountDownLatch(1);
  private Size size = new Size(100, 30);
  private Runnable changed;
  private int closed;

  @Override
  public void raw() {
    raw.countDown();
  }

  void awaitRaw() throws InterruptedException {
    raw.await();
  }

  @Override
  public synchronized Size size() {
    return size;
  }

  @Override
  public synchronized void onResize(Runnable changed) {
    this.changed = changed;
    notifyAll();
  }

  synchronized void resize(int columns, int rows) throws InterruptedException {
    while (changed == null) {
      wait();
    }
    size = new Size(columns, rows);
    changed.run();
  }

  @Override
  public synchronized void close() {
    closed++;
  }

  synchronized int closed() {
    return closed;
  }
}
