package atoll.device;

/** A level-triggered interrupt input, seen from the device that drives it. Thread-safe. */
@FunctionalInterface
public interface InterruptLine {
  /** Drives the line high or low; repeating a level has no effect. */
  void set(boolean high);
}
