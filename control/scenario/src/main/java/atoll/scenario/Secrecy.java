package atoll.scenario;

import java.util.ArrayList;
import java.util.Collection;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;

/**
 * Whether what is in a virtual machine's memory and registers is a secret, also from those who
 * manage the system.
 *
 * @param secret whether it is
 * @param allowed what may show it nevertheless
 */
public record Secrecy(boolean secret, List<Leave> allowed) {
  /** Of most virtual machines: nothing is secret. */
  public static final Secrecy NONE = new Secrecy(false, List.of());

  /** What shows memory or registers. */
  public enum Leave {
    /** gdb, and commands that show memory and registers. */
    DEBUG,
    /** Files with its memory: core files. */
    DUMP,
    /** Crash reports, traces, profiles of its code. */
    REPORT,
    /** Snapshots, suspending, and going back to a snapshot. */
    SNAPSHOT,
    /** Moving to another host. */
    MIGRATION
  }

  public Secrecy {
    Set<Leave> each = EnumSet.noneOf(Leave.class);
    each.addAll(allowed);
    allowed = List.copyOf(each);
  }

  /** One that is secret but for this. */
  public static Secrecy but(Collection<Leave> allowed) {
    return new Secrecy(true, new ArrayList<>(allowed));
  }

  /** Whether something may show what is in the machine. */
  public boolean allows(Leave what) {
    return !secret || allowed.contains(what);
  }
}
