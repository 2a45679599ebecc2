package atoll.backend;

import java.util.concurrent.atomic.AtomicBoolean;

/** Tells once that nobody can read the output any more, whoever finds out first. */
final class Hangup implements Runnable {
  private final Runnable told;
  private final AtomicBoolean happened = new AtomicBoolean();

  Hangup(Runnable told) {
    this.told = told;
  }

  @Override
  public void run() {
    if (happened.compareAndSet(false, true)) {
      told.run();
    }
  }
}
