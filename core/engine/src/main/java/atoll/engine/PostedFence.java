package atoll.engine;

/** A fence that other harts have been asked for, and whether they have executed it. */
@FunctionalInterface
public interface PostedFence {
  /**
   * Whether each hart has executed it, or will before its next guest instruction. It is true after
   * a slice of every hart at the latest; to find out takes no time.
   */
  boolean arrived();
}
