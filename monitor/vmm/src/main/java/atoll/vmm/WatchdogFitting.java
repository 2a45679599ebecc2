package atoll.vmm;

import atoll.device.SunxiWatchdog;
import atoll.vmm.BoardPlan.Region;
import java.time.Duration;

/** The watchdog, which ends a machine whose guest hangs. */
record WatchdogFitting(Region place) implements Fitting {
  @Override
  public void describe(BoardTree tree) {
    tree.device("watchdog", place).strings("compatible", "allwinner,sun20i-d1-wdt");
  }

  @Override
  public void make(Board board) {
    var watchdog =
        new SunxiWatchdog(
            board.clock(),
            board.timers(),
            board.config().watchdog().map(Duration::toNanos),
            board.wire(place),
            board.events()::watchdog);
    board.attach(place, watchdog);
    board.add(
        new Activity() {
          @Override
          public void start() {
            watchdog.resume();
          }

          @Override
          public void resume() {
            watchdog.resume();
          }

          @Override
          public void pause() {
            watchdog.pause();
          }
        });
  }
}
