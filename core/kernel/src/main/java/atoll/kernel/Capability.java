package atoll.kernel;

import java.util.Objects;

/**
 * The right to use an object: the only way in which a monitor can name one.
 *
 * @param object what it refers to
 * @param permissions bits of {@link Permission}
 */
public record Capability(KernelObject object, int permissions) {
  public Capability {
    Objects.requireNonNull(object, "object");
    if ((permissions & ~Permission.ALL) != 0) {
      throw new IllegalArgumentException("unknown permissions: 0x%x".formatted(permissions));
    }
  }

  /** Whether every bit of {@code wanted} is there. */
  public boolean allows(int wanted) {
    return (permissions & wanted) == wanted;
  }

  /** The same object with no more than the permissions of {@code mask}. */
  public Capability restricted(int mask) {
    return new Capability(object, permissions & mask);
  }
}
