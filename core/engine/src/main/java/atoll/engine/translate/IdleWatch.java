package atoll.engine.translate;

import atoll.engine.Tuning;
import atoll.engine.hart.SoftHart;
import atoll.engine.target.CodeArea;

/**
 * Finds out that a hart idles, and then has it give up what only makes it fast: translated code,
 * decoded pages, cached translations. What it goes on to execute is translated again, and is little
 * as long as it idles. So machines that wait, of which there can be many, take little memory.
 *
 * <p>A hart that is woken often does not idle, however little it does: it may have deadlines.
 */
final class IdleWatch {
  /** Looks at a hart until it has done little for long enough. */
  private static final int LOOKS = 8;

  /** Instructions in a microsecond, on average, that are not little. */
  private static final int INSTRUCTIONS = 1;

  /** Waits between two looks that are not little: 20 in a second. */
  private static final int WAITS = 20;

  /** The part of the code area that is not worth while: what an idle kernel goes on to execute. */
  private static final int PART = 128;

  private final SoftHart hart;
  private final CodeArea area;
  private final CodeRoom room;

  /** Nanoseconds for which a hart must have done little, and the least between two looks. */
  private final long enough;

  private final long apart;

  /** Bytes of code that are worth while. */
  private final int worth;

  /** When the hart was last looked at, and what it had done then. */
  private long since;

  private long instructions;
  private int waits;

  /** Nanoseconds for which it has done little. */
  private long idle;

  IdleWatch(SoftHart hart, Tuning tuning, CodeArea area, CodeRoom room) {
    this.hart = hart;
    this.area = area;
    this.room = room;
    enough = tuning.idle();
    apart = enough / LOOKS;
    worth = tuning.codeBytes() / PART;
  }

  /** The hart is about to wait. What is to be given up is given up now, unless it is wanted. */
  void waits() {
    waits++;
    long now = hart.limit.now();
    if (now - since >= apart) {
      look(now);
    }
    while (room.emptying() && !hart.loop.wanted()) {
      boolean ignored = room.empty();
    }
  }

  private void look(long now) {
    long time = now - since;
    long executed = hart.instructions() - instructions;
    boolean little = executed / INSTRUCTIONS < time / 1000 && waits < WAITS * (time / apart);
    since = now;
    instructions = hart.instructions();
    waits = 0;
    idle = little ? idle + time : 0;
    if (idle >= enough && area.taken() >= worth) {
      idle = 0;
      boolean ignored = room.empty();
    }
  }
}
