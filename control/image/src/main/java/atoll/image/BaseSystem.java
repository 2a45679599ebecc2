package atoll.image;

import java.util.List;

/** Which packages of Debian a system has without naming them, by their priority. */
public enum BaseSystem {
  /** Only what every package may take for granted. */
  ESSENTIAL(0),
  /** What is needed to install and repair packages. */
  REQUIRED(1),
  /** What anybody expects on a Unix system. */
  IMPORTANT(2),
  /** What Debian's installer adds for a system without a desktop. */
  STANDARD(3);

  private static final List<String> PRIORITIES = List.of("required", "important", "standard");

  /** How many of the priorities belong to it. */
  private final int priorities;

  BaseSystem(int priorities) {
    this.priorities = priorities;
  }

  /** Whether {@code candidate} belongs to it. */
  boolean has(DebianPackage candidate) {
    int priority = PRIORITIES.indexOf(candidate.field("Priority"));
    return candidate.essential() || priority >= 0 && priority < priorities;
  }

  /** How much a priority counts: a smaller number is more important. */
  static int rank(DebianPackage candidate) {
    int priority = PRIORITIES.indexOf(candidate.field("Priority"));
    return priority < 0 ? PRIORITIES.size() : priority;
  }
}
