package atoll.device;

/** An interrupt line that remembers. */
final class Wire implements InterruptLine {
  boolean high;
  int edges;

  @Override
  public void set(boolean level) {
    if (level && !high) {
      edges++;
    }
    high = level;
  }
}
