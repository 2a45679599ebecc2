package atoll.engine.hart;

import atoll.engine.Privilege;
import atoll.engine.mmu.Envcfg;

/**
 * {@code menvcfg} and {@code senvcfg}, and what they and {@code henvcfg} enable in the modes below
 * (priv §3.1.18, §10.1.10, §18.2.5). {@link CsrFile} keeps them legal.
 */
public final class EnvironmentConfig {
  private final SoftHart hart;
  long menvcfg;
  long senvcfg;

  EnvironmentConfig(SoftHart hart) {
    this.hart = hart;
  }

  /** Whether all of the three that count for the hart's mode enable what {@code field} says. */
  public Permission allows(long field) {
    if (hart.privilege == Privilege.MACHINE) {
      return Permission.ALLOWED;
    }
    boolean forUser = hart.privilege == Privilege.SUPERVISOR || (senvcfg & field) != 0;
    if ((menvcfg & field) == 0) {
      return Permission.ILLEGAL;
    }
    if (!hart.virtual) {
      return forUser ? Permission.ALLOWED : Permission.ILLEGAL;
    }
    return forUser && (hart.hypervisor.henvcfg & field) != 0
        ? Permission.ALLOWED
        : Permission.VIRTUAL;
  }

  /** Whether {@code cbo.zero} may run in a mode that is no guest's. */
  public boolean mayZeroBlocks(int privilege) {
    return (menvcfg & Envcfg.CBZE) != 0
        && (privilege == Privilege.SUPERVISOR || (senvcfg & Envcfg.CBZE) != 0);
  }

  /** Whether {@code cbo.zero} may run. */
  public boolean mayZeroBlocks() {
    return allows(Envcfg.CBZE) == Permission.ALLOWED;
  }
}
