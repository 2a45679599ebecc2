package atoll.vmm;

import atoll.kernel.PlatformTime;
import atoll.state.Unsaved;

/**
 * A machine's part in the platform's time, which stands still while all its machines are held. An
 * operator and a debugger may hold one, each for itself. Guarded by the machine.
 */
@Unsaved("of whoever holds the machine")
final class TimeShare {
  private final PlatformTime time;
  private boolean begun;
  private boolean paused;
  private boolean halted;

  TimeShare(PlatformTime time) {
    this.time = time;
  }

  /** The machine starts, perhaps held. */
  void begin() {
    begun = true;
    time.begin();
    if (paused || halted) {
      time.pause();
    }
  }

  /** Whether an operator holds it. */
  boolean paused() {
    return paused;
  }

  /** Whether a debugger holds it. */
  boolean halted() {
    return halted;
  }

  /** An operator holds it, perhaps as before. */
  void pause() {
    hold();
    paused = true;
  }

  /** A debugger holds it, perhaps as before. */
  void halt() {
    hold();
    halted = true;
  }

  private void hold() {
    if (begun && !paused && !halted) {
      time.pause();
    }
  }

  /** The operator lets it go. */
  void resume() {
    release(paused, halted);
    paused = false;
  }

  /** The debugger lets it go. */
  void proceed() {
    release(halted, paused);
    halted = false;
  }

  private void release(boolean held, boolean otherwise) {
    if (begun && held && !otherwise) {
      time.resume();
    }
  }

  /** Time need not go by for the machine any more. */
  void end() {
    release(paused || halted, false);
    paused = false;
    halted = false;
    if (begun) {
      time.end();
    }
    begun = false;
  }
}
