package atoll.manager;

import atoll.image.RefusedException;
import atoll.image.Words;

/**
 * What a VM is doing, and so what it can be asked for: all else is refused in a sentence. Guarded
 * by its supervisor, but for {@link #status}.
 */
final class VmCondition {
  private final String name;
  private volatile VmStatus status = VmStatus.READY;
  private boolean closing;
  private boolean doubtful;
  private boolean gone;

  /**
   * @param name the VM's
   */
  VmCondition(String name) {
    this.name = name;
  }

  /** What it is doing; may be asked for on any thread. */
  VmStatus status() {
    return status;
  }

  /** It does that now. */
  void become(VmStatus now) {
    status = now;
  }

  /** Whether there is a guest that runs, or is paused. */
  boolean hasLife() {
    return status == VmStatus.RUNNING || status == VmStatus.PAUSED;
  }

  /** No life begins any more, since the system ends. */
  void close() {
    closing = true;
  }

  boolean closing() {
    return closing;
  }

  /** It was given up, and whether it runs elsewhere is not known. */
  void doubt() {
    doubtful = true;
  }

  boolean doubtful() {
    return doubtful;
  }

  /** It is known now where it runs; false if it was before. */
  boolean endDoubt() {
    boolean before = doubtful;
    doubtful = false;
    return before;
  }

  /** It runs at another host, or goes on later, and no life of it begins here. */
  void leave() {
    gone = true;
  }

  boolean gone() {
    return gone;
  }

  private String word() {
    return Words.of(status);
  }

  /** A life is to begin. */
  void requireStartable() {
    if (hasLife()) {
      throw new RefusedException("%s is %s already".formatted(name, word()));
    }
    if (gone) {
      throw new RefusedException("%s has moved to another host, or was suspended".formatted(name));
    }
    if (closing) {
      throw new RefusedException("the system is ending; %s stays %s".formatted(name, word()));
    }
  }

  /** Its life is to end. */
  void requireStoppable() {
    if (!status.alive()) {
      throw new RefusedException("%s is %s; there is nothing to stop".formatted(name, word()));
    }
  }

  /** Something is to be done to its present life. */
  void requireLife() {
    if (!hasLife()) {
      throw new RefusedException(
          "%s is %s; %s"
              .formatted(
                  name,
                  word(),
                  status == VmStatus.RESTARTING ? "wait until it runs" : "start it first"));
    }
  }

  /** It is to be paused. */
  void requireNotPaused() {
    requireLife();
    if (status == VmStatus.PAUSED) {
      throw new RefusedException(name + " is paused already");
    }
  }

  /** It is to go on. */
  void requireResumable() {
    if (status != VmStatus.PAUSED) {
      throw new RefusedException("%s is not paused, it is %s".formatted(name, word()));
    }
  }

  /**
   * Something is to be had that only a paused life has.
   *
   * @param why what is the matter with one that is not
   */
  void requirePaused(String why) {
    requireLife();
    if (status != VmStatus.PAUSED) {
      throw new RefusedException(
          "%s is %s, and %s all the time; pause it first".formatted(name, word(), why));
    }
  }

  /** It may run at another host, for all that is known: nothing but its end is possible here. */
  void requireNoDoubt() {
    if (doubtful) {
      throw new RefusedException(
          "%s may run at the host that it was to move to; look there, and then here: atoll migrate --resume, or --give-up"
              .formatted(name));
    }
  }
}
