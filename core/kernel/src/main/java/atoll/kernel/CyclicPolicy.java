package atoll.kernel;

import atoll.state.Unsaved;
import java.util.Comparator;
import java.util.List;

/**
 * A timetable that repeats, as ARINC 653 has it: a major frame with windows, each of one domain. A
 * domain's vCPUs run, in turn, in its windows and at no other time; nothing that another domain
 * does moves a window. Frames begin at multiples of their length on the clock, so that those of
 * several pCPUs keep step.
 */
@Unsaved("the timetable is the configuration's")
public final class CyclicPolicy implements SchedulingPolicy {
  /**
   * Nanoseconds before its end at which a window admits no vCPU any more, and guest code must be
   * left. It is left at a boundary between blocks, or when what the engine does for it has been
   * done, and that has to be inside the window.
   */
  static final long GUARD = 40_000;

  /** Nanoseconds of a turn among the vCPUs of one domain. */
  private static final long TURN = 1_000_000;

  private final long frame;
  private final List<Window> windows;
  private final Rotation rotation = new Rotation();

  /**
   * A part of the frame.
   *
   * @param domain the name of the domain whose it is
   * @param offset nanoseconds from the beginning of the frame
   * @param duration nanoseconds
   */
  public record Window(String domain, long offset, long duration) {
    public Window {
      if (offset < 0 || duration <= 2 * GUARD || offset > Long.MAX_VALUE - duration) {
        throw new IllegalArgumentException(
            "the window of %s must begin at 0 or later and last longer than %d ns: %d+%d"
                .formatted(domain, 2 * GUARD, offset, duration));
      }
    }

    long end() {
      return offset + duration;
    }
  }

  /**
   * A timetable.
   *
   * @param frame nanoseconds after which it begins again
   * @param windows in any order, not overlapping, all within the frame; time in none is idle
   */
  public CyclicPolicy(long frame, List<Window> windows) {
    this.frame = frame;
    this.windows = windows.stream().sorted(Comparator.comparingLong(Window::offset)).toList();
    long free = 0;
    for (Window window : this.windows) {
      if (window.offset < free || window.end() > frame) {
        throw new IllegalArgumentException(
            "the window of %s at %d+%d ns must begin at %d or later and end at %d or earlier"
                .formatted(window.domain, window.offset, window.duration, free, frame));
      }
      free = window.end();
    }
  }

  @Override
  public String name() {
    return "cyclic";
  }

  /** A vCPU without a window is not admitted: it would never run. */
  @Override
  public Status admit(List<SchedulingContext> present, SchedulingContext candidate) {
    return windows.stream().anyMatch(window -> owns(window, candidate))
        ? Status.OK
        : Status.OVERCOMMITTED;
  }

  @Override
  public SchedulingContext pick(List<SchedulingContext> contexts, long now) {
    Window window = at(now);
    return window == null
        ? null
        : rotation.next(contexts, context -> owns(window, context) && context.ready(now));
  }

  @Override
  public long slice(SchedulingContext chosen, long now) {
    return Math.min(TURN, at(now).end() - GUARD - now % frame);
  }

  /** When the next window begins whose domain has something to do. */
  @Override
  public long nextChange(List<SchedulingContext> contexts, long now) {
    long earliest = Long.MAX_VALUE;
    for (Window window : windows) {
      long start = now - now % frame + window.offset;
      long next = start > now ? start : start + frame;
      if (next < earliest && contexts.stream().anyMatch(c -> owns(window, c) && c.ready(now))) {
        earliest = next;
      }
    }
    return earliest;
  }

  private static boolean owns(Window window, SchedulingContext context) {
    return window.domain.equals(context.vcpu().domain().name());
  }

  /** The window that admits vCPUs now; null in between. */
  private Window at(long now) {
    long position = now % frame;
    for (Window window : windows) {
      if (window.offset <= position && position < window.end() - GUARD) {
        return window;
      }
    }
    return null;
  }
}
