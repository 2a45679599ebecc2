package atoll.console;

import atoll.host.HostException;
import java.io.IOException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;

/** Tells once that output can no longer be shown; any thread may find out first. */
final class Hangup implements Runnable {
  private final Consumer<OutputLoss> told;
  private final AtomicBoolean happened = new AtomicBoolean();

  Hangup(Consumer<OutputLoss> told) {
    this.told = told;
  }

  /** The terminal is gone. */
  @Override
  public void run() {
    tell(new OutputLoss(true, "the terminal is gone"));
  }

  /** Standard output has refused something. */
  void failed(IOException problem) {
    tell(new OutputLoss(StandardOutput.hasReader(), HostException.reason(problem)));
  }

  private void tell(OutputLoss loss) {
    if (happened.compareAndSet(false, true)) {
      told.accept(loss);
    }
  }
}
