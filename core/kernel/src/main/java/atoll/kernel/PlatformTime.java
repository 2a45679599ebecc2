package atoll.kernel;

import atoll.host.PlatformClock;
import atoll.state.Unsaved;

/**
 * Has a platform's time stand still while some of its machines are paused and nothing else goes on
 * there. What has been stopped by an operator, or has ended, neither holds time nor keeps it going.
 * Thread-safe.
 */
@Unsaved("counts what goes on, and is made again with it")
public final class PlatformTime {
  private final PlatformClock clock;
  private int running;
  private int paused;
  private boolean still;

  PlatformTime(PlatformClock clock) {
    this.clock = clock;
  }

  /** Something goes on from now on that needs time: a machine, or the wait for its restart. */
  public synchronized void begin() {
    running++;
    settle();
  }

  /** That is over. */
  public synchronized void end() {
    running--;
    settle();
  }

  /** One of what goes on stands still from now on; it does so already. */
  public synchronized void pause() {
    running--;
    paused++;
    settle();
  }

  /** It is about to go on. */
  public synchronized void resume() {
    running++;
    paused--;
    settle();
  }

  private void settle() {
    boolean wanted = running == 0 && paused > 0;
    if (wanted != still) {
      still = wanted;
      if (wanted) {
        clock.stop();
      } else {
        clock.start();
      }
    }
  }
}
