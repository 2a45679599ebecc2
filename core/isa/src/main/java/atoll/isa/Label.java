package atoll.isa;

/** A place in assembled code, bound once by {@link Assembler#bind}. */
public final class Label {
  private final String name;
  private long address;
  private boolean bound;

  Label(String name) {
    this.name = name;
  }

  public boolean bound() {
    return bound;
  }

  /**
   * Where it is.
   *
   * @throws IllegalArgumentException if it has not been bound
   */
  public long address() {
    if (!bound) {
      throw new IllegalArgumentException("label " + name + " is used but bound nowhere");
    }
    return address;
  }

  void bind(long at) {
    if (bound) {
      throw new IllegalArgumentException(
          "label %s is already bound at 0x%x".formatted(name, address));
    }
    address = at;
    bound = true;
  }

  @Override
  public String toString() {
    return name;
  }
}
